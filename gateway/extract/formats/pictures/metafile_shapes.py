"""The lines, curves and areas of EMF records ([MS-EMF] 2.3.5, 2.3.10), as lists of points."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gateway.extract.formats.pictures.metafile_page import Point

MOVE, LINE, ELLIPSE, RECTANGLE, ROUND_RECTANGLE = 27, 54, 42, 43, 44
BEGIN, ENDED, CLOSE, FILL, STROKE_AND_FILL, STROKE, ABORT = 59, 60, 61, 62, 63, 64, 68
BEZIER, POLYGON, POLYLINE, BEZIER_TO, LINES_TO = range(2, 7)
SEVERAL_LINES, SEVERAL_POLYGONS = 7, 8
NARROW = 83  # the records with 16-bit points are so many further
STEPS = 8  # of a curve
CORNERS = 24  # of an ellipse
Line = list[Point]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines that a record draws."""

    lines: Sequence[Line]
    is_filled: bool
    is_drawn: bool


@dataclass(slots=True)
class Pencil:
    """The current position, and the path that is being put together."""

    at: Point = (0.0, 0.0)
    path: list[Line] = field(default_factory=list)
    is_in_path: bool = False

    def draws(self, kind: int, record: bytes) -> Iterator[Drawn]:
        """Yield what a record draws; `struct.error` where it is too short."""
        if kind in {MOVE, LINE}:
            point: Point = struct.unpack_from("<ii", record, 8)
            if kind == LINE:
                yield from self._continue([point])
            elif self.is_in_path:
                self.path.append([point])
            self.at = point
        elif kind in {BEGIN, ENDED, CLOSE, FILL, STROKE_AND_FILL, STROKE, ABORT}:
            yield from self._path(kind)
        elif kind in {ELLIPSE, RECTANGLE, ROUND_RECTANGLE}:
            yield from self._closed([_box(kind, struct.unpack_from("<iiii", record, 8))])
        elif BEZIER <= kind - NARROW * (kind > NARROW) <= SEVERAL_POLYGONS:
            yield from self._points(kind - NARROW * (kind > NARROW), record, "<h" if kind > NARROW else "<i")

    def _path(self, kind: int) -> Iterator[Drawn]:
        """Begin, close, end or paint a path."""
        if kind in {BEGIN, ABORT}:
            self.path, self.is_in_path = [], kind == BEGIN
        elif kind == ENDED:
            self.is_in_path = False
        elif kind == CLOSE and self.path and self.path[-1]:
            self.path[-1].append(self.path[-1][0])
        elif kind in {FILL, STROKE_AND_FILL, STROKE}:
            yield Drawn(self.path, is_filled=kind != STROKE, is_drawn=kind != FILL)
            self.path = []

    def _points(self, kind: int, record: bytes, form: str) -> Iterator[Drawn]:
        """Read a record of many points."""
        if kind in {SEVERAL_LINES, SEVERAL_POLYGONS}:
            lines_count, total = struct.unpack_from("<II", record, 24)
            counts = struct.unpack_from(f"<{min(lines_count, len(record))}I", record, 32)
            points = iter(_read(record, 32 + 4 * lines_count, total, form))
            lines = [list(islice(points, count)) for count in counts]
            yield from self._closed(lines) if kind == SEVERAL_POLYGONS else self._lines(lines)
            return
        points_read = _read(record, 28, int.from_bytes(record[24:28], "little"), form)
        if kind == POLYGON:
            yield from self._closed([points_read])
        elif kind in {BEZIER, POLYLINE}:
            first, rest = points_read[:1], points_read[1:]
            yield from self._lines([first + curve(first[0], rest) if kind == BEZIER and first else points_read])
        elif points_read:
            yield from self._continue(curve(self.at, points_read) if kind == BEZIER_TO else points_read)
            self.at = points_read[-1]

    def _continue(self, points: Line) -> Iterator[Drawn]:
        """Draw on from the current position."""
        if self.is_in_path:
            if not self.path:
                self.path.append([self.at])
            self.path[-1].extend(points)
        else:
            yield Drawn([[self.at, *points]], is_filled=False, is_drawn=True)

    def _closed(self, lines: list[Line]) -> Iterator[Drawn]:
        """Draw areas."""
        if self.is_in_path:
            self.path.extend(lines)
        else:
            yield Drawn([[*line, *line[:1]] for line in lines], is_filled=True, is_drawn=True)

    def _lines(self, lines: list[Line]) -> Iterator[Drawn]:
        """Draw lines."""
        if self.is_in_path:
            self.path.extend(lines)
        else:
            yield Drawn(lines, is_filled=False, is_drawn=True)


def _read(record: bytes, at: int, count: int, form: str) -> Line:
    """Return points; as many as there are bytes for."""
    size = struct.calcsize(form) * 2
    raw = record[at : at + size * min(count, len(record))]
    return list(struct.iter_unpack(form + form[1], raw[: len(raw) // size * size]))


def curve(start: Point, points: Sequence[Point]) -> Line:
    """Return cubic Bézier curves as points on them; three points go on from each end."""
    found: Line = []
    for index in range(0, len(points) - 2, 3):
        first, second, end = points[index : index + 3]
        for step in range(1, STEPS + 1):
            part = step / STEPS
            left = 1 - part
            weights = (left**3, 3 * left * left * part, 3 * left * part * part, part**3)
            corners = (start, first, second, end)
            found.append((_mix(weights, corners, 0), _mix(weights, corners, 1)))
        start = end
    return found


def _mix(weights: Sequence[float], corners: Sequence[Point], axis: int) -> float:
    """Return the weighted sum of one coordinate."""
    return sum(weight * corner[axis] for weight, corner in zip(weights, corners, strict=True))


def _box(kind: int, box: tuple[int, int, int, int]) -> Line:
    """Return a rectangle or an ellipse."""
    left, top, right, bottom = box
    if kind != ELLIPSE:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    middle, half = ((left + right) / 2, (top + bottom) / 2), ((right - left) / 2, (bottom - top) / 2)
    turns = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    return [(middle[0] + half[0] * math.cos(turn), middle[1] + half[1] * math.sin(turn)) for turn in turns]
