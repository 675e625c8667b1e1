"""Writes 7z archives of stored files under AES-256, names and all, of any size in constant memory.

The program 7z would take a name for what it reads from a pipe on its command line only, where everybody on the machine
sees it, and could hold one such file in an archive. So it does not write here: it verifies
(gateway/docs/decisions/0025-zip-7z-and-pdf-are-sealed-in-our-own-hands.md).

Format: `7zFormat.txt` and `Methods.txt` of the 7-Zip source (method 06F10701): one stretch of packed bytes with the
files one after the other, AES-256-CBC; a header with names, sizes and CRCs, sealed under the same passphrase; a
signature header in clear that says where that is. The key is SHA-256 over 2^19 times salt, passphrase (UTF-16LE) and
counter. Of integrity there is what the format has: a CRC-32 of each file and of the header, within the seal.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.errors import NotSealed
from gateway.protect import Content
from gateway.protect.content import chunks

SIGNATURE: Final = b"7z\xbc\xaf\x27\x1c\x00\x04"
START: Final = struct.Struct("<QQL")
FRONT: Final = len(SIGNATURE) + 4 + START.size
AES: Final = bytes.fromhex("06f10701")
CYCLES: Final = 19  # as 7z itself
SALT: Final = 16
BLOCK: Final = 16
COUNTER: Final = 8
STRETCH: Final = 1 << 16  # rounds whose counters differ in their two lowest bytes only


class Mark(IntEnum):
    """The property marks of the format."""

    END = 0x00
    HEADER = 0x01
    MAIN_STREAMS = 0x04
    FILES = 0x05
    PACK = 0x06
    UNPACK = 0x07
    SUB_STREAMS = 0x08
    SIZE = 0x09
    CRC = 0x0A
    FOLDER = 0x0B
    UNPACK_SIZE = 0x0C
    STREAMS_OF_FOLDER = 0x0D
    EMPTY_STREAM = 0x0E
    EMPTY_FILE = 0x0F
    NAMES = 0x11
    ENCODED_HEADER = 0x17


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One file as the header names it."""

    name: str
    size: int
    crc: int


def write(entries: Iterable[tuple[str, Content]], words: str, file: Path) -> None:
    """Write an archive of files with these names; `NotSealed` when content changes meanwhile."""
    if not words:
        raise NotSealed("no passphrase")
    salt = os.urandom(SALT)
    key = derived(words, salt)
    with file.open("wb") as target:
        target.write(bytes(FRONT))
        sealing = _Sealing(key, salt, target)
        stored = [_store(name, content, sealing) for name, content in entries]
        sealing.finish()
        header = _header(stored, sealing)
        outer = _Sealing(key, salt, target)
        outer.write(header)
        outer.finish()
        encoded = bytes([Mark.ENCODED_HEADER]) + _streams(outer, sealing.packed, crc=zlib.crc32(header))
        target.write(encoded)
        start = START.pack(sealing.packed + outer.packed, len(encoded), zlib.crc32(encoded))
        target.seek(0)
        target.write(SIGNATURE + struct.pack("<L", zlib.crc32(start)) + start)


def derived(words: str, salt: bytes) -> bytes:
    """Return the key for a passphrase: 7zAES, with 2^19 rounds."""
    unit = salt + words.encode("utf-16-le")
    length = len(unit) + COUNTER
    rounds = bytearray(b"".join(unit + number.to_bytes(COUNTER, "little") for number in range(STRETCH)))
    digest = hashlib.sha256(rounds)
    for stretch in range(1, (1 << CYCLES) // STRETCH):
        rounds[len(unit) + 2 :: length] = bytes([stretch]) * STRETCH
        digest.update(rounds)
    return digest.digest()


class _Sealing:
    """One stretch of packed bytes under AES-256-CBC."""

    def __init__(self, key: bytes, salt: bytes, target: BinaryIO) -> None:
        self._target = target
        self._salt = salt
        self._vector = os.urandom(BLOCK)
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(self._vector)).encryptor()
        self.size = 0
        self.packed = 0

    def write(self, content: bytes) -> None:
        """Seal the next piece."""
        self.size += len(content)
        self._put(self._cipher.update(content))

    def finish(self) -> None:
        """Seal what is left, filled up with zeros."""
        self._put(self._cipher.update(bytes(-self.size % BLOCK)) + self._cipher.finalize())

    def _put(self, sealed: bytes) -> None:
        self._target.write(sealed)
        self.packed += len(sealed)

    def coder(self) -> bytes:
        """Return the folder that says how it is opened: one coder, with its salt and its initial vector."""
        properties = bytes([CYCLES | 0xC0, (SALT - 1) << 4 | (BLOCK - 1)]) + self._salt + self._vector
        has_properties = 0x20
        return bytes([1, has_properties | len(AES)]) + AES + _number(len(properties)) + properties


