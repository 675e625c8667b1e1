"""Reads streams that are no page as if they were: on sheets of a small PDF of our own, by PDFium, with their own fonts.

So is read what a stamp or a filled-in field shows, what a pattern, a glyph or a form that no page uses would show, and
what a page writes but PDFium passes over.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
import pypdfium2

from gateway.extract.formats.pdf.contents import (
    SHOWN,
    SHOWS_TEXT,
    STROKES,
    Scales,
    TooHeavy,
    has_inline_picture,
    has_letter_shapes,
    is_veiled,
    unveiled,
)
from gateway.extract.formats.pdf.objects import Inventory, Key
from gateway.extract.formats.pdf.shapes import is_tiny
from gateway.extract.formats.pdf.text import Known, PageText, opened_page
from gateway.extract.formats.pdf.words import Place
from gateway.model.inspection import Gap, GapKind, Segment

MOST_DRAWINGS = 20_000
ON_A_SHEET = 100
MOST_ON_A_SHEET = 500_000  # bytes
APART = 20_000  # points
MANY_STROKES = 150
A_WORD = 60  # segments of closed or filled paths: some six letters
A_FEW = 3
TINY = 50
A_PAGE = (0, 0, 600, 800)


@dataclass(slots=True)
class _Sheet:
    """One page in the making: the streams on it, far below one another, and how many bytes they have."""

    place: Place
    shown: pikepdf.Dictionary = field(default_factory=pikepdf.Dictionary)
    count: int = 0
    size: int = 0


class Sheets:
    """A PDF of streams of another one, many on a page, those of one kind together."""

    def __init__(self, source: pikepdf.Pdf) -> None:
        self._source, self._target = source, pikepdf.new()
        self._sheets: list[_Sheet] = []
        self._open: dict[Place, _Sheet] = {}
        self._fonts: dict[tuple[int, int], pikepdf.Object] = {}
        self.count = 0

    def add(self, content: bytes, resources: object, place: Place) -> None:
        """Put a stream onto a sheet. Of its resources only the fonts come along, no picture and no form."""
        sheet = self._open.get(place)
        if sheet is None or sheet.count >= ON_A_SHEET or sheet.size > MOST_ON_A_SHEET:
            self._open[place] = sheet = _Sheet(place)
            self._sheets.append(sheet)
        fonts = resources.get("/Font") if isinstance(resources, pikepdf.Dictionary) else None
        copied = pikepdf.Dictionary()
        for name, font in fonts.items() if isinstance(fonts, pikepdf.Dictionary) else ():
            if isinstance(font, pikepdf.Dictionary):
                copied[name] = self._font(font)
        sheet.shown[f"/X{sheet.count}"] = self._target.make_stream(
            content,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=pikepdf.Array(A_PAGE),
            Resources=pikepdf.Dictionary(Font=copied),
        )
        sheet.count += 1
        sheet.size += len(content)
        self.count += 1

    def _font(self, font: pikepdf.Object) -> pikepdf.Object:
        """Return a font of the other file in this one."""
        font = font if font.is_indirect else self._source.make_indirect(font)
        if font.objgen not in self._fonts:
            self._fonts[font.objgen] = self._target.copy_foreign(font)
        return self._fonts[font.objgen]

    def texts(self) -> Iterator[tuple[Place, str]]:
        """Yield the text of each sheet and where it stands."""
        for sheet in self._sheets:
            content = b"\n".join(b"q 1 0 0 1 0 %d cm /X%d Do Q" % (-APART * n, n) for n in range(sheet.count))
            page = pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=pikepdf.Array(A_PAGE),
                Resources=pikepdf.Dictionary(XObject=sheet.shown),
                Contents=self._target.make_stream(content),
            )
            self._target.pages.append(pikepdf.Page(self._target.make_indirect(page)))
        made = io.BytesIO()
        self._target.save(made)
        document = pypdfium2.PdfDocument(made.getvalue())
        reader = PageText()
        try:
            for number, sheet in enumerate(self._sheets):
                with opened_page(document, number) as page:
                    yield sheet.place, reader.of(page)
        finally:
            document.close()
            self._target.close()


def read_drawings(
    document: pikepdf.Pdf, inventory: Inventory, sheets: Sheets, scales: Scales
) -> tuple[list[Key], list[Gap]]:
    """Put every drawing with text onto a sheet; return those that show words otherwise, if any, and gaps."""
    pictured: list[Key] = []
    gaps: list[Gap] = []
    spare = _form_resources(document)
    for key, drawing in inventory.drawings.items():
        stream = document.get_object(*key)
        if not isinstance(stream, pikepdf.Stream):
            continue
        resources: object = stream.get("/Resources")
        if not isinstance(resources, pikepdf.Dictionary):
            resources = document.get_object(*drawing.resources) if drawing.resources else spare
        try:
            content = stream.read_bytes()
            scales.spend(content, None)
        except (pikepdf.PdfError, TooHeavy) as trouble:
            kind = GapKind.TOO_LARGE if isinstance(trouble, TooHeavy) else GapKind.CORRUPT
            gaps.append(Gap(part="", kind=kind, detail=f"drawing {key[0]}"))
            continue
        if SHOWS_TEXT.search(content):
            if sheets.count >= MOST_DRAWINGS:
                return pictured, [*gaps, Gap(part="", kind=GapKind.TOO_MANY, detail="drawings")]
            sheets.add(
                unveiled(content) if is_veiled(content, has_replacements=False) else content, resources, drawing.place
            )
        if (
            has_inline_picture(content, TINY)
            or len(STROKES.findall(content)) > MANY_STROKES
            or has_letter_shapes(content, A_WORD)
            or _is_patchwork(content, resources, inventory)
        ):
            pictured.append(key)
    return pictured, gaps


def _is_patchwork(content: bytes, resources: object, inventory: Inventory) -> bool:
    """Say whether a drawing shows several pictures that are too small to be looked at one by one."""
    lent = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(lent, pikepdf.Dictionary):
        return False
    shown = {name: lent.get("/" + name.decode("latin-1")) for name in SHOWN.findall(content)}
    known = {item.objgen: inventory.pictures.get(item.objgen) for item in shown.values() if item is not None}
    return sum(each is not None and is_tiny(each.width, each.height) for each in known.values()) >= A_FEW


def _form_resources(document: pikepdf.Pdf) -> object:
    """Return the fonts that fields share (12.7.3)."""
    form = document.Root.get("/AcroForm")
    return form.get("/DR") if isinstance(form, pikepdf.Dictionary) else None


def unseen(sheets: Sheets, known: Known) -> Iterator[Segment]:
    """Yield the lines of the sheets that were not seen before, each kind by itself."""
    found: dict[Place, list[str]] = {}
    for place, text in sheets.texts():
        found.setdefault(place, []).extend(known.new(text))
    for place, lines in found.items():
        if lines:
            yield Segment(where=place.where, text="\n".join(lines), name=place.name)
