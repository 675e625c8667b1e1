"""What is in one entry of a ZIP file, by every method (APPNOTE 4.4.5), and behind its encryption (APPNOTE 6.1, AE-2).

Nothing more is unpacked than there is room for, whatever the headers say; where they say otherwise, that is a fault.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import pyzipper

from gateway.extract import Inner, Limits
from gateway.extract.libarchive_reader import Archive, Unreadable, unpack_filter
from gateway.extract.unpack import (
    CHECKSUM,
    DICTIONARY,
    TRUNCATED,
    Decoder,
    Fault,
    Inflater,
    Room,
    room_for,
    unpack,
)  # fmt: skip
from gateway.extract.zip_directory import (
    CENTRAL,
    END,
    LOCAL,
    UTF_8,
    Entry,
    content_start,
    extra_fields,
)  # fmt: skip
from gateway.model.inspection import Gap, GapKind

STORED, DEFLATE, DEFLATE_64, BZIP2, LZMA, ZSTD, XZ, PPMD, AES = 0, 8, 9, 12, 14, 93, 95, 98, 99
AES_EXTRA: Final = 0x9901
LZMA_HEADER, LZMA_ENDS = 9, 2
METHODS: Final = {1: "shrink", 6: "implode", DEFLATE_64: "deflate64", 97: "wavpack", 96: "jpeg"}
SLOW: Final = 16_000_000
"""Bytes beyond which the old encryption is not undone: Python takes a second for two million."""

SLACK: Final = Fault(kind=GapKind.CORRUPT, detail="data behind the content")
LIED: Final = Fault(kind=GapKind.CORRUPT, detail="size")
WRONG: Final = (RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError,
                NotImplementedError, struct.error)  # fmt: skip
STRONG: Final = 1 << 6


class _Secret(bytes):
    """A password, which may be empty: the libraries take an empty one for none given."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """Say that there is one."""
        return True


def cipher_of(entry: Entry) -> str:
    """Name how an entry is encrypted, as APPNOTE 7.2 and WinZip's AE-2 description have it; empty when it is not."""
    if not entry.flags & 1:
        return ""
    if entry.method == AES:
        field = next((body for kind, body in extra_fields(entry.extra) if kind == AES_EXTRA), b"")
        return {1: "AES-128", 2: "AES-192", 3: "AES-256"}.get(field[4] if len(field) > 4 else 0, "AES")  # noqa: PLR2004 - the octet after version and vendor
    return "strong encryption" if entry.flags & STRONG else "ZipCrypto"


def room_of(entry: Entry, limits: Limits, spent: int) -> Room:
    """Return the room for one entry when `spent` bytes went to others."""
    return room_for(entry.packed, limits, spent)


def content(data: bytes, entry: Entry, room: Room) -> tuple[bytes, Fault | None]:
    """Return what is in an entry, and what is wrong with it."""
    start = content_start(data, entry.offset)
    packed = data[start : start + entry.packed]
    unpacked, fault = _unpacked(packed, entry, room)
    if not fault and len(packed) < entry.packed:
        fault = TRUNCATED
    if not fault and len(unpacked) != entry.size:
        fault = LIED
    if not fault and zlib.crc32(unpacked) != entry.crc:
        fault = CHECKSUM
    return unpacked, fault


