"""What stands before a value: its label, on the same line or the line above, or the header of its column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

BEFORE: Final = 90
"""How far back a label is looked for. Characters."""
_LONGEST_HEADER: Final = 48
_LONGEST_ROW: Final = 8_000
_FILL: Final = (
    r"(?:[^a-z0-9]{0,40}(?:numbers?|nos?|num|nr|id|is|was|are|of|as|on|at|in|file|ref|given|recorded|value|follows)"
    r"(?![a-z0-9]))*[^a-z0-9]{0,24}$"
)
_DELIMITERS: Final = "\t|;,"
_QUOTED: Final = re.compile(r'"[^"]*"')
_VALUES: Final = re.compile(r"[0-9]{3}|@")
_LAST_WORD: Final = re.compile(r"[^A-Za-z0-9]{0,60}([A-Za-z0-9]*)")
_BEGUN: Final = re.compile(r"(?:[0-9][-. /]?|[A-Za-z_])\Z")
_GOES_ON: Final = re.compile(r"[-./]?[0-9]|[A-Za-z_]")
_NO_DIGITS: Final = re.compile(r"[^0-9]+")
_BLANK_LINES: Final = 4
_TITLES: Final = 4
_HEADERS_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The words that name a kind of value, as an alternation for `re`, in small letters; case is ignored.

    Looked for at every candidate, so it must be cheap: the text around a value is lower-cased, and an expression that
    begins with a letter lets `re` pass over what cannot begin a label.
    """

    before: re.Pattern[str]
    cell: re.Pattern[str]
    headers: dict[str, bool]
    """What was found in headers of columns, for there are few and they are asked for row by row."""

    @classmethod
    def of(cls, words: str) -> Label:
        """Compile a label; `ValueError` for words in capitals, which could never be found."""
        if re.sub(r"\\.", "", words) != re.sub(r"\\.", "", words).lower():
            raise ValueError("write the words of a label in small letters")
        return cls(
            before=re.compile(rf"(?:{words})(?![a-z]){_FILL}"), cell=re.compile(rf"(?:{words})(?![a-z])"), headers={}
        )

    def evidence(self, text: str, start: int) -> str:
        """Return `label`, `column`, or nothing, for the value that starts at `start`."""
        window = text[max(0, start - BEFORE) : start]
        last = _LAST_WORD.match(window[::-1])
        if last and last[1] and not last[1].isdigit() and _stands_alone(self.before, window):
            return "label"
        header = column_header(text, start)
        return "column" if header and self.names(header) else ""

    def names(self, header: str) -> bool:
        """Say whether the words stand in a short text: the header of a column, the name of a field."""
        known = self.headers.get(header)
        if known is None:
            if len(self.headers) >= _HEADERS_KEPT:
                self.headers.clear()
            known = self.headers[header] = _stands_alone(self.cell, header)
        return known

    def is_near(self, text: str, start: int, end: int, reach: int) -> bool:
        """Say whether the words stand within `reach` characters of the span, on either side."""
        return _stands_alone(self.cell, text[max(0, start - reach) : end + reach])


def _stands_alone(expression: re.Pattern[str], text: str) -> bool:
    """Say whether the expression is found with no letter before it, or as a word of a name (`patientNhsNumber`)."""
    for found in expression.finditer(text.lower()):
        start = found.start()
        if not start or not text[start - 1].isalpha() or ("a" <= text[start - 1] <= "z" and text[start].isupper()):
            return True
    return False


def column_header(text: str, start: int) -> str:
    """Return the header of the column in which the character at `start` stands, or nothing."""
    begin = text.rfind("\n", max(0, start - _LONGEST_ROW), start) + 1
    if not begin:
        return ""  # the first line is no row of a table, and in a longer one columns are not counted
    table = _tables(text).at(begin)
    if not table.names or begin <= table.begin:
        return ""
    before = text[begin:start]
    if '"' in before:
        if before.count('"') % 2:  # within a quoted cell: what stands before its quote counts
            before = before[: before.rfind('"')]
        before = _QUOTED.sub("", before)
    column = before.count(table.delimiter)
    return table.names[column] if column < len(table.names) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Lines with one delimiter. `begin` is where the first begins, `names` what that says, if it holds no values."""

    delimiter: str
    begin: int
    names: tuple[str, ...]


_NO_TABLE: Final = _Table(delimiter="", begin=0, names=())


class _Tables:
    """The tables of one text, each looked at when it is asked for: a long text with one number costs a few lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._of: dict[int, _Table] = {}
        """By where a line begins."""

    def at(self, begin: int) -> _Table:
        """Return the table to which the line that begins at `begin` belongs."""
        if begin in self._of:
            return self._of[begin]
        passed: list[int] = []
        at, delimiter = begin, self._delimiter(begin)
        if not delimiter:
            self._of[begin] = _NO_TABLE
            return _NO_TABLE
        while at not in self._of:
            passed.append(at)
            above = self._above(at)
            if not at or self._delimiter(above) != delimiter:
                head = self._head(at, delimiter)
                self._of[at] = _Table(delimiter=delimiter, begin=head, names=self._names(head, delimiter))
                break
            at = above
        table = self._of[at]
        self._of.update(dict.fromkeys(passed, table))
        return table

    def _above(self, begin: int) -> int:
        """Return where the line above begins, blank ones left out: tables of web pages have them between rows."""
        for _ in range(_BLANK_LINES):
            begin = self._text.rfind("\n", 0, begin - 1) + 1 if begin > 1 else 0
            if not begin or self._line(begin).strip():
                break
        return begin

    def _head(self, begin: int, delimiter: str) -> int:
        """Return where the line with the names begins: titles, of one cell among empty ones, may stand above it."""
        at = begin
        for _ in range(_TITLES):
            line = self._line(at)
            if len(list(filter(str.strip, line.split(delimiter)))) > 1:
                return at
            at += len(line) + 1
        return begin

    def _line(self, begin: int) -> str:
        end = self._text.find("\n", begin)
        return self._text[begin : end if end >= 0 else None]

    def _delimiter(self, begin: int) -> str:
        line = self._line(begin)
        return next((each for each in _DELIMITERS if each in line), "")

    def _names(self, begin: int, delimiter: str) -> tuple[str, ...]:
        line = self._line(begin)
        if _VALUES.search(line):
            return ()
        cells = _QUOTED.sub(lambda cell: cell.group().replace(delimiter, " "), line).split(delimiter)
        names = (cell.strip(" \"'\t\r") for cell in cells)
        return tuple(name if len(name) <= _LONGEST_HEADER else "" for name in names)


@lru_cache(maxsize=1)
def _tables(text: str) -> _Tables:
    """Return the tables of the text at hand."""
    return _Tables(text)


def is_inside_longer(text: str, start: int, end: int) -> bool:
    """Say whether digits go on before or behind the span, across one separator: a piece of a longer number."""
    return bool(_GOES_ON.match(text, end, end + 2) or (start and _BEGUN.search(text, max(0, start - 2), start)))


def digits_of(text: str) -> str:
    """Return only the digits of `text`."""
    return _NO_DIGITS.sub("", text)


def is_made_up(digits: str) -> bool:
    """Say whether the digits are one digit repeated."""
    return len(set(digits)) == 1


def is_sequence(digits: str) -> bool:
    """Say whether the digits count up or down all the way: 1234567890, 9876543210."""
    return digits in "01234567890123456789" or digits in "98765432109876543210"
