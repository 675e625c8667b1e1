"""What both kinds of metafile draw on: text by its place, bitmaps put back into files, and shapes for the reader.

A metafile places every run of letters by itself. Runs that touch are one word, those of a line are apart by a space.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from gateway.extract import Found, Inner, Raster, Scan, Telling
from gateway.extract.formats.pictures.render import is_tiny
from gateway.model.inspection import Gap, GapKind, Segment, Where

Point = tuple[float, float]
TOUCHING = 0.45  # of a letter's width: below, two runs are one word
BESIDE = 0.6  # of a letter's width: so far may a run lie off the line of the one before it
BMP_HEAD = struct.Struct("<2sIHHI")
INFO_HEAD = struct.Struct("<IiiHHIIiiII")
CORE, INFO, INFO_4 = 12, 40, 108
PACKING = slice(16, 20)
BITFIELDS, JPEG, PNG = 3, 4, 5
MASKS = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
FEWEST, LETTERED = 4, 6  # shapes of so many points that may be letters
MOST_POINTS = 300_000
LONGER_SIDE, SIDE_MARGIN = 2_000, 20
MOST_PAINT = 1_000_000_000  # pixels: a second or two
EDGE = 5  # pixels: what an edge costs in each row
WHITE = 255


@dataclass(frozen=True, slots=True)
class Run:
    """A run of letters: from `start` to `end`; `end` is None where its length is not told."""

    text: str
    start: Point
    end: Point | None
    goes_on: bool = False
    """Whether it is drawn where the last one ended."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Closed or open lines, with the greys of fill and pen; None for neither."""

    lines: Sequence[Sequence[Point]]
    fill: int | None
    pen: int | None


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A device-independent bitmap ([MS-WMF] 2.2.2.9) and where it is drawn: left, top, width, height."""

    head: bytes
    bits: bytes
    place: tuple[int, int, int, int] = (0, 0, 0, 0)
    is_layered: bool = False
    """Whether its fourth byte says how opaque a pixel is."""

    def size(self) -> tuple[int, int]:
        """Return width and height in pixels, as the header says; the height is negative where rows go downwards."""
        if int.from_bytes(self.head[:4], "little") == CORE:
            return struct.unpack_from("<HH", self.head.ljust(CORE, b"\0"), 4)
        return struct.unpack_from("<ii", self.head.ljust(INFO, b"\0"), 4)


@dataclass(slots=True)
class Page:
    """Gathers what a metafile draws."""

    runs: list[Run] = field(default_factory=list)
    bitmaps: list[list[Bitmap]] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    points: int = 0
    unread: dict[str, int] = field(default_factory=dict)

    def show(self, bitmap: Bitmap) -> None:
        """Draw a bitmap; one that continues the last below its edge belongs to it: printers cut pictures so."""
        if self.bitmaps and _continues(self.bitmaps[-1][-1], bitmap):
            self.bitmaps[-1].append(bitmap)
        else:
            self.bitmaps.append([bitmap])

    def draw(self, lines: Sequence[Sequence[Point]], fill: int | None, pen: int | None) -> None:
        """Draw a shape."""
        self.points += sum(map(len, lines))
        if self.points > MOST_POINTS:
            self.unread["drawing"] = 1
            self.shapes.clear()
        elif fill is not None or pen is not None:
            self.shapes.append(Shape(lines, fill, pen))

    def found(self) -> Iterator[Found]:
        """Yield all that was drawn."""
        if self.runs:
            yield Segment(where=Where.BODY, text=text_of(self.runs))
        seen: set[bytes] = set()
        for number, strips in enumerate(self.bitmaps, start=1):
            bitmap = _joined(strips)
            width, height = bitmap.size()
            if not is_tiny(width, abs(height)) and bitmap.bits not in seen:
                seen.add(bitmap.bits)
                yield Inner(name=f"bitmap {number}", data=file_of(bitmap))
        if sum(max(map(len, shape.lines), default=0) >= LETTERED for shape in self.shapes) >= FEWEST:
            telling = Telling.PREVIEW if self.runs else Telling.PICTURE  # a chart has its words as text
            yield Scan(name="drawing", telling=telling, render=lambda: drawn(self.shapes))
        for why in self.unread:
            yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail=why)


def text_of(runs: Sequence[Run]) -> str:
    """Return runs as text: joined where they touch, a space between those of a line, else a new line."""
    known = [(math.dist(run.start, run.end), len(run.text)) for run in runs if run.end]
    usual = sum(length for length, _ in known) / max(1, sum(letters for _, letters in known))
    pieces = [runs[0].text]
    for before, run in pairwise(runs):
        pieces.append("" if run.goes_on else _between(before, run, usual))
        pieces.append(run.text)
    return "".join(pieces).strip("\0")


def _between(before: Run, run: Run, usual: float) -> str:
    """Return what stands between two runs; letters are `usual` wide, or wider."""
    end = before.end or before.start
    length = math.dist(before.start, end)
    letter = max(usual, length / max(1, len(before.text)))
    if not length:  # nobody knows how long it is: a line is a line
        return " " if abs(run.start[1] - before.start[1]) < 1 else "\n"
    along = ((end[0] - before.start[0]) / length, (end[1] - before.start[1]) / length)
    gap = (run.start[0] - end[0], run.start[1] - end[1])
    ahead, off = gap[0] * along[0] + gap[1] * along[1], abs(gap[0] * along[1] - gap[1] * along[0])
    if off > BESIDE * letter or ahead < -BESIDE * letter:
        return "\n"
    return "" if ahead <= TOUCHING * letter else " "


def _continues(above: Bitmap, below: Bitmap) -> bool:
    """Say whether two bitmaps are strips of one: of the same width and kind, the second drawn right below the first."""
    (left, top, width, height), (left_2, top_2, width_2, _) = above.place, below.place
    is_plain = len(above.head) >= INFO and int.from_bytes(above.head[PACKING], "little") == 0
    are_alike = above.head[:8] == below.head[:8] and above.head[12:20] == below.head[12:20]
    follows = width > 0 and height > 0 and (left, width, top + height) == (left_2, width_2, top_2)
    same_way = (above.size()[1] > 0) == (below.size()[1] > 0)
    return is_plain and are_alike and follows and same_way and above.head[INFO:] == below.head[INFO:]


def _joined(strips: Sequence[Bitmap]) -> Bitmap:
    """Return strips as one bitmap. Rows stand in it from the bottom up, but where its height is negative."""
    if len(strips) == 1:
        return strips[0]
    head, (columns, rows) = strips[0].head, strips[0].size()
    row = ((columns * int.from_bytes(head[14:16], "little") + 31) // 32) * 4
    bits = [strip.bits[: row * abs(strip.size()[1])].ljust(row * abs(strip.size()[1]), b"\xff") for strip in strips]
    height = sum(strip.size()[1] for strip in strips)
    return Bitmap(head[:8] + struct.pack("<i", height) + head[12:], b"".join(reversed(bits) if rows > 0 else bits))


def file_of(bitmap: Bitmap) -> bytes:
    """Return a bitmap as the file that it would be by itself."""
    head = bitmap.head
    packing = int.from_bytes(head[PACKING], "little") if len(head) >= INFO else 0
    if packing in {JPEG, PNG}:
        return bitmap.bits
    if bitmap.is_layered and len(head) >= INFO and head[14:16] == b"\x20\0":
        head = struct.pack("<I", INFO_4) + head[4:16] + struct.pack("<I", BITFIELDS) + head[20:INFO] + MASKS
        head = head.ljust(INFO_4, b"\0")
    start = BMP_HEAD.size + len(head)
    return BMP_HEAD.pack(b"BM", start + len(bitmap.bits), 0, 0, start) + head + bitmap.bits


def drawn(shapes: Sequence[Shape]) -> Raster:
    """Paint shapes one over the other on white, as large as they need to be read."""
    points = [point for shape in shapes for line in shape.lines for point in line if all(map(math.isfinite, point))]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - top
    scale = LONGER_SIDE / max(width, height, 1e-6)
    size = round(width * scale) + 2 * SIDE_MARGIN, round(height * scale) + 2 * SIDE_MARGIN
    canvas = Image.new("L", size, WHITE)

    def placed(line: Sequence[Point]) -> list[Point]:
        return [
            ((x - left) * scale + SIDE_MARGIN, (y - top) * scale + SIDE_MARGIN)
            for x, y in line
            if math.isfinite(x) and math.isfinite(y)
        ]

    placed_shapes = [([line for line in map(placed, shape.lines) if len(line) > 1], shape) for shape in shapes]
    if sum(_cost(lines) for lines, shape in placed_shapes if shape.fill is not None) > MOST_PAINT:
        raise TimeoutError
    for lines, shape in placed_shapes:
        _paint(canvas, lines, shape)
    return Raster(width=canvas.width, height=canvas.height, grey=canvas.tobytes())


def _cost(lines: Sequence[Sequence[Point]]) -> float:
    """Return what it costs at most to fill lines, in pixels: each edge is looked at in every row."""
    if not lines:
        return 0
    width, height = (
        max(point[axis] for line in lines for point in line) - min(point[axis] for line in lines for point in line)
        for axis in (0, 1)
    )
    return height * (width * len(lines) + EDGE * sum(map(len, lines)))


def _paint(canvas: Image.Image, lines: Sequence[Sequence[Point]], shape: Shape) -> None:
    """Fill what lies inside an odd number of lines, then draw the lines."""
    brush = ImageDraw.Draw(canvas)
    if shape.fill is not None and len(lines) == 1:
        brush.polygon(list(lines[0]), fill=shape.fill)
    elif shape.fill is not None and lines:
        left, top = (math.floor(min(point[axis] for line in lines for point in line)) for axis in (0, 1))
        right, bottom = (math.ceil(max(point[axis] for line in lines for point in line)) + 1 for axis in (0, 1))
        canvas.paste(shape.fill, (left, top), _inside(lines, (left, top), (right - left, bottom - top)))
    for line in lines if shape.pen is not None else ():
        brush.line(list(line), fill=shape.pen, width=2)


def _inside(lines: Sequence[Sequence[Point]], corner: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """Return what lies inside an odd number of lines."""
    inside = Image.new("1", size)
    for line in lines:
        one = Image.new("1", size)
        ImageDraw.Draw(one).polygon([(x - corner[0], y - corner[1]) for x, y in line], fill=1)
        inside = ImageChops.logical_xor(inside, one)
    return inside
