"""Law 4: more is never milder. Every fact that has an order, over arbitrary facts and arbitrary circumstances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import load_policies
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.policy import KNOWN_ENTITIES, ORDERED, FactName
from gateway.decide.unproved import decide_delivery
from gateway.model.facts import Circumstances, Counted, Facts, Trait, UnderMarked
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Obligation, Outcome, Verdict
from tests.unit.decide.arbitrary import CAVEATS, CIRCUMSTANCES, DESCRIPTORS, FACTS, GROUPS

F = FactName
POLICY: Final = load_policies(Path(__file__).parents[2] / "policies")
STATUSES: Final = [MarkingStatus.NONE, MarkingStatus.SUSPECTED, MarkingStatus.MARKED]
Grown = Callable[[st.DataObject, Facts], tuple[Facts, Facts]]
"""From arbitrary facts to two of which the second has more."""


def assert_not_milder(more: Verdict, less: Verdict) -> None:
    """With more the outcome is stricter, or it is the same and owes at least as much."""
    assert more.outcome.strictness >= less.outcome.strictness
    if more.outcome is less.outcome:
        assert less.obligations <= more.obligations


def another(field: str, words: st.SearchStrategy[str]) -> Grown:
    """Return what adds a word to a set."""

    def grow(data: st.DataObject, facts: Facts) -> tuple[Facts, Facts]:
        more = getattr(facts, field) | {data.draw(words)}
        return facts, replace(facts, **{field: more})

    return grow


def counted(field: str, names: st.SearchStrategy[str], more: st.SearchStrategy[int]) -> Grown:
    """Return what counts more of something."""

    def grow(data: st.DataObject, facts: Facts) -> tuple[Facts, Facts]:
        name, counts = data.draw(names), dict(getattr(facts, field))
        counts[name] = counts.get(name, 0) + data.draw(more)
        return facts, replace(facts, **{field: tuple(sorted(counts.items()))})  # type: ignore[arg-type]  # both are counts

    return grow


def number(field: str) -> Grown:
    """Return what makes a number bigger."""

    def grow(data: st.DataObject, facts: Facts) -> tuple[Facts, Facts]:
        more = getattr(facts, field) + data.draw(st.integers(1, 2000))
        return facts, replace(facts, **{field: more})

    return grow


def flag(field: str) -> Grown:
    """Return what sets a flag."""

    def grow(_: st.DataObject, facts: Facts) -> tuple[Facts, Facts]:
        less, more = (replace(facts, **{field: value}) for value in (False, True))  # type: ignore[arg-type]  # both are flags
        return less, more

    return grow


def higher(data: st.DataObject, facts: Facts) -> tuple[Facts, Facts]:
    """Return a marking and a higher one that is as sure; nothing is UNMARKED for sure."""
    status = data.draw(st.sampled_from(STATUSES[1:]))
    low, high = sorted((facts.marking, data.draw(st.sampled_from(Tier))))
    none = MarkingStatus.NONE if low is Tier.UNMARKED else status
    return replace(facts, marking=low, marking_status=none), replace(
        facts, marking=high, marking_status=none if high is low else status
    )


def surer(data: st.DataObject, facts: Facts) -> tuple[Facts, Facts]:
    """Return a marking that is suspected, and the same for sure."""
    facts = replace(facts, marking=data.draw(st.sampled_from(list(Tier)[1:])))
    return replace(facts, marking_status=MarkingStatus.SUSPECTED), replace(
        facts, marking_status=data.draw(st.sampled_from([MarkingStatus.MARKED, MarkingStatus.NONE]))
    )


GROWING: Final[dict[FactName, Grown]] = {
    F.CAVEATS: another("caveats", CAVEATS),
    F.DESCRIPTORS: another("descriptors", DESCRIPTORS),
    F.ENCRYPT_REQUESTED: flag("encrypt_requested"),
    F.ENTITIES: counted("entities", st.sampled_from(sorted({*KNOWN_ENTITIES, *GROUPS})), st.integers(1, 200)),
    F.GAPS: another("gaps", st.sampled_from(GapKind)),
    F.MARKING_STATUS: surer,
    F.PEOPLE: number("people"),
    F.PROTECTED_THREAD: flag("protected_thread"),
    F.RECIPIENTS: counted("recipients", st.sampled_from(Counted), st.integers(1, 60)),
    F.RECIPIENT_IS: another("recipient_is", st.sampled_from(Trait)),
    F.SIZE: number("size"),
    F.TIER: higher,
    F.UNDER_MARKED: another("under_marked", st.sampled_from(UnderMarked)),
}


def test_every_fact_that_has_an_order_grows_here() -> None:
    assert GROWING.keys() == ORDERED


@pytest.mark.parametrize("fact", sorted(ORDERED))
@given(st.data(), FACTS)
def test_more_is_never_milder(fact: FactName, data: st.DataObject, facts: Facts) -> None:
    less, more = GROWING[fact](data, facts)
    assert_not_milder(decide(POLICY, more), decide(POLICY, less))


@given(st.data(), FACTS)
def test_more_of_several_things_at_once_is_never_milder(data: st.DataObject, facts: Facts) -> None:
    grown = facts
    for fact in data.draw(st.lists(st.sampled_from(sorted(ORDERED - {F.TIER, F.MARKING_STATUS})), max_size=6)):
        grown = GROWING[fact](data, grown)[1]
    assert_not_milder(decide(POLICY, grown), decide(POLICY, facts))


def judged(known: Circumstances) -> Verdict:
    return decide_delivery(POLICY, known)


@given(CIRCUMSTANCES)
def test_a_route_that_failed_to_prove_itself_is_never_milder_and_never_goes_in_clear(known: Circumstances) -> None:
    proved, unproved = (judged(replace(known, unproved=value)) for value in (False, True))
    assert unproved.network is not Network.VERIFIED_TLS
    assert unproved.outcome.strictness >= proved.outcome.strictness
    if proved.network is not Network.VERIFIED_TLS:
        assert unproved == proved
    elif unproved.outcome is Outcome.DELIVER:
        assert proved.obligations - {Obligation.TLS_VERIFIED} <= unproved.obligations
        assert Obligation.SEAL_AES256 in unproved.obligations
        assert Obligation.TLS_VERIFIED not in unproved.obligations
    elif unproved.outcome is proved.outcome:
        assert proved.obligations <= unproved.obligations


@given(CIRCUMSTANCES)
def test_what_is_unproved_is_no_milder_than_the_internet(known: Circumstances) -> None:
    unproved = judged(replace(known, unproved=True))
    facts = facts_for(POLICY, known)
    if facts.network is Network.VERIFIED_TLS:
        assert_not_milder(unproved, decide(POLICY, replace(facts, network=Network.PUBLIC)))


@given(CIRCUMSTANCES, st.sampled_from(sorted(KNOWN_ENTITIES)), st.integers(1, 200))
def test_another_finding_in_a_delivery_is_never_milder(known: Circumstances, entity: str, count: int) -> None:
    counts = dict(known.entities)
    counts[entity] = counts.get(entity, 0) + count
    assert_not_milder(judged(replace(known, entities=tuple(sorted(counts.items())))), judged(known))


@given(CIRCUMSTANCES, st.integers(0, 2000))
def test_more_people_in_a_delivery_are_never_milder(known: Circumstances, more: int) -> None:
    counted_people = replace(known, people=known.people or 0)
    assert_not_milder(judged(replace(known, people=(known.people or 0) + more)), judged(counted_people))


@given(CIRCUMSTANCES, st.sampled_from(GapKind), st.sampled_from(Counted), st.integers(1, 60))
def test_more_gaps_and_recipients_of_a_delivery_are_never_milder(
    known: Circumstances, gap: GapKind, kind: Counted, count: int
) -> None:
    counts = dict(known.recipients)
    counts[kind] = counts.get(kind, 0) + count
    assert_not_milder(judged(replace(known, gaps=known.gaps | {gap})), judged(known))
    assert_not_milder(judged(replace(known, recipients=tuple(sorted(counts.items())))), judged(known))


@given(CIRCUMSTANCES, st.sampled_from(["attachment_above", "is_new", "is_protected_thread", "encrypt_requested"]))
def test_what_calls_for_care_about_a_delivery_only_adds(known: Circumstances, name: str) -> None:
    less, more = (judged(replace(known, **{name: value})) for value in (False, True))  # type: ignore[arg-type]  # all are flags
    assert_not_milder(more, less)


@given(CIRCUMSTANCES, st.sampled_from(Tier))
def test_what_a_mail_quotes_only_adds(known: Circumstances, tier: Tier) -> None:
    known = replace(known, marking_status=status_of(known.marking, known.marking_status))
    low, high = sorted((known.thread, tier))
    assert_not_milder(judged(replace(known, thread=high)), judged(replace(known, thread=low)))


def status_of(tier: Tier, status: MarkingStatus) -> MarkingStatus:
    """Return a status that a marking can have."""
    if tier is Tier.UNMARKED:
        return MarkingStatus.NONE
    return MarkingStatus.MARKED if status is MarkingStatus.NONE else status


@given(CIRCUMSTANCES, st.sampled_from(Tier), st.sampled_from(STATUSES[1:]))
def test_a_higher_marking_of_a_delivery_is_never_milder_but_for_marking_what_now_is_marked(
    known: Circumstances, tier: Tier, status: MarkingStatus
) -> None:
    low, high = sorted((known.marking, tier))
    low_status = MarkingStatus.NONE if low is Tier.UNMARKED else status
    less = judged(replace(known, marking=low, marking_status=low_status))
    more = judged(replace(known, marking=high, marking_status=low_status if high is low else status))
    assert more.outcome.strictness >= less.outcome.strictness
    if more.outcome is less.outcome is Outcome.DELIVER:
        assert {each for each in less.obligations if not each.startswith("mark:")} <= more.obligations
