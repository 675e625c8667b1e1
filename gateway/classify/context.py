"""What stands before a value: its label, on the same line or the line above, or the header of its column."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

BEFORE: Final = 90
"""How far back a label is looked for. Characters."""
_LONGEST_HEADER: Final = 48
_LONGEST_ROW: Final = 8_000
_FILL: Final = (
    r"(?:[^A-Za-z0-9]{0,12}(?:numbers?|nos?|num|nr|id|is|was|are|of|as|on|at|in|file|ref|given|recorded|value|follows)"
    r"(?![A-Za-z0-9]))*[^A-Za-z0-9]{0,24}$"
)
_DELIMITERS: Final = "\t|;,"
_QUOTED: Final = re.compile(r'"[^"]*"')
_VALUES: Final = re.compile(r"[0-9]{3}|@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The words that name a kind of value, as an alternation for `re`, case ignored."""

    before: re.Pattern[str]
    cell: re.Pattern[str]

    @classmethod
    def of(cls, words: str) -> Label:
        """Compile a label."""
        return cls(
            before=re.compile(rf"(?i)(?<![A-Za-z])(?:{words})(?![A-Za-z]){_FILL}"),
            cell=re.compile(rf"(?i)(?<![A-Za-z])(?:{words})(?![A-Za-z])"),
        )

    def evidence(self, text: str, start: int) -> str:
        """Return `label`, `column`, or nothing, for the value that starts at `start`."""
        if self.before.search(text, max(0, start - BEFORE), start):
            return "label"
        header = column_header(text, start)
        return "column" if header and self.cell.search(header) else ""

    def is_near(self, text: str, start: int, end: int, reach: int) -> bool:
        """Say whether the words stand within `reach` characters of the span, on either side."""
        return bool(self.cell.search(text, max(0, start - reach), min(len(text), end + reach)))


def column_header(text: str, start: int) -> str:
    """Return the header of the column in which the character at `start` stands, or nothing."""
    starts, tables = _tables(text)
    number = bisect_right(starts, start) - 1
    if number < 0:
        return ""
    delimiter, header, end = tables[number]
    if start >= end:
        return ""
    begin = text.rfind("\n", max(0, start - _LONGEST_ROW), start) + 1
    if not begin:
        return ""  # the first line is no row of a table, and in a longer one columns are not counted
    column = _QUOTED.sub("", text[begin:start]).count(delimiter)
    if text.count('"', begin, start) % 2:  # within a quoted cell: what stands before its quote counts
        column = _QUOTED.sub("", text[begin : text.rfind('"', begin, start)]).count(delimiter)
    cells = _QUOTED.sub(lambda cell: cell.group().replace(delimiter, " "), header).split(delimiter)
    name = cells[column].strip(" \"'\t\r") if column < len(cells) else ""
    return name if len(name) <= _LONGEST_HEADER and begin > starts[number] else ""


@lru_cache(maxsize=1)
def _tables(text: str) -> tuple[list[int], list[tuple[str, str, int]]]:
    """Return where each table of `text` starts, and its delimiter, header line and end. Kept for the text at hand."""
    starts: list[int] = []
    tables: list[tuple[str, str, int]] = []
    current, begin, at, header = "", 0, 0, ""
    for line in text.split("\n"):
        delimiter = next((each for each in _DELIMITERS if each in line), "")
        if delimiter != current:
            if current and header:
                starts.append(begin)
                tables.append((current, header, at))
            current, begin = delimiter, at
            header = "" if _VALUES.search(line) else line
        at += len(line) + 1
    if current and header:
        starts.append(begin)
        tables.append((current, header, at))
    return starts, tables


def is_inside_longer(text: str, start: int, end: int) -> bool:
    """Say whether digits go on before or behind the span, across one separator: a piece of a longer number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(re.search(r"(?:[0-9][-. /]?|[A-Za-z_])\Z", before) or re.match(r"[-./]?[0-9]|[A-Za-z_]", after))


def digits_of(text: str) -> str:
    """Return only the digits of `text`."""
    return re.sub(r"[^0-9]", "", text)


def is_made_up(digits: str) -> bool:
    """Say whether the digits are one digit repeated."""
    return len(set(digits)) == 1


def is_sequence(digits: str) -> bool:
    """Say whether the digits count up or down all the way: 1234567890, 9876543210."""
    return digits in "01234567890123456789" or digits in "98765432109876543210"
