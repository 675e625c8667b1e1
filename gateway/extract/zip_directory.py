"""The directories of a ZIP file (APPNOTE 6.3.10, 4.3): every one there is, read without building a list of it.

Readers find the directory by a record at the end (4.3.16), and disagree where there are several, or where something
stands before or behind the archive. So all are read, and what no directory lists is found by its local headers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.extract.decoding import decode

LOCAL, CENTRAL, END, DESCRIPTOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x07\x08"
END_64, LOCATOR_64 = b"PK\x06\x06", b"PK\x06\x07"
LOCAL_SIZE, CENTRAL_SIZE, END_SIZE, END_64_SIZE, LOCATOR_SIZE = 30, 46, 22, 56, 20
TAIL: Final = 66_000  # the longest comment and its record
MOST_DIRECTORIES: Final = 8
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF
STORED: Final = 0
NOTHING_PACKED = 2
ENCRYPTED, DESCRIBED, UTF_8 = 1, 1 << 3, 1 << 11
ZIP_64, UNICODE_PATH, UNICODE_COMMENT = 0x0001, 0x7075, 0x6375


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as a header describes it. `offset` counts from the start of the data."""

    raw_name: bytes
    flags: int
    method: int
    time: int
    crc: int
    packed: int
    size: int
    offset: int
    extra: bytes
    comment: bytes = b""

    @property
    def name(self) -> str:
        """Return the name: UTF-8 where it is that, declared or not, and the old code page of DOS where it is not."""
        return name_of(self.raw_name)

    @property
    def is_folder(self) -> bool:
        """Say whether it is a folder, which holds nothing; packed, that takes two octets."""
        return self.raw_name.endswith((b"/", b"\\")) and not self.size and self.packed <= NOTHING_PACKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One directory: where it stands, where its record ends, and how far what it says is off (prepended data)."""

    start: int
    size: int
    shift: int
    end: int
    comment: bytes
    is_split: bool


def name_of(raw: bytes) -> str:
    """Return the text of a name."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def find_directories(data: bytes) -> list[Directory]:
    """Return the directories that a record near the end leads to: the one that most readers take comes first."""
    found: list[Directory] = []
    at, lowest = len(data), max(0, len(data) - TAIL)
    while len(found) < MOST_DIRECTORIES and (at := data.rfind(END, lowest, at)) >= 0:
        if (directory := _directory(data, at)) and not any(each.start == directory.start for each in found):
            found.append(directory)
    return [*found[:1], *(each for each in found[1:] if not _is_handed_on(data, found[0], each))]


def _is_handed_on(data: bytes, first: Directory, other: Directory) -> bool:
    """Say whether a directory is that of an archive stored within this one, as it is: it is read there."""
    for entry in entries(data, first):
        start = content_start(data, entry.offset)
        if start <= other.start and other.end <= start + entry.packed:
            return entry.method == STORED and not entry.flags & ENCRYPTED and data.startswith(LOCAL, entry.offset)
    return False


def _directory(data: bytes, at: int) -> Directory | None:
    """Read the record at `at`; None where it leads to no directory."""
    if at + END_SIZE > len(data):
        return None
    disk, first, here, total, size, offset, length = struct.unpack_from("<4H2LH", data, at + 4)
    record = at
    if data.startswith(LOCATOR_64, at - LOCATOR_SIZE) and at >= LOCATOR_SIZE:
        record = struct.unpack_from("<Q", data, at - LOCATOR_SIZE + 8)[0]
        if not data.startswith(END_64, record):
            record = max(0, data.rfind(END_64, 0, at))
        if data.startswith(END_64, record) and record + END_64_SIZE <= len(data):
            disk, first, here, total, size, offset = struct.unpack_from("<2L4Q", data, record + 16)
        else:
            record = at
    is_split = bool(disk or first or here != total)
    start = next(
        (each for each in (record - size, offset) if 0 <= each < record and data.startswith(CENTRAL, each)), None
    )
    if start is None:
        if size or total:
            return None if not is_split else Directory(
                start=at, size=0, shift=0, end=at + END_SIZE, comment=b"", is_split=True
            )  # fmt: skip
        start = record
    end = at + END_SIZE + length
    return Directory(
        start=start, size=record - start, shift=start - offset, end=min(end, len(data)),
        comment=data[at + END_SIZE : end], is_split=is_split,
    )  # fmt: skip


def entries(data: bytes, directory: Directory) -> Iterator[Entry]:
    """Yield the entries of a directory, up to the first that is damaged."""
    at, end = directory.start, directory.start + directory.size
    while at + CENTRAL_SIZE <= end and data.startswith(CENTRAL, at):
        flags, method, time, crc, packed, size, names, extras, comments = struct.unpack_from("<2H4L3H", data, at + 8)
        offset = struct.unpack_from("<L", data, at + 42)[0]
        name_at = at + CENTRAL_SIZE
        extra_at = name_at + names
        at = extra_at + extras + comments
        extra = data[extra_at : extra_at + extras]
        size, packed, offset = _sizes(extra, size, packed, offset)
        yield Entry(
            raw_name=data[name_at:extra_at], flags=flags, method=method, time=time, crc=crc, packed=packed, size=size,
            offset=offset + directory.shift, extra=extra, comment=data[extra_at + extras : at],
        )  # fmt: skip


def local_entry(data: bytes, at: int) -> Entry | None:
    """Return what the local header at `at` says; None when there is none."""
    if at < 0 or not data.startswith(LOCAL, at) or at + LOCAL_SIZE > len(data):
        return None
    flags, method, time, crc, packed, size, names, extras = struct.unpack_from("<2H4L2H", data, at + 6)
    extra_at = at + LOCAL_SIZE + names
    extra = data[extra_at : extra_at + extras]
    size, packed, _ = _sizes(extra, size, packed, 0)
    return Entry(
        raw_name=data[at + LOCAL_SIZE : extra_at], flags=flags, method=method, time=time, crc=crc, packed=packed,
        size=size, offset=at, extra=extra,
    )  # fmt: skip


def content_start(data: bytes, offset: int) -> int:
    """Return where the content begins whose local header stands at `offset`."""
    names, extras = struct.unpack_from("<HH", data[offset + 26 : offset + LOCAL_SIZE].ljust(4, b"\0"))
    return int(offset + LOCAL_SIZE + names + extras)


def _sizes(extra: bytes, *numbers: int) -> tuple[int, int, int]:
    """Return size, packed size and offset, in full where they stand in the ZIP64 field (4.5.3)."""
    field = next((body for kind, body in extra_fields(extra) if kind == ZIP_64), b"")
    full, at = [], 0
    for number in numbers:
        if number == FULL_32 and at + 8 <= len(field):
            full.append(int.from_bytes(field[at : at + 8], "little"))
            at += 8
        else:
            full.append(number)
    return full[0], full[1], full[2]


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the extra fields (4.5); what is none at the end comes under the number -1."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if at + 4 + size > len(extra):
            break
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size
    if rest := extra[at:].strip(b"\0"):
        yield -1, rest


def comment_of(raw: bytes) -> str:
    """Return the text of a comment."""
    return decode(raw)
