"""The text of a page as PDFium reads it, and lines that were seen before.

Letters with a shadow are painted twice, a little apart, and read twice: `PPeeaakk`. Such a line is said once more,
without its shadow.

PDFium is called directly: what its Python library does around each call takes a tenth of the time of a page.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import pypdfium2
import pypdfium2.raw as fpdf

Handle: TypeAlias = Any
"""What PDFium gives out and takes back; its Python library has no type for it."""

DOUBLED: Final = re.compile(r"(?:(\w)\1){3}")
SHADOW: Final = 0.15  # of the size of a letter: closer than two letters stand to one another
BEFORE: Final = 6  # letters back
LINE_END: Final = "\r\n"


@contextmanager
def opened_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[Handle]:
    """Lend one page of a document, by its number from 0."""
    page = fpdf.FPDF_LoadPage(document.raw, number)
    if not page:
        raise pypdfium2.PdfiumError("no page")
    try:
        yield page
    finally:
        fpdf.FPDF_ClosePage(page)


class PageText:
    """Reads the text of pages, into memory that is used again."""

    def __init__(self) -> None:
        self._room, self._letters = 0, ctypes.create_string_buffer(0)

    def of(self, page: Handle) -> str:
        """Return a page's text, also what is off the page, with the line ends of this house."""
        words = fpdf.FPDFText_LoadPage(page)
        if not words:
            raise pypdfium2.PdfiumError("no text page")
        try:
            count = fpdf.FPDFText_CountChars(words)
            if count <= 0:
                return ""
            if self._room < 4 * count + 4:  # a character beyond the first plane takes four bytes
                self._room = 8 * count + 4
                self._letters = ctypes.create_string_buffer(self._room)
            place = ctypes.cast(self._letters, ctypes.POINTER(ctypes.c_ushort))
            size = fpdf.FPDFText_GetText(words, 0, count, place)
            text = ctypes.string_at(self._letters, 2 * max(0, size - 1)).decode("utf-16-le", "replace")
            if DOUBLED.search(text):
                text = _with_shadows_apart(text, words, count)
        finally:
            fpdf.FPDFText_ClosePage(words)
        return text.replace("\r\n", "\n").replace("\x02", "-").replace("\ufffe", "-")  # a hyphen at a line's end


def _with_shadows_apart(text: str, words: Handle, count: int) -> str:
    """Return a text with each line that was painted twice followed by what it says."""
    for line in _lines(words, count):
        shown = _joined(letter for letter, is_shadow in line if not is_shadow)
        twice = _joined(letter for letter, _ in line)
        if shown != twice and DOUBLED.search(twice):
            text = text.replace(twice, twice + LINE_END + shown, 1) if twice in text else text + LINE_END + shown
    return text


def _joined(units: Iterable[str]) -> str:
    """Return the text of UTF-16 code units."""
    return "".join(units).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _lines(words: Handle, count: int) -> Iterator[list[tuple[str, bool]]]:
    """Yield each line, UTF-16 unit by unit, and whether a letter is the shadow of one shortly before it."""
    line: list[tuple[str, bool]] = []
    places: list[tuple[int, float, float]] = []
    x, y, box = ctypes.c_double(), ctypes.c_double(), fpdf.FS_RECTF()
    for number in range(count):
        code = fpdf.FPDFText_GetUnicode(words, number) & 0xFFFF
        letter = chr(code)
        if letter in LINE_END:
            yield line
            line, places = [], []
            continue
        fpdf.FPDFText_GetCharOrigin(words, number, x, y)
        fpdf.FPDFText_GetLooseCharBox(words, number, box)
        near = SHADOW * abs(box.top - box.bottom)
        here = (code, x.value, y.value)
        line.append((letter, any(_is_near(here, other, near) for other in places[-BEFORE:])))
        places.append(here)
    yield line


def _is_near(here: tuple[int, float, float], other: tuple[int, float, float], near: float) -> bool:
    return here[0] == other[0] and abs(here[1] - other[1]) < near and abs(here[2] - other[2]) < near


class Known:
    """Lines that were seen, without their blanks."""

    def __init__(self) -> None:
        self._lines: set[str] = set()

    def add(self, text: str) -> None:
        """Remember the lines of a text."""
        self._lines.update("".join(line.split()) for line in text.splitlines())

    def new(self, text: str) -> Iterator[str]:
        """Yield the lines of a text that were not seen before, and remember them."""
        for line in text.splitlines():
            bare = "".join(line.split())
            if bare and bare not in self._lines:
                self._lines.add(bare)
                yield line
