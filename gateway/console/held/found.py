"""What was found in a transfer, for people to read: masked, by the part and the place where it stood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.console.held.words import EVIDENCE, GAPS, PLACES, kind_of
from gateway.console.words import mark
from gateway.console.words.tongue import Tongue
from gateway.model.inspection import COUNTS_FROM, Finding, Inspection, Where
from gateway.model.passage import A_PLACE, MARKING, Passage, Run
from gateway.model.transfer import Transfer

LONGEST: Final = 70
SURE, LIKELY = 0.85, COUNTS_FROM
GENERIC: Final = "message.eml"
MARKED: Final = mark("Marking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One finding: its number in the transfer, by which it is asked for, what it is, and how sure we are of it."""

    number: int
    kind: str
    masked: str
    sure: str
    why: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words of a passage; with a `label` they are what was found, masked, or the marking."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a part several findings stand; `more` are not listed. `passages` are the words around them, if asked."""

    part: str
    where: str
    findings: tuple[Shown, ...]
    more: int
    passages: tuple[tuple[Piece, ...], ...] = ()


def places(transfer: Transfer, tongue: Tongue, passages: Sequence[Passage] = ()) -> tuple[Place, ...]:
    """Return every place in which something was found, in the order of the content."""
    found: dict[tuple[str, Where], list[tuple[int, Finding]]] = defaultdict(list)
    for number, each in enumerate(transfer.inspection.findings if transfer.inspection else ()):
        found[each.part, each.where].append((number, each))
    around: dict[tuple[str, Where], list[Passage]] = defaultdict(list)
    for passage in passages:
        around[passage.part, passage.where].append(passage)
    return tuple(
        _place(part, where, found[part, where], around[part, where], tongue)
        for part, where in sorted({*found, *around})
    )


def _place(
    part: str, where: Where, found: Sequence[tuple[int, Finding]], passages: Sequence[Passage], tongue: Tongue
) -> Place:
    in_order = sorted(found, key=lambda each: (each[1].segment, each[1].start))
    shown = tuple(shown_as(number, finding, tongue) for number, finding in in_order[:A_PLACE])
    return Place(
        part=part,
        where=str(tongue.say(PLACES[where])),
        findings=shown,
        more=len(found) - len(shown),
        passages=tuple(tuple(_piece(run, tongue) for run in each.runs) for each in passages),
    )


def _piece(run: Run, tongue: Tongue) -> Piece:
    if not run.entity:
        return Piece(text=run.text)
    label = tongue.say(MARKED) if run.entity == MARKING else kind_of(run.entity, tongue.language)
    return Piece(text=run.text, label=f"{label[:1].upper()}{label[1:]}")


def shown_as(number: int, finding: Finding, tongue: Tongue) -> Shown:
    """Return a finding as it is shown."""
    known = (each for each in finding.why if each)
    evidence = [tongue.say(EVIDENCE[each]) if each in EVIDENCE else each.replace("_", " ") for each in known]
    return Shown(
        number=number,
        kind=kind_of(finding.entity, tongue.language),
        masked=finding.masked,
        sure=_sure(finding.confidence, tongue),
        why=tongue.listed(evidence),
        counts=finding.confidence >= COUNTS_FROM,
    )


def _sure(confidence: float, tongue: Tongue) -> str:
    if confidence >= SURE:
        return tongue.say("certain")
    if confidence >= LIKELY:
        return tongue.say("likely")
    return tongue.say("unsure: counts for nothing")


def counts(inspection: Inspection | None, tongue: Tongue) -> str:
    """Return what was found by kind, the most first: National Insurance number (14) and date of birth (9)."""
    sure = Counter(each.entity for each in _counting(inspection))
    return tongue.listed(
        [f"{kind_of(entity, tongue.language)} ({tongue.number(count)})" for entity, count in sure.most_common()]
    )


def gaps(inspection: Inspection | None, tongue: Tongue) -> tuple[tuple[str, str], ...]:
    """Return what was not read: the part, and why."""
    found = inspection.gaps if inspection else ()
    return tuple((gap.part, tongue.say(GAPS[gap.kind])) for gap in found)


def title(transfer: Transfer, tongue: Tongue) -> str:
    """Return what a transfer is called on a page: its first file, or that it is mail."""
    return named(transfer.parts[0].name, tongue)


def named(name: str, tongue: Tongue) -> str:
    """Return what something is called by the name of its first file."""
    return tongue.say("Mail message") if name == GENERIC else name


def shortened(name: str) -> str:
    """Return a name that a line can hold: of a long one its beginning and its end."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 20]}…{name[-19:]}"


def _counting(inspection: Inspection | None) -> Iterator[Finding]:
    return (each for each in (inspection.findings if inspection else ()) if each.confidence >= COUNTS_FROM)
