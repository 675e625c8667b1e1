"""What a metafile sets before it draws ([MS-EMF] 2.3.11): transform, alignment, code page, greys of fill and pen."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from gateway.extract.formats.pictures.metafile_page import Point

Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
CODE_PAGES = {128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258",
              177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip
STOCK_FILLS = {0: 255, 1: 192, 2: 128, 3: 64, 4: 0, 5: None, 18: 0}
STOCK_PENS = {6: 255, 7: 0, 8: None, 19: 0}
STOCK = 0x80000000
NO_BRUSH, NO_PEN, PEN_STYLE = 1, 5, 0xF
METRIC, FREE = range(2, 7), range(7, 9)  # mapping modes: upwards in fixed units; by window and viewport
RED, GREEN, BLUE = 0.3, 0.59, 0.11
LEFT_FIRST, RIGHT_FIRST, AS_GIVEN = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Context:
    """What a saved device context brings back."""

    matrix: Matrix = SAME
    mode: int = 1
    window: tuple[int, int, int, int] = (0, 0, 1, 1)
    viewport: tuple[int, int, int, int] = (0, 0, 1, 1)
    align: int = 0
    coding: str = "cp1252"
    fill: int | None = 255
    pen: int | None = 0


@dataclass(slots=True)
class State:
    """The device context, those that were saved, and the objects that were made."""

    now: Context = field(default_factory=Context)
    saved: list[Context] = field(default_factory=list)
    made: dict[int, tuple[str, str | int | None]] = field(default_factory=dict)

    def place(self, point: Point) -> Point:
        """Return where a point comes to stand."""
        a, b, c, d, e, f = self.now.matrix
        x, y = a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f
        if self.now.mode in METRIC:
            return x, -y
        if self.now.mode not in FREE:
            return x, y
        (left, top, width, height), (left_2, top_2, width_2, height_2) = self.now.window, self.now.viewport
        return (x - left) * width_2 / (width or 1) + left_2, (y - top) * height_2 / (height or 1) + top_2

    def read(self, kind: int, record: bytes) -> bool:
        """Take a record that sets something; False for another one; `struct.error` where it is too short."""
        if kind in {9, 10, 11, 12}:  # EMR_SETWINDOWEXTEX, ...ORGEX, EMR_SETVIEWPORTEXTEX, ...ORGEX
            self._map(kind, struct.unpack_from("<ii", record, 8))
        elif kind in {17, 22}:  # EMR_SETMAPMODE, EMR_SETTEXTALIGN
            number = int.from_bytes(record[8:12], "little")
            self.now = replace(self.now, mode=number) if kind == 17 else replace(self.now, align=number)  # noqa: PLR2004 - as above
        elif kind == 33:  # noqa: PLR2004 - EMR_SAVEDC
            self.saved.append(self.now)
        elif kind == 34:  # noqa: PLR2004 - EMR_RESTOREDC
            self._restore(struct.unpack_from("<i", record, 8)[0])
        elif kind in {35, 36}:  # EMR_SETWORLDTRANSFORM, EMR_MODIFYWORLDTRANSFORM
            self._transform(struct.unpack_from("<6f", record, 8), record[32:36] if kind == 36 else b"")  # noqa: PLR2004 - as above
        elif kind in {37, 40}:  # EMR_SELECTOBJECT, EMR_DELETEOBJECT
            self._object(int.from_bytes(record[8:12], "little"), is_selected=kind == 37)  # noqa: PLR2004 - as above
        elif kind in {38, 39, 82, 95}:  # EMR_CREATEPEN, EMR_CREATEBRUSHINDIRECT, EMR_EXTCREATEFONTINDIRECTW, EXTPEN
            self._make(kind, record)
        else:
            return False
        return True

    def _map(self, kind: int, pair: tuple[int, int]) -> None:
        """Set origin or extent of window or viewport."""
        name = "window" if kind in {9, 10} else "viewport"
        old = self.now.window if name == "window" else self.now.viewport
        new = (*old[:2], *pair) if kind in {9, 11} else (*pair, *old[2:])
        self.now = replace(self.now, window=new) if name == "window" else replace(self.now, viewport=new)

    def _restore(self, number: int) -> None:
        """Go back to a saved context: -1 is the last one."""
        index = len(self.saved) + number if number < 0 else number - 1
        if 0 <= index < len(self.saved):
            self.now = self.saved[index]
            del self.saved[index:]

    def _transform(self, matrix: Matrix, said: bytes) -> None:
        """Set the world transform, or multiply it from the left or the right."""
        mode = int.from_bytes(said, "little") if said else AS_GIVEN
        by_mode = {
            LEFT_FIRST: (matrix, self.now.matrix),
            RIGHT_FIRST: (self.now.matrix, matrix),
            AS_GIVEN: (matrix, SAME),
        }
        first, then = by_mode.get(mode, (SAME, SAME))
        a, b, c, d, e, f = first
        p, q, r, s, t, u = then
        product = (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)
        self.now = replace(self.now, matrix=product)

    def _object(self, number: int, *, is_selected: bool) -> None:
        """Select or forget an object."""
        if not is_selected:
            self.made.pop(number, None)
        elif number - STOCK in STOCK_FILLS:
            self.now = replace(self.now, fill=STOCK_FILLS[number - STOCK])
        elif number - STOCK in STOCK_PENS:
            self.now = replace(self.now, pen=STOCK_PENS[number - STOCK])
        elif number in self.made:
            self.select(*self.made[number])

    def select(self, kind: str, value: str | int | None) -> None:
        """Use a pen, a brush or a font."""
        if kind == "font":
            self.now = replace(self.now, coding=str(value))
        elif not isinstance(value, str):
            self.now = replace(self.now, fill=value) if kind == "brush" else replace(self.now, pen=value)

    def _make(self, kind: int, record: bytes) -> None:
        """Note an object by its number."""
        number = int.from_bytes(record[8:12], "little")
        if kind == 82:  # noqa: PLR2004 - the font
            self.made[number] = "font", coding_of(record[35])
        elif kind == 39:  # noqa: PLR2004 - the brush
            style, colour = struct.unpack_from("<I4s", record, 12)
            self.made[number] = "brush", None if style == NO_BRUSH else grey_of(colour)
        else:
            style, colour = struct.unpack_from("<I8x4s", record, 12 if kind == 38 else 28)  # noqa: PLR2004 - the short one
            self.made[number] = "pen", None if style & PEN_STYLE == NO_PEN else grey_of(colour)


def coding_of(charset: int) -> str:
    """Return the codec of a font's character set ([MS-WMF] 2.1.1.5)."""
    return CODE_PAGES.get(charset, "cp1252")


def grey_of(colour: bytes) -> int:
    """Return how light a colour is, of 255."""
    return round(RED * colour[0] + GREEN * colour[1] + BLUE * colour[2])
