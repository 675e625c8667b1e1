"""Cells of the tables of a page: each row on one line, each value under the header of its column.

Blanks and line ends at the edges of a cell, and between two, show nothing (CSS 2.2, 17.5), and a cell with `colspan`
keeps the place of all its columns (HTML Living Standard, 4.9.11). `rowspan` is not counted. A page comes with a mark
for each tag of a table: of characters where a parser wrote it, of bytes where none did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import AnyStr, Final, Generic

from gateway.extract.formats.columns import WIDEST

_COLSPAN: Final = re.compile(r"\bcolspan\s*=\s*(?:[\"']\s*)?([0-9]{1,4})", re.IGNORECASE)


def widths(heads: Iterable[str]) -> dict[str, int]:
    """Return by what stands in the tags how many columns their cells take; only those that take more than one."""
    found = ((head, _COLSPAN.search(head)) for head in heads)
    return {head: min(int(said[1]), WIDEST) for head, said in found if said and int(said[1]) > 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks(Generic[AnyStr]):
    """What stands for the tags of cells: where one begins, where it ends, and each further column that it takes.

    `rows` are the marks of rows, the last of which ends one. `blanks` are all characters that show nothing at the edge
    of a cell. `ends` finds the empty cells at the end of a row.
    """

    begin: AnyStr
    end: AnyStr
    more: AnyStr
    rows: AnyStr
    blanks: AnyStr
    ends: re.Pattern[AnyStr]

    def widen(self, marks: list[AnyStr], heads: Iterable[AnyStr], wide: Mapping[AnyStr, int]) -> None:
        """Put behind the end of each wide cell its further columns. Tables may lie in cells."""
        columns: list[int] = []
        for at, head in enumerate(heads):
            if marks[at] == self.begin:
                columns.append(wide.get(head, 1))
            elif marks[at] == self.end and columns:
                marks[at] = self.end + self.more * (columns.pop() - 1)

    def on_rows(self, text: AnyStr) -> AnyStr:
        """Return a text without the blanks at the edges of cells and between two, and with one mark between rows."""
        parts, edges = text.split(self.end), self.rows + self.blanks
        for at, part in enumerate(parts):
            pieces = part.split(self.begin)
            if at and len(pieces) > 1 and not pieces[0].strip(self.more + edges):
                bare = pieces[0].strip(self.blanks)
                pieces[0] = self.rows[-1:] if bare.strip(self.more) else bare
            for n in range(1, len(pieces)):
                if pieces[n - 1][-1:] in edges + self.more:  # no text, but where a cell stands outside a table
                    pieces[n] = pieces[n].lstrip(self.blanks)
            parts[at] = self.begin.join(pieces)
        parts[:-1] = [part.rstrip(self.blanks) for part in parts[:-1]]
        return self.end.join(parts)

    def without_empty_ends(self, text: AnyStr) -> AnyStr:
        """Return a text without the marks at the end of a row, behind the last cell that is not empty."""
        return self.ends.sub(self.end[:0], text)


def ends(begin: str, end: str, more: str, rows: str, blanks: str) -> str:
    """Return the pattern for the empty cells at the end of a row."""
    return f"{end}[{more}]*+(?:{begin}{end}[{more}]*+)*+(?=[{rows}]|[{blanks}]++[{rows}])"
