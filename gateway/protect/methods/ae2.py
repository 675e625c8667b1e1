"""A second reader of AE-2 containers, over pyca/cryptography, where the writer uses pyzipper and pycryptodomex.

It reads only what we write, of any size in constant memory: stored entries, AES-256, nothing between the entries.
PKWARE APPNOTE 6.3.10 sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3 (ZIP64); WinZip AE-2 specification version
1.04, sections II and III.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from gateway.model.content import Writable

LOCAL: Final = struct.Struct("<4s5H3L2H")
CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
END: Final = struct.Struct("<4s4H2LH")
END_64: Final = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64: Final = struct.Struct("<4sLQL")
AES_METHOD: Final = 99
AES_FIELD: Final = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)  # AE-2, strength 3 (AES-256), stored
ZIP64: Final = 0x0001
FULL: Final = 0xFFFFFFFF  # the true number stands in a ZIP64 field
FULL_COUNT: Final = 0xFFFF
SALT: Final = 16
CHECK: Final = 2
TAG: Final = 10
KEY: Final = 32
BLOCK: Final = 16
PIECE: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where one entry lies, as the central directory says."""

    name: str
    packed: int
    size: int
    at: int


def read(container: BinaryIO, words: str, target: Writable) -> list[Entry]:
    """Write all contents, one after the other, and return the entries.

    `ValueError` for anything that is not AE-2 with AES-256 under this passphrase: what was written until then is not to
    be trusted.
    """
    found: list[Entry] = []
    expected = 0
    for entry in directory(container):
        if entry.at != expected:
            raise ValueError("there is something between the entries")
        start = _start(container, entry)
        _open(container, start, entry.packed, words, target)
        found.append(entry)
        expected = start + entry.packed
    if expected != _end(container)[1]:
        raise ValueError("there is something behind the entries")
    return found


def _at(container: BinaryIO, place: int, size: int) -> bytes:
    """Return so many bytes from a place; `ValueError` when they are not there."""
    if place < 0:
        raise ValueError("too short for a ZIP")
    container.seek(place)
    found = container.read(size)
    if len(found) != size:
        raise ValueError("the container is cut short")
    return found


def _end(container: BinaryIO) -> tuple[int, int, int]:
    """Return the number of entries, and where the directory begins and ends, from the records at the very end."""
    at = container.seek(0, SEEK_END) - END.size
    magic, disk, start_disk, here, count, size, start, comment = END.unpack(_at(container, at, END.size))
    if magic != b"PK\x05\x06" or disk or start_disk or comment or here != count:
        raise ValueError("the end record is not as we write it")
    if _at(container, max(0, at - LOCATOR_64.size), 4) == b"PK\x06\x07":
        at -= LOCATOR_64.size + END_64.size
        before = count, size, start
        count, size, start = _end_64(container, at)
        if before != (min(count, FULL_COUNT), min(size, FULL), min(start, FULL)):
            raise ValueError("the two end records do not agree")
    if start + size != at:
        raise ValueError("the end record is not as we write it")
    return count, start, at


def _end_64(container: BinaryIO, at: int) -> tuple[int, int, int]:
    """Return the number of entries, the size of the directory and where it begins, from the ZIP64 records."""
    record = END_64.unpack(_at(container, at, END_64.size))
    locator = LOCATOR_64.unpack(_at(container, at + END_64.size, LOCATOR_64.size))
    magic, rest, _, _, disk, start_disk, here, count, size, start = record
    if (magic, rest) != (b"PK\x06\x06", END_64.size - 12) or disk or start_disk or here != count:
        raise ValueError("the end record is not as we write it")
    if locator != (b"PK\x06\x07", 0, at, 1):
        raise ValueError("the end record is not as we write it")
    return count, size, start


