"""What is painted on a page beside its text, as PDFium counts it: pictures, how large they are shown, and strokes."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pypdfium2.raw as fpdf

from gateway.extract.formats.pdf.text import Handle

PATH, IMAGE, FORM = 2, 3, 5  # FPDF_PAGEOBJ_PATH, FPDF_PAGEOBJ_IMAGE, FPDF_PAGEOBJ_FORM
DEEPEST: Final = 15
SMALLEST: Final = 12  # pixels on the shorter side: below, a line of letters cannot be read
TINY: Final = 50  # pixels on the longer side: bullets and icons hold a few letters at most
FINEST: Final = 450  # pixels an inch: what is shown finer is not legible when the page is rendered
MOST_INSIDE: Final = 0.9
A_SCREENFUL: Final = 12_000_000 * (72 / 200) ** 2  # square points: a larger page is rendered smaller
MOST_STROKES: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture on a page. `legible`: all of it can be read when the page is."""

    width: int
    height: int
    length: int
    digest: bytes
    area: float
    dpi: int
    legible: bool


@dataclass(slots=True, kw_only=True)
class Shapes:
    """Everything on a page that is no text."""

    pictures: list[Shown] = field(default_factory=list)
    size: float = 0.0
    paths: int = 0
    strokes: int = 0


def is_tiny(width: int, height: int) -> bool:
    """Say whether a picture has too few pixels to show words: rules, spacers, bullets, icons."""
    return min(width, height) < SMALLEST or max(width, height) < TINY


def shapes_of(page: Handle) -> Shapes:
    """Count what is on a page, also within the forms that it shows."""
    bounds = fpdf.FS_RECTF()
    fpdf.FPDF_GetPageBoundingBox(page, ctypes.byref(bounds))
    box = bounds.left, bounds.bottom, bounds.right, bounds.top
    found = Shapes(size=fpdf.FPDF_GetPageWidthF(page) * fpdf.FPDF_GetPageHeightF(page))
    finest = FINEST * min(1.0, (A_SCREENFUL / max(1.0, found.size)) ** 0.5)
    for item, kind, scale in _items(page):
        if kind == PATH:
            found.paths += 1
            if found.strokes < MOST_STROKES:
                found.strokes += max(0, fpdf.FPDFPath_CountSegments(item))
        elif kind == IMAGE:
            found.pictures.append(_shown(item, scale, box, finest))
    return found


def _items(page: Handle) -> Iterator[tuple[Handle, int, float]]:
    """Yield all objects of a page with their kind, and how much the forms around them enlarge them."""
    queue = [(page, fpdf.FPDFPage_CountObjects, fpdf.FPDFPage_GetObject, 1.0, 0)]
    while queue:
        holder, count, get, scale, depth = queue.pop()
        for index in range(max(0, count(holder))):
            item = get(holder, index)
            kind = fpdf.FPDFPageObj_GetType(item)
            if kind == FORM and depth < DEEPEST:
                a, b, c, d, _, _ = _matrix(item)
                inside = scale * abs(a * d - b * c) ** 0.5
                queue.append((item, fpdf.FPDFFormObj_CountObjects, fpdf.FPDFFormObj_GetObject, inside, depth + 1))
            elif kind in {PATH, IMAGE}:
                yield item, kind, scale if depth == 0 else -scale


def _matrix(item: Handle) -> tuple[float, float, float, float, float, float]:
    """Return the matrix of an object."""
    matrix = fpdf.FS_MATRIX()
    if not fpdf.FPDFPageObj_GetMatrix(item, ctypes.byref(matrix)):
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _shown(item: Handle, scale: float, box: tuple[float, float, float, float], finest: float) -> Shown:
    """Return a picture as it is shown. Within a form (`scale` is negative) nobody knows where on the page it is."""
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    if not fpdf.FPDFImageObj_GetImagePixelSize(item, ctypes.byref(wide), ctypes.byref(high)):
        wide.value = high.value = 1 << 30
    a, b, c, d, e, f = _matrix(item)
    across, along = abs(scale) * (a * a + b * b) ** 0.5, abs(scale) * (c * c + d * d) ** 0.5
    dpi = min(72 * wide.value / max(across, 1e-6), 72 * high.value / max(along, 1e-6))
    corners = [(e, f), (e + a, f + b), (e + c, f + d), (e + a + c, f + b + d)]
    bounds = (
        min(x for x, _ in corners), min(y for _, y in corners), max(x for x, _ in corners), max(y for _, y in corners)
    )  # fmt: skip
    length, digest = _data(item)
    return Shown(
        width=wide.value,
        height=high.value,
        length=length,
        digest=digest,
        area=across * along,
        dpi=int(min(dpi, 1e6)),
        legible=dpi <= finest and (scale < 0 or (_share(bounds, box) > MOST_INSIDE and not _is_clipped(item, bounds))),
    )


def _data(item: Handle) -> tuple[int, bytes]:
    """Return the length of a picture's data as it stands in the file, and its hash."""
    size = fpdf.FPDFImageObj_GetImageDataRaw(item, None, 0)
    buffer = ctypes.create_string_buffer(max(1, size))
    fpdf.FPDFImageObj_GetImageDataRaw(item, buffer, size)
    return size, hashlib.blake2b(memoryview(buffer)[:size], digest_size=16).digest()


def _share(inner: tuple[float, float, float, float], outer: tuple[float, float, float, float]) -> float:
    """Return how much of a box lies within another."""
    across = min(inner[2], outer[2]) - max(inner[0], outer[0])
    along = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return max(0.0, across) * max(0.0, along) / area if area > 0 else 0.0


def _is_clipped(item: Handle, bounds: tuple[float, float, float, float]) -> bool:
    """Say whether a clipping path may hide a good part of a picture."""
    clip = fpdf.FPDFPageObj_GetClipPath(item)
    for path in range(max(0, fpdf.FPDFClipPath_CountPaths(clip))) if clip else ():
        points = [_point(clip, path, index) for index in range(max(0, fpdf.FPDFClipPath_CountPathSegments(clip, path)))]
        if not points:
            return True
        across, along = [x for x, _ in points], [y for _, y in points]
        if _share(bounds, (min(across), min(along), max(across), max(along))) < MOST_INSIDE:
            return True
    return False


def _point(clip: Handle, path: int, index: int) -> tuple[float, float]:
    """Return one point of a clipping path."""
    x, y = ctypes.c_float(), ctypes.c_float()
    segment = fpdf.FPDFClipPath_GetPathSegment(clip, path, index)
    fpdf.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    return x.value, y.value
