"""Where a line stands in a document, and what it says without its decoration, white space and empty columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDEST_LINE: Final = 240
"""A longer line is prose: its beginning and end may look like a marking. Characters, without blanks and empty cells."""
EDGE: Final = 3
"""How many lines at the beginning and the end of a document count as its edge."""
_PAGE_EDGE: Final = 2
_CENTRED: Final = 15
_FAR_END: Final = 6_000
_LINE: Final = re.compile(r"(?<![^\n\r\f\v])(?:[^\S\n\r\f\v]|[,;|\"])*+[^\s,;|\"][^\n\r\f\v]*+")
"""A line that says something: one of blanks and empty cells is as good as none."""
_EMPTY_CELLS: Final = re.compile(r"[,;|](?:[^\S\n\r\f\v]|\")*+[,;|](?:(?:[^\S\n\r\f\v]|\")*+[,;|])*+")
_BLANKS: Final = re.compile(r"[^\S\n\r\f\v]{4,}+")
_CELL_GAP: Final = "   "
_AROUND_CELLS: Final = " \t\x1c\x1d\x1e\x1f,;|"
_BREAK: Final = re.compile(r"[\n\r\f\v]")
_PAGE_NUMBER: Final = re.compile(
    r"(?i)^(?:page|p\.?)[ \t]*\d{1,4}(?:[ \t]*(?:of|/)[ \t]*\d{1,4})?[ \t]*[-|:]?[ \t]*"
    r"|[ \t]*[-|:]?[ \t]*(?:page|p\.)[ \t]*\d{1,4}(?:[ \t]*(?:of|/)[ \t]*\d{1,4})?$"
    r"|[ \t]+[-|]?[ \t]*\d{1,4}(?:[ \t]*(?:of|/)[ \t]*\d{1,4})?$"
)
_COLUMNS: Final = re.compile(r"\t+| {3,}|[ \t]*\|[ \t]*")
_SPACED: Final = re.compile(r"(?<![A-Za-z])(?:[A-Z] ){2,40}[A-Z](?![A-Za-z])")
_AS_EXAMPLE: Final = re.compile(
    r"""^(?:#{1,6}\s|>|\||\d{1,2}(?:\.\d{1,2}){1,3}\.?\s|\d{1,2}[.)]\s|[a-zA-Z][.)]\s)|[`"“”«»]"""
)
_BULLET: Final = re.compile(r"^(?:[-*+•·▪◦o]|- ?\[ ?\])[ \t]+(?![^\n]*[-*]$)")
_DECORATION: Final = " \t*_=~-#<>"
_REPLY: Final = re.compile(r"(?im)^[ \t]*-{2,}[ \t]*(?:original message|forwarded message|forwarded by)|^-- ?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its place in the text and what it says."""

    start: int
    end: int
    text: str

    @property
    def is_example(self) -> bool:
        """True for a heading, bullet, table row, quotation or code: how one writes *about* a word."""
        bare = self.text.strip()
        if bare.startswith("|") and "|" not in bare.strip(_AROUND_CELLS):
            bare = bare.strip(_AROUND_CELLS)  # one cell and empty ones: no row of a table
        return bool(_AS_EXAMPLE.search(bare)) or bool(_BULLET.match(bare))

    @property
    def is_centred(self) -> bool:
        """True when it begins far from the margin."""
        return self.text.startswith(" " * _CENTRED)

    @property
    def is_long(self) -> bool:
        """True when it says more than a line with a marking can."""
        return len(self.text) > WIDEST_LINE

    def cells(self, separators: str = "") -> list[str]:
        """Return its columns (tab, bar, three spaces, and `separators`), undecorated and without page numbers."""
        text = squeezed(self.text).strip(_AROUND_CELLS)
        parts = _COLUMNS.split(_close_up(text))
        if separators:
            parts = [cell.strip(" \"'") for part in parts for cell in re.split(f"[{separators}]", part)]
        return [cell for part in parts if (cell := undecorated(part))]


def _close_up(text: str) -> str:
    """Return `text` with its letter-spaced words closed up: `R E S T R I C T E D`."""
    if not _SPACED.search(text):
        return text
    return re.sub(r"[ ]{2,}", " ", _SPACED.sub(lambda found: found.group().replace(" ", ""), text))


def undecorated(text: str) -> str:
    """Return `text` without the stars, lines and page numbers around it."""
    bare = _PAGE_NUMBER.sub("", text.strip(_DECORATION).strip("`\"'“”")).strip(_DECORATION)
    return bare.strip("`\"'“”")


def squeezed(text: str) -> str:
    """Return a line with every stretch of blanks and empty cells cut to the gap between two columns."""
    return _BLANKS.sub(_CELL_GAP, _EMPTY_CELLS.sub(_CELL_GAP, text))


def without_rules(text: str) -> str:
    """Return `text` without the blanks and ruled lines of dashes and the like around it."""
    return text.strip(_DECORATION)


class Lines:
    """The lines of a text. A line that is wide only because of what is empty in it is given without that."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [found.start() for found in _BREAK.finditer(text)]

    def at(self, start: int, end: int) -> Line:
        """Return the line around a span."""
        before, after = bisect_left(self._breaks, start), bisect_left(self._breaks, end)
        first = self._breaks[before - 1] + 1 if before else 0
        last = self._breaks[after] if after < len(self._breaks) else len(self._text)
        text = self._text[first:last]
        if len(text) > WIDEST_LINE:
            margin = " " * _CENTRED if text.startswith(" " * _CENTRED) else ""
            text = margin + squeezed(text).strip(_AROUND_CELLS)
            bare = without_rules(text)
            text = bare if len(bare) <= WIDEST_LINE else text
        return Line(start=first, end=last, text=text)


def line_before(text: str, line: Line) -> str:
    """Return the line above, stripped; empty when there is none, or it is too long to be a label."""
    end = max(0, line.start - 1)
    above = text[text.rfind("\n", 0, end) + 1 : end].strip()
    return above if len(above) <= WIDEST_LINE else ""


class Layout:
    """The edges of a document made of `texts`: its first and last lines, and those of its pages."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._first = set(islice(self._forward(), EDGE))
        self._last = set(self._backward())
        self._on_pages: Counter[str] | None = None
        self._page_count = 0

    def is_first(self, number: int, line: Line) -> bool:
        """Say whether the line is among the first of the document."""
        return (number, line.start) in self._first

    def is_last(self, number: int, line: Line) -> bool:
        """Say whether the line is among the last of the document, quoted mail and signature left aside."""
        return (number, line.start) in self._last

    def is_repeated(self, line: Line) -> bool:
        """Say whether the line stands at the edge of two pages or more, and of half of them or more."""
        if self._on_pages is None:
            edges = [_page_edge(page) for text in self._texts for page in text.split("\f") if page.strip()]
            self._on_pages = Counter(cell for edge in edges for cell in edge)
            self._page_count = len(edges)
        on = max((self._on_pages[cell] for cell in line.cells()), default=0)
        return on > 1 and on * 2 >= self._page_count

    def _forward(self) -> Iterator[tuple[int, int]]:
        for number, text in enumerate(self._texts):
            for found in _LINE.finditer(text):
                if not found.group().lstrip().startswith(">"):  # a quoted reply is not the author's
                    yield number, found.start()

    def _backward(self) -> Iterator[tuple[int, int]]:
        wanted = EDGE
        for number in range(len(self._texts) - 1, -1, -1):
            text = self._texts[number]
            reply = _REPLY.search(text)
            end = _end_of_words(text, reply.start() if reply else len(text))
            begin = _begin_of_line(text, max(0, end - _FAR_END))
            found = [line for line in _LINE.finditer(text, begin, end) if not line.group().lstrip().startswith(">")]
            yield from ((number, line.start()) for line in found[-wanted:])
            wanted -= len(found[-wanted:])
            if wanted <= 0:
                return


def _end_of_words(text: str, end: int) -> int:
    """Return where `text[:end]` ends when the blanks and empty cells behind its last word do not count."""
    return len(text[:end].rstrip(' \t\n\r\f\v,;|"'))


def _begin_of_line(text: str, at: int) -> int:
    """Return where the line begins in which the character at `at` stands."""
    return max(text.rfind(char, 0, at) for char in "\n\r\f\v") + 1


def _page_edge(page: str) -> set[str]:
    """Return the cells of the first and last lines of a page."""
    head = [found.group() for found in islice(_LINE.finditer(page), _PAGE_EDGE)]
    end = _end_of_words(page, len(page))
    begin = _begin_of_line(page, max(0, end - _FAR_END // 4))
    foot = [found.group() for found in _LINE.finditer(page, begin, end)][-_PAGE_EDGE:]
    return {cell for line in (*head, *foot) for cell in Line(start=0, end=len(line), text=line).cells()}
