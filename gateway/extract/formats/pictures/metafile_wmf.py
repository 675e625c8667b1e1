"""WMF ([MS-WMF]): the text, bitmaps and polygons of every record, and the EMF that its comments may hold."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract import Found, Inner
from gateway.extract.formats.pictures.metafile_page import Bitmap, Page, Point, Run
from gateway.extract.formats.pictures.metafile_state import coding_of, grey_of
from gateway.extract.formats.pictures.words import leftover, strings
from gateway.model.inspection import Gap, GapKind

PLACEABLE, PLACEABLE_SIZE, HEADER_SIZE = b"\xd7\xcd\xc6\x9a", 22, 18
TEXT_OUT, EXT_TEXT_OUT, ESCAPE, SELECT, DELETE = 0x0521, 0x0A32, 0x0626, 0x012D, 0x01F0
TEXT_ALIGN, UPDATE_PLACE = 0x012E, 0x1
PEN, BRUSH, FONT = 0x02FA, 0x02FC, 0x02FB
MADE = frozenset({PEN, BRUSH, FONT, 0x01F9, 0x0142, 0x00F7, 0x06FF})  # and pattern brushes, palette, region
POLYGON, POLYLINE, POLYPOLYGON, RECTANGLE = 0x0324, 0x0325, 0x0538, 0x041B
HAS_BOX, GLYPHS = 0x06, 0x10  # fwOpts
COMMENT, EMF_MARK = 0x000F, b"WMFC"
BITMAPS = {  # how many bytes stand before the bitmap
    0x0F43: 22, 0x0B41: 20, 0x0940: 16, 0x0D33: 18, 0x0142: 4,
}  # fmt: skip
MOST_OBJECTS = 4_000
NULL_STYLE = {PEN: 5, BRUSH: 1}


@dataclass(slots=True)
class Wmf:
    """Reads one metafile, record by record."""

    data: bytes
    page: Page = field(default_factory=Page)
    coding: str = "cp1252"
    align: int = 0
    fill: int | None = 255
    pen: int | None = 0
    made: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    enhanced: bytearray = field(default_factory=bytearray)

    def read(self) -> Iterator[Found]:
        """Yield what is beside the drawing as it comes, and then what was drawn."""
        at = (PLACEABLE_SIZE if self.data.startswith(PLACEABLE) else 0) + HEADER_SIZE
        is_whole = False
        while not is_whole and at + 6 <= len(self.data):
            words, kind = struct.unpack_from("<IH", self.data, at)
            if words < 3 or at + 2 * words > len(self.data):  # noqa: PLR2004 - a record's head
                break
            record, at = self.data[at + 6 : at + 2 * words], at + 2 * words
            is_whole = kind == 0
            try:
                yield from self._record(kind, record)
            except (struct.error, IndexError, ValueError, ArithmeticError):
                yield Gap(part="", kind=GapKind.CORRUPT, detail="record")
        if is_whole:
            yield from leftover(self.data[at:], "after-end")
        else:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="no end")
        if self.enhanced:
            yield Inner(name="metafile", data=bytes(self.enhanced))
        yield from self.page.found()

    def _record(self, kind: int, record: bytes) -> Iterator[Found]:
        """Read one record, without its head."""
        if kind in MADE and len(self.made) < MOST_OBJECTS:
            number = next(index for index in range(len(self.made) + 1) if index not in self.made)
            self.made[number] = kind, record
        if kind in {TEXT_OUT, EXT_TEXT_OUT}:
            self._text(kind, record)
        elif kind == ESCAPE:
            yield from self._escape(record)
        elif kind in BITMAPS:
            self._bitmap(kind, record)
        elif kind in {SELECT, DELETE}:
            self._object(int.from_bytes(record[:2], "little"), is_selected=kind == SELECT)
        elif kind == TEXT_ALIGN:
            self.align = int.from_bytes(record[:2], "little")
        elif kind in {POLYGON, POLYLINE, POLYPOLYGON, RECTANGLE}:
            self.page.draw(_lines(kind, record), None if kind == POLYLINE else self.fill, self.pen)

    def _text(self, kind: int, record: bytes) -> None:
        """Read a text (2.3.3.5, 2.3.3.20), in the code page of the font."""
        if kind == TEXT_OUT:
            count = int.from_bytes(record[:2], "little")
            raw, place = record[2 : 2 + count], 2 + count + count % 2
            y, x = struct.unpack_from("<hh", record, place)
            width = None
        else:
            y, x, count, options = struct.unpack_from("<hhHH", record)
            if options & GLYPHS and count:
                self.page.unread["glyphs"] = 1
                return
            start = 16 if options & HAS_BOX else 8
            raw, widths = record[start : start + count], start + count + count % 2
            known = count and widths + 2 * count <= len(record)
            width = sum(struct.unpack_from(f"<{count}h", record, widths)) if known else None
        text = raw.decode(self.coding, "replace").replace("\0", "")
        if text:
            end: Point | None = None if width is None else (x + width, y)
            self.page.runs.append(Run(text, (x, y), end, goes_on=bool(self.align & UPDATE_PLACE)))

    def _escape(self, record: bytes) -> Iterator[Found]:
        """Read an escape (2.3.6): a comment may hold a piece of an EMF file (2.3.6.5)."""
        kind, count = struct.unpack_from("<HH", record)
        body = record[4 : 4 + count]
        if kind == COMMENT and body.startswith(EMF_MARK):
            self.enhanced += body[34:]
        else:
            yield from strings(body, "comment")

    def _bitmap(self, kind: int, record: bytes) -> None:
        """Note a bitmap, if the record has one: header, palette and bits in one piece."""
        packed = record[BITMAPS[kind] :]
        if len(packed) < 12:  # noqa: PLR2004 - the shortest header
            return
        size = int.from_bytes(packed[:4], "little")
        is_old = size == 12  # noqa: PLR2004 - as above
        depth = int.from_bytes(packed[10:12] if is_old else packed[14:16], "little")
        used = 0 if is_old else int.from_bytes(packed[32:36], "little")
        colours = min(used or 1 << depth, 256) if depth <= 8 else used  # noqa: PLR2004 - has a palette
        masks = 12 if not is_old and size == 40 and packed[16:20] == b"\3\0\0\0" else 0  # noqa: PLR2004 - the plain one
        end = size + masks + colours * (3 if is_old else 4)
        self.page.show(Bitmap(packed[:end], packed[end:]))

    def _object(self, number: int, *, is_selected: bool) -> None:
        """Select or forget an object."""
        if not is_selected:
            self.made.pop(number, None)
            return
        kind, record = self.made.get(number, (0, b""))
        if kind == FONT:
            self.coding = coding_of(record[13])
        elif kind in NULL_STYLE:
            style, colour = int.from_bytes(record[:2], "little"), record[6:10] if kind == PEN else record[2:6]
            grey = None if style & 0xF == NULL_STYLE[kind] else grey_of(colour)
            self.fill, self.pen = (grey, self.pen) if kind == BRUSH else (self.fill, grey)


def _lines(kind: int, record: bytes) -> list[list[Point]]:
    """Return the points of a polygon, a polyline, several polygons or a rectangle."""
    if kind == RECTANGLE:
        bottom, right, top, left = struct.unpack_from("<hhhh", record)
        return [[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]]
    if kind != POLYPOLYGON:
        count = int.from_bytes(record[:2], "little")
        return [list(struct.iter_unpack("<hh", record[2 : 2 + 4 * count]))]
    number = int.from_bytes(record[:2], "little")
    counts, at, found = struct.unpack_from(f"<{number}H", record, 2), 2 + 2 * number, []
    for count in counts:
        found.append(list(struct.iter_unpack("<hh", record[at : at + 4 * count])))
        at += 4 * count
    return [[*line, *line[:1]] for line in found]
