"""Where a line stands in a document: its first and last lines, and the edges of its pages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from gateway.classify.marking.lines import Line, begin_of_line
from gateway.classify.marking.quotes import Quotes, is_header, is_quoted, may_begin_quotation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EDGE: Final = 3
"""How many lines at the beginning and the end of a document count as its edge."""
_PAGE_EDGE: Final = 2
_FAR_END: Final = 6_000
_SIGNATURE: Final = re.compile(r"(?m)-- ?\r?$")
_LINE: Final = re.compile(r"(?<![^\n\r\f\v])(?:[^\S\n\r\f\v]|[,;|\"])*+[^\s,;|\"][^\n\r\f\v]*+")
"""A line that says something: one of blanks and empty cells is as good as none."""


class Edges(Protocol):
    """Says whether a line stands at an edge."""

    def is_first(self, line: Line) -> bool:
        """Say whether the line is among the first."""

    def is_last(self, line: Line) -> bool:
        """Say whether the line is among the last."""

    def is_repeated(self, line: Line) -> bool:
        """Say whether the line stands at the edge of most pages."""


class Layout:
    """The edges of a document made of `texts`: its first and last lines, and those of its pages. Found when asked."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._first: set[tuple[int, int]] | None = None
        self._last: set[tuple[int, int]] | None = None
        self._on_pages: Counter[str] | None = None
        self._page_count = 0

    def of(self, number: int) -> Edges:
        """Return the edges as the lines of text number `number` see them."""
        return _EdgesOf(layout=self, number=number)

    def is_first(self, number: int, line: Line) -> bool:
        """Say whether the line is among the first of the document."""
        if self._first is None:
            self._first = set(islice(self._forward(), EDGE))
        return (number, line.start) in self._first

    def is_last(self, number: int, line: Line) -> bool:
        """Say whether the line is among the last of the document, quoted mail and signature left aside."""
        if self._last is None:
            if _goes_on(self._texts[number], line.end):
                return False
            self._last = set(self._backward())
        return (number, line.start) in self._last

    def is_repeated(self, line: Line) -> bool:
        """Say whether the line stands at the edge of two pages or more, and of half of them or more."""
        if not any("\f" in text for text in self._texts) and len(self._texts) == 1:
            return False  # there is one page
        if self._on_pages is None:
            edges = [_page_edge(page) for text in self._texts for page in text.split("\f") if page.strip()]
            self._on_pages = Counter(cell for edge in edges for cell in edge)
            self._page_count = len(edges)
        on = max((self._on_pages[cell] for cell in line.cells()), default=0)
        return on > 1 and on * 2 >= self._page_count

    def _forward(self) -> Iterator[tuple[int, int]]:
        begun = False
        for number, text in enumerate(self._texts):
            for found in _LINE.finditer(text):
                line = found.group()
                if is_quoted(line) or (not begun and is_header(line)):
                    continue  # a quoted reply is not the author's; a printed mail begins below its header
                begun = True
                yield number, found.start()

    def _backward(self) -> Iterator[tuple[int, int]]:
        wanted = EDGE
        for number in range(len(self._texts) - 1, -1, -1):
            text = self._texts[number]
            end = Quotes(text).start
            end = _end_of_words(text, _signature(text, end))
            begin = begin_of_line(text, max(0, end - _FAR_END))
            found = [line for line in _LINE.finditer(text, begin, end) if not is_quoted(line.group())]
            yield from ((number, line.start()) for line in found[-wanted:])
            wanted -= len(found[-wanted:])
            if wanted <= 0:
                return


@dataclass(frozen=True, slots=True, kw_only=True)
class _EdgesOf:
    """The edges of a layout for one of its texts."""

    layout: Layout
    number: int

    def is_first(self, line: Line) -> bool:
        return self.layout.is_first(self.number, line)

    def is_last(self, line: Line) -> bool:
        return self.layout.is_last(self.number, line)

    def is_repeated(self, line: Line) -> bool:
        return self.layout.is_repeated(line)


def _goes_on(text: str, at: int) -> bool:
    """Say at a glance whether lines of the author follow, more than an edge has: most lines are far from the end."""
    said, reach = 0, min(len(text), at + _FAR_END)
    for found in _LINE.finditer(text, at, reach):
        if found.end() == reach or _SIGNATURE.match(text, found.start()):
            return False
        said += not is_quoted(found.group())
        if said >= EDGE:
            return not may_begin_quotation(text, at, found.end())
    return False


def _signature(text: str, end: int) -> int:
    """Return where the first signature of `text[:end]` begins, `end` when there is none."""
    begin = 0
    while not _SIGNATURE.match(text, begin, end):
        begin = text.find("\n--", begin, end) + 1
        if not begin:
            return end
    return begin


def _end_of_words(text: str, end: int) -> int:
    """Return where `text[:end]` ends when the blanks and empty cells behind its last word do not count."""
    return len(text[:end].rstrip(' \t\n\r\f\v,;|"'))


def _page_edge(page: str) -> set[str]:
    """Return the cells of the first and last lines of a page."""
    head = [found.group() for found in islice(_LINE.finditer(page), _PAGE_EDGE)]
    end = _end_of_words(page, len(page))
    begin = begin_of_line(page, max(0, end - _FAR_END // 4))
    foot = [found.group() for found in _LINE.finditer(page, begin, end)][-_PAGE_EDGE:]
    return {cell for line in (*head, *foot) for cell in Line(start=0, end=len(line), text=line).cells()}
