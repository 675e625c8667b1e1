"""Excel 5 to 2003 workbooks ([MS-XLS]): every sheet by its place in the stream, and all that lies beside the cells."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterable, Iterator
from typing import Final

from gateway.extract import Found, Limits, media
from gateway.extract.formats.office97.excel97_cells import DOUBLE, packed_number
from gateway.extract.formats.office97.excel97_records import Substream, Workbook
from gateway.extract.formats.office97.locked_binary import excel_lock
from gateway.extract.formats.office97.office_art import blips, pictures, shape_words
from gateway.extract.formats.office97.ole import Storage, spoken, strings
from gateway.extract.formats.office97.ole_objects import beside
from gateway.model.inspection import Gap, GapKind, Segment, Where

STREAMS: Final = ("Workbook", "Book")
CACHES: Final = "_sx_db_cur"
BEGIN, END = 0x809, 0x0A
CONTINUE: Final = b"\x3c\0"
CELL: Final = struct.Struct("<HHHHHL")  # kind, size, then row, column, style and value of most cells
LABEL_SST, PACKED, NUMBER = 0xFD, 0x27E, 0x203
LONGEST: Final = 8_224  # bytes of a record ([MS-XLS] 2.1.4)
LONG: Final = 600  # what says nothing is shorter
TWICE: Final = 2  # how often the stream may be walked, where sheets overlap
ROOM: Final = bytes(CELL.size)


class Excel97Extractor:
    """Opens Excel workbooks of before 2007."""

    name = "excel97"
    media_types = frozenset({media.EXCEL_97})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return all cells and texts where they stood, properties, pictures and embedded objects."""
        storage = Storage(data)
        for name in STREAMS:
            if storage.has(name):
                lock = excel_lock(storage, name, lambda name=name: spoken(_book(storage.read(name), limits), storage))  # type: ignore[misc] # a default binds the name
                yield from spoken([lock] if lock else _book(storage.read(name), limits), storage)
        caches = [path for path in storage.paths if path[0].lower() == CACHES]
        for path in caches:
            yield from spoken(_cache(storage.read(*path)), storage)
        yield from spoken(beside(storage, [*((name,) for name in STREAMS), *caches]), storage)


def _book(stream: bytes, limits: Limits) -> Iterator[Found]:
    """Read a workbook that is not encrypted: what its sheets share, then each sheet where it begins."""
    book = Workbook()
    padded, walked, room = stream + ROOM, list[tuple[int, int]](), TWICE * len(stream)
    starts, known = [0], {0}
    for start in starts:
        book.is_cut = book.is_cut or start >= len(stream)
        if room < 0:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="sheets overlap")
            break
        end = yield from _substreams(padded, start, len(stream), book)
        walked.append((start, end))
        room -= end - start
        new = {*book.unread, _next_begin(stream, walked)} - known
        book.unread.clear()
        known |= new
        starts += sorted(new)
    yield Segment(where=Where.HIDDEN, text=strings(_between(stream, walked)), name="between sheets")
    art = b"".join(book.art)
    yield from book.left()
    yield from shape_words(art)
    yield from pictures(art, blips(art), limits)
    if book.is_cut:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="record")


def _next_begin(stream: bytes, walked: list[tuple[int, int]]) -> int:
    """Return where a part of the stream begins that no list names; 0 where there is none."""
    at = walked[-1][1]
    return at if stream[at : at + 2] == b"\x09\x08" else 0


def _between(stream: bytes, walked: list[tuple[int, int]]) -> bytes:
    """Return what lies between the parts of the stream."""
    kept, at = [], 0
    for start, end in sorted(walked):
        kept.append(stream[at:start])
        at = max(at, end)
    return b"\0\0".join([*kept, stream[at:]])


def _substreams(padded: bytes, at: int, size: int, book: Workbook) -> Generator[Found, None, int]:
    """Read one part of the stream, with the charts within it. Returns where it ended."""
    path = list[Substream]()
    while at + 4 <= size:
        if path:
            at = _cells(padded, at, size, path[-1], book)
        kind, length = struct.unpack_from("<HH", padded, at)
        start, at = at + 4, at + 4 + length
        book.is_cut = book.is_cut or at > size or length > LONGEST
        if kind == BEGIN:
            path.append(book.begin(start - 4, padded[start:at], path))
        elif not path:
            book.is_cut = True  # no beginning here
            return start - 4
        elif kind == END:
            yield from path.pop().segments()
            if not path:
                return at
        elif kind in book.readers:
            pieces, at = _pieces(padded, start, at, size)
            book.read(kind, path[-1], pieces)
        elif kind not in book.silent or length > LONG:
            book.loose.append(padded[start:at])
    for substream in reversed(path):
        yield from substream.segments()
    book.is_cut = book.is_cut or bool(path)
    return size


def _pieces(padded: bytes, start: int, end: int, size: int) -> tuple[list[bytes], int]:
    """Return a record with those that continue it, and where they end."""
    pieces = [padded[start:end]]
    while padded[end : end + 2] == CONTINUE and end + 4 <= size:
        length = int.from_bytes(padded[end + 2 : end + 4], "little")
        pieces.append(padded[end + 4 : end + 4 + length])
        end += 4 + length
    return pieces, end


def _cells(padded: bytes, at: int, size: int, part: Substream, book: Workbook) -> int:
    """Read the cells that follow one another, of the kinds that most are of. Returns where they end."""
    unpack, grid, look = CELL.unpack_from, part.grid, book.look
    texts, used, columns = book.strings.texts, book.strings.used, grid.hidden_columns
    while at + CELL.size <= size:
        kind, length, row, column, style, value = unpack(padded, at)
        if kind == LABEL_SST and value < len(texts):
            used[value] = 1
            text = texts[value]
        elif kind == PACKED:
            text = look.show(packed_number(value), style)
        elif kind == NUMBER:
            text = look.show(DOUBLE.unpack_from(padded, at + 10)[0], style)
        else:
            book.is_cut = book.is_cut or kind == LABEL_SST  # a string that there is not
            return at
        if row != grid.row:
            grid.turn_to(row)
        if column == grid.following and column not in columns:
            grid.line.append(text)
            grid.following = column + 1
        else:
            grid.put(column, text)
        at += 4 + length
    return at


def _cache(stream: bytes) -> Iterator[Segment]:
    """Read a stored pivot cache ([MS-XLS] 2.1.7.21): the strings of the cells it was made from."""
    yield Segment(where=Where.HIDDEN, text=strings(stream), name="pivot cache")
