"""PDF (ISO 32000-2): the text of the pages by PDFium, and everything else in the file by qpdf, through pikepdf.

Two readers, because neither sees all. What neither shows as text is looked at (`pdf_pages`), read on a sheet of its own
(`pdf_sheets`), or a gap. What an earlier state of the file showed, and what stands around it, is read as well.

    file ─► pdf_locks      encrypted: opened with a password, the empty one first
         ─► pdf_objects    strings of all objects
         ─► pdf_streams    attached files, XMP, XFA, scripts, what hangs nowhere
         ─► pdf_pages      text, pictures
         ─► pdf_sheets     stamps, patterns, what a page conceals
         ─► pdf_revisions  earlier states
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pikepdf
import pypdfium2
from pikepdf import settings

from gateway.extract import Found, Inner, Limits, Locked, Scan, media
from gateway.extract.formats.pdf.contents import HEAVIEST, Scales
from gateway.extract.formats.pdf.edges import repeated
from gateway.extract.formats.pdf.locks import cipher_of, foreign_cipher, unlocked
from gateway.extract.formats.pdf.objects import survey
from gateway.extract.formats.pdf.pages import Pages
from gateway.extract.formats.pdf.revisions import revisions
from gateway.extract.formats.pdf.sheets import Sheets, read_drawings, unseen
from gateway.extract.formats.pdf.streams import around, bombs, files, leftovers, packets
from gateway.extract.formats.pdf.text import Known, PageText, opened_page
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.model.label_names import is_label

GROWS_BY = 100  # so many times its size may the pages of a file take to read
TROUBLE = (pikepdf.PdfError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, OSError)


class PdfExtractor:
    """Reads PDF files."""

    name = "pdf"
    media_types = frozenset({media.PDF})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return page text, what stands beside the pages, attached files, and what is to be looked at."""
        yield from around(data)
        before = settings.qpdf_limit_errors()
        try:
            document = pikepdf.open(io.BytesIO(data))
        except pikepdf.PasswordError:
            yield _locked(data, limits)
        except TROUBLE as trouble:
            is_large = settings.qpdf_limit_errors() > before
            if b"/Encrypt" in data and (cipher := foreign_cipher(data)):
                yield Gap(part="", kind=GapKind.ENCRYPTED, detail=cipher)
                return
            kind = GapKind.TOO_LARGE if is_large else GapKind.CORRUPT
            yield Gap(part="", kind=kind, detail=type(trouble).__name__)
            if not is_large:
                yield from _salvaged(data)
        else:
            with document:
                if document.is_encrypted:
                    yield _locked(data, limits)
                else:
                    yield from _File(data=data, limits=limits).read(document)


def _locked(data: bytes, limits: Limits) -> Found:
    """Return an encrypted file: to be opened, or a gap where no password opens it."""
    cipher = cipher_of(data)

    def unlock(password: str) -> Iterable[Found] | None:
        document = unlocked(data, password)
        return None if document is None else _inside(document, data, password, limits)

    return Locked(cipher=cipher, unlock=unlock)


def _inside(document: pikepdf.Pdf, data: bytes, password: str, limits: Limits) -> Iterator[Found]:
    """Read a file that a password opened."""
    with document:
        yield from _File(data=data, limits=limits, password=password).read(document)


def _salvaged(data: bytes) -> Iterator[Found]:
    """Yield the text of the pages where only PDFium can make something of a file."""
    try:
        pages = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return
    reader, texts = PageText(), []
    try:
        for number in range(len(pages)):
            with opened_page(pages, number) as page:
                texts.append(reader.of(page))
    except pypdfium2.PdfiumError:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="PdfiumError")
    finally:
        pages.close()
    if any(text.strip() for text in texts):
        yield Segment(where=Where.BODY, text="\n\f".join(texts))
        yield from repeated(texts)


