"""Renders what must be looked at to be read: a page, one picture of the file, one drawing. Called when its turn comes.

Nothing large is held until then but the file itself; what a page or a picture may cost is bounded before PDFium begins.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
from collections.abc import Callable, Sequence
from typing import Final

import pikepdf
import pypdfium2
import pypdfium2.raw as fpdf
from PIL import Image, ImageFilter

from gateway.extract import Raster
from gateway.extract.formats.pdf.objects import Inventory, Key, Picture

DPI: Final = 200
MOST_PIXELS: Final = 12_000_000
LARGEST: Final = {"/JPXDecode": 40_000_000, "/DCTDecode": 100_000_000}  # pixels that are unpacked all at once
LARGEST_OTHER: Final = 600_000_000
GREY_GROUND: Final = 0xFFA0A0A0
WHITE_GROUND: Final = 0xFFFFFFFF
POINTS: Final = 72
SHARP: Final = 48  # of 255: how much a pixel of a letter's edge differs from those around it
FEWEST_SHARP: Final = 30
PLAIN: Final = Raster(width=1, height=1, grey=b"\xff")
CELL: Final = 300  # pixels
COLUMNS: Final = 6
SMALL: Final = 90_000  # pixels, so that it fits a cell or nearly
A_SHEETFUL: Final = 36


COARSEST: Final = 50  # pixels an inch: letters of a page that is shown smaller cannot be told apart


class TooManyPixels(ValueError):
    """A picture that would take more memory than it may, or a page so large that its letters would be lost."""


def page_render(source: bytes, number: int) -> Callable[[], Raster]:
    """Return what renders a page of a file, by its number from 0."""

    def render() -> Raster:
        return _rendered(source, number, DPI / POINTS, DPI, WHITE_GROUND)

    return render


def picture_render(source: bytes, key: Key, picture: Picture, dpi: int) -> Callable[[], Raster]:
    """Return what renders one picture by itself, in its own pixels.

    What shines through is shown on grey, so that neither black nor white is lost on it. A picture without a sharp edge
    is a shadow or a shade, and comes out plain.
    """

    def render() -> Raster:
        width, height = max(1, picture.width), max(1, picture.height)
        _bound(picture)
        points = min(1.0, 10_000 / max(width, height))  # a page has an end
        content = b"q %.4f 0 0 %.4f 0 0 cm /I0 Do Q" % (width * points, height * points)
        with pikepdf.open(io.BytesIO(source)) as document:
            sheet = _sheet([document.get_object(*key)], content, (0, 0, width * points, height * points))
        raster = _rendered(sheet, 0, 1 / points, dpi, GREY_GROUND if picture.masks else WHITE_GROUND)
        return raster if _has_edges(raster) else PLAIN

    return render


def small_pictures_render(source: bytes, pictures: Sequence[tuple[Key, Picture]]) -> Callable[[], Raster]:
    """Return what renders small pictures side by side: icons and the like, which would cost a page each."""

    def render() -> Raster:
        content = []
        for index, (_, picture) in enumerate(pictures):
            _bound(picture)
            largest = max(picture.width, picture.height, 1)
            enlarged = min(2.0, (CELL - 40) / largest)
            across, along = divmod(index, COLUMNS)[1] * CELL, divmod(index, COLUMNS)[0] * CELL
            size = (picture.width * enlarged, picture.height * enlarged, across + 20, along + 20)
            content.append(b"q %.3f 0 0 %.3f %d %d cm /I%d Do Q" % (*size, index))
        rows = -(-len(pictures) // COLUMNS)
        with pikepdf.open(io.BytesIO(source)) as document:
            items = [document.get_object(*key) for key, _ in pictures]
            sheet = _sheet(items, b"\n".join(content), (0, 0, COLUMNS * CELL, rows * CELL))
        ground = GREY_GROUND if any(picture.masks for _, picture in pictures) else WHITE_GROUND
        return _rendered(sheet, 0, 1.0, 0, ground)

    return render


def _bound(picture: Picture) -> None:
    """Refuse a picture that unpacks to more than may be held."""
    if picture.width * picture.height > LARGEST.get(picture.packed, LARGEST_OTHER):
        raise TooManyPixels(f"{picture.width} by {picture.height}")


def _has_edges(raster: Raster) -> bool:
    """Say whether a picture has edges as sharp as those of letters, or of letters that are a little blurred."""
    picture = Image.frombytes("L", (raster.width, raster.height), raster.grey)
    for smaller in (picture, picture.reduce(2)):
        edges = smaller.filter(ImageFilter.FIND_EDGES)
        inner = edges.crop((1, 1, max(2, edges.width - 1), max(2, edges.height - 1)))  # the rim is left as it was
        if sum(inner.histogram()[SHARP:]) >= FEWEST_SHARP:
            return True
    return False


def drawing_render(source: bytes, key: Key) -> Callable[[], Raster]:
    """Return what renders one form, pattern or glyph by itself."""

    def render() -> Raster:
        with pikepdf.open(io.BytesIO(source)) as document:
            stream = document.get_object(*key)
            box = [float(value) for value in stream.get("/BBox", [0, 0, 1000, 1000])]
            form = _as_form(document, stream)
            sheet = _sheet([form], b"/I0 Do", (min(box[0::2]), min(box[1::2]), max(box[0::2]), max(box[1::2])))
        return _rendered(sheet, 0, DPI / POINTS, DPI, WHITE_GROUND)

    return render


def _as_form(document: pikepdf.Pdf, stream: pikepdf.Object) -> pikepdf.Object:
    """Return a copy of a stream that paints as a form, in its own measure."""
    form = document.make_stream(stream.read_bytes())
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = stream.get("/BBox", pikepdf.Array([0, 0, 1000, 1000]))
    if "/Resources" in stream:
        form.Resources = stream.Resources
    return form


def _sheet(items: Sequence[pikepdf.Object], content: bytes, box: tuple[float, float, float, float]) -> bytes:
    """Return a PDF with one page, on which objects are called `/I0`, `/I1` and so on."""
    made = io.BytesIO()
    with pikepdf.new() as target:
        shown = pikepdf.Dictionary({f"/I{index}": target.copy_foreign(item) for index, item in enumerate(items)})
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=pikepdf.Array([round(side, 3) for side in box]),
            Resources=pikepdf.Dictionary(XObject=shown),
            Contents=target.make_stream(content),
        )
        target.pages.append(pikepdf.Page(target.make_indirect(page)))
        target.save(made)
    return made.getvalue()


def _rendered(source: bytes, number: int, scale: float, dpi: int, ground: int) -> Raster:
    """Return a page in grey. `scale` is in pixels for each point, and less where that would be too many."""
    document = pypdfium2.PdfDocument(source)
    try:
        page = document[number]
        across, along = (max(1.0, side) for side in page.get_size())
        fitting = min(scale, (MOST_PIXELS / (across * along)) ** 0.5)
        if dpi * fitting / scale < COARSEST and dpi == DPI:
            raise TooManyPixels(f"{across:.0f} by {along:.0f} points")
        width, height = max(1, min(30_000, round(across * fitting))), max(1, min(30_000, round(along * fitting)))
        bitmap = fpdf.FPDFBitmap_CreateEx(width, height, fpdf.FPDFBitmap_Gray, None, 0)
        if not bitmap:
            raise MemoryError
        try:
            fpdf.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, ground)
            flags = fpdf.FPDF_ANNOT | fpdf.FPDF_GRAYSCALE | fpdf.FPDF_NO_CATCH
            fpdf.FPDF_RenderPageBitmap(bitmap, page.raw, 0, 0, width, height, 0, flags)
            grey = _rows(bitmap, width, height)
        finally:
            fpdf.FPDFBitmap_Destroy(bitmap)
    finally:
        document.close()
    return Raster(width=width, height=height, grey=grey, dpi=round(dpi * fitting / scale))


def _rows(bitmap: object, width: int, height: int) -> bytes:
    """Return the pixels of a bitmap without what fills up its rows."""
    stride = fpdf.FPDFBitmap_GetStride(bitmap)
    whole = ctypes.string_at(fpdf.FPDFBitmap_GetBuffer(bitmap), stride * height)
    if stride == width:
        return whole
    return b"".join(whole[row * stride : row * stride + width] for row in range(height))


def digest_of(document: pikepdf.Pdf, key: Key) -> bytes:
    """Return the hash of an image's data as it stands in the file."""
    return hashlib.blake2b(document.get_object(*key).read_raw_bytes(), digest_size=16).digest()


def effective_size(picture: Picture, inventory: Inventory) -> tuple[int, int]:
    """Return the size of a picture, or of its mask where that is larger."""
    sizes = [(picture.width, picture.height)]
    sizes += [(mask.width, mask.height) for key in picture.masks if (mask := inventory.pictures.get(key))]
    return max(size[0] for size in sizes), max(size[1] for size in sizes)
