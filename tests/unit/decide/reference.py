"""The language of the policy read slowly and naively: each condition by itself, no tables, nothing kept.

What a rule means stands here once more, so that the compiled evaluator and the proof have something to be held against.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.decide.policy import Condition, Conditions, FactName, Law, Operator, Policy, Raise, Rule
from gateway.model.facts import Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome

RANKS = [MarkingStatus.NONE, MarkingStatus.SUSPECTED, MarkingStatus.MARKED]
EVERY_OUTCOME = ("tell:",)
HELD_ONLY = ("ask:",)


def tier_of(policy: Policy, facts: Facts) -> Tier:
    """Return the effective tier: the marking's, or what the strictest raise says."""
    raised = (
        each.to for each in policy.raises if all(holds(condition, facts, facts.marking) for condition in each.when)
    )
    return max(facts.marking, *raised, Tier.UNMARKED)


def status_of(facts: Facts) -> int:
    """Return the rank of the marking status; a tier without a status is as good as marked."""
    if facts.marking is not Tier.UNMARKED and facts.marking_status is MarkingStatus.NONE:
        return RANKS.index(MarkingStatus.MARKED)
    return RANKS.index(facts.marking_status)


def called(address: str) -> set[str]:
    """Return how a rule may name a plain address."""
    local, at, domain = address.rpartition("@")
    return {f"{local}@{domain}".lower(), f"@{domain}".lower()} if at else set()


def value_of(condition: Condition, facts: Facts, tier: Tier) -> Any:  # noqa: ANN401 - facts have values of every kind
    if condition.fact is FactName.TIER:
        return int(tier)
    if condition.fact is FactName.MARKING_STATUS:
        return status_of(facts)
    value = getattr(facts, str(condition.fact))
    if condition.name:
        return sum(count for name, count in value if name == condition.name)
    if condition.fact in (FactName.SENDER, FactName.RECIPIENT):
        return called(value)
    return value


def holds(condition: Condition, facts: Facts, tier: Tier) -> bool:  # noqa: PLR0911 - an operator a line
    """Say whether one condition holds."""
    value, operand = value_of(condition, facts, tier), condition.operand
    if condition.operator is Operator.AT_LEAST:
        return bool(value >= operand)
    if condition.operator is Operator.AT_MOST:
        return bool(value <= operand)
    if condition.operator is Operator.IS:
        return bool(value == operand)
    if condition.operator is Operator.ANY:
        return len(value) > 0
    if condition.operator is Operator.NONE:
        return len(value) == 0
    assert isinstance(operand, frozenset)
    if condition.operator is Operator.ONLY:
        return all(word in operand for word in value)
    return value in operand if isinstance(value, str) else any(word in operand for word in value)


def speaks(speaker: Rule | Law | Raise, facts: Facts, tier: Tier) -> bool:
    """Say whether a rule or a law speaks: all of `when`, and of no exception all."""

    def hold(conditions: Conditions) -> bool:
        return all(holds(each, facts, tier) for each in conditions)

    exceptions = () if isinstance(speaker, Raise) else speaker.unless
    return hold(speaker.when) and not any(hold(each) for each in exceptions)


def owed(obligations: Iterable[str], outcome: Outcome) -> frozenset[str]:
    """Return what a delivery owes, or what is owed when it is held or refused."""
    if outcome is Outcome.DELIVER:
        return frozenset(each for each in obligations if not each.startswith(HELD_ONLY))
    kept = EVERY_OUTCOME + HELD_ONLY if outcome is Outcome.QUARANTINE else EVERY_OUTCOME
    return frozenset(each for each in obligations if each.startswith(kept))


def verdict_of(policy: Policy, facts: Facts) -> tuple[Outcome, frozenset[str], frozenset[str]]:
    """Return outcome, obligations and the ids of the reasons; `default/hold` where nothing decides."""
    tier = tier_of(policy, facts)
    speaking = [rule for rule in policy.rules if speaks(rule, facts, tier)]
    return added_up(speaking)


def added_up(speaking: Iterable[Rule]) -> tuple[Outcome, frozenset[str], frozenset[str]]:
    """Return what rules that speak add up to."""
    speaking = list(speaking)
    outcomes = {rule.outcome for rule in speaking}
    if Outcome.REFUSE in outcomes:
        outcome = Outcome.REFUSE
    elif Outcome.QUARANTINE in outcomes or Outcome.DELIVER not in outcomes:
        outcome = Outcome.QUARANTINE
    else:
        outcome = Outcome.DELIVER
    obligations = owed({each for rule in speaking for each in rule.obligations}, outcome)
    decided = {rule.id for rule in speaking if rule.outcome is outcome}
    duties = {rule.id for rule in speaking if rule.outcome is None and rule.obligations & obligations}
    return outcome, obligations, frozenset((decided or {"default/hold"}) | duties)
