"""The running text of a Word 97 document ([MS-DOC] 2.4): pieces put together, hidden and deleted text told apart.

Text is kept in UTF-16, as positions count: two bytes are one. Word 6 and 95 are read by the same rules.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.extract.decoding import decode

WORD_97: Final = 0xC1
PAGE: Final = 512
VANISH, DELETED, SYMBOL = 0x083C, 0x0800, 0x6A09
NEEDLES: Final = (b"\x3c\x08\x01", b"\x3c\x08\x81", b"\x00\x08\x01", b"\x00\x08\x81", b"\x09\x6a")
OLD_VANISH, OLD_DELETED = 0x5C, 0x41  # the same, as pieces of a fast-saved document have them
SIZES: Final = (1, 1, 2, 4, 2, 2, 0, 3)
PIECES, PROPERTIES = 2, 1
CODE_PAGES: Final = {  # of Word 6 and 95, by primary language
    0x01: "cp1256", 0x02: "cp1251", 0x05: "cp1250", 0x08: "cp1253", 0x0D: "cp1255", 0x0E: "cp1250", 0x15: "cp1250",
    0x18: "cp1250", 0x19: "cp1251", 0x1A: "cp1250", 0x1B: "cp1250", 0x1C: "cp1250", 0x1E: "cp874", 0x1F: "cp1254",
    0x22: "cp1251", 0x23: "cp1251", 0x24: "cp1250", 0x25: "cp1257", 0x26: "cp1257", 0x27: "cp1257", 0x2A: "cp1258",
}  # fmt: skip


class Mark(Enum):
    """What the formatting of text says of it."""

    HIDDEN = auto()
    DELETED = auto()
    SYMBOL = auto()


@dataclass(frozen=True, slots=True)
class Marked:
    """A range of positions with a mark. `symbol` is the character that a symbol shows."""

    start: int
    end: int
    mark: Mark
    symbol: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: its first position, how many, where its bytes begin, and how many bytes make a character."""

    start: int
    count: int
    offset: int
    width: int


class Fib:
    """The file information block ([MS-DOC] 2.5), and what it points to."""

    def __init__(self, document: bytes, table: bytes, at: int = 0) -> None:
        self.document, self.table, self.at = document, table, at
        self.version, self.language = struct.unpack_from("<2xH2xH", document, at)
        self.new = self.version >= WORD_97
        counts = at + (76 if self.new else 52)  # ccpText and those that follow
        self.counts: tuple[int, ...] = struct.unpack_from("<8L", document, counts)
        self.pairs_at = at + (154 if self.new else 88)
        (pairs,) = struct.unpack_from("<H", document, at + 152) if self.new else (38,)
        self.pairs = min(pairs, 1000)

    def lies(self, index: int) -> tuple[int, int]:
        """Return where a structure lies in the table stream, and its length."""
        if index >= self.pairs:
            return 0, 0
        at, length = struct.unpack_from("<LL", self.document, self.pairs_at + 8 * index)
        return at, length

    def structure(self, index: int) -> bytes:
        """Return a structure of the table stream."""
        at, length = self.lies(index)
        return self.table[at : at + length]


