"""How many people a transfer is about, at least.

What is found is cut into records (`records`), and records of one person are put together: those that share an
identifier, or a name and a date of birth; those that name the same person and do not contradict each other. What is
left may still be fewer people than that: somebody known by an NHS number in one file and by a NINO in another. So two
records count as two people only if each has a value of its own of the same kind, or both are rows of one table.

Proved by tests: the figure is never below the number of different values of any one kind, nor below the number of
names that cannot be one person's, and both only grow with what is added; the same again changes nothing. A record that
shares identifiers with two others shows that those two were one person: then the figure goes down, no further than to
these bounds, and by no more than one for each kind in the record.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.classify.names.reading import may_be_one
from gateway.classify.records import BIRTH, NAME, ONE_A_PERSON, Record, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.classify import Sight

Key: TypeAlias = tuple[str, str]
"""Kind and value of something that tells people apart."""

MOST_KEYS: Final = 200_000
"""Values that are remembered. Beyond them each record without a known one counts, also when it comes again."""
_MOST_ALIKE: Final = 8
_MOST_GROUPS: Final = 200
_SHARED: Final = frozenset({NAME, BIRTH})
_GREETING: Final = "greeting"
_ACTS: Final = "role"


@dataclass(slots=True, eq=False)
class _Person:
    """Records that are one person's. `joined` is the person that this one turned out to be."""

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    joined: _Person | None = None

    def contradicts(self, record: Record) -> bool:
        """Say whether the record has another value of a kind of which a person has one."""
        for kind, value in record.values.items():
            known = self.values.get(kind)
            if known is None or value in known:
                continue
            if kind != NAME or not any(may_be_one(name, value) for name in known):
                return True
        return False

    def take(self, record: Record) -> None:
        """Take in a record."""
        values = self.values
        for kind, value in record.values.items():
            known = values.get(kind)
            if known is None:
                values[kind] = (value,)
            elif value not in known:
                values[kind] = (*known, value)
        if record.row and record.row not in self.rows:
            self.rows |= {record.row}

    def join(self, other: _Person) -> None:
        """Take in everything of another, who turned out to be the same."""
        for kind, values in other.values.items():
            self.values[kind] = tuple(dict.fromkeys((*self.values.get(kind, ()), *values)))
        self.rows |= other.rows
        other.joined, other.values = self, {}


class Crowd:
    """Counts distinct people over all parts of a transfer. It holds what was found, so it stays in the room."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most_keys = most_keys
        self._people: list[_Person] = []
        self._by_key: dict[Key, _Person] = {}
        self._alike: defaultdict[Key, list[_Person]] = defaultdict(list)
        self._distinct: defaultdict[str, set[str]] = defaultdict(set)
        self._forenames: defaultdict[str, set[str]] = defaultdict(set)
        self._beyond = 0
        self._greets = False

    def see(self, sight: Sight) -> None:
        """Take in what was found in one part."""
        for record in records(sight):
            self._add(record)
        self._greets = self._greets or any(
            _GREETING in each.why and _ACTS not in each.why
            for detections in sight.detections.values()
            for each in detections
        )

    def count(self) -> int | None:
        """Return the number of distinct people, None when nothing found says anything about it."""
        groups = Counter(person.rows.union(person.values) for person in self._people if person.joined is None)
        names = sum(map(_bearers, self._forenames.values()))
        least = max(_fewest(groups), names, *map(len, self._distinct.values()), 0) + self._beyond
        return least or (1 if self._greets else None)

    def _add(self, record: Record) -> None:
        sure, alike = _sure_keys(record), _alike_keys(record)
        if len(self._by_key) + len(self._alike) >= self._most_keys:
            known = any(key in self._by_key for key in sure) if sure else any(key in self._alike for key in alike)
            self._beyond += not known
            return
        person = self._person_of(record, sure, alike)
        person.take(record)
        for key in sure:
            self._by_key[key] = person
        for key in alike:
            bearers = self._alike[key]
            if len(bearers) < _MOST_ALIKE and person not in bearers:
                bearers.append(person)
        for kind, value in record.values.items():
            if kind in ONE_A_PERSON:
                self._distinct[kind].add(value)
            else:
                surname, _, forenames = value.partition(" ")
                self._forenames[surname].add(forenames.partition(" ")[0])

    def _person_of(self, record: Record, sure: Sequence[Key], alike: Sequence[Key]) -> _Person:
        """Return whose record it is: one person's, if it shares keys with several."""
        known = [_true(self._by_key[key]) for key in sure if key in self._by_key]
        if known:
            for other in known[1:]:
                if other is not known[0] and other.joined is None:
                    known[0].join(other)
            return known[0]
        for key in alike:
            for each in self._alike.get(key, ()):
                person = _true(each)
                if not person.contradicts(record):
                    return person
        person = _Person()
        self._people.append(person)
        return person


def _sure_keys(record: Record) -> list[Key]:
    """Return what nobody else has: identifiers, and a full name with a date of birth."""
    values = record.values
    keys = [key for key in values.items() if key[0] not in _SHARED]
    if BIRTH in values and " " in values.get(NAME, ""):
        keys.append(("NAME_AND_BIRTH", f"{values[NAME]} {values[BIRTH]}"))
    return keys


def _alike_keys(record: Record) -> list[Key]:
    """Return where to look for the person if nothing is sure: the name as it is, the surname, the date of birth."""
    name, birth = record.values.get(NAME), record.values.get(BIRTH)
    if name:
        return [(NAME, name), ("SURNAME", name.partition(" ")[0])]
    return [(BIRTH, birth)] if birth else []


def _true(person: _Person) -> _Person:
    """Return the person that this one turned out to be, and remember it."""
    true = person
    while true.joined is not None:
        true = true.joined
    while person.joined is not None:
        person.joined, person = true, person.joined
    return true


def _bearers(forenames: set[str]) -> int:
    """Return how many people at least bear one surname: forenames, and initials that are none of theirs."""
    full = {name for name in forenames if len(name) > 1}
    initials = {name for name in forenames if len(name) == 1} - {name[0] for name in full}
    return len(full) + len(initials) or 1


def _fewest(groups: Mapping[frozenset[str], int]) -> int:
    """Return how few people there may be, by how many are known by which kinds of values and rows of which tables.

    Those who have no kind and no table in common may be the same people. Very many groups are not compared.
    """
    if len(groups) > _MOST_GROUPS:
        return sum(groups.values())
    people: Counter[frozenset[str]] = Counter()
    for kinds, number in sorted(groups.items(), key=lambda group: (-len(group[0]), sorted(group[0]))):
        left, placed = number, Counter[frozenset[str]]()
        for known in [each for each in people if kinds.isdisjoint(each)]:
            same = min(left, people[known])
            people[known] -= same
            placed[known | kinds] += same
            left -= same
        people.update(placed)
        people[kinds] += left
    return people.total()
