"""ZIP archives (APPNOTE 6.3.10): what every directory lists, what the local headers say otherwise, and what none lists.

Declared sizes are checked first, and no more is unpacked than there is room for.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.extract import ROOM, Found, Inner, Limits, Locked, media
from gateway.extract.identify import identify
from gateway.extract.names import name_segments
from gateway.extract.unpack import Inflater, Room, unpack
from gateway.extract.zip_content import DEFLATE, cipher_of, content, may_unlock, room_of, unlocker
from gateway.extract.zip_directory import (
    CENTRAL,
    DESCRIBED,
    DESCRIPTOR,
    ENCRYPTED,
    LOCAL,
    LOCAL_SIZE,
    UNICODE_COMMENT,
    UNICODE_PATH,
    Entry,
    comment_of,
    content_start,
    entries,
    extra_fields,
    find_directories,
    local_entry,
    name_of,
)  # fmt: skip
from gateway.model.inspection import Gap, GapKind, Segment, Where

LONGEST_DESCRIPTOR = 24  # 4.3.9: the trailer that may follow an entry
PRINTABLE: Final = re.compile(rb"[\x20-\x7e]{4,}")
PLAIN_FIELDS: Final = frozenset({  # what these hold is numbers: 4.5.2, and the appendix on third parties
    0x0001, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875, 0x9901, 0xA220, 0xCAFE, 0xD935, 0x0017, 0x0014, 0x6542,
})  # fmt: skip
GIVEN_UP_AFTER = 100  # encrypted entries in a row that no password opened


def entries_of(archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, bytes] | Gap]:
    """Yield each entry's name and content, or the gap that stands for it. Folders hold nothing and are passed over.

    For packages, of which the order may matter: an entry that is damaged is not half shown.
    """
    data = whole(archive)
    spent = 0
    for number, info in enumerate(archive.infolist()):
        if number >= limits.parts:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
            return
        entry = _as_entry(info)
        if info.is_dir() and not entry.size:
            continue
        if gap := _refused(entry, limits, spent):
            yield gap
            continue
        unpacked, fault = content(data, entry, room_of(entry, limits, spent))
        spent += len(unpacked)
        if fault:
            yield Gap(part=info.filename, kind=fault.kind, detail=fault.detail)
        else:
            yield info.filename, unpacked


def whole(archive: zipfile.ZipFile) -> bytes:
    """Return the bytes that an archive was opened from."""
    file = archive.fp
    if isinstance(file, io.BytesIO):
        return file.getvalue()
    raise ValueError("an archive in memory is wanted")


def _as_entry(info: zipfile.ZipInfo) -> Entry:
    """Return an entry of Python's as one of ours."""
    return Entry(
        raw_name=info.filename.encode("utf-8", "replace"), flags=info.flag_bits, method=info.compress_type, time=0,
        crc=info.CRC, packed=info.compress_size, size=info.file_size, offset=info.header_offset, extra=info.extra,
        comment=info.comment,
    )  # fmt: skip


def _refused(entry: Entry, limits: Limits, spent: int) -> Gap | None:
    """Return the gap for what is not unpacked at all: too large by its own account, or encrypted."""
    if entry.size > limits.part_size or spent + entry.size > limits.total_size:
        detail = "part_size" if entry.size > limits.part_size else "total_size"
        return Gap(part=entry.name, kind=GapKind.TOO_LARGE, detail=detail)
    if cipher := cipher_of(entry):
        return Gap(part=entry.name, kind=GapKind.ENCRYPTED, detail=cipher)
    return None


def outside(archive: zipfile.ZipFile, data: bytes) -> bytes:
    """Return the bytes that belong to no entry and not to the directory: another reader may see files there."""
    kept, at = [], 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start - at > LONGEST_DESCRIPTOR:
            kept.append(data[at:start])
        at = max(at, content_start(data, start) + entry.compress_size)
    directory = archive.start_dir
    if directory - at > LONGEST_DESCRIPTOR:
        kept.append(data[at:directory])
    end = data.rfind(b"PK\x05\x06")
    kept.append(data[end + 22 + len(archive.comment) :])
    found = b"\n".join(kept)
    return found if found.strip(b"\0\n ") else b""


