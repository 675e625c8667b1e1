"""Locks of the binary Office formats ([MS-OFFCRYPTO] 2.3.5 to 2.3.7): RC4 and XOR, which protect from no one.

A document that opens is read on with its decrypted streams in place of those in the file.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from msoffcrypto.method.rc4 import DocumentRC4
from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from gateway.extract import Found, Locked
from gateway.extract.formats.office97.locked_office import first_that_fits, never
from gateway.extract.formats.office97.ole import Path, Storage
from gateway.extract.formats.office97.persist import edits_of
from gateway.model.inspection import Gap, GapKind

WORD_BLOCK, EXCEL_BLOCK = 512, 1024
PLAIN_HEAD: Final = 68  # bytes of a Word document that are never encrypted
FILE_PASS, BOUND_SHEET, END_OF_FILE = 0x2F, 0x85, 0x0A
PLAIN_RECORDS: Final = frozenset({0x809, FILE_PASS, 0x194, 0x195, 0xE1, 0x196, 0x138})  # [MS-XLS] 2.2.10
MOST_LETTERS: Final = 15
LOCKED_USER: Final = b"\xdf\xc4\xd1\xf3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rc4:
    """RC4 of the binary formats ([MS-OFFCRYPTO] 2.3.5, 2.3.6): of Office 97, or with `bits` through CryptoAPI."""

    salt: bytes
    verifier: bytes
    check: bytes
    bits: int = 0

    @property
    def cipher(self) -> str:
        """Return its name and strength."""
        return f"RC4 CryptoAPI-{self.bits}" if self.bits else "RC4-40"

    def fits(self, password: str) -> bool:
        """Say whether a password is the right one."""
        if self.bits:
            return bool(DocumentRC4CryptoAPI.verifypw(password, self.salt, self.bits, self.verifier, self.check))
        return bool(DocumentRC4.verifypw(password, self.salt, self.verifier, self.check[:16]))

    def decrypt(self, password: str, data: bytes, block_size: int, block: int = 0) -> bytes:
        """Return data decrypted; the key changes with every block."""
        stream = io.BytesIO(data)
        if self.bits:
            return bytes(
                DocumentRC4CryptoAPI.decrypt(password, self.salt, self.bits, stream, block_size, block).getbuffer()
            )
        return bytes(DocumentRC4.decrypt(password, self.salt, stream, block_size).getbuffer())


Contents: TypeAlias = Callable[[], Iterable[Found]]
Decrypt: TypeAlias = Callable[[Rc4, str], Mapping[Path, bytes]]


def rc4_of(info: bytes) -> Rc4 | None:
    """Read the header of RC4 encryption; None where it is another."""
    version = struct.unpack_from("<HH", info)
    if version == (1, 1):
        salt, verifier, check = struct.unpack_from("<16s16s16s", info, 4)
        return Rc4(salt=salt, verifier=verifier, check=check)
    if version[1] != 2:  # noqa: PLR2004 - CryptoAPI
        return None
    (size,) = struct.unpack_from("<L", info, 8)
    (bits,) = struct.unpack_from("<L", info, 12 + 16)
    salt, verifier, check = struct.unpack_from("<4x16s16s4x20s", info, 12 + size)
    return Rc4(salt=salt, verifier=verifier, check=check, bits=bits or 40)


def _rc4_lock(info: bytes, decrypt: Decrypt, storage: Storage, contents: Contents) -> Locked:
    """Lock a document whose streams are encrypted with RC4; `decrypt` returns them with a password."""
    rc4 = rc4_of(info)
    if rc4 is None:
        return Locked(cipher="unknown", unlock=never)

    def unlock(password: str) -> Iterable[Found] | None:
        found = first_that_fits(password, rc4.fits)
        if found is None:
            return None
        storage.plain |= decrypt(rc4, found)
        return _with_gap_for_summary(storage, contents)

    return Locked(cipher=rc4.cipher, unlock=unlock)


def _with_gap_for_summary(storage: Storage, contents: Contents) -> Iterator[Found]:
    """Yield the contents; properties that are encrypted apart ([MS-OFFCRYPTO] 2.3.5.4) stay unread."""
    yield from contents()
    if storage.has("EncryptedSummary") or storage.has("encryption"):
        yield Gap(part="EncryptedSummary", kind=GapKind.ENCRYPTED, detail="RC4 CryptoAPI")


def table_name(document: bytes) -> str:
    """Return which of its two table streams a Word document uses."""
    return "1Table" if document[11] & 2 else "0Table"


def word_lock(storage: Storage, contents: Contents) -> Locked | None:
    """Return the lock of a Word document ([MS-DOC] 2.2.6), or None; unlocked, `contents` are read."""
    document = storage.read("WordDocument")
    if not document[11] & 1:
        return None
    if document[11] & 0x80:
        return Locked(cipher="XOR", unlock=never)
    name = table_name(document)
    table = storage.read(name)
    (size,) = struct.unpack_from("<L", document, 14)

    def decrypt(rc4: Rc4, password: str) -> dict[Path, bytes]:
        plain: dict[Path, bytes] = {("data",): rc4.decrypt(password, storage.read("Data"), WORD_BLOCK)}
        plain[("worddocument",)] = document[:PLAIN_HEAD] + rc4.decrypt(password, document, WORD_BLOCK)[PLAIN_HEAD:]
        plain[(name.lower(),)] = bytes(size) + rc4.decrypt(password, table, WORD_BLOCK)[size:]
        return plain

    return _rc4_lock(table[:size], decrypt, storage, contents)


def excel_lock(storage: Storage, name: str, contents: Contents) -> Locked | None:
    """Return the lock of a workbook ([MS-XLS] 2.2.10), or None; unlocked, `contents` are read."""
    book = storage.read(name)
    info = _file_pass(book)
    if info is None:
        return None
    (kind,) = struct.unpack_from("<H", info)
    if kind == 1:

        def decrypt(rc4: Rc4, password: str) -> dict[Path, bytes]:
            return {(name.lower(),): _records_plain(book, rc4.decrypt(password, book, EXCEL_BLOCK))}

        return _rc4_lock(info[2:], decrypt, storage, contents)
    key, check = struct.unpack_from("<HH", info, len(info) - 4)

    def fits(password: str) -> bool:
        return (
            0 < len(password) <= MOST_LETTERS
            and all(ord(char) < 256 for char in password)  # noqa: PLR2004 - a byte
            and bool(DocumentXOR.verifypw(password, check))
            and DocumentXOR.create_xor_key_method1(password) == key
        )

    def unlock(password: str) -> Iterable[Found] | None:
        found = first_that_fits(password, fits)
        if found is None:
            return None
        storage.plain[(name.lower(),)] = _xor(book, bytes(DocumentXOR.create_xor_array_method1(found)))
        return contents()

    return Locked(cipher="XOR", unlock=unlock)


def records(book: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and end of each record of a workbook."""
    at = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, at + 4, min(at + 4 + size, len(book))
        at += 4 + size


