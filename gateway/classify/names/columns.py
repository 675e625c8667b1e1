"""Names in the columns of a table whose header says that names stand there.

A header is read as people write it: "Surname", "PatientName", "pupil_forename", "Child's full name". Where it says no
more than "Name" it may be anything's, and most of the column must look like names of people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.classify.names.reading import canonical, is_name, is_place, without_title, words_of
from gateway.classify.names.roles import SUBJECTS, Role, role_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DELIMITERS: Final = "\t|;,"
_LONGEST_ROW: Final = 8_000
_LONGEST_HEADER: Final = 48
_MOST: Final = 0.5
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPACES: Final = re.compile(r"[ _.\-]+")
_SURNAME: Final = re.compile(r"(?:(.*) )?(?:sur ?names?|last names?|family(?: names?)?)")
_FORENAME: Final = re.compile(
    r"(?:(.*) )?(?:fore ?names?|first names?|given(?: names?)?|christian names?)(?: ?\(s\)|s)?"
)
_FULL: Final = re.compile(r"(?:(.*) )?names?(?: ?\(s\))?(?: of (?:the )?(?:[a-z ]{2,20}))?")
_WORDS: Final = ("name", "family", "given")
"""One of these is in what the three above find."""
_WHO: Final = re.compile(rf"(?:{SUBJECTS})")


class _Kind(Enum):
    FULL = auto()
    SURNAME = auto()
    FORENAME = auto()


_EXPRESSIONS: Final = ((_SURNAME, _Kind.SURNAME), (_FORENAME, _Kind.FORENAME), (_FULL, _Kind.FULL))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of names. `plain` is one whose header says no more than "Name"."""

    number: int
    kind: _Kind
    role: Role
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A name in a cell: where it stands, whose it is, and its value; a forename bears the whole name of its row."""

    start: int
    end: int
    value: str
    role: Role


class Table(NamedTuple):
    """The names in a table (none, if it is none of people), and where its header begins and its last row ends."""

    begin: int
    end: int
    cells: Sequence[Cell]


def names_below(text: str, at: int) -> Table:
    """Return the names in the table whose header line holds `at`; one without rows ends with that line."""
    begin = text.rfind("\n", max(0, at - _LONGEST_ROW), at) + 1
    end = _line_end(text, at)
    header = text[begin:end]
    if end - begin > _LONGEST_ROW or (not begin and at > _LONGEST_ROW):
        return Table(begin=begin, end=end, cells=())
    delimiter = next((each for each in _DELIMITERS if each in header), "\n")
    width = header.count(delimiter) + 1 if delimiter == "," else 0
    if not _may_have_rows(text, header, end + 1, delimiter, width):
        return Table(begin=begin, end=end, cells=())
    columns = _columns(header.split(delimiter))
    rows = list(_rows(text, end + 1, delimiter, width)) if columns else []
    alone = delimiter == "\n"  # a list under a heading
    sure = [each for each in columns if not (each.plain or alone) or _is_mostly_names(rows, each.number)]
    cells = [cell for start, row in rows for cell in _names_of(start, row, sure)]
    return Table(begin=begin, end=_line_end(text, rows[-1][0]) if rows else end, cells=cells)


def _may_have_rows(text: str, header: str, start: int, delimiter: str, width: int) -> bool:
    """Say at a glance whether the line is a header: a row follows, or it is a short heading. Most lines are prose."""
    if delimiter == "\n":
        return len(header) <= _LONGEST_HEADER + 8
    line = text[start : _line_end(text, start)]
    return line.count(delimiter) + 1 == width if width and '"' not in line else delimiter in line


def _columns(headers: Sequence[str]) -> list[_Column]:
    found: list[_Column] = []
    for number, header in enumerate(headers):
        name = _SPACES.sub(" ", _CAMEL.sub(" ", header.strip(" \"'\t\r:*"))).strip().lower()
        column = _column(number, name) if 0 < len(name) <= _LONGEST_HEADER else None
        if column is not None:
            found.append(column)
    return found


def _column(number: int, name: str) -> _Column | None:
    """Return what a header says: its last words what stands there, and those before them whose it is."""
    named = any(word in name for word in _WORDS)
    for expression, kind in _EXPRESSIONS if named else ():
        match = expression.fullmatch(name)
        if match:
            before = (match[1] or "") + " "
            role = role_before(before, len(before))
            plain = kind is _Kind.FULL and not match[1]
            return _Column(number=number, kind=kind, role=role, plain=plain) if role else None
    return _Column(number=number, kind=_Kind.FULL, role=Role.SUBJECT) if _WHO.fullmatch(name) else None


def _rows(text: str, start: int, delimiter: str, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield where each row begins, and its cells as they stand, up to the first line that is none."""
    while start < len(text):
        end = _line_end(text, start)
        line = text[start:end]
        if len(line) > _LONGEST_ROW or not line.strip() or (delimiter not in line and delimiter != "\n"):
            return
        row = _split(line, delimiter)
        if width and len(row) != width:
            return
        yield start, row
        start = end + 1


def _split(line: str, delimiter: str) -> list[str]:
    """Split a row; a delimiter between quotes is none."""
    cells = line.split(delimiter)
    if '"' not in line:
        return cells
    joined: list[str] = []
    for cell in cells:
        if joined and joined[-1].count('"') % 2:
            joined[-1] += delimiter + cell
        else:
            joined.append(cell)
    return joined


def _is_mostly_names(rows: Sequence[tuple[int, Sequence[str]]], number: int) -> bool:
    cells = [cell for _, row in rows if number < len(row) and (cell := _plain(row[number]))]
    likely = sum(is_name(cell) and cell[0].isupper() and " " in cell and not is_place(cell) for cell in cells)
    return bool(cells) and likely > _MOST * len(cells)


def _names_of(start: int, row: Sequence[str], columns: Sequence[_Column]) -> Iterator[Cell]:
    """Yield the names of one row; a surname and a forename of one role are one name."""
    halves: list[tuple[int, str, _Column, tuple[str, ...]]] = []
    for column in columns:
        if column.number >= len(row):
            continue
        cell = row[column.number]
        plain = _plain(cell)
        if not plain or not is_name(plain):
            continue
        plain = without_title(plain)
        words, surname_first = words_of(plain)
        begin = start + sum(map(len, row[: column.number])) + column.number + cell.index(plain)
        if column.kind is not _Kind.FULL:
            halves.append((begin, plain, column, words))
        elif len(words) > 1:
            value = canonical(words, surname_first=surname_first)
            yield Cell(start=begin, end=begin + len(plain), value=value, role=column.role)
    for begin, plain, column, _ in halves:
        surname = _first(halves, _Kind.SURNAME, column.role)
        if surname:
            forenames = _first(halves, _Kind.FORENAME, column.role)
            value = canonical(("".join(surname), *forenames), surname_first=True)
            yield Cell(start=begin, end=begin + len(plain), value=value, role=column.role)


def _first(halves: Sequence[tuple[int, str, _Column, tuple[str, ...]]], kind: _Kind, role: Role) -> tuple[str, ...]:
    return next((words for _, _, column, words in halves if column.kind is kind and column.role is role), ())


def _plain(cell: str) -> str:
    return cell.strip(" \"'\t\r")


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
