"""PDF (ISO 32000-2): the text of the pages by PDFium, and everything else in the file by qpdf, through pikepdf.

Two readers, because neither sees all: page text (also off the page), repeated top and bottom lines, properties and
XMP, annotations, form fields, scripts, bookmarks, alternative texts, attached files. An empty user password is tried.
Pictures are not read: each that may show words is a gap, also beside text, for a scan with a line of text is a scan.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast
from xml.parsers import expat

import pikepdf
import pypdfium2

from gateway.extract import Inner, Limits, media
from gateway.extract.formats.leaves import properties
from gateway.extract.formats.markup import EntityDeclared, Markup
from gateway.extract.formats.pdf_objects import objects
from gateway.model.inspection import Gap, GapKind, Segment, Where

EDGE = 3  # lines at the top and the bottom of a page that may be a header or footer
FEWEST_PAGES = 2
MANY_STROKES = 100
PATH, IMAGE = 2, 3  # FPDF_PAGEOBJ_PATH, FPDF_PAGEOBJ_IMAGE
SMALLEST = 12  # pixels on the shorter side: below, a line of letters cannot be read
TINY = 50  # pixels on the longer side: bullets and icons hold a few letters at most
PATCHWORK = 0.02  # of the page: so much of it may all the passed-over pictures cover, or they are slices of one
HYPHENS = str.maketrans({"\x02": "-", "\ufffe": "-"})  # how PDFium shows a hyphen at a line's end
UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
NUMBERS = re.compile(r"\d+")
FONTS_LIE = 0.2
Found = Segment | Inner | Gap


class PdfExtractor:
    """Reads PDF files."""

    name = "pdf"
    media_types = frozenset({media.PDF})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return page text, what stands beside the pages, and attached files."""
        try:
            with pikepdf.open(io.BytesIO(data)) as document:
                seen = list(_pages(_open_copy(document) if document.is_encrypted else data))
                yield from seen
                if not any(isinstance(found, Gap) and found.kind is GapKind.IMAGE_NOT_READ for found in seen):
                    yield from _pictures_elsewhere(document)
                yield from _properties(document)
                yield from objects(document, limits)
        except pikepdf.PasswordError:
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail=_cipher(data))
        except (pikepdf.PdfError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, OSError) as trouble:
            yield Gap(part="", kind=GapKind.CORRUPT, detail=type(trouble).__name__)
            yield from _pages(data)


def _open_copy(document: pikepdf.Pdf) -> bytes:
    """Return a file that an empty password opened as a plain one; PDFium does not try all that qpdf does."""
    target = io.BytesIO()
    document.save(target, encryption=False)
    return target.getvalue()


def _cipher(data: bytes) -> str:
    """Name the encryption by the crypt filter's method (ISO 32000-2, tables 20 and 25)."""
    for mark, cipher in ((rb"/AESV3", "AES-256"), (rb"/AESV2", "AES-128"), (rb"/V2\b", "RC4")):
        if re.search(rb"/CFM\s*" + mark, data):
            return cipher
    return "RC4" if b"/Standard" in data else "public key"


def _pages(data: bytes) -> Iterator[Found]:
    """Yield the text of all pages as one segment, with a form feed between pages, and what was not readable."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="PdfiumError")
        return
    texts: list[str] = []
    unread: dict[str, list[int]] = {}
    try:
        for number in range(len(document)):
            try:
                texts.append(_text(document[number]))
                for trouble in _unread(document[number], texts[-1]):
                    unread.setdefault(trouble, []).append(number + 1)
            except pypdfium2.PdfiumError:
                yield Gap(part="", kind=GapKind.CORRUPT, detail=f"page {number + 1}")
    finally:
        document.close()
    for trouble, numbers in unread.items():
        others = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail=f"page {numbers[0]}{others}: {trouble}")
    if any(text.strip() for text in texts):
        yield Segment(where=Where.BODY, text="\n\f".join(texts))
        yield from repeated(texts)


def _text(page: pypdfium2.PdfPage) -> str:
    """Return a page's text with the line ends of this house."""
    words = page.get_textpage()
    try:
        text: str = words.get_text_range()
    finally:
        words.close()
    return text.replace("\r\n", "\n").translate(HYPHENS)


