"""The evaluator: rules compiled to closures over single facts, and what the rules that speak add up to.

Every rule has one bit that stays set while its `when` conditions hold, and one for its `unless`. A fact clears the
bits of the conditions it fails, so the bits of several facts are combined with `&`. `prove` goes over every input class
with these very functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

from gateway.decide.explain import ways_to_pass
from gateway.decide.policy import (
    COUNTED_BY_CLASSIFY,
    ONE_A_PERSON,
    Condition,
    FactName,
    Law,
    Operator,
    Policy,
    Raise,
    Rule,
)
from gateway.decide.terms import STATUS_RANK
from gateway.model.facts import Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Obligation, Outcome, Reason, Verdict

NO_RULE: Final = Reason(
    rule="default/hold", file="policies/README.md", line=1, says="No rule permits this, so it is held."
)
View: TypeAlias = Mapping[FactName, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Compiled rules: for each fact, tests and the bits that a failed test leaves standing."""

    size: int
    start: int
    tests: Mapping[FactName, tuple[tuple[int, Callable[[Any], bool]], ...]]

    def rows(self, view: View) -> int:
        """Return the bits that these facts leave standing."""
        bits = self.start
        for fact, value in view.items():
            for kept, test in self.tests.get(fact, ()):
                if not test(value):
                    bits &= kept
        return bits

    def speaking(self, rows: int) -> int:
        """Return the bits of those whose conditions hold and whose exception does not."""
        return rows & ~(rows >> self.size) & ((1 << self.size) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules that speak add up to; `rules` are those that decided, none for the default."""

    outcome: Outcome
    obligations: frozenset[Obligation]
    rules: tuple[Rule, ...]


def table_of(speakers: Sequence[Rule | Law | Raise]) -> Table:
    """Compile rules, laws or raises; bit n belongs to speaker n."""
    size = len(speakers)
    start = (1 << size) - 1
    tests: dict[FactName, list[tuple[int, Callable[[Any], bool]]]] = {}
    for number, speaker in enumerate(speakers):
        for condition in speaker.when:
            tests.setdefault(condition.fact, []).append((~(1 << number), test_of(condition)))
        unless = () if isinstance(speaker, Raise) else speaker.unless
        start |= (1 << (size + number)) if unless else 0
        for condition in unless:
            tests.setdefault(condition.fact, []).append((~(1 << (size + number)), test_of(condition)))
    return Table(size=size, start=start, tests={fact: tuple(each) for fact, each in tests.items()})


def test_of(condition: Condition) -> Callable[[Any], bool]:
    """Return the closure that tests one condition's fact."""
    operand: Any = condition.operand
    if condition.entity:
        entity, at_least = condition.entity, condition.operator is Operator.AT_LEAST
        return lambda counts: (counts.get(entity, 0) >= operand) if at_least else (counts.get(entity, 0) <= operand)
    if condition.fact in {FactName.CAN, FactName.GAPS} and condition.operator is Operator.ONE_OF:
        return lambda value: not operand.isdisjoint(value)
    tests: dict[Operator, Callable[[Any], bool]] = {
        Operator.ANY: bool,
        Operator.AT_LEAST: lambda value: bool(value >= operand),
        Operator.AT_MOST: lambda value: bool(value <= operand),
        Operator.IS: lambda value: value is operand,
        Operator.NONE: lambda value: not value,
        Operator.ONE_OF: lambda value: value in operand,
        Operator.ONLY: lambda value: bool(operand.issuperset(value)),
    }
    return tests[condition.operator]


@lru_cache(maxsize=32)
def tables(policy: Policy) -> tuple[Table, Table]:
    """Return the compiled rules (laws behind them) and the compiled raises of a policy."""
    return table_of((*policy.rules, *policy.laws)), table_of(policy.raises)


def _raised(policy: Policy, counts: Mapping[str, int], people: int) -> Tier:
    table = tables(policy)[1]
    speaking = table.speaking(table.rows({FactName.ENTITIES: counts, FactName.PEOPLE: people}))
    raises = (each.to for number, each in enumerate(policy.raises) if speaking >> number & 1)
    return max(raises, default=Tier.UNMARKED)


def _people(facts: Facts) -> int:
    """Return the number of people: as classify counted, and no fewer than findings of which a person has one.

    The same number found twice counts twice here, which errs on the strict side; what classify counted itself, by
    different values, is not counted again.
    """
    by_finding = ONE_A_PERSON if facts.people is None else ONE_A_PERSON - COUNTED_BY_CLASSIFY
    counts = (count for entity, count in facts.entities if entity in by_finding)
    return max(facts.people or 0, *counts, 0)


def effective_tier(policy: Policy, facts: Facts) -> Tier:
    """Return the marking's tier, a suspected marking's too, or what findings raise it to if that is higher."""
    return max(facts.marking, _raised(policy, dict(facts.entities), _people(facts)))


def about_content(policy: Policy, facts: Facts) -> dict[FactName, Any]:
    """Return the facts that have an order, as conditions look at them.

    A marking that is said to be none at all and yet has a tier counts as marked: the stricter reading.
    """
    status = facts.marking_status
    if status is MarkingStatus.NONE and facts.marking > Tier.UNMARKED:
        status = MarkingStatus.MARKED
    return {
        FactName.TIER: effective_tier(policy, facts),
        FactName.MARKING_STATUS: STATUS_RANK[status],
        FactName.ENTITIES: dict(facts.entities),
        FactName.PEOPLE: _people(facts),
        FactName.GAPS: facts.gaps,
        FactName.SIZE: facts.size,
    }


def about_way(facts: Facts) -> dict[FactName, Any]:
    """Return the facts about the recipient, the route and the wishes, as conditions look at them."""
    return {
        FactName.ROUTE: facts.route,
        FactName.NETWORK: facts.network,
        FactName.DOMAIN_STATUS: facts.domain_status,
        FactName.CAN: facts.can,
        FactName.ENCRYPT_REQUESTED: facts.encrypt_requested,
        FactName.RELEASED: facts.released,
    }


def judge(policy: Policy, rows: int) -> Judgement:
    """Return what the rules that speak in `rows` add up to: strictest outcome; without a permit, hold."""
    speaking = tables(policy)[0].speaking(rows)
    rules = [rule for number, rule in enumerate(policy.rules) if speaking >> number & 1]
    for outcome in (Outcome.REFUSE, Outcome.QUARANTINE):
        forbidding = tuple(rule for rule in rules if rule.outcome is outcome)
        if forbidding:
            return Judgement(outcome=outcome, obligations=frozenset(), rules=forbidding)
    permits = tuple(rule for rule in rules if rule.outcome is Outcome.DELIVER)
    if not permits:
        return Judgement(outcome=Outcome.QUARANTINE, obligations=frozenset(), rules=())
    duties = tuple(rule for rule in rules if rule.outcome is None)
    owed: frozenset[Obligation] = reduce(frozenset.union, (rule.obligations for rule in rules), frozenset())
    return Judgement(outcome=Outcome.DELIVER, obligations=owed, rules=(*permits, *duties))


def judge_facts(policy: Policy, facts: Facts) -> Judgement:
    """Return the judgement on one set of facts."""
    table = tables(policy)[0]
    return judge(policy, table.rows(about_content(policy, facts)) & table.rows(about_way(facts)))


def decide(policy: Policy, facts: Facts) -> Verdict:
    """Return the verdict on one recipient. Total: every `Facts` has one."""
    judgement = judge_facts(policy, facts)
    reasons = sorted((rule.reason for rule in judgement.rules if rule.outcome), key=lambda reason: reason.rule)
    reasons += sorted((rule.reason for rule in judgement.rules if not rule.outcome), key=lambda reason: reason.rule)
    delivered = judgement.outcome is Outcome.DELIVER
    return Verdict(
        recipient=facts.recipient,
        route=facts.route,
        network=facts.network,
        outcome=judgement.outcome,
        obligations=judgement.obligations,
        reasons=tuple(reasons) or (NO_RULE,),
        would_pass_if=() if delivered else ways_to_pass(policy, facts, lambda each: judge_facts(policy, each).outcome),
        policy=policy.hash,
    )
