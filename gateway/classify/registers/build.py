"""Turns an operator's table of people into the index of a register. What cannot be read is counted by its line."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.classify.registers.columns import NoUse, Role, choose
from gateway.classify.registers.dates import read_date
from gateway.classify.registers.identifiers import Forms, canonical, is_identifier
from gateway.classify.registers.index import MOST_ROWS, Builder, Kind, Words
from gateway.classify.registers.names import PersonName, pair
from gateway.model.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.classify.keyed import Hasher

_DELIMITERS: Final = ",;\t|"
_ENOUGH: Final = 100
_LONGEST_ROW: Final = 1 << 17
_MOST_IDENTIFIERS: Final = 12
_YEAR: Final = re.compile(r"[0-9]{4}")


@dataclass(slots=True)
class Told:
    """What a register was made of, and what was left out: line numbers, never what stands there."""

    people: int = 0
    columns: dict[str, list[int]] = field(default_factory=dict)
    unread: int = 0
    unread_lines: list[int] = field(default_factory=list)

    def leave_out(self, lines: range) -> None:
        """Count lines that could not be used; the first hundred are named.

        A row has several where a quotation mark is not closed: then every one of them may have been a person.
        """
        self.unread += len(lines)
        self.unread_lines.extend(lines[: _ENOUGH - len(self.unread_lines)])


@dataclass(slots=True, kw_only=True)
class _Person:
    """A row as it was read."""

    name: PersonName
    dates: tuple[str, ...]
    postcodes: list[str]
    identifiers: list[str]

    @property
    def is_useful(self) -> bool:
        """Say whether the person can be found at all."""
        return self.name.is_whole or bool(self.identifiers)


def build(
    lines: Iterable[str],
    told: Mapping[str, Role],
    hasher: Hasher,
    *,
    progress: Callable[[int], object] = lambda _: None,
) -> tuple[Told, Iterator[bytes]]:
    """Return what was read, and the pieces of the index file. `NoUse` when no register can be made of the table.

    `lines` are those of a CSV file, line ends included; the first one that is not empty holds the headings. `told`
    maps headings to what they hold; empty lets the headings speak. `progress` is given the line it has come to.
    """
    feed = map(normalise, lines)
    skipped, first = next(((number, line) for number, line in enumerate(feed) if line.strip()), (0, ""))
    if not first:
        raise NoUse("it is empty")
    delimiter = max(_DELIMITERS, key=first.count)
    headings = next(csv.reader([first], delimiter=delimiter), [])
    columns = choose([heading.strip().lstrip("\ufeff") for heading in headings], told)
    report, builder, forms = Told(), Builder(hasher), Forms()
    for number, role in columns.items():
        report.columns.setdefault(role.value, []).append(number + 1)
    for lines_of_row, row in _rows(feed, delimiter, skipped + 2):
        progress(lines_of_row.start)
        person = _read(row, columns, len(headings)) if row is not None else None
        useful = person is not None and person.is_useful and report.people < MOST_ROWS
        if person is not None and useful and forms.see(person.identifiers):
            _enter(builder, person, report.people)
            report.people += 1
        else:
            report.leave_out(lines_of_row)
    if not report.people:
        raise NoUse(f"none of its {report.unread} rows can be used" if report.unread else "it has no rows")
    header: dict[str, object] = {"people": report.people, "forms": forms.told(), "alone": forms.alone()}
    return report, builder.pieces(header)


class _Feed:
    """The lines of a table, counted; `csv.Error` where those of one row are too long together.

    An open quotation mark would swallow the whole table. The limit of `csv` is one for the whole process, not ours.
    """

    def __init__(self, lines: Iterator[str], first: int) -> None:
        self._lines, self._left = lines, 0
        self.number = first
        """Of the next line."""

    def begin_row(self) -> int:
        """Begin to count, and return the number of the row's first line."""
        self._left = _LONGEST_ROW
        return self.number

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self._left -= len(line)
        if self._left < 0:
            raise csv.Error
        return line


def _rows(lines: Iterator[str], delimiter: str, first: int) -> Iterator[tuple[range, list[str] | None]]:
    """Yield each row with its lines; None for one that cannot be read."""
    feed = _Feed(lines, first)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        begin = feed.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            reader = csv.reader(feed, delimiter=delimiter, strict=True)  # what was open is closed
            yield range(begin, feed.number), None
            continue
        if any(cell.strip() for cell in row):
            yield range(begin, feed.number), row


def _read(row: Sequence[str], columns: Mapping[int, Role], width: int) -> _Person | None:
    """Return the person of a row; None when it is ragged."""
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        return None
    if len(row) <= max(columns):
        return None
    cells: dict[Role, list[str]] = {role: [] for role in Role}
    for number, role in columns.items():
        cells[role].append(row[number].strip())
    whole = " ".join(cells[Role.NAME])
    two = PersonName.of(" ".join(cells[Role.GIVEN]), " ".join(cells[Role.FAMILY]))
    identifiers = dict.fromkeys(canonical(cell) for cell in cells[Role.IDENTIFIER])
    return _Person(
        name=two if two.is_whole or not whole else PersonName.of_whole(whole),
        dates=_dates(" ".join(cells[Role.DATE_OF_BIRTH])),
        postcodes=[each for each in map(canonical, cells[Role.POSTCODE]) if each],
        identifiers=[each for each in identifiers if is_identifier(each)][:_MOST_IDENTIFIERS],
    )


def _dates(text: str) -> tuple[str, ...]:
    """Return the day of a register's date, day first where it may be; in both centuries where the year says neither."""
    return read_date(text)[: 1 if _YEAR.search(text) else 2]


def _enter(builder: Builder, person: _Person, row: int) -> None:
    """Enter everything that the person of a row can be found by."""
    for each in person.identifiers:
        builder.add(Kind.IDENTIFIER, each, row)
    for family in person.name.family:
        builder.add_word(Words.FAMILY, family)
        if person.identifiers:
            builder.add(Kind.FAMILY_OF, f"{family} {row}", row)
    if not person.name.is_whole:
        return
    given = person.name.given[0]
    builder.add_word(Words.GIVEN, given)
    builder.add(Kind.NAME, pair(given, " ".join(sorted(person.name.family))), row)
    for family in person.name.family:
        for words in dict.fromkeys((pair(given, family), pair(given[0], family))):
            for day in person.dates:
                builder.add(Kind.NAME_AND_DATE, f"{words} {day}", row)
            for postcode in person.postcodes:
                builder.add(Kind.NAME_AND_POSTCODE, f"{words} {postcode}", row)