class Text:
    """All text of a document by position."""

    def __init__(self, fib: Fib) -> None:
        self.fib = fib
        self.pieces: list[Piece] = []
        self.marked: list[Marked] = []
        self.grpprls: list[bytes] = []
        self._read_pieces(fib.structure(33))
        order = sorted(range(len(self.pieces)), key=lambda index: self.pieces[index].offset)
        self._by_offset = [self.pieces[index] for index in order]
        self._offsets = [piece.offset for piece in self._by_offset]
        self.utf16 = b"".join(self._text(piece) for piece in self.pieces)
        self._read_formatting()
        self.marked = list(_one_by_one(self.marked))
        self._starts = [marked.start for marked in self.marked]

    def marks(self, start: int, end: int) -> Iterator[Marked]:
        """Yield the marks between two positions, in order, none over another."""
        for index in range(max(0, bisect_right(self._starts, start) - 1), len(self.marked)):
            marked = self.marked[index]
            if marked.start >= end:
                return
            if marked.end > start:
                yield Marked(max(start, marked.start), min(end, marked.end), marked.mark, marked.symbol)

    def _read_pieces(self, clx: bytes) -> None:
        """Read the table of pieces ([MS-DOC] 2.9.38); a document that was never saved fast may have none."""
        at = 0
        while at + 5 <= len(clx) and clx[at] == PROPERTIES:
            (size,) = struct.unpack_from("<H", clx, at + 1)
            self.grpprls.append(clx[at + 3 : at + 3 + size])
            at += 3 + size
        if at + 5 > len(clx) or clx[at] != PIECES:
            first, last = struct.unpack_from("<LL", self.fib.document, self.fib.at + 24)
            self.pieces.append(Piece(0, max(0, last - first), first, 1))
            return
        (size,) = struct.unpack_from("<L", clx, at + 1)
        plc = clx[at + 5 : at + 5 + size]
        count = (len(plc) - 4) // 12
        positions = struct.unpack_from(f"<{count + 1}L", plc)
        for number in range(count):
            offset, property_ = struct.unpack_from("<2xLH", plc, 4 * (count + 1) + 8 * number)
            width = 1 if offset & 0x40000000 or not self.fib.new else 2
            offset = (offset & 0x3FFFFFFF) // 2 if offset & 0x40000000 else offset
            length = positions[number + 1] - positions[number]
            if length < 0 or offset + width * length > len(self.fib.document):
                raise ValueError("a piece of text lies outside the file")
            self.pieces.append(Piece(positions[number], length, offset, width))
            self._whole_piece(positions[number], positions[number + 1], property_)
        if sum(piece.count * piece.width for piece in self.pieces) > 2 * len(self.fib.document):
            raise ValueError("pieces of text overlap")

    def _whole_piece(self, start: int, end: int, property_: int) -> None:
        """Note what the table says of a whole piece ([MS-DOC] 2.9.215)."""
        if property_ & 1:
            index = property_ >> 1
            grpprl = self.grpprls[index] if index < len(self.grpprls) else b""
            self.marked += [Marked(start, end, mark, symbol) for mark, symbol in marks_of(grpprl)]
        elif property_ >> 8 & 1 and property_ >> 1 & 0x7F in {OLD_VANISH, OLD_DELETED}:
            mark = Mark.HIDDEN if property_ >> 1 & 0x7F == OLD_VANISH else Mark.DELETED
            self.marked.append(Marked(start, end, mark))

    def _text(self, piece: Piece) -> bytes:
        """Return a piece in UTF-16."""
        raw = self.fib.document[piece.offset : piece.offset + piece.count * piece.width]
        if piece.width == 2:  # noqa: PLR2004 - UTF-16 as it is
            return raw
        page = "cp1252" if self.fib.new else CODE_PAGES.get(self.fib.language & 0x3FF, "cp1252")
        return decode(raw, page).encode("utf-16-le").ljust(2 * piece.count, b"\0")[: 2 * piece.count]

    def between(self) -> bytes:
        """Return what lies between the pieces: text that was replaced when the document was saved fast."""
        (first,) = struct.unpack_from("<L", self.fib.document, self.fib.at + 24)
        kept, at = [], min([first or 1 << 32, *(piece.offset for piece in self.pieces)])
        for piece in self._by_offset:
            kept.append(self.fib.document[at : piece.offset])
            at = max(at, piece.offset + piece.count * piece.width)
        return b"\0\0".join(kept)

    def _read_formatting(self) -> None:
        """Find hidden and deleted text and symbols in the pages of character formatting ([MS-DOC] 2.8.3, 2.9.33)."""
        if not self.fib.new:
            return  # its pages are kept otherwise: the text is all read, and stands in the body
        plc = self.fib.structure(12)
        count = (len(plc) - 4) // 8
        known: dict[bytes, list[tuple[Mark, int]]] = {}
        for number in struct.unpack_from(f"<{max(0, count)}L", plc, 4 * (count + 1)) if count > 0 else ():
            start = (number & 0x3FFFFF) * PAGE
            page = self.fib.document[start : start + PAGE]
            if len(page) == PAGE and any(needle in page for needle in NEEDLES):
                for first, last, grpprl in _runs(page):
                    if grpprl not in known:
                        known[grpprl] = list(marks_of(grpprl))
                    for mark, symbol in known[grpprl]:
                        self._mark(first, last, mark, symbol)

    def _mark(self, first: int, last: int, mark: Mark, symbol: int) -> None:
        """Note a range of bytes of the document, by the positions of the pieces that lie in it."""
        index = max(0, bisect_right(self._offsets, first) - 1)
        while index < len(self._by_offset) and self._by_offset[index].offset < last:
            piece = self._by_offset[index]
            start = max(0, first - piece.offset) // piece.width
            end = min(piece.count, -(-(last - piece.offset) // piece.width))
            if start < end:
                self.marked.append(Marked(piece.start + start, piece.start + end, mark, symbol))
            index += 1


def _one_by_one(marked: list[Marked]) -> Iterator[Marked]:
    """Yield marks in order, each cut where it overlaps one before it."""
    at = 0
    for each in sorted(marked, key=lambda each: each.start):
        if each.end > max(at, each.start):
            yield Marked(max(at, each.start), each.end, each.mark, each.symbol)
            at = each.end


def _runs(page: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the runs of a page of formatting: where each begins and ends, and its properties."""
    count = page[PAGE - 1]
    if 5 * count + 4 > PAGE:
        raise ValueError("a page of formatting holds too much")
    bounds = struct.unpack_from(f"<{count + 1}L", page)
    for number in range(count):
        at = 2 * page[4 * (count + 1) + number]
        if at:
            yield bounds[number], bounds[number + 1], page[at + 1 : at + 1 + page[at]]


def marks_of(grpprl: bytes) -> Iterator[tuple[Mark, int]]:
    """Yield the marks that a list of properties sets ([MS-DOC] 2.6.1)."""
    at = 0
    while at + 3 <= len(grpprl):
        (code,) = struct.unpack_from("<H", grpprl, at)
        size = SIZES[code >> 13]
        at += 2
        if code in {VANISH, DELETED} and grpprl[at] in {1, 0x81}:
            yield (Mark.HIDDEN if code == VANISH else Mark.DELETED), 0
        elif code == SYMBOL and at + 4 <= len(grpprl):
            (char,) = struct.unpack_from("<H", grpprl, at + 2)
            yield Mark.SYMBOL, char & 0xFF if 0xF000 <= char <= 0xF0FF else char  # noqa: PLR2004 - symbol fonts
        at += size or 1 + grpprl[at]
