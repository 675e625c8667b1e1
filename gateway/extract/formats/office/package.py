"""Parts of a package, straight from memory: ECMA-376 part 2, OpenDocument 1.3 part 2, EPUB OCF, all in a ZIP.

Programs that write packages use one plain form of ZIP: entries one after the other, stored or deflated, and one
directory at the end. That form is read here, and checked as it is read: directory and local headers agree, nothing
lies between or behind. Whatever differs in any way is left to the reader of archives (`zip`), slower and wiser.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.extract import Inner, Limits
from gateway.extract.formats.archives.zip_extractor import entries_of, outside
from gateway.extract.formats.office.shared import Shared
from gateway.model.inspection import Gap, GapKind, Segment, Where

END, CENTRAL, LOCAL = struct.Struct("<4s4H2IH"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s5H3I2H")
PLAIN_FLAGS: Final = 0x080E  # deflate's options, sizes after the data, names in UTF-8
DESCRIPTORS: Final = (0, 12, 16, 24)
STORED, DEFLATED = 0, 8
FULL: Final = 0xFFFF
FIRST: Final = {  # by the last step of a name: these are read first, in this order
    "workbook.xml.rels": 0, "workbook.bin.rels": 0, "mimetype": 1, "workbook.xml": 1, "workbook.bin": 1,
    "fonttable.xml": 1, "sharedstrings.xml": 2, "sharedstrings.bin": 2, "styles.xml": 2, "styles.bin": 2,
}  # fmt: skip


class Entry(NamedTuple):
    """One part as it is packed."""

    name: str
    start: int
    packed: int
    size: int
    crc: int
    method: int


class Part(NamedTuple):
    """One part of a package. `packed` is empty where it was stored: packed, the same bytes say something else."""

    name: str
    packed: bytes
    data: bytes


class Package:
    """The parts of a package. Parts that others need come first."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.entries = directory(data)
        self.archive = zipfile.ZipFile(io.BytesIO(data)) if self.entries is None else None

    def names(self) -> list[str]:
        """Return the names of all parts."""
        if self.archive:
            return self.archive.namelist()
        return [entry.name for entry in self.entries or ()]

    def peek(self, name: str, most: int = 1 << 20) -> bytes:
        """Return a part that is not larger than `most`; nothing if there is none, or it is damaged."""
        try:
            if self.archive:
                info = self.archive.NameToInfo.get(name)
                return self.archive.read(info) if info and info.file_size <= most and not info.flag_bits & 1 else b""
            entry = next((entry for entry in self.entries or () if entry.name == name and entry.size <= most), None)
            return self.read(entry) if entry else b""
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
            return b""

    def read(self, entry: Entry) -> bytes:
        """Return what is in an entry; `zlib.error`, `ValueError` if it is damaged."""
        packed = self.data[entry.start : entry.start + entry.packed]
        if entry.method == STORED:
            unpacked = packed
        else:
            inflating = zlib.decompressobj(-15)
            unpacked = inflating.decompress(packed, entry.size + 1)
            if not inflating.eof or inflating.unused_data:
                raise ValueError("more or less than was said")
        if len(unpacked) != entry.size or zlib.crc32(unpacked) != entry.crc:
            raise ValueError("checksum")
        return unpacked

    def parts(self, limits: Limits, shared: Shared) -> Iterator[Part | Segment | Inner | Gap]:
        """Yield all parts under the limits, of those known already what they say, and what lies beside them."""
        if self.archive:
            yield from self._of_archive(self.archive, limits)
            return
        spent = 0
        entries = sorted(self.entries or (), key=lambda entry: _rank(entry.name))
        for number, entry in enumerate(entries):
            if number >= limits.parts:
                yield Gap(part="", kind=GapKind.TOO_MANY, detail="parts")
                return
            if entry.size > limits.part_size or spent + entry.size > limits.total_size:
                detail = "part_size" if entry.size > limits.part_size else "total_size"
                yield Gap(part=entry.name, kind=GapKind.TOO_LARGE, detail=detail)
                continue
            spent += entry.size
            packed = self.data[entry.start : entry.start + entry.packed]
            known = shared.known(entry.name, packed) if entry.method != STORED else None
            if known is not None:
                yield from known
                continue
            try:
                unpacked = self.read(entry)
            except (zlib.error, ValueError) as trouble:
                yield Gap(part=entry.name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            else:
                yield Part(entry.name, b"" if entry.method == STORED else packed, unpacked)

    def _of_archive(self, archive: zipfile.ZipFile, limits: Limits) -> Iterator[Part | Segment | Inner | Gap]:
        """Yield the parts of an unusual ZIP."""
        archive.filelist.sort(key=lambda entry: _rank(entry.filename))
        for entry in entries_of(archive, limits):
            yield entry if isinstance(entry, Gap) else Part(entry[0], b"", entry[1])
        said = b"\n".join(filter(None, (archive.comment, *(entry.comment for entry in archive.infolist()))))
        if said:
            yield Segment(where=Where.COMMENT, text=said.decode("utf-8", "replace"))
        if left := outside(archive, self.data):
            yield Inner(name="outside-entries", data=left)


def _rank(name: str) -> int:
    """Return when a part is read: those that others need come first."""
    return FIRST.get(name.rpartition("/")[2].lower(), len(FIRST))


def directory(data: bytes) -> list[Entry] | None:
    """Return the entries of a package in the plain form; None when it is not."""
    at = len(data) - END.size
    if at < 0 or not data.startswith(b"PK\x05\x06", at):
        return None
    _, disk, first, here, total, size, start, comment = END.unpack_from(data, at)
    if disk or first or here != total or total == FULL or comment or start + size != at:
        return None
    found, end = [], 0
    for _ in range(total):
        entry, start_next, begins = _entry(data, start, at)
        if entry is None or begins - end not in DESCRIPTORS:
            return None
        found.append(entry)
        start, end = start_next, entry.start + entry.packed
    return found if start == at and at - size - end in DESCRIPTORS else None


def _entry(data: bytes, at: int, end: int) -> tuple[Entry | None, int, int]:
    """Read one entry of the directory and its local header; also where the next stands, and where this one begins."""
    if at + CENTRAL.size > end:
        return None, 0, 0
    mark, _, _, flags, method, _, _, crc, packed, size, names, extra, comment, _, _, _, offset = CENTRAL.unpack_from(
        data, at
    )
    name_at = at + CENTRAL.size
    if mark != b"PK\x01\x02" or flags & ~PLAIN_FLAGS or comment or offset + LOCAL.size > end:
        return None, 0, 0
    raw = data[name_at : name_at + names]
    local = LOCAL.unpack_from(data, offset)
    start = offset + LOCAL.size + local[9] + local[10]
    is_same = (
        local[0] == b"PK\x03\x04" and local[3] == method and method in {STORED, DEFLATED} and start + packed <= end
        and data[offset + LOCAL.size : offset + LOCAL.size + local[9]] == raw and (raw.isascii() or flags & 0x800)
    )  # fmt: skip
    if not is_same:
        return None, 0, 0
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None, 0, 0
    return Entry(name, start, packed, size, crc, method), name_at + names + extra, offset
