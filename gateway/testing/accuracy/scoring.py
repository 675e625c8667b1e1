"""Scores what a reader found against the gold, one case after the other.

Strict: the same entity, and a value that is equal on letters and digits (a title before a name is left out). Any label:
the gold's letters and digits, in their case, are within those of a finding. Values count once a document. A
finding of a labelled entity that is no gold is false. A topic (health) is the document's: any finding of it counts,
once. Characters are compared whatever the label, blanks left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.classify.mask import mask
from gateway.testing.accuracy import EVERYTHING, Case, Found, Gold, Reading
from gateway.testing.accuracy.names import HEALTH, TOPICS, UK_IDENTIFIERS, canonical, counted_as
from gateway.testing.accuracy.wilson import Ratio

CHECKED: Final = frozenset({"checksum", "modulus"})
TITLE: Final = re.compile(r"(?i)^(?:mr|mrs|ms|miss|mx|dr|prof|sir|dame|lord|lady)\b\.?\s*")


@dataclass(slots=True)
class Counts:
    """What became of one entity: values found and missed, `anyhow` those found under any label, and false findings.

    `judged` are the values found where the gold is complete, so that a false finding can be told. `unsure` are the
    values missed of which there is a finding that is too unsure to count.
    """

    found: int = 0
    missed: int = 0
    false: int = 0
    anyhow: int = 0
    judged: int = 0
    unsure: int = 0

    @property
    def precision(self) -> Ratio:
        """Right findings among all, where that is judged."""
        return Ratio(part=self.judged, of=self.judged + self.false)

    @property
    def recall(self) -> Ratio:
        """Gold that was found."""
        return Ratio(part=self.found, of=self.found + self.missed)

    @property
    def any_label(self) -> Ratio:
        """Gold that was found under any label."""
        return Ratio(part=self.anyhow, of=self.found + self.missed)

    @property
    def f1(self) -> Ratio:
        """The harmonic mean of both: what was found, of itself and half of what was missed or false."""
        is_judged = self.judged or self.false or not self.found
        return Ratio(part=self.found, of=self.found + (self.missed + self.false) / 2 if is_judged else 0)

    def add(self, other: Counts) -> None:
        """Take in the counts of another entity."""
        self.found += other.found
        self.missed += other.missed
        self.false += other.false
        self.anyhow += other.anyhow
        self.judged += other.judged
        self.unsure += other.unsure


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Something to look into: what was missed, false, or taken for an identifier. Masked: no content."""

    case: str
    kind: str
    entity: str
    masked: str
    score: float = 0.0
    why: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line of a work list."""
        because = f"{self.score:.2f} {'+'.join(self.why)}".strip() if self.score else ""
        return "  ".join(filter(None, (self.kind, self.entity, self.case, self.masked, because)))


@dataclass(slots=True)
class Tally:
    """Everything that was counted of one reader on one corpus."""

    documents: int = 0
    entities: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    findings: int = 0
    """Where everything is labelled."""
    bait_kept: int = 0
    bait: int = 0
    chars: Counter[str] = field(default_factory=Counter)
    ordinary: int = 0
    documents_with: Counter[str] = field(default_factory=Counter)
    uk_documents: int = 0
    ordinary_health: int = 0
    health_documents: int = 0
    marked: int = 0
    suspected: int = 0
    marking_right: int = 0
    marking_judged: int = 0
    attacks: dict[tuple[str, str], Counts] = field(default_factory=lambda: defaultdict(Counts))
    """By attack and entity."""
    gaps: Counter[str] = field(default_factory=Counter)
    lapses: list[Lapse] = field(default_factory=list)

    def total(self, entities: Iterable[str] | None = None) -> Counts:
        """Return the counts of all entities, or of these, together."""
        total = Counts()
        for entity in self.entities if entities is None else entities:
            total.add(self.entities[entity])
        return total

    def under_attack(self) -> dict[str, Counts]:
        """Return the counts by attack, of the entities that the reader knows: it finds most of them in this corpus."""
        known = {entity for entity, counts in self.entities.items() if counts.found >= counts.missed}
        counted: dict[str, Counts] = defaultdict(Counts)
        for (attack, entity), counts in sorted(self.attacks.items()):
            if entity in known:
                counted[attack].add(counts)
        return dict(counted)


def plain(value: str, entity: str = "") -> str:
    """Return letters and digits only, in small letters."""
    value = TITLE.sub("", value) if entity == "PERSON_NAME" else value
    return _signs(value.casefold())


def _signs(value: str) -> str:
    return "".join(character for character in value if character.isalnum())


def score(case: Case, reading: Reading, threshold: float, tally: Tally) -> None:
    """Count what was read of a case. Findings below `threshold` count for nothing."""
    tally.documents += 1
    tally.gaps.update(reading.gaps)
    counted = [each for each in reading.found if each.score >= threshold]
    tally.health_documents += any(each.entity in HEALTH for each in counted)
    _mark(case, reading, tally)
    named = [each for each in counted if each.entity not in TOPICS]
    tally.findings += len(named) if case.labelled == EVERYTHING else 0
    if case.is_ordinary:
        _ordinary(case, counted, tally)
    topics = [each for each in counted if each.entity in TOPICS]
    _values(case, [*named, *topics], reading.found, tally)
    _bait(case, named, tally)
    if case.gold and all(gold.start >= 0 for gold in case.gold):
        _characters(case, named, tally)


def _values(case: Case, named: Sequence[Found], every: Sequence[Found], tally: Tally) -> None:
    wanted = case.labelled | {gold.entity for gold in case.gold}
    found = [(counted_as(each.entity, wanted), each) for each in named]
    if case.vector:
        found = [(entity, each) for entity, each in found if not each.why or CHECKED & set(each.why)]
    values = {(entity, plain(each.value, entity)) for entity, each in found}
    gold = {(each.entity, plain(each.value, each.entity)): each for each in map(_of_document, case.gold)}
    for (entity, value), one in gold.items():
        strict = (entity, value) in values if value else any(name == entity for name, _ in values)
        anyhow = strict or _is_within(one, named)
        counts = tally.entities[entity]
        counts.found += strict
        counts.judged += strict and _is_judged(case, entity)
        counts.missed += not strict
        counts.anyhow += anyhow
        if case.attack:
            attacked = tally.attacks[case.attack, entity]
            attacked.found += anyhow
            attacked.missed += not anyhow
        if not strict:
            counts.unsure += any(_is_same(one, each, wanted) for each in every)
            tally.lapses.append(_missed(case, one, every))
    free = {entity for entity, value in gold if not value}
    told: set[tuple[str, str]] = set()
    for entity, each in found:
        key = (entity, "" if entity in TOPICS else plain(each.value, entity))
        is_judged = _is_judged(case, entity) and (entity in wanted or entity not in TOPICS)
        if not is_judged or key in gold or key in told or entity in free:
            continue
        told.add(key)
        tally.entities[entity].false += 1
        tally.lapses.append(_lapse(case, "false", entity, each))


def _is_same(gold: Gold, each: Found, wanted: frozenset[str]) -> bool:
    value = plain(gold.value, gold.entity)
    return counted_as(each.entity, wanted) == gold.entity and value in {plain(each.value, gold.entity), ""}


def _is_judged(case: Case, entity: str) -> bool:
    return case.labelled == EVERYTHING or entity in case.labelled


def _is_within(gold: Gold, named: Sequence[Found]) -> bool:
    """Say whether a finding of any entity holds the value, in its case: `Ann Lee` is not in `ann.lee@example.org`."""
    value = _signs(gold.value)
    return bool(value) and any(value in _signs(each.value) for each in named)


def _of_document(gold: Gold) -> Gold:
    """Return gold as it is compared: a topic is the document's, whatever words show it."""
    return Gold(entity=gold.entity, value="") if gold.entity in TOPICS else gold


