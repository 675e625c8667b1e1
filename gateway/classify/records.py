"""Cuts what was found in a part into records: what stands together and is about one person.

A row of a table with headers is a record of its own. Everywhere else a record goes on, over lines and segments, until
something says that it is about somebody else: a second NHS number, another date of birth, another name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.classify.names.reading import may_be_one
from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from gateway.classify import Detection, Sight

ONE_A_PERSON: Final = frozenset(
    {
        *("CHI_NUMBER", "CRO_NUMBER", "DATE_OF_BIRTH", "DRIVING_LICENCE", "HC_NUMBER", "HOSPITAL_NUMBER", "NHS_NUMBER"),
        *("NINO", "PASSPORT", "PNC_ID", "PRISON_NUMBER", "ULN", "UPN", "UTR"),
    }
)
"""Entities of which a person has one. Only a date of birth is one that several people may share."""
NAME: Final = "PERSON_NAME"
BIRTH: Final = "DATE_OF_BIRTH"
_WHOSE_RECORD: Final = frozenset({"label", "column"})
"""What says that a name is that of the person a record is about."""
_NOT_WHOSE: Final = frozenset({"relative", "role"})
_SEPARATING: Final = re.compile(r"[^0-9A-Z]")


@dataclass(slots=True)
class Record:
    """What stands together: at most one value of a kind. `row` names the table, where it is a row of one."""

    values: dict[str, str] = field(default_factory=dict)
    row: str = ""

    def add(self, kind: str, value: str) -> bool:
        """Take in a value, of two spellings of a name the fuller one; False where it is somebody else's."""
        known = self.values.get(kind, "")
        if known and known != value and not (kind == NAME and may_be_one(known, value)):
            return False
        if len(value) > len(known):
            self.values[kind] = value
        return True


class _Sighting(NamedTuple):
    start: int
    kind: str
    value: str
    in_column: bool


_in_column = attrgetter("in_column")


def records(sight: Sight) -> Iterator[Record]:
    """Yield the records of a part."""
    current = Record()
    for number in sorted(sight.detections):
        text = sight.segments[number].text
        table, last = 0, 0
        for line in _lines(text, _sightings(text, sight.detections[number])):
            if not any(map(_in_column, line)):
                current = yield from _filled(current, line)
                continue
            table += "\n\n" in text[last : line[0].start]
            last = line[0].start
            yield (yield from _filled(Record(row=f"{sight.part}/{number}/{table}"), line))
    if current.values:
        yield current


def _sightings(text: str, detections: Sequence[Detection]) -> list[_Sighting]:
    """Return what tells people apart, in order of place."""
    found = []
    for each in detections:
        entity = each.entity
        if (
            entity in ONE_A_PERSON or (entity == NAME and _is_whose_record(each.why))
        ) and each.confidence >= COUNTS_FROM:
            value = each.value or plain_value(entity, text[each.start : each.end])
            found.append(_Sighting(each.start, entity, value, "column" in each.why))
    found.sort()
    return found


def _is_whose_record(why: Sequence[str]) -> bool:
    return not _WHOSE_RECORD.isdisjoint(why) and _NOT_WHOSE.isdisjoint(why)


def _lines(text: str, sightings: Iterable[_Sighting]) -> Iterator[list[_Sighting]]:
    """Yield what stands on one line together."""
    line: list[_Sighting] = []
    for each in sightings:
        if line and text.find("\n", line[-1].start, each.start) >= 0:
            yield line
            line = []
        line.append(each)
    if line:
        yield line


def _filled(record: Record, sightings: Iterable[_Sighting]) -> Generator[Record, None, Record]:
    """Put values into `record`; when one is somebody else's, yield it and go on with a new one, which is returned."""
    for _, kind, value, _ in sightings:
        if not record.add(kind, value):
            yield record
            record = Record(row=record.row)
            record.add(kind, value)
    return record


def plain_value(entity: str, value: str) -> str:
    """Return a value as it is the same however written; the suffix of a NINO is often left out."""
    plain = _SEPARATING.sub("", value.upper())
    return plain[:8] if entity == "NINO" else plain
