"""The pages of a PDF: their text by PDFium, lines that repeat at the edges, and what has to be looked at to be read.

A page is rendered where it has no text but something to see, where its letters are not the ones that its fonts name, or
where several pictures make up what it shows. A picture that stands alone, or on many pages, is looked at once, by
itself. Every picture of the file is in one of the two, wherever it hangs; one too small for words is in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pikepdf
import pypdfium2

from gateway.extract import Scan, Telling
from gateway.extract.formats.pdf.contents import (
    MOST_BYTES,
    SHOWN,
    SHOWS_TEXT,
    Scales,
    TooHeavy,
    has_letter_shapes,
    has_many_curves,
    is_veiled,
    paints_pictures,
    unveiled,
)
from gateway.extract.formats.pdf.edges import repeated
from gateway.extract.formats.pdf.fonts import shows_mute
from gateway.extract.formats.pdf.objects import DRAWING, Inventory, Key, Picture
from gateway.extract.formats.pdf.pictures import (
    A_SHEETFUL,
    SMALL,
    digest_of,
    drawing_render,
    effective_size,
    page_render,
    picture_render,
    small_pictures_render,
)
from gateway.extract.formats.pdf.shapes import Shapes, Shown, is_tiny, shapes_of
from gateway.extract.formats.pdf.sheets import Sheets
from gateway.extract.formats.pdf.streams import filters, inflated
from gateway.extract.formats.pdf.text import PageText, opened_page
from gateway.model.inspection import Gap, GapKind, Segment, Where

MANY_PATHS: Final = 100
MANY_STROKES: Final = 150  # on a page without text: some thirty letters
MANY_CURVES: Final = 250  # beside text
A_WORD: Final = 60  # segments of closed or filled paths beside text: some six letters
A_WORD_OF_PICTURES: Final = 5  # tiny ones, no two alike: letters rather than bullets
LEAST_LETTER: Final = 6  # pixels
PATCHWORK: Final = 0.02  # of the page: so much of it may all the passed-over pictures cover, or they are slices of one
UNMAPPED: Final = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")
OUTLINES: Final = re.compile(rb"(?:[-+.\d]+\s+){2,6}(?:[mlcvy]|re|cm)\s+|h\s+|[fFB]\*?\s+")
FONTS_LIE: Final = 0.2
MOST_PAGES: Final = 50_000
NONE: Final = Shapes()
Found = Segment | Scan | Gap


@dataclass(slots=True, kw_only=True)
class Pages:
    """Reads the pages of one file. `source` is the file as PDFium can read it."""

    document: pikepdf.Pdf
    source: bytes
    inventory: Inventory
    sheets: Sheets
    scales: Scales = field(default_factory=Scales)
    reader: PageText = field(default_factory=PageText)
    texts: list[str] = field(default_factory=list)
    contents: set[Key] = field(default_factory=set)
    looked_at: set[Key] = field(default_factory=set)  # pictures and forms that a rendered page shows
    first_shown: dict[Key, tuple[int, bool, int]] = field(default_factory=dict)  # page, has text, dots per inch
    mute: dict[Key, bool] = field(default_factory=dict)
    skeletons: set[int] = field(default_factory=set)
    unread: dict[GapKind, list[int]] = field(default_factory=dict)  # numbers of pages
    before: dict[Key, tuple[pikepdf.Object, int]] = field(default_factory=dict)  # the first page with such contents
    alike: dict[tuple[int, int, int], list[Key]] = field(default_factory=dict)
    digests: dict[tuple[int, int, int], dict[bytes, list[Key]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the pictures by size."""
        for key, each in self.inventory.pictures.items():
            self.alike.setdefault((each.width, each.height, each.length), []).append(key)

    def read(self) -> Iterator[Found]:
        """Yield the text of all pages as one segment, with a form feed between pages, and what is to be looked at."""
        pages = pypdfium2.PdfDocument(self.source)
        try:
            found = list(self._each(pages))
        finally:
            pages.close()
        if any(text.strip() for text in self.texts):
            yield Segment(where=Where.BODY, text="\n\f".join(self.texts))
            yield from repeated(self.texts)
        yield from found

    def _each(self, pages: pypdfium2.PdfDocument) -> Iterator[Found]:
        """Read page by page."""
        counted = len(pages)
        if counted != len(self.document.pages):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="pages")
        for number, page in enumerate(self.document.pages):
            if number >= min(MOST_PAGES, counted):
                if counted > MOST_PAGES:
                    yield Gap(part="", kind=GapKind.TOO_MANY, detail="pages")
                break
            try:
                yield from self._page(pages, page.obj, number)
            except pypdfium2.PdfiumError:
                self.unread.setdefault(GapKind.CORRUPT, []).append(number + 1)
            except TooHeavy:
                self.unread.setdefault(GapKind.TOO_LARGE, []).append(number + 1)
        for kind, numbers in self.unread.items():
            others = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
            yield Gap(part="", kind=kind, detail=f"page {numbers[0]}{others}")

    def _page(self, pages: pypdfium2.PdfDocument, item: pikepdf.Object, number: int) -> Iterator[Found]:
        """Read one page: its text, and why it should be looked at. One that is like another is not read again."""
        said = item.get("/Contents")
        key = said.objgen if isinstance(said, pikepdf.Object) else (0, 0)
        before = self.before.get(key) if key[0] else None
        if before and before[0].to_json(dereference=True) == item.to_json(dereference=True):
            self.texts.append(self.texts[before[1]])
            return
        content, resources = self._content(said, number), None
        self.before[key] = (item, len(self.texts))
        if b"Do" in content or b"BDC" in content:
            resources = inherited(item, "/Resources")
        self.scales.spend(content, resources)
        with opened_page(pages, number) as page:
            text = self.reader.of(page)
            self.texts.append(text)
            has_text = bool(text.strip())
            shapes = shapes_of(page) if not has_text or paints_pictures(content) else NONE
        if is_veiled(content, has_replacements=self.inventory.has_replacements):
            self.sheets.add(unveiled(content), inherited(item, "/Resources"), DRAWING)
        shown = [(picture, self._key(picture)) for picture in shapes.pictures] if shapes.pictures else []
        if self._is_told_by_looking(text, content, shapes, shown) or self._has_mute_fonts(item, content):
            telling = Telling.PAGE_WITH_PICTURE if has_text else Telling.PAGE_WITHOUT_TEXT
            yield Scan(name=f"page {number + 1}", telling=telling, render=page_render(self.source, number))
            self.looked_at |= {key for picture, key in shown if key and picture.legible}
            self.looked_at |= self._forms(content, resources)
        for picture, image in shown:
            if image:
                self.first_shown.setdefault(image, (number, has_text, picture.dpi))

    def _content(self, said: object, number: int) -> bytes:
        """Return what a page is painted by; `TooHeavy` where it cannot be unpacked within bounds."""
        if isinstance(said, pikepdf.Stream):
            self.contents.add(said.objgen)
            return self._unpacked(said, number)
        if not isinstance(said, pikepdf.Array):
            return b""
        parts = [part for part in said if isinstance(part, pikepdf.Stream)]
        self.contents.update(part.objgen for part in parts)
        return b"\n".join(self._unpacked(part, number) for part in parts)

    def _unpacked(self, stream: pikepdf.Object, number: int) -> bytes:
        """Return one stream, or what of a damaged one can be had."""
        try:
            return stream.read_bytes()
        except pikepdf.PdfError:
            self.unread.setdefault(GapKind.CORRUPT, []).append(number + 1)
            data = inflated(stream.read_raw_bytes(), MOST_BYTES) if filters(stream) == ["/FlateDecode"] else None
            if data is None:
                raise TooHeavy("stream") from None
            return data

    def _key(self, picture: Shown) -> Key | None:
        """Return which image of the file a picture is; None for one that is written into the page."""
        alike = self.alike.get((picture.width, picture.height, picture.length), [])
        if len(alike) > 1:
            digests = self.digests.setdefault((picture.width, picture.height, picture.length), {})
            for key in alike if not digests else ():
                digests.setdefault(digest_of(self.document, key), []).append(key)
            alike = digests.get(picture.digest, [])
        return alike[0] if len(alike) == 1 else None

    def _is_told_by_looking(
        self, text: str, content: bytes, shapes: Shapes, shown: list[tuple[Shown, Key | None]]
    ) -> bool:
        """Say whether a page shows more than its text and its single pictures tell."""
        if not text.strip():
            if shapes.paths > MANY_PATHS or shapes.strokes > MANY_STROKES or SHOWS_TEXT.search(content):
                return True  # the last: letters that have no names at all
        elif _fonts_lie(text) or self._has_outlines(content):
            return True
        large, covered, letters = 0, 0.0, set[bytes]()
        for picture, key in shown:
            if self._is_tiny(picture, key):
                covered += picture.area
                if min(picture.width, picture.height) >= LEAST_LETTER:
                    letters.add(picture.digest)
            else:
                large += 1
                if key is None:
                    return True
        return large > 1 or covered > PATCHWORK * shapes.size or len(letters) >= A_WORD_OF_PICTURES

    def _is_tiny(self, picture: Shown, key: Key | None) -> bool:
        """Say whether a picture and its mask have too few pixels to show words."""
        known = self.inventory.pictures.get(key) if key else None
        return is_tiny(*(effective_size(known, self.inventory) if known else (picture.width, picture.height)))

    def _has_mute_fonts(self, item: pikepdf.Object, content: bytes) -> bool:
        """Say whether a page, or a form on it, is written in a font that does not tell its letters."""
        if not self.inventory.may_have_mute_fonts:
            return False
        lent = inherited(item, "/Resources")
        forms = (self.document.get_object(*form).get("/Resources") for form in self._forms(content, lent))
        return any(shows_mute(each, self.mute) for each in (lent, *forms))

    def _has_outlines(self, content: bytes) -> bool:
        """Say whether a page with text is also painted with curves as of letters, in a way not met before."""
        if not has_many_curves(content, MANY_CURVES) and not has_letter_shapes(content, A_WORD):
            return False
        skeleton = hash(b"".join(OUTLINES.findall(content)))
        is_new = skeleton not in self.skeletons
        self.skeletons.add(skeleton)
        return is_new

    def _forms(self, content: bytes, resources: object) -> set[Key]:
        """Return the forms that a page shows, and those within them."""
        found: set[Key] = set()
        queue = [(content, resources)]
        while queue:
            painted, lent = queue.pop()
            forms = lent.get("/XObject") if isinstance(lent, pikepdf.Dictionary) else None
            if not isinstance(forms, pikepdf.Dictionary):
                continue
            for name in SHOWN.findall(painted):
                form = forms.get("/" + name.decode("latin-1"))
                if isinstance(form, pikepdf.Stream) and form.objgen not in found and form.get("/Subtype") == "/Form":
                    found.add(form.objgen)
                    queue.append((form.read_bytes(), form.get("/Resources")))
        return found

    def pictures(self) -> Iterator[Scan]:
        """Yield every picture that no rendered page shows, once; the small ones side by side."""
        masks = {
            mask
            for picture in self.inventory.pictures.values()
            if not is_tiny(*effective_size(picture, self.inventory))
            for mask in picture.masks
        }
        small: dict[Telling, list[tuple[Key, Picture]]] = {}
        for key, picture in self.inventory.pictures.items():
            width, height = effective_size(picture, self.inventory)
            if key in self.looked_at or key in masks or is_tiny(width, height):
                continue
            number, has_text, dpi = self.first_shown.get(key, (-1, True, 0))
            telling = Telling.PREVIEW if key in self.inventory.thumbnails else Telling.PICTURE
            if number >= 0:
                telling = Telling.PAGE_WITH_PICTURE if has_text else Telling.PAGE_WITHOUT_TEXT
            if width * height <= SMALL and telling is not Telling.PAGE_WITHOUT_TEXT:
                small.setdefault(telling, []).append((key, picture))
                continue
            name = f"page {number + 1} picture {key[0]}" if number >= 0 else f"picture {key[0]}"
            render = picture_render(self.source, key, picture, dpi)
            yield Scan(name=name, telling=telling, render=render, pixels=width * height)
        for telling, pictures in small.items():
            yield from self._sheetfuls(telling, pictures)

    def _sheetfuls(self, telling: Telling, pictures: list[tuple[Key, Picture]]) -> Iterator[Scan]:
        """Yield small pictures, many at a time; a single one by itself."""
        for start in range(0, len(pictures), A_SHEETFUL):
            some = pictures[start : start + A_SHEETFUL]
            (key, picture), *others = some
            render = (
                small_pictures_render(self.source, some) if others else picture_render(self.source, key, picture, 0)
            )
            name = f"pictures {key[0]} to {some[-1][0][0]}" if others else f"picture {key[0]}"
            yield Scan(
                name=name, telling=telling, render=render, pixels=sum(each.width * each.height for _, each in some)
            )

    def drawings(self, keys: list[Key]) -> Iterator[Scan]:
        """Yield the drawings that no rendered page shows."""
        for key in keys:
            if key not in self.looked_at:
                render = drawing_render(self.source, key)
                yield Scan(name=f"drawing {key[0]}", telling=Telling.PICTURE, render=render)


def inherited(page: pikepdf.Object, key: str) -> object:
    """Return what a page says of itself, or what the nodes above it say (7.7.3.4)."""
    node: object = page
    steps = 0
    while isinstance(node, pikepdf.Dictionary) and steps < 100:  # noqa: PLR2004 - a tree deeper than that is an attack
        if key in node:
            return node[key]
        node, steps = node.get("/Parent"), steps + 1
    return None


def _fonts_lie(text: str) -> bool:
    """Say whether much of a text are no letters: its fonts do not tell which they are."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return False
    return len(UNMAPPED.findall(text)) > len(text) * FONTS_LIE