def _missed(case: Case, gold: Gold, every: Sequence[Found]) -> Lapse:
    """Say what was missed, and how near somebody came: the surest finding of the same value."""
    value = plain(gold.value, gold.entity)
    near = [each for each in every if value and plain(each.value, gold.entity) == value]
    best = max(near, key=lambda each: each.score, default=None)
    masked = mask(gold.entity, gold.value) if gold.value else "any"
    if best is None:
        return Lapse(case=case.name, kind="missed", entity=gold.entity, masked=masked)
    why = (f"as {best.entity}", *best.why)
    return Lapse(case=case.name, kind="missed", entity=gold.entity, masked=masked, score=best.score, why=why)


def _lapse(case: Case, kind: str, entity: str, each: Found) -> Lapse:
    masked = mask(each.entity, each.value)
    return Lapse(case=case.name, kind=kind, entity=entity, masked=masked, score=each.score, why=each.why)


def _bait(case: Case, named: Sequence[Found], tally: Tally) -> None:
    """Count the bait that was left alone: no finding overlaps it."""
    for bait in case.bait:
        places = [found.span() for found in re.finditer(re.escape(bait), case.text)]
        taken = [each for each in named if any(each.start < end and start < each.end for start, end in places)]
        if not places:
            taken = [each for each in named if plain(each.value) == plain(bait)]
        tally.bait += 1
        tally.bait_kept += not taken
        tally.lapses.extend(_lapse(case, "bait", each.entity, each) for each in taken[:1])


def _characters(case: Case, named: Sequence[Found], tally: Tally) -> None:
    gold = _places(case.text, ((each.start, each.end) for each in case.gold))
    found = _places(case.text, ((each.start, each.end) for each in named))
    tally.chars.update(found=len(gold & found), missed=len(gold - found), false=len(found - gold))


def _places(text: str, spans: Iterable[tuple[int, int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, end) if not text[place].isspace()}


def _mark(case: Case, reading: Reading, tally: Tally) -> None:
    """Count the marking: whether it is what the corpus says, where it says anything."""
    if not reading.marking:
        return
    tally.marked += reading.marking == "marked"
    tally.suspected += reading.marking == "suspected"
    if not case.marking:
        return
    wanted = case.marking.upper()
    told = {"none": "NONE", "suspected": "SUSPECTED"}.get(reading.marking, "MARKED")
    right = wanted in {told, reading.tier.upper() if told == "MARKED" else told}
    tally.marking_judged += 1
    tally.marking_right += right
    if not right:
        tally.lapses.append(
            Lapse(case=case.name, kind="marking", entity=wanted, masked=f"{told} {reading.tier}".strip())
        )


def _ordinary(case: Case, counted: Sequence[Found], tally: Tally) -> None:
    """Count a document in which no identifier is expected."""
    tally.ordinary += 1
    names = {canonical(each.entity) for each in counted}
    tally.documents_with.update(names)
    tally.uk_documents += bool(names & UK_IDENTIFIERS)
    tally.ordinary_health += bool(names & HEALTH)
    told = {(canonical(each.entity), each.value): each for each in counted if canonical(each.entity) in UK_IDENTIFIERS}
    tally.lapses.extend(_lapse(case, "ordinary", entity, each) for (entity, _), each in told.items())
    topics = {each.entity: each for each in counted if each.entity in TOPICS}
    tally.lapses.extend(_lapse(case, "ordinary", entity, each) for entity, each in topics.items())