@dataclass(slots=True)
class _Reading:
    """One archive while it is read: what is covered by what was read, and what is left."""

    data: bytes
    limits: Limits
    covered: list[tuple[int, int]] = field(default_factory=list)
    folders: dict[str, None] = field(default_factory=dict)
    spent: int = 0
    count: int = 0
    unopened: int = 0
    measured: int = 0

    def room(self, entry: Entry) -> Room:
        """Return the room for an entry."""
        return room_of(entry, self.limits, self.spent)


class ZipExtractor:
    """Opens plain ZIP archives."""

    name = "zip"
    media_types = frozenset({media.ZIP})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return every entry, every name, the comments, and what lies between the entries."""
        directories = find_directories(data)
        reading = _Reading(data, limits)
        if not directories:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="no directory")
        if any(directory.is_split for directory in directories):
            yield Gap(part="", kind=GapKind.UNSUPPORTED, detail="split archive")
        known: set[tuple[int, bytes, int, int]] = set()
        for directory in directories:
            reading.covered.append((directory.start, directory.end))
            if directory.comment:
                yield Segment(where=Where.COMMENT, text=comment_of(directory.comment))
            for entry in entries(data, directory):
                key = (entry.offset, entry.raw_name, entry.packed, entry.method)
                if key in known:
                    continue
                known.add(key)
                if _is_full(reading):
                    yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
                    return
                yield from _entry(reading, entry)
        yield from _rest(reading)


def _is_full(reading: _Reading) -> bool:
    """Count an entry, and say whether it is one too many."""
    reading.count += 1
    return reading.count > reading.limits.parts


def _entry(reading: _Reading, entry: Entry) -> Iterator[Found]:
    """Yield what an entry holds by the directory, and by its local header where that says otherwise (4.3.7)."""
    yield from _words(reading, entry)
    local = local_entry(reading.data, entry.offset)
    if local is None:
        yield Gap(part=entry.name, kind=GapKind.CORRUPT, detail="local header")
        return
    start = content_start(reading.data, entry.offset)
    reading.covered.append((entry.offset, start + entry.packed))
    yield from _content(reading, entry)
    if local.raw_name != entry.raw_name or local.extra != entry.extra:
        yield from _words(reading, replace(local, raw_name=local.raw_name * (local.raw_name != entry.raw_name)))
    sizes = (local.packed, local.method) if local.packed else (entry.packed, local.method)
    if sizes != (entry.packed, entry.method) and not (local.flags | entry.flags) & ENCRYPTED:
        yield from _content(reading, local)
        reading.covered.append((local.offset, start + local.packed))


def _words(reading: _Reading, entry: Entry) -> Iterator[Segment]:
    """Yield the name of an entry, its comment, and what its extra fields say."""
    names, said, comments = {entry.name: None}, [], []
    if entry.comment:
        comments.append(comment_of(entry.comment))
    for kind, body in extra_fields(entry.extra):
        if kind == UNICODE_PATH:
            names[name_of(body[5:])] = None
        elif kind == UNICODE_COMMENT:
            comments.append(name_of(body[5:]))
        elif kind not in PLAIN_FIELDS:
            said += PRINTABLE.findall(body)
    yield from name_segments(names, known=reading.folders)
    for comment in dict.fromkeys(comments):
        yield Segment(where=Where.COMMENT, text=comment)
    if said:
        yield Segment(where=Where.PROPERTY, text=b"\n".join(said).decode("ascii"), name="extra field")


def _content(reading: _Reading, entry: Entry) -> Iterator[Found]:
    """Yield the content of an entry, locked or not, and a gap for what is wrong with it."""
    if entry.is_folder:
        return
    gap = _refused(entry, reading.limits, reading.spent)
    if gap and gap.kind is GapKind.ENCRYPTED and may_unlock(entry) and reading.unopened < GIVEN_UP_AFTER:
        reading.unopened += 1
        yield Locked(name=entry.name, cipher=gap.detail, unlock=_counted(reading, entry))
        return
    if gap:
        yield gap
        return
    unpacked, fault = content(reading.data, entry, reading.room(entry))
    reading.spent += len(unpacked)
    if fault:
        yield Gap(part=entry.name, kind=fault.kind, detail=fault.detail)
    if not (fault and fault.kind is GapKind.TOO_LARGE) and (unpacked or not fault):
        yield Inner(name=entry.name, data=unpacked)


def _counted(reading: _Reading, entry: Entry) -> Callable[[str], Iterable[Found] | None]:
    """Return what opens an entry; what it opens ends a row of those that none opened."""
    unlock = unlocker(reading.data, entry, reading.room(entry))

    def counted(password: str) -> Iterable[Found] | None:
        inside = unlock(password)
        if inside is not None:
            reading.unopened = 0
            reading.spent += entry.size
        return inside

    return counted


def _rest(reading: _Reading) -> Iterator[Found]:
    """Yield what lies outside of everything read so far: entries that no directory lists, and whatever else is there.

    What stands in front belongs to another type of file where that is what the file begins as: that has its own reader.
    """
    data, strings = reading.data, []
    for start, end in list(_uncovered(reading.covered, len(data))):
        if start == 0 and reading.count and not data.startswith(LOCAL) and _is_of_another_type(data):
            continue
        at = start
        for entry in _unlisted(reading, start, end):
            if _is_full(reading):
                yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
                return
            strings += _left(data[at : entry.offset])
            yield from _between(data[at : entry.offset])
            yield from _words(reading, entry)
            yield from _content(reading, entry)
            at = content_start(data, entry.offset) + entry.packed
        strings += _left(data[at:end])
        yield from _between(data[at:end])
    if strings:
        yield Segment(where=Where.HIDDEN, text=b"\n".join(strings).decode("ascii"), name="between entries")


def _left(data: bytes) -> list[bytes]:
    """Return the words in a few bytes between two entries."""
    return PRINTABLE.findall(data) if len(data) <= LONGEST_DESCRIPTOR else []


def _between(data: bytes) -> Iterator[Inner]:
    """Yield what is no entry and no descriptor as a part of its own."""
    if len(data) > LONGEST_DESCRIPTOR and data.strip(b"\0\n "):
        yield Inner(name="outside-entries", data=data)


def _is_of_another_type(data: bytes) -> bool:
    """Say whether a file with an archive behind it begins as something else."""
    return identify(data)[0].media_type not in {media.ZIP, media.UNKNOWN}


def _uncovered(covered: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches that nothing covers."""
    at = 0
    for start, end in sorted(covered):
        if start > at:
            yield at, start
        at = max(at, end)
    if at < size:
        yield at, size


