"""The proof against exhaustive enumeration: small random policies, every input, the real evaluator.

A policy is small enough here to ask about each of its inputs. What the proof says without asking must be the same:
which laws are broken, which rules never match or change nothing, whether more is ever milder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings

from gateway.decide.evaluate import judge_facts
from gateway.decide.policy import Law, Policy, Rule
from gateway.decide.proof import prove as proving
from gateway.decide.proof.exceptions import exceptions, overlapping, unmet
from gateway.decide.proof.lints import idle, idle_raises, impossible
from gateway.decide.proof.milder import milder
from gateway.decide.proof.prove import prove
from gateway.decide.proof.rows import Rows
from gateway.decide.proof.universe import Universe
from gateway.model.facts import Counted, Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Obligation, Outcome
from tests.unit.decide.reference import added_up, holds, speaks, tier_of
from tests.unit.decide.small_policies import IN_ORDER, IN_ORDER_WITHOUT_DUTIES, SMALL, Small

FEWER = settings(max_examples=settings().max_examples * 2 // 5)


def breaks(policy: Policy, law: Law, facts: Facts) -> bool:
    """Say whether one input breaks a law, as the evaluator decides it."""
    if not speaks(law, facts, tier_of(policy, facts)):
        return False
    judgement = judge_facts(policy, facts)
    wanted = law.outcome_at_least or Outcome.DELIVER
    if judgement.outcome.strictness < wanted.strictness:
        return True
    return judgement.outcome is Outcome.DELIVER and not law.obligations <= judgement.obligations


@given(SMALL)
@FEWER
def test_the_proof_and_enumeration_agree_on_every_law(small: Small) -> None:
    policy = small.policy
    inputs = list(small.facts)
    broken = {law.id for law in policy.laws if any(breaks(policy, law, facts) for facts in inputs)}
    proved = {each.partition(":")[0] for each in prove(policy).proved}
    assert {law.id for law in policy.laws} - broken == {law.id for law in policy.laws if law.id in proved}


@given(SMALL)
@FEWER
def test_a_counterexample_breaks_its_law_when_it_is_decided(small: Small) -> None:
    rows = Rows(small.policy, Universe(small.policy))
    for law in small.policy.laws:
        facts = proving._counterexample(rows, law)
        assert facts is None or breaks(small.policy, law, facts)


@given(SMALL)
@FEWER
def test_a_seal_that_nobody_can_open_is_found_wherever_there_is_one(small: Small) -> None:
    if "can" not in small.inputs:
        return
    found = any(
        not facts.can
        and judge_facts(small.policy, facts).outcome is Outcome.DELIVER
        and Obligation.SEAL_AES256 in judge_facts(small.policy, facts).obligations
        for facts in small.facts
    )
    proved = {each.partition(":")[0] for each in prove(small.policy).proved}
    assert (proving.CAN_BE_MET not in proved) == found


@given(SMALL)
@FEWER
def test_a_rule_is_impossible_where_no_input_makes_it_speak(small: Small) -> None:
    policy = small.policy
    never = {rule.id for rule in policy.rules}
    for facts in small.facts:
        tier = tier_of(policy, facts)
        never -= {rule.id for rule in policy.rules if rule.id in never and speaks(rule, facts, tier)}
        if not never:
            break
    assert {rule.id for rule, _ in impossible(Rows(policy, Universe(policy)))} == never


@given(SMALL)
@FEWER
def test_a_rule_is_idle_where_no_verdict_would_miss_it(small: Small) -> None:
    policy = small.policy
    rows = Rows(policy, Universe(policy))
    never = {rule for rule, _ in impossible(rows)}
    missed: set[str] = set()
    for facts in small.facts:
        tier = tier_of(policy, facts)
        speaking = [rule for rule in policy.rules if speaks(rule, facts, tier)]
        missed |= {rule.id for rule in speaking if rule.id not in missed and would_miss(speaking, rule)}
    said = {complaint.message.split("'")[1] for complaint in idle(rows, never)}
    assert said == {rule.id for rule in policy.rules if rule not in never} - missed


def would_miss(speaking: list[Rule], rule: Rule) -> bool:
    """Say whether a verdict would be another one without a rule, or would be held only because nothing is said."""
    with_it, without = (added_up(rules) for rules in (speaking, [each for each in speaking if each is not rule]))
    return with_it[:2] != without[:2] or (rule.outcome is with_it[0] and "default/hold" in without[2])


@given(SMALL)
@FEWER
def test_an_exception_lets_nothing_pass_where_no_input_that_it_excepts_is_delivered(small: Small) -> None:
    policy = small.policy
    passing: set[tuple[str, int]] = set()
    for facts in small.facts:
        if judge_facts(policy, facts).outcome is Outcome.DELIVER:
            passing |= set(excepted(policy, facts))
    wanted = [
        rule.id
        for rule in policy.rules
        if rule.outcome in (Outcome.QUARANTINE, Outcome.REFUSE)
        for number in range(len(rule.unless))
        if (rule.id, number) not in passing
    ]
    said = [complaint.message.split("'")[1] for complaint in exceptions(Rows(policy, Universe(policy)))]
    assert said == wanted


@given(SMALL)
@FEWER
def test_an_exception_is_never_met_or_lies_within_another_exactly_where_the_inputs_say_so(small: Small) -> None:
    policy = small.policy
    by_place: dict[tuple[str, int], set[int]] = {}
    never = {rule.id for rule, _ in impossible(Rows(policy, Universe(policy)))}
    for number, facts in enumerate(small.facts):
        for place in excepted(policy, facts):
            by_place.setdefault(place, set()).add(number)
    rows = Rows(policy, Universe(policy))
    skipped = {rule for rule in policy.rules if rule.id in never}
    said = [complaint.message.split("'")[1] for complaint in unmet(rows, skipped)]
    assert said == [
        rule.id
        for rule in policy.rules
        if rule.outcome not in (Outcome.QUARANTINE, Outcome.REFUSE) and rule.id not in never
        for place in range(len(rule.unless))
        if (rule.id, place) not in by_place
    ]
    said = [complaint.message.split("'")[1] for complaint in overlapping(rows)]
    assert said == [
        rule.id
        for rule in policy.rules
        for place in range(len(rule.unless))
        if is_within_another({n: by_place.get((rule.id, n), set()) for n in range(len(rule.unless))}, place)
    ]


def is_within_another(inputs: dict[int, set[int]], place: int) -> bool:
    """Say whether what one exception excepts is some of what another does, or all of what an earlier one does."""
    own = inputs[place]
    return bool(own) and any(
        own < others or (own == others and other < place) for other, others in inputs.items() if other != place
    )


@given(SMALL)
@FEWER
def test_a_raise_is_idle_exactly_where_no_input_has_another_tier_without_it(small: Small) -> None:
    policy = small.policy
    found = {(facts.entities, facts.people): facts for facts in small.facts}
    plain = [replace(facts, marking=Tier.UNMARKED) for facts in found.values()]
    idle_ones = []
    for each in policy.raises:
        without = replace(policy, raises=tuple(other for other in policy.raises if other is not each))
        if all(tier_of(policy, facts) is tier_of(without, facts) for facts in plain):
            idle_ones.append(each.id)
    assert [complaint.message.split("'")[1] for complaint in idle_raises(policy)] == idle_ones


def excepted(policy: Policy, facts: Facts) -> Iterator[tuple[str, int]]:
    """Yield the exceptions, by rule and place, that an input makes use of."""
    tier = tier_of(policy, facts)
    for rule in policy.rules:
        if all(holds(each, facts, tier) for each in rule.when):
            for number, exception in enumerate(rule.unless):
                if all(holds(each, facts, tier) for each in exception):
                    yield rule.id, number


def little_more(facts: Facts) -> Iterator[Facts]:
    """Yield inputs with a little more of one thing that has an order."""
    status = facts.marking_status
    if facts.marking < Tier.TOP_SECRET:
        higher = Tier(facts.marking + 1)
        none = status is MarkingStatus.NONE
        yield replace(facts, marking=higher, marking_status=MarkingStatus.SUSPECTED if none else status)
    if status is not MarkingStatus.MARKED:
        yield replace(facts, marking_status=MarkingStatus.MARKED)
    yield replace(facts, people=facts.people + 1)
    yield replace(facts, size=facts.size + 1)
    for name in ("NHS_NUMBER", "UPN"):
        counts = dict(facts.entities)
        yield replace(facts, entities=tuple(sorted((counts | {name: counts.get(name, 0) + 1}).items())))
    external = dict(facts.recipients).get(Counted.EXTERNAL, 0)
    yield replace(facts, recipients=((Counted.EXTERNAL, external + 1),))
    yield replace(facts, encrypt_requested=True)
    yield replace(facts, protected_thread=True)
    for field in ("gaps", "caveats", "descriptors", "recipient_is", "under_marked"):
        had = getattr(facts, field)
        for word in MORE_WORDS[field]:
            yield replace(facts, **{field: had | {word}})


MORE_WORDS = {
    "gaps": ["encrypted", "corrupt", "timeout"],
    "caveats": ["UK EYES ONLY", "OTHER"],
    "descriptors": ["STAFF", "LOCSEN", "OTHER"],
    "recipient_is": ["group", "new", "look_alike"],
    "under_marked": ["content", "attachment"],
}


def milder_pair(small: Small, most: int = 1500) -> tuple[Facts, Facts] | None:
    """Return two inputs of which the one with more is judged milder; None where there are none among the first."""
    for number, facts in enumerate(small.facts):
        if number == most:
            return None
        before = judge_facts(small.policy, facts)
        for more in little_more(facts):
            after = judge_facts(small.policy, more)
            is_milder = after.outcome.strictness < before.outcome.strictness
            if is_milder or (after.outcome is before.outcome and not before.obligations <= after.obligations):
                return facts, more
    return None


@given(SMALL)
@FEWER
def test_where_more_is_milder_the_proof_says_so(small: Small) -> None:
    said = list(milder(Rows(small.policy, Universe(small.policy))))
    if not said:
        assert milder_pair(small) is None


@given(IN_ORDER)
@FEWER
def test_where_permits_owe_something_the_proof_says_more_is_milder_exactly_where_it_is(small: Small) -> None:
    said = list(milder(Rows(small.policy, Universe(small.policy))))
    pair = milder_pair(small)
    assert bool(said) >= (pair is not None)
    for _, complaint in said:
        assert complaint.message.startswith("more is milder: ")
        assert "; but " in complaint.message


@given(IN_ORDER_WITHOUT_DUTIES)
@FEWER
def test_rules_that_are_bounded_from_the_right_side_are_never_said_to_make_more_milder(small: Small) -> None:
    assert list(milder(Rows(small.policy, Universe(small.policy)))) == []
    assert milder_pair(small) is None
