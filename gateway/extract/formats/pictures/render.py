"""Decodes pictures to grey for the reader, and says from a header how large they are.

Pillow does the decoding; its decoders are loaded now, for nothing can be loaded behind the walls. Nothing is decoded
whose header says that it is too large.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageFile,
    ImageFilter,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from gateway.extract import Raster

FORMATS: Final = {
    "image/avif": (AvifImagePlugin, "AVIF"),
    "image/bmp": (BmpImagePlugin, "BMP"),
    "image/gif": (GifImagePlugin, "GIF"),
    "image/jpeg": (JpegImagePlugin, "JPEG"),
    "image/png": (PngImagePlugin, "PNG"),
    "image/tiff": (TiffImagePlugin, "TIFF"),
    "image/webp": (WebPImagePlugin, "WEBP"),
    "image/x-portable-anymap": (PpmImagePlugin, "PPM"),
}
"""What is decoded, by which plug-in of Pillow."""
ALSO_LOADED: Final = (MpoImagePlugin,)  # the JPEG plug-in looks for it
MOST_PIXELS: Final = 60_000_000
SHORTEST: Final = 12  # pixels on the shorter side: below, a line of letters cannot be read
TINY: Final = 50  # pixels on the longer side: bullets and icons hold a few letters at most
ENOUGH: Final = 7_000  # pixels on the shorter side: JPEG is decoded at a half of this size at once
LIGHT, OPAQUE = 170, 128  # of 255
ALIKE: Final = 48  # of 255: more than two decoders differ by, less than letters do
BLOCK: Final = 8  # pixels
ENOUGH_FOR_EDGES: Final = 2_000_000  # pixels
FLAT, FEWEST_EDGES = 16, 200  # of 255; pixels of a word's edges
NOTHING_NEW: Final = Raster(width=1, height=1, grey=b"\xff")
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
Image.preinit()
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a worker may start none


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a picture's header says."""

    width: int
    height: int
    frames: int

    @property
    def is_tiny(self) -> bool:
        """Say whether a picture has too few pixels to show words: rules, spacers, bullets, icons."""
        return is_tiny(self.width, self.height)


def is_tiny(width: int, height: int) -> bool:
    """Say whether so few pixels can show no words."""
    return min(width, height) < SHORTEST or max(width, height) < TINY


@contextmanager
def _opened(data: bytes, media_type: str) -> Iterator[ImageFile.ImageFile]:
    """Open a picture with its own decoder only; what Pillow warns of is no matter, but for what grows too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=(FORMATS[media_type][1],)) as picture:
            yield picture


def header_of(data: bytes, media_type: str) -> Header:
    """Read a picture's header; whatever Pillow raises, `Image.DecompressionBombWarning` and its kin for too large."""
    with _opened(data, media_type) as picture:
        return Header(width=picture.width, height=picture.height, frames=int(getattr(picture, "n_frames", 1)))


def render(data: bytes, media_type: str, frame: int = 0) -> Raster:
    """Decode one picture of a file, the right way up."""
    with _opened(data, media_type) as picture:
        if frame:
            picture.seek(frame)
        if picture.width * picture.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        if min(picture.size) > ENOUGH:
            picture.draft("L", (picture.width // 2, picture.height // 2))
        dpi = _dpi(picture)
        turned = ImageOps.exif_transpose(picture) if _orientation(picture) > 1 else picture
        grey = _grey(turned)
    return Raster(width=grey.width, height=grey.height, grey=grey.tobytes(), dpi=dpi)


def render_thumbnail(data: bytes, media_type: str, thumbnail: bytes) -> Raster:
    """Decode a JPEG thumbnail, or return `NOTHING_NEW` where it shows what its picture shows."""
    with _opened(thumbnail, "image/jpeg") as small:
        grey = small.convert("L")
    with _opened(data, media_type) as picture:
        picture.draft("L", grey.size)
        large = picture.convert("L").resize(grey.size, Image.Resampling.BOX)
    apart = ImageChops.difference(grey, large).reduce(BLOCK)
    if apart.getextrema()[1] < ALIKE:  # type: ignore[operator]  # grey has one pair of extremes
        return NOTHING_NEW
    return Raster(width=grey.width, height=grey.height, grey=grey.tobytes())


def _dpi(picture: Image.Image) -> int:
    """Return the resolution that a picture states, or 0."""
    try:
        return max(0, min(10_000, round(float(picture.info.get("dpi", (0, 0))[0]))))
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return 0


def _orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation; 1 where it is upright or nobody can tell."""
    try:
        said = picture.getexif().get(0x0112, 1)
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OSError, ArithmeticError):
        return 1
    return said if isinstance(said, int) else 1


def _grey(picture: Image.Image) -> Image.Image:
    """Return a picture in grey. One with clear places is put on white; light letters on them would vanish there.

    So where light pixels stand on clear ground, the picture is also put on black, inverted, below.
    """
    if picture.mode in {"I", "F"} or picture.mode.startswith("I;"):
        return _stretched(picture)
    if not picture.has_transparency_data:
        return _with_colours(picture)
    layered = picture.convert("RGBA")
    alpha, grey = layered.getchannel("A"), layered.convert("L")
    if alpha.getextrema()[0] == 255:  # noqa: PLR2004 - wholly opaque
        return grey
    on_white = Image.composite(grey, Image.new("L", grey.size, 255), alpha)
    seen = grey.histogram(mask=alpha.point(lambda value: 255 if value >= OPAQUE else 0))
    if not sum(seen[LIGHT:]):
        return on_white
    on_black = ImageOps.invert(Image.composite(grey, Image.new("L", grey.size, 0), alpha))
    both = Image.new("L", (grey.width, 2 * grey.height), 255)
    both.paste(on_white, (0, 0))
    both.paste(on_black, (0, grey.height))
    return both


def _with_colours(picture: Image.Image) -> Image.Image:
    """Return a picture in grey, and below it the colours, where they have edges that are as light on either side."""
    grey = picture.convert("L")
    if picture.mode in {"1", "L"}:
        return grey
    small = picture.convert("RGB").reduce(max(1, round((picture.width * picture.height / ENOUGH_FOR_EDGES) ** 0.5)))
    light, *colours = small.convert("YCbCr").split()
    even = _edges(light).point(lambda value: 255 if value < FLAT else 0)
    for band, colour in enumerate(colours, 1):
        if sum(_edges(colour).histogram(mask=even)[ALIKE:]) >= FEWEST_EDGES:
            said = ImageOps.autocontrast(picture.convert("RGB").convert("YCbCr").getchannel(band))
            both = Image.new("L", (grey.width, 2 * grey.height), 255)
            both.paste(grey, (0, 0))
            both.paste(said, (0, grey.height))
            return both
    return grey


def _edges(channel: Image.Image) -> Image.Image:
    """Return the edges of a channel, on their lighter and on their darker side."""
    either = (channel, ImageOps.invert(channel))
    lighter, darker = (each.filter(ImageFilter.FIND_EDGES) for each in either)
    return ImageChops.lighter(lighter, darker)


def _stretched(picture: Image.Image) -> Image.Image:
    """Return a picture of 16 or 32 bits in 8, from its darkest to its lightest."""
    deep = picture.convert("F")
    lowest, highest = (float(value) for value in deep.getextrema())  # type: ignore[arg-type]  # as above
    scale = 255 / (highest - lowest) if highest > lowest else 1.0
    return deep.point(lambda value: value * scale - lowest * scale).convert("L")