def _file_pass(book: bytes) -> bytes | None:
    """Return what a workbook says of its encryption, or None."""
    for kind, start, end in records(book):
        if kind == FILE_PASS:
            return book[start:end]
        if kind == END_OF_FILE:
            return None
    return None


def _open_part(book: bytes, kind: int, start: int, end: int) -> bytes:
    """Return the start of a record that is never encrypted."""
    return book[start:end] if kind in PLAIN_RECORDS else book[start : start + 4] if kind == BOUND_SHEET else b""


def _records_plain(book: bytes, decrypted: bytes) -> bytes:
    """Put back what was never encrypted: the head of every record, and some records."""
    out = bytearray(decrypted)
    for kind, start, end in records(book):
        kept = book[start - 4 : start] + _open_part(book, kind, start, end)
        out[start - 4 : start - 4 + len(kept)] = kept
    return bytes(out)


def _xor(book: bytes, array: bytes) -> bytes:
    """Take the obfuscation off a workbook ([MS-OFFCRYPTO] 2.3.7.3): rotate each byte, by its place."""
    tables = [bytes((byte ^ key) >> 5 | (byte ^ key) << 3 & 0xFF for byte in range(256)) for key in array]
    out = bytearray(book)
    for kind, start, end in records(book):
        first = start + len(_open_part(book, kind, start, end))
        index = end + (first - start)  # the array begins anew with every record, at its end
        for step in range(16):
            out[first + step : end : 16] = book[first + step : end : 16].translate(tables[(index + step) % 16])
    return bytes(out)


def powerpoint_lock(storage: Storage, contents: Contents) -> Locked | None:
    """Return the lock of a presentation ([MS-PPT] 2.3.7), or None; unlocked, `contents` are read."""
    user, stream = storage.read("Current User"), storage.read("PowerPoint Document")
    edits = edits_of(stream, user)
    if user[12:16] != LOCKED_USER and not edits.session:
        return None
    start = edits.directory.get(edits.session, len(stream))
    info = stream[start + 8 :]
    if len(info) < 64:  # noqa: PLR2004 - no header of RC4
        return Locked(cipher="unknown", unlock=never)

    def decrypt(rc4: Rc4, password: str) -> dict[Path, bytes]:
        out = bytearray(stream)
        for identifier, at in edits.directory.items():
            if identifier == edits.session or at + 8 > len(stream):
                continue
            head = rc4.decrypt(password, stream[at : at + 8], 8, identifier)
            size = 8 + int.from_bytes(head[4:], "little")
            whole = stream[at : at + size]
            out[at : at + len(whole)] = rc4.decrypt(password, whole, len(whole), identifier)
        return {("powerpoint document",): bytes(out)}

    def all_but_pictures() -> Iterator[Found]:
        if storage.read("Pictures"):
            yield Gap(part="Pictures", kind=GapKind.ENCRYPTED, detail="RC4 CryptoAPI")
        storage.plain[("pictures",)] = b""
        yield from contents()

    return _rc4_lock(info, decrypt, storage, all_but_pictures)
