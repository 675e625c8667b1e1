"""OLE compound files ([MS-CFB]): their streams by path; and the letters in bytes whose structure is not read."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import olefile

from gateway.extract import Found
from gateway.extract.formats.office97.ole_pack import packed
from gateway.model.inspection import Gap, GapKind, Segment, Where

Path: TypeAlias = tuple[str, ...]
Entry: TypeAlias = olefile.olefile.OleDirectoryEntry

OUT_OF_PLACE: Final = (OSError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError)
"""What olefile raises for a damaged stream; the others can still be read."""
_WIDE = rb"(?:[\x20-\x7e\xa0-\xff\t]\0|[\x10-\xff][\x01-\x05]|[\x10-\x3f]\x20)"
RUNS: Final = re.compile(rb"(?:%b){4,}|[\x20-\x7e\t](?:[\x20-\x7e\t]|[\xc0-\xff](?=[\x20-\x7e\0])){3,}" % _WIDE)
ENTRY, KIND_AT, THINGS = 128, 66, (olefile.STGTY_STORAGE, olefile.STGTY_STREAM)
BARE: Final = 3  # sectors of the smallest file
LETTERS: Final = re.compile(r"[^\W_]{3}")


class Storage:
    """An open OLE file. Streams are read when asked for, and a name is found in upper and lower case.

    `plain` holds decrypted streams: they are read in place of those in the file.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.file = olefile.OleFileIO(io.BytesIO(data))
        self.paths: list[Path] = [tuple(path) for path in self.file.listdir()]
        self.plain: dict[Path, bytes] = {}
        self.room = len(data)  # all streams together are no longer than the file, unless some share their sectors
        self._entries = dict(_entries(self.file.root, ()))

    def has(self, *path: str) -> bool:
        """Say whether there is such a stream."""
        return key_of(path) in self._entries

    def read(self, *path: str) -> bytes:
        """Return a whole stream, or nothing where there is none. `OUT_OF_PLACE` for one that is damaged."""
        key = key_of(path)
        if key in self.plain:
            return self.plain[key]
        entry = self._entries.get(key)
        if entry is None:
            return b""
        if entry.size >= self.file.minisectorcutoff:
            return self._sectors(entry.isectStart, entry.size)
        with self.file.openstream("/".join(path)) as stream:
            content: bytes = stream.read()
        if len(content) < entry.size:
            raise ValueError("a stream is cut short")
        return content

    def _sectors(self, start: int, size: int) -> bytes:
        """Read a chain of sectors: those that follow one another at once, as most do."""
        fat, length, kept = self.file.fat, self.file.sector_size, list[bytes]()
        left = -(-size // length)
        if left > len(fat):
            raise ValueError("a stream is longer than the file")
        while left:
            first = last = start
            left -= 1
            while left and fat[last] == last + 1:
                last += 1
                left -= 1
            kept.append(self.data[(first + 1) * length : (last + 2) * length])
            start = fat[last]
        content = kept[0] if len(kept) == 1 else b"".join(kept)
        if len(content) < size:
            raise ValueError("a stream is cut short")
        return content[:size]

    def streams(self, paths: list[Path]) -> Iterator[tuple[Path, bytes] | Gap]:
        """Yield streams with their content; a damaged one is a gap, and so are those that share their sectors."""
        for path in paths:
            try:
                content = self.read(*path)
            except OUT_OF_PLACE as trouble:
                yield Gap(part="", kind=GapKind.CORRUPT, detail=f"stream: {type(trouble).__name__}")
                continue
            self.room -= len(content)
            if self.room < 0:
                yield Gap(part="", kind=GapKind.CORRUPT, detail="streams overlap")
                return
            yield path, content

    def defects(self) -> Iterator[Gap]:
        """Yield a gap if streams may be missed: two of one name, some in no storage, a directory that is damaged."""
        if len(self._entries) < len(self.paths):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="two streams of one name")
        listed = self.file.directory_fp.getbuffer()
        numbers = [number for number, entry in enumerate(self.file.direntries) if entry is None]
        lost = any(
            listed[ENTRY * number + KIND_AT] in THINGS for number in numbers if ENTRY * (number + 1) <= len(listed)
        )
        issues = [said for _, said in self.file.parsing_issues if "header" not in said]
        if lost or issues or not (self.paths or self._is_bare()):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="directory of streams")

    def _is_bare(self) -> bool:
        """Say whether a file without streams is one that was made empty: a header, a table and a directory, no more."""
        return len(self.data) <= BARE * self.file.sector_size and bool(self.file.root.sid_child == olefile.NOSTREAM)

    def within(self, prefix: Path) -> bytes:
        """Return what lies under a storage as a file of its own; `OUT_OF_PLACE`."""
        contents = dict[Path, bytes]()
        for path in self.paths:
            if path[: len(prefix)] == prefix:
                content = contents[path[len(prefix) :]] = self.read(*path)
                self.room -= len(content)
                if self.room < 0:
                    raise ValueError("streams overlap")
        return packed(contents)


def key_of(path: Path) -> Path:
    """Return a path as it is looked up."""
    return tuple(name.lower() for name in path)


def _entries(node: Entry, path: Path) -> Iterator[tuple[Path, Entry]]:
    """Yield every stream of the directory by its path."""
    for child in node.kids:
        below = (*path, child.name.lower())
        if child.entry_type == olefile.STGTY_STREAM:
            yield below, child
        elif child.entry_type == olefile.STGTY_STORAGE:
            yield from _entries(child, below)


def strings(data: bytes) -> str:
    """Return the runs of letters in bytes, 8-bit and UTF-16, each on a line of its own."""
    found: dict[str, None] = {}
    for run in RUNS.findall(data):
        text = run.decode("utf-16-le", "replace") if b"\0" in run or run[1] < 0x09 else run.decode("cp1252", "replace")  # noqa: PLR2004 - a control byte
        if LETTERS.search(text):
            found[text.strip()] = None
    return "\n".join(found)


def spoken(found: Iterable[Found], storage: Storage) -> Iterator[Found]:
    """Yield what was found but for segments without words. Where the structure breaks off, letters are all there is."""
    try:
        for each in found:
            if not isinstance(each, Segment) or each.text.strip("\n\t "):
                yield each
    except (struct.error, *OUT_OF_PLACE) as trouble:
        yield Gap(part="", kind=GapKind.CORRUPT, detail=type(trouble).__name__)
        storage.room = len(storage.data)
        for stream in storage.streams(storage.paths):
            yield (
                stream if isinstance(stream, Gap) else Segment(where=Where.HIDDEN, text=strings(stream[1]), name="raw")
            )