def _store(name: str, content: Content, sealing: _Sealing) -> Stored:
    size = crc = 0
    for piece in chunks(content):
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        sealing.write(piece)
    if size != content.size:
        raise NotSealed("content changed while it was sealed")
    return Stored(name=name, size=size, crc=crc)


def _header(files: Sequence[Stored], sealing: _Sealing) -> bytes:
    """Return the header that names the files and says where they are."""
    full = [each for each in files if each.size]
    parts = bytes([Mark.HEADER])
    if full:
        parts += bytes([Mark.MAIN_STREAMS]) + _streams(sealing, 0, files=full)
    return parts + _files(files) + bytes([Mark.END])


def _streams(sealing: _Sealing, at: int, *, files: Sequence[Stored] = (), crc: int | None = None) -> bytes:
    """Return where a stretch of packed bytes lies, how it is opened, and what files are in it."""
    pack = bytes([Mark.PACK]) + _number(at) + _number(1) + bytes([Mark.SIZE]) + _number(sealing.packed)
    unpack = bytes([Mark.UNPACK, Mark.FOLDER, 1, 0]) + sealing.coder()
    unpack += bytes([Mark.UNPACK_SIZE]) + _number(sealing.size)
    unpack += _digests([crc]) if crc is not None else b""
    inner = b""
    if files:
        inner = bytes([Mark.SUB_STREAMS, Mark.STREAMS_OF_FOLDER]) + _number(len(files))
        if len(files) > 1:
            inner += bytes([Mark.SIZE]) + b"".join(_number(each.size) for each in files[:-1])
        inner += _digests([each.crc for each in files]) + bytes([Mark.END])
    end = bytes([Mark.END])
    return pack + end + unpack + end + inner + end


def _digests(crcs: Sequence[int]) -> bytes:
    all_known = 1
    return bytes([Mark.CRC, all_known]) + struct.pack(f"<{len(crcs)}L", *crcs)


def _files(files: Sequence[Stored]) -> bytes:
    """Return the names, and which files are empty and so have no stretch."""
    parts = bytes([Mark.FILES]) + _number(len(files))
    empty = [not each.size for each in files]
    if any(empty):
        parts += _property(Mark.EMPTY_STREAM, _bits(empty)) + _property(Mark.EMPTY_FILE, _bits([True] * sum(empty)))
    in_this_header = b"\x00"
    names = b"".join(f"{each.name}\0".encode("utf-16-le", "replace") for each in files)
    return parts + _property(Mark.NAMES, in_this_header + names) + bytes([Mark.END])


def _property(mark: Mark, value: bytes) -> bytes:
    return bytes([mark]) + _number(len(value)) + value


def _bits(flags: Sequence[bool]) -> bytes:
    """Return one bit for each, the highest first."""
    text = "".join("01"[flag] for flag in flags)
    size = -(-len(text) // 8)
    return int(text.ljust(8 * size, "0"), 2).to_bytes(size)


def _number(number: int) -> bytes:
    """Return a number as the format packs it: the first byte has a leading one for each byte that follows."""
    for following in range(8):
        if number < 1 << (7 * (following + 1)):
            first = (0xFF00 >> following) & 0xFF | number >> (8 * following)
            return bytes([first]) + (number & ((1 << (8 * following)) - 1)).to_bytes(following, "little")
    return b"\xff" + number.to_bytes(8, "little")
