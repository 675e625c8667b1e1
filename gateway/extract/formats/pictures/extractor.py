"""Pictures: the words beside their pixels now, and those in them when their turn comes to be read (OCR).

PNG, JPEG, TIFF, WebP, GIF, BMP, PNM, AVIF. Of HEIC, which no library with a free licence decodes, only what stands
beside the pixels is read, and the picture is a gap. Pictures too small to show words are no gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from PIL import Image

from gateway.extract import Found, Inner, Limits, Scan, Telling
from gateway.extract.formats.pictures.jpeg import jpeg
from gateway.extract.formats.pictures.others import bmp, gif, heif, pnm, webp
from gateway.extract.formats.pictures.png import png
from gateway.extract.formats.pictures.render import (
    FORMATS,
    MOST_PIXELS,
    NOTHING_NEW,
    Header,
    header_of,
    render,
    render_thumbnail,
)
from gateway.extract.formats.pictures.tiff import Tiff
from gateway.extract.formats.pictures.words import Beside, Thumbnail, leftover
from gateway.model.inspection import Gap, GapKind

HEIF: Final = "image/heif"
AVIF: Final = "image/avif"
TIFF: Final = "image/tiff"
PNM: Final = "image/x-portable-anymap"
AVIF_BRANDS: Final = (b"avif", b"avis")
BOX: Final = 64
TOO_MANY_PIXELS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
TROUBLE: Final = (
    SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OSError, ArithmeticError, *TOO_MANY_PIXELS,
)  # fmt: skip
"""What Pillow raises where a file is not what it says."""
STARTS: Final = (
    (b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"II", TIFF), (b"MM", TIFF),
    (b"BM", "image/bmp"), (b"RIFF", "image/webp"), (b"P", PNM),
)  # fmt: skip


def _tiff(data: bytes, _limits: Limits) -> Iterator[Beside]:
    """Yield the texts of a TIFF file, and what stands behind its last value."""
    file = Tiff(data)
    yield from file.read()
    if file.has_pixels:  # else nobody can tell where it ends, and no decoder reads it: that is a gap already
        yield from leftover(data[file.end :], "after-end")


WORDS: Final[dict[str, Callable[[bytes, Limits], Iterator[Beside]]]] = {
    AVIF: heif, "image/bmp": bmp, "image/gif": gif, HEIF: heif, "image/jpeg": jpeg, "image/png": png,
    TIFF: _tiff, "image/webp": webp, PNM: pnm,
}  # fmt: skip


class PictureExtractor:
    """Reads pictures."""

    name = "pictures"
    media_types = frozenset(WORDS)

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return the pictures to be read, and what the file says beside them."""
        kind = _kind(data)
        yield from _scans(data, kind, limits)
        for found in WORDS[kind](data, limits):
            if isinstance(found, Thumbnail):
                yield from _thumbnail(data, kind, found.data, limits)
            else:
                yield found


def _kind(data: bytes) -> str:
    """Return which of the formats this is."""
    if data[4:8] == b"ftyp":
        return AVIF if any(brand in data[8:BOX] for brand in AVIF_BRANDS) else HEIF
    return next(kind for start, kind in STARTS if data.startswith(start))


def _scans(data: bytes, kind: str, limits: Limits) -> Iterator[Found]:
    """Yield what there is to read by its pixels; what cannot be decoded, or is too large, is a gap."""
    if kind not in FORMATS:
        yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail=kind)
        return
    try:
        header = header_of(data, kind)
    except TOO_MANY_PIXELS:
        yield Gap(part="", kind=GapKind.TOO_LARGE, detail="pixels")
        return
    except TROUBLE:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="header")
        return
    if header.width * header.height > MOST_PIXELS:
        yield Gap(part="", kind=GapKind.TOO_LARGE, detail="pixels")
    elif not header.is_tiny:
        yield from _frames(data, kind, header, limits)


def _frames(data: bytes, kind: str, header: Header, limits: Limits) -> Iterator[Found]:
    """Yield each page or frame. Pages of a TIFF file are a scanned document; later frames move, and can wait."""
    several, pixels = header.frames > 1, header.width * header.height
    word = "page" if kind == TIFF else "frame"
    for frame in range(min(header.frames, limits.pages)):
        telling = Telling.PICTURE
        if several:
            telling = Telling.PAGE_WITHOUT_TEXT if kind == TIFF else Telling.PREVIEW if frame else Telling.PICTURE
        yield Scan(
            name=f"{word} {frame + 1}" if several else "picture",
            telling=telling,
            render=partial(render, data, kind, frame),
            pixels=pixels,
        )
    if header.frames > limits.pages:
        more = header.frames - limits.pages - 1
        others = f" and {more} more" if more else ""
        yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail=f"{word} {limits.pages + 1}{others}: pages")


def _thumbnail(data: bytes, kind: str, small: bytes, limits: Limits) -> Iterator[Found]:
    """Yield a thumbnail: nothing where it shows its picture; a picture to be read last, or a part if it holds more."""
    try:
        is_plain = next(iter(jpeg(small, limits)), None) is None
        raster = render_thumbnail(data, kind, small)
    except TROUBLE:
        is_plain, raster = False, None
    if not is_plain or raster is None:
        yield Inner(name="thumbnail", data=small)
    elif raster is not NOTHING_NEW:
        yield Scan(name="thumbnail", telling=Telling.PREVIEW, render=lambda: raster)
