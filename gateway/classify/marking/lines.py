"""Lines of text: what each says without its decoration, white space and empty columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

WIDEST_LINE: Final = 240
"""A longer line is prose: its beginning and end may look like a marking. Characters, without blanks and empty cells."""
_CENTRED: Final = 15
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
_DECORATION: Final = " \t*_=~-#<>/!%;"
_NEAR: Final = 4_000


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
    begun = text.lstrip(_DECORATION)
    is_shouted = begun.endswith("!") and "!" not in text[: len(text) - len(begun)]  # a headline: TOP SECRET!
    bare = begun if is_shouted else begun.rstrip(_DECORATION)
    bare = _PAGE_NUMBER.sub("", bare.strip("`\"'“”")).lstrip(_DECORATION)
    bare = bare if is_shouted else bare.rstrip(_DECORATION)
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
        self._breaks: list[int] | None = None

    def at(self, start: int, end: int) -> Line:
        """Return the line around a span."""
        first, last = self._begin(start), self._end(end)
        text = self._text[first:last]
        if len(text) > WIDEST_LINE:
            margin = " " * _CENTRED if text.startswith(" " * _CENTRED) else ""
            text = margin + squeezed(text).strip(_AROUND_CELLS)
            bare = without_rules(text)
            text = bare if len(bare) <= WIDEST_LINE else text
        return Line(start=first, end=last, text=text)

    def is_example(self, at: int) -> bool:
        """Say whether the line around a place begins as one does in which one writes about a word."""
        begin = self._begin(at)
        return Line(start=begin, end=at, text=self._text[begin : begin + WIDEST_LINE]).is_example

    def _begin(self, at: int) -> int:
        """Return where the line begins; where that is far off, all breaks are looked up once."""
        begin = begin_of_line(self._text, at, max(0, at - _NEAR))
        if begin or at <= _NEAR:
            return begin
        breaks = self._all()
        before = bisect_left(breaks, at)
        return breaks[before - 1] + 1 if before else 0

    def _end(self, at: int) -> int:
        found = _BREAK.search(self._text, at, at + _NEAR)
        if found or at + _NEAR >= len(self._text):
            return found.start() if found else len(self._text)
        breaks = self._all()
        after = bisect_left(breaks, at)
        return breaks[after] if after < len(breaks) else len(self._text)

    def _all(self) -> list[int]:
        if self._breaks is None:
            self._breaks = [found.start() for found in _BREAK.finditer(self._text)]
        return self._breaks


def line_before(text: str, line: Line) -> str:
    """Return the line above, stripped; empty when there is none, or it is too long to be a label."""
    end = max(0, line.start - 1)
    reach = max(0, end - _NEAR)
    begin = text.rfind("\n", reach, end) + 1
    above = text[begin:end].strip() if begin or not reach else ""
    return above if len(above) <= WIDEST_LINE else ""


def line_after(text: str, line: Line) -> str:
    """Return the line below, stripped; empty when there is none, or it is too long for a marking."""
    end = text.find("\n", line.end + 1, line.end + WIDEST_LINE)
    below = text[line.end + 1 : end if end >= 0 else len(text)]
    return below.strip() if len(below) <= WIDEST_LINE else ""


def begin_of_line(text: str, at: int, reach: int = 0) -> int:
    """Return where the line begins in which the character at `at` stands, 0 where that is before `reach`."""
    return max(text.rfind(char, reach, at) for char in "\n\r\f\v") + 1