def directory(container: BinaryIO) -> Iterator[Entry]:
    """Yield the entries of the central directory; `ValueError` unless each is method 99, AE-2, strength 3."""
    count, at, end = _end(container)
    for _ in range(count):
        fields = CENTRAL.unpack(_at(container, at, CENTRAL.size))
        name_size, extra_size, comment_size = fields[10:13]
        rest = _at(container, at + CENTRAL.size, name_size + extra_size + comment_size)
        size, packed, place, extra = _wide(fields[9], fields[8], fields[16], rest[name_size : name_size + extra_size])
        is_aes = bool(fields[3] & 1) and fields[4] == AES_METHOD and extra == AES_FIELD
        if fields[0] != b"PK\x01\x02" or not is_aes or fields[7]:  # AE-2 keeps no CRC: it would tell about the content
            raise ValueError("an entry is not AE-2 with AES-256")
        if packed != size + SALT + CHECK + TAG:
            raise ValueError("an entry has another size than the directory says")
        yield Entry(name=rest[:name_size].decode("ascii"), packed=packed, size=size, at=place)
        at += CENTRAL.size + len(rest)
    if at != end:
        raise ValueError("there is something behind the directory")


def _wide(size: int, packed: int, place: int, extra: bytes) -> tuple[int, int, int, bytes]:
    """Return an entry's numbers, those that do not fit from its ZIP64 field, and the rest of its extra fields."""
    numbers = [size, packed, place]
    missing = [at for at, number in enumerate(numbers) if number == FULL]
    if missing:
        width = 8 * len(missing)
        if extra[:4] != struct.pack("<HH", ZIP64, width) or len(extra) < 4 + width:
            raise ValueError("an entry lacks its ZIP64 field")
        for at, number in zip(missing, struct.unpack_from(f"<{len(missing)}Q", extra, 4), strict=True):
            numbers[at] = number
        extra = extra[4 + width :]
    return numbers[0], numbers[1], numbers[2], extra


def _start(container: BinaryIO, entry: Entry) -> int:
    """Return where an entry's sealed bytes begin; the local header must say what the directory says."""
    fields = LOCAL.unpack(_at(container, entry.at, LOCAL.size))
    rest = _at(container, entry.at + LOCAL.size, fields[9] + fields[10])
    name, extra = rest[: fields[9]], rest[fields[9] :]
    wide = struct.pack("<HHQQ", ZIP64, 16, entry.size, entry.packed)  # both numbers, always (4.5.3)
    has_wide = extra == wide + AES_FIELD
    small = entry.size, entry.packed
    numbers = {small, (FULL, FULL)} if has_wide else {small}
    agrees = (has_wide or extra == AES_FIELD) and (fields[8], fields[7]) in numbers
    is_aes = fields[0] == b"PK\x03\x04" and bool(fields[2] & 1) and fields[3] == AES_METHOD and not fields[6]
    if not (is_aes and agrees and name == entry.name.encode()):
        raise ValueError("a local header does not agree with the directory")
    return entry.at + LOCAL.size + len(rest)


def _open(container: BinaryIO, start: int, packed: int, words: str, target: Writable) -> None:
    """Write the content of sealed bytes: salt, check value, AES-CTR with a little-endian counter from 1, HMAC."""
    salt, check = _at(container, start, SALT), _at(container, start + SALT, CHECK)
    derive = PBKDF2HMAC(hashes.SHA1(), 2 * KEY + CHECK, salt, 1000)  # noqa: S303 - the format's own key derivation
    keys = derive.derive(words.encode("ascii"))
    if not hmac.compare_digest(keys[2 * KEY :], check):
        raise ValueError("another passphrase")
    cipher = Cipher(algorithms.AES(keys[:KEY]), modes.ECB()).encryptor()  # noqa: S305 - to build the counter mode
    tag = hmac.new(keys[KEY : 2 * KEY], digestmod="sha1")
    left, block = packed - SALT - CHECK - TAG, 1
    while left:
        sealed = container.read(min(left, PIECE))
        if not sealed:
            raise ValueError("the container is cut short")
        tag.update(sealed)
        target.write(_mixed(sealed, cipher, block))
        left, block = left - len(sealed), block + PIECE // BLOCK
    if not hmac.compare_digest(tag.digest()[:TAG], container.read(TAG)):
        raise ValueError("an entry was altered")


def _mixed(sealed: bytes, cipher: CipherContext, block: int) -> bytes:
    """Return sealed bytes mixed with the stream, from the block with this number."""
    blocks = -(-len(sealed) // BLOCK)
    counters = b"".join(number.to_bytes(BLOCK, "little") for number in range(block, block + blocks))
    mask = int.from_bytes(cipher.update(counters)[: len(sealed)])
    return (int.from_bytes(sealed) ^ mask).to_bytes(len(sealed))
