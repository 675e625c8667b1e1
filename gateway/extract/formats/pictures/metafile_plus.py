"""EMF+ ([MS-EMFPLUS]): the records that stand in the comments of EMF: strings, pictures, drawings without either."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract import Found, Inner
from gateway.extract.formats.pictures.metafile_page import Bitmap, Page, Run
from gateway.model.inspection import Gap, GapKind

HEAD = struct.Struct("<HHII")
HEADER, OBJECT, DRAW_STRING, DRAW_GLYPHS, SET_TRANSFORM, RESET_TRANSFORM = (
    0x4001,
    0x4008,
    0x401C,
    0x4036,
    0x402A,
    0x402B,
)
PATHS = frozenset({0x4014, 0x4015, 0x400C, 0x400D, 0x4019})  # FillPath, DrawPath, FillPolygon, DrawLines, DrawBeziers
DUAL, CONTINUED, LETTERS = 0x0001, 0x8000, 0x0001
IMAGE = 5
PIXELS, PACKED = 0, 1
DEPTHS = {0x21808: (24, False), 0x22009: (32, False), 0x26200A: (32, True), 0xE200B: (32, True)}
MANY_PATHS = 20
Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class Plus:
    """Reads the EMF+ side of a metafile."""

    page: Page = field(default_factory=Page)
    matrix: Matrix = (1, 0, 0, 1, 0, 0)
    is_dual: bool = False
    paths: int = 0
    _object: bytearray = field(default_factory=bytearray)

    def read(self, data: bytes) -> Iterator[Found]:
        """Yield the pictures in one comment, and note its strings."""
        at = 0
        while at + HEAD.size <= len(data):
            kind, flags, size, length = HEAD.unpack_from(data, at)
            if size < HEAD.size:
                yield Gap(part="", kind=GapKind.CORRUPT, detail="EMF+ record")
                return
            yield from self._record(kind, flags, data[at + HEAD.size : at + min(size, HEAD.size + length)])
            at += size

    def _record(self, kind: int, flags: int, data: bytes) -> Iterator[Found]:
        """Read one record."""
        if kind == HEADER:
            self.is_dual = bool(flags & DUAL)
        elif kind == OBJECT:
            yield from self._part_of_object(flags, data)
        elif kind == DRAW_STRING:
            count, x, y = struct.unpack_from("<I2f", data, 8)
            text = data[28 : 28 + 2 * count].decode("utf-16-le", "replace")
            self.page.runs.append(Run(text, self._place(x, y), None))
        elif kind == DRAW_GLYPHS:
            self._glyphs(data)
        elif kind in {SET_TRANSFORM, RESET_TRANSFORM}:
            self.matrix = struct.unpack_from("<6f", data) if kind == SET_TRANSFORM else (1, 0, 0, 1, 0, 0)
        elif kind in PATHS:
            self.paths += 1

    def _place(self, x: float, y: float) -> tuple[float, float]:
        """Apply the world transform."""
        a, b, c, d, e, f = self.matrix
        return a * x + c * y + e, b * x + d * y + f

    def _glyphs(self, data: bytes) -> None:
        """Note a run whose letters are placed one by one (2.3.4.6)."""
        options, _, count = struct.unpack_from("<III", data, 4)
        if not options & LETTERS:
            self.page.unread["glyphs"] = 1
            return
        text = data[16 : 16 + 2 * count].decode("utf-16-le", "replace")
        raw = data[16 + 2 * count : 16 + 10 * count]
        points = [self._place(x, y) for x, y in struct.iter_unpack("<2f", raw[: len(raw) // 8 * 8])]
        if len(points) > 1:
            (x, y), (x_2, y_2) = points[0], points[-1]
            share = len(points) / (len(points) - 1)
            self.page.runs.append(Run(text, (x, y), (x + (x_2 - x) * share, y + (y_2 - y) * share)))
        elif points:
            self.page.runs.append(Run(text, points[0], None))

    def _part_of_object(self, flags: int, data: bytes) -> Iterator[Found]:
        """Put together an object that is cut into several records, then look at it if it is a picture (2.3.5.1)."""
        if (flags >> 8) & 0x7F != IMAGE:
            return
        if flags & CONTINUED:
            total = int.from_bytes(data[:4], "little")
            self._object += data[4:]
            if len(self._object) < total:
                return
        else:
            self._object += data
        whole, self._object = bytes(self._object), bytearray()
        kind = int.from_bytes(whole[4:8], "little")
        if kind == 1:
            yield from self._bitmap(whole[8:])
        elif len(whole) > 16:  # noqa: PLR2004 - a metafile behind its type and length
            yield Inner(name="metafile", data=whole[16:])

    def _bitmap(self, data: bytes) -> Iterator[Found]:
        """Hand on a packed picture; put the pixels of another into a file (2.2.2.2)."""
        width, height, stride, form, kind = struct.unpack_from("<iiiII", data)
        if kind == PACKED:
            yield Inner(name="picture", data=data[20:])
        elif form in DEPTHS and stride == (width * DEPTHS[form][0] + 31) // 32 * 4:
            depth, is_layered = DEPTHS[form]
            head = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, depth, 0, 0, 0, 0, 0, 0)
            self.page.show(Bitmap(head, data[20:], is_layered=is_layered))
        else:
            yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail="EMF+ pixels")

    def found(self, other: Page) -> Iterator[Found]:
        """Yield what was drawn; text that EMF repeats for old readers, as `other`, is not said twice."""
        if self.paths > MANY_PATHS and not (self.is_dual or self.page.runs or other.shapes):
            self.page.unread["drawing"] = 1
        said = {word for run in other.runs for word in run.text.split()}
        if said and all(word in said for run in self.page.runs for word in run.text.split()):
            self.page.runs.clear()
        yield from self.page.found()