def _unread(page: pypdfium2.PdfPage, text: str) -> Iterator[str]:
    """Say why a page shows more than its text tells: pictures, outlines for letters, fonts without names."""
    has_text, strokes, covered, picture = bool(text.strip()), 0, 0.0, False
    if has_text and len(UNMAPPED.findall(text)) > len(text) * FONTS_LIE:
        yield "font without characters"
    for shape in page.get_objects(filter=(IMAGE,) if has_text else (PATH, IMAGE)):
        if shape.type != IMAGE:
            strokes += 1
            continue
        left, bottom, right, top = shape.get_bounds()
        covered += abs((right - left) * (top - bottom))
        picture = picture or not _is_tiny(*shape.get_px_size())
    if picture or covered > PATCHWORK * page.get_width() * page.get_height():
        yield "picture" if has_text else "picture without text"
    elif strokes > MANY_STROKES:
        yield "drawing without text"


def _is_tiny(width: int, height: int) -> bool:
    """Say whether a picture has too few pixels to show words: rules, spacers, bullets, icons."""
    return min(width, height) < SMALLEST or max(width, height) < TINY


def _pictures_elsewhere(document: pikepdf.Pdf) -> Iterator[Gap]:
    """Yield one gap if a picture hangs where the pages' own objects do not tell: patterns, annotations, fonts."""
    for item in cast("Iterable[object]", document.objects):
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
            width, height = item.get("/Width"), item.get("/Height")
            if not (isinstance(width, int) and isinstance(height, int) and _is_tiny(width, height)):
                yield Gap(part="", kind=GapKind.IMAGE_NOT_READ, detail="picture beside the pages")
                return


def repeated(texts: list[str]) -> Iterator[Segment]:
    """Yield as header or footer the edge lines that stand on at least two pages and on at least half of them."""
    for where, edge in ((Where.HEADER, slice(None, EDGE)), (Where.FOOTER, slice(-EDGE, None))):
        counted: Counter[str] = Counter()
        shown: dict[str, str] = {}
        for text in texts:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            for key, line in {NUMBERS.sub("#", line): line for line in lines[edge]}.items():
                counted[key] += 1
                shown.setdefault(key, line)
        kept = [
            shown[key]
            for key, pages in counted.items()
            if pages >= FEWEST_PAGES and 2 * pages >= len(texts)
        ]  # fmt: skip
        if kept:
            yield Segment(where=where, text="\n".join(kept), name="repeated")


def _properties(document: pikepdf.Pdf) -> Iterator[Found]:
    """Yield the document's properties, its XMP packet and its XFA form."""
    for key, value in document.docinfo.items() if "/Info" in document.trailer else ():
        name = str(key).removeprefix("/")
        where = Where.LABEL if name.lower().startswith("msip_label_") else Where.PROPERTY
        if isinstance(value, pikepdf.String) and str(value):
            yield Segment(where=where, text=str(value), name=name[:200])
    metadata = document.Root.get("/Metadata")
    if isinstance(metadata, pikepdf.Stream):
        yield from _xml(metadata.read_bytes(), "xmp")
    form = document.Root.get("/AcroForm")
    packets = form.get("/XFA") if isinstance(form, pikepdf.Dictionary) else None
    if isinstance(packets, pikepdf.Stream):
        yield from _xml(packets.read_bytes(), "xfa")
    elif isinstance(packets, pikepdf.Array):
        streams = [packet.read_bytes() for packet in packets if isinstance(packet, pikepdf.Stream)]
        yield from _xml(b"".join(streams), "xfa")


def _xml(xml: bytes, name: str) -> Iterator[Found]:
    """Yield the words of an XML packet inside the PDF."""
    start = xml.find(b"<")
    try:
        if name == "xmp":
            yield from list(properties(xml[max(0, start) :].rstrip(b"\0 \r\n\t")))
        else:
            form = Markup(Where.FIELD, name)
            form.read(xml)
            yield from list(form.segments())
    except (expat.ExpatError, EntityDeclared, ValueError) as trouble:
        yield Gap(part=name, kind=GapKind.CORRUPT, detail=type(trouble).__name__)