@dataclass(slots=True, kw_only=True)
class _File:
    """One file, with the states it had before."""

    data: bytes
    limits: Limits
    password: str = ""
    known: Known = field(default_factory=Known)
    parts: set[bytes] = field(default_factory=set)

    def read(self, document: pikepdf.Pdf) -> Iterator[Found]:
        """Yield what is in the file as it is now, and then what was in it."""
        ends, are_more = revisions(self.data)
        if not ends:
            yield from self._state(document, self.data)
            return
        for found in self._state(document, self.data):
            self._is_new(found)
            yield found
        if are_more:
            yield Gap(part="", kind=GapKind.TOO_MANY, detail="revisions")
        for number, end in enumerate(ends, 1):
            yield from self._earlier(self.data[:end], number)

    def _earlier(self, data: bytes, number: int) -> Iterator[Found]:
        """Yield what an earlier state of the file had and no later one has."""
        try:
            document = unlocked(data, self.password)
        except TROUBLE:
            document = None
        if document is None:
            yield Gap(part="", kind=GapKind.CORRUPT, detail=f"revision {number}")
            return
        with document:
            for found in self._state(document, data):
                if isinstance(found, Scan):
                    found = replace(found, name=f"{found.name}, revision {number}")  # noqa: PLW2901 - the same, renamed
                if isinstance(found, Segment):
                    yield from self._former(found)
                elif self._is_new(found):
                    yield found

    def _former(self, found: Segment) -> Iterator[Segment]:
        """Yield the lines of a segment that no later state has. A label stays one."""
        lines = "\n".join(self.known.new(found.text))
        if lines:
            where = {Where.BODY: Where.TRACKED, Where.LABEL: Where.LABEL}.get(found.where, Where.HIDDEN)
            yield Segment(where=where, text=lines, name=found.name if where is Where.LABEL else "earlier revision")

    def _is_new(self, found: Found) -> bool:
        """Remember what was found, and say whether it is new."""
        if isinstance(found, Segment):
            self.known.add(found.text)
            return True
        name = hashlib.sha256(found.data).digest() if isinstance(found, Inner) else repr(found).encode()
        is_new = name not in self.parts
        self.parts.add(name)
        return is_new

    def _state(self, document: pikepdf.Pdf, data: bytes) -> Iterator[Found]:
        """Yield everything in one state of the file."""
        before = settings.qpdf_limit_errors()
        inventory = survey(document)
        if settings.qpdf_limit_errors() > before or bombs(document, inventory):
            yield Gap(part="", kind=GapKind.TOO_LARGE, detail="stream")
            return
        yield from _info(document)
        yield from inventory.segments()
        yield from files(document, inventory, self.limits)
        yield from packets(document, inventory)
        sheets = Sheets(document)
        source = _open_copy(document) if document.is_encrypted else data
        scales = Scales(most=max(HEAVIEST, GROWS_BY * len(data)))
        pages = Pages(document=document, source=source, inventory=inventory, sheets=sheets, scales=scales)
        try:
            yield from pages.read()
        except pypdfium2.PdfiumError:
            pages.source = _open_copy(document)
            yield from _again(pages)
        pictured, gaps = read_drawings(document, inventory, sheets, pages.scales)
        yield from gaps
        if sheets.count:
            yield from self._sheets(sheets, pages, inventory.segments())
        yield from leftovers(document, inventory, pages.contents)
        yield from pages.pictures()
        yield from pages.drawings(pictured)

    def _sheets(self, sheets: Sheets, pages: Pages, words: Iterable[Segment]) -> Iterator[Found]:
        """Yield what stands on the sheets and nowhere else in this state."""
        seen = Known()
        for text in (*pages.texts, *(segment.text for segment in words)):
            seen.add(text)
        try:
            yield from list(unseen(sheets, seen))
        except pypdfium2.PdfiumError:
            yield Gap(part="", kind=GapKind.CORRUPT, detail="drawings")


def _again(pages: Pages) -> Iterator[Found]:
    """Read the pages of a file as qpdf repaired it, where PDFium makes nothing of it."""
    try:
        yield from pages.read()
    except pypdfium2.PdfiumError:
        yield Gap(part="", kind=GapKind.CORRUPT, detail="PdfiumError")


def _open_copy(document: pikepdf.Pdf) -> bytes:
    """Return a file that was encrypted or damaged as a plain and whole one."""
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)  # fields that no form lists are none of our business
        document.save(target, encryption=False)
    return target.getvalue()


def _info(document: pikepdf.Pdf) -> Iterator[Found]:
    """Yield the document's properties (14.3.3)."""
    for key, value in document.docinfo.items() if "/Info" in document.trailer else ():
        name = str(key).removeprefix("/")
        if isinstance(value, pikepdf.String) and str(value):
            yield Segment(where=Where.LABEL if is_label(name) else Where.PROPERTY, text=str(value), name=name[:200])