def _unpacked(packed: bytes, entry: Entry, room: Room) -> tuple[bytes, Fault | None]:
    """Undo the method."""
    if entry.method == STORED:
        return (packed, None) if len(packed) <= room.size else (b"", room.fault)
    if entry.method == DEFLATE and (whole := _as_declared(packed, entry.size, room)) is not None:
        return whole, None
    if entry.method == ZSTD:
        return unpack_filter(packed, "zstd", room)
    if entry.method == PPMD:
        return _by_libarchive(packed, entry, room)
    decoders: dict[int, Callable[[], Decoder]] = {
        DEFLATE: Inflater,
        BZIP2: bz2.BZ2Decompressor,
        LZMA: lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, DICTIONARY),
        XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, DICTIONARY),
    }
    if entry.method not in decoders:
        name = METHODS.get(entry.method, f"method {entry.method}")
        return b"", Fault(kind=GapKind.UNSUPPORTED, detail=name)
    if entry.method == LZMA:  # 5.8.8: as the .lzma file has it, but for two octets of version and the size
        size = b"\xff" * 8 if entry.flags & LZMA_ENDS else entry.size.to_bytes(8, "little")
        packed = packed[4:LZMA_HEADER] + size + packed[LZMA_HEADER:]
    out = io.BytesIO()
    run = unpack(decoders[entry.method], packed, 0, out, room)
    return out.getvalue(), run.fault or (SLACK if run.end < len(packed) else None)


def _as_declared(packed: bytes, size: int, room: Room) -> bytes | None:
    """Return the content in one go where the header tells the truth about its size; None where it does not."""
    if size > room.size:
        return None
    inflater = zlib.decompressobj(-15)
    try:
        whole = inflater.decompress(packed, size + 1)
    except zlib.error:
        return None
    return whole if inflater.eof and len(whole) == size and not inflater.unused_data else None


def _by_libarchive(packed: bytes, entry: Entry, room: Room) -> tuple[bytes, Fault | None]:
    """Have libarchive undo a method that only it knows."""
    try:
        with Archive(single(packed, replace(entry, flags=0)), ("zip_streamable",)) as archive:
            for _ in archive.entries():
                return archive.read(room)
    except Unreadable as trouble:
        return b"", Fault(kind=GapKind.UNSUPPORTED, detail=trouble.detail)
    return b"", TRUNCATED


def single(packed: bytes, entry: Entry) -> bytes:
    """Return an archive of this one entry, with headers that agree."""
    name = b"x"
    head = struct.pack(
        "<5H3L2H", 20, entry.flags & ~UTF_8, entry.method, entry.time & 0xFFFF, entry.time >> 16, entry.crc,
        len(packed), min(entry.size, 0xFFFFFFFE), len(name), len(entry.extra),
    )  # fmt: skip
    local = LOCAL + head + name + entry.extra + packed
    central = CENTRAL + b"\x14\0" + head + bytes(14) + name + entry.extra
    end = END + struct.pack("<4H2LH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def unlocker(data: bytes, entry: Entry, room: Room) -> Callable[[str], Iterable[Inner | Gap] | None]:
    """Return what opens an entry with a password: None for a wrong one, which the checksum or HMAC tells."""

    def unlock(password: str) -> Iterable[Inner | Gap] | None:
        start = content_start(data, entry.offset)
        packed = data[start : start + entry.packed]
        own = replace(entry, extra=b"".join(
            struct.pack("<HH", kind, len(body)) + body for kind, body in extra_fields(entry.extra) if kind == AES_EXTRA
        ))  # fmt: skip
        mini = single(packed, own)
        for secret in dict.fromkeys((password.encode(), password.encode("cp437", "replace"))):
            try:
                opener = pyzipper.AESZipFile if entry.method == AES else zipfile.ZipFile
                with opener(io.BytesIO(mini)) as archive, archive.open("x", pwd=_Secret(secret)) as file:
                    unpacked = file.read(room.size + 1)
                    whole = not file.read(1)
            except WRONG:
                continue
            if len(unpacked) > room.size or not whole:
                return [Gap(part=entry.name, kind=GapKind.TOO_LARGE, detail=room.limit)]
            return [Inner(name=entry.name, data=unpacked)]
        return None

    return unlock


def may_unlock(entry: Entry) -> bool:
    """Say whether an encrypted entry can be opened at all, given its password."""
    cipher = cipher_of(entry)
    return cipher.startswith("AES-") or (cipher == "ZipCrypto" and entry.packed <= SLOW)