def _unlisted(reading: _Reading, start: int, end: int) -> Iterator[Entry]:
    """Yield the entries between `start` and `end` by their local headers alone."""
    data = reading.data
    at = data.find(LOCAL, start, end)
    while at >= 0:
        entry = local_entry(data, at)
        if entry is None or content_start(data, at) > end:
            at = data.find(LOCAL, at + 4, end)
            continue
        entry = _measured(reading, entry, end)
        yield entry
        at = data.find(LOCAL, max(at + LOCAL_SIZE, content_start(data, at) + entry.packed), end)


def _measured(reading: _Reading, entry: Entry, end: int) -> Entry:
    """Return an entry with its sizes: where they stand behind the content, that tells them (4.3.9)."""
    data, start = reading.data, content_start(reading.data, entry.offset)
    if entry.packed or not entry.flags & DESCRIBED:
        return replace(entry, packed=min(entry.packed, max(0, end - start)))
    stop = _deflate_end(reading, start) if entry.method == DEFLATE and not entry.flags & ENCRYPTED else None
    if stop is None or stop > end:
        found = [data.find(mark, start, end) for mark in (DESCRIPTOR, LOCAL, CENTRAL)]
        stop = min((each for each in found if each >= 0), default=end)
    if data.startswith(DESCRIPTOR, stop):
        crc, packed, size = struct.unpack_from("<3L", data[stop + 4 : stop + 16].ljust(12, b"\0"))
        return replace(entry, packed=stop - start, size=size, crc=crc) if packed == stop - start else entry
    return replace(entry, packed=stop - start)


def _deflate_end(reading: _Reading, start: int) -> int | None:
    """Return where a deflated stream ends; None where it does not, or not soon."""
    out = io.BytesIO()
    run = unpack(Inflater, reading.data, start, out, Room(size=max(0, 2 * ROOM - reading.measured), limit="ratio"))
    reading.measured += out.tell()
    return None if run.fault else run.end
