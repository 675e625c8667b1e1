"""The evaluator: what the rules that speak add up to. `prove` asks these very functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from gateway.decide.duties import owed
from gateway.decide.explain import ways_to_pass
from gateway.decide.policy import FactName, Policy, Raise, Rule
from gateway.decide.table import Answers, Column, Table, numbers
from gateway.decide.vocabulary import STATUS_RANK
from gateway.model.facts import Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Observed, Outcome, Reason, Verdict

F = FactName
NO_RULE: Final = Reason(
    rule="default/hold", file="policies/README.md", line=1, says="No rule permits this, so it is held."
)
DERIVED: Final = frozenset({FactName.MARKING_STATUS, FactName.TIER})
"""Facts that need more than one field of `Facts`; every other fact is the field of its name."""
COMMON: Final = (
    *(F.ROUTE, F.NETWORK, F.DOMAIN_STATUS, F.GAPS, F.CAN, F.ENCRYPT_REQUESTED, F.PROTECTED_THREAD, F.UNDER_MARKED),
    *(F.RECIPIENT_IS, F.APPROVALS, F.APPROVED_BY, F.AGREEMENT, F.DUE_DILIGENCE, F.ABROAD, F.REASON_GIVEN, F.CONSENT),
)
"""Facts that most policies use and that have few values, in the order in which `rows` asks for them."""
MANY: Final = frozenset({F.DAY, F.ENTITIES, F.PEOPLE, F.RECIPIENT, F.RECIPIENTS, F.SENDER, F.SIZE})
"""Facts with so many values that they are looked up one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules that speak add up to; `rules` are those that decided, none for the default."""

    outcome: Outcome
    obligations: frozenset[str]
    rules: tuple[Rule, ...]
    reasons: tuple[Reason, ...]
    observed: tuple[Observed, ...] = ()


class Evaluator:
    """One policy, compiled: rules that decide, rules that only observe, and raises, in one table."""

    def __init__(self, policy: Policy) -> None:
        self._table = table = Table((*policy.rules, *policy.observed, *policy.raises))
        speakers = table.speakers
        columns, silent = table.columns, Answers(lambda _: table.start)
        self._entities, self._people, self._recipients = (
            columns.get(fact, silent).__getitem__ for fact in (F.ENTITIES, F.PEOPLE, F.RECIPIENTS)
        )
        self._raising = sum(1 << number for number, each in enumerate(speakers) if isinstance(each, Raise))
        seldom = [F.ROUTE, *(fact for fact in columns if fact not in (*DERIVED, *MANY, *COMMON))]
        common, rest = ([columns.get(fact, silent) for fact in facts] for facts in (COMMON, seldom))
        many = sorted(MANY & columns.keys() - {F.ENTITIES, F.PEOPLE, F.RECIPIENTS})
        self._apart = [(columns[fact], attrgetter(str(fact))) for fact in many]
        if len(seldom) > 1:
            self._apart.append((Answers(lambda values: _left(rest, values)), attrgetter(*map(str, seldom))))
        tier, status = (columns.get(fact, silent) for fact in (F.TIER, F.MARKING_STATUS))

        def raised(standing: int) -> Tier:
            each_raise = (speakers[number] for number in numbers(standing))
            return max((each.to for each in each_raise if isinstance(each, Raise)), default=Tier.UNMARKED)

        def together(question: tuple[Any, ...]) -> int:
            raised, marking, marked, *values = question
            rows: int = tier[max(raised, marking)] & status[status_rank(marking, marked)] & _left(common, values)
            return rows & table.start & ~self._raising

        self._raised = Answers(raised)
        self._together = Answers(together)
        self._judgements = Answers(lambda rows: self._of_speaking[table.speaking(rows)])
        self._of_speaking = Answers(self._judge)

    def tier(self, facts: Facts) -> Tier:
        """Return the marking's tier, a suspected marking's too, or what findings raise it to if that is higher."""
        standing = self._entities(facts.entities) & self._people(facts.people)
        raised: Tier = self._raised[standing & self._raising]
        return max(facts.marking, raised)

    def rows(self, facts: Facts) -> int:
        """Return the bits that these facts leave standing.

        Facts that have few values are looked up together; those that most policies use are written out here, because
        reading them by name takes longer than all the rest.
        """
        standing = self._entities(facts.entities) & self._people(facts.people)
        question = (
            self._raised[standing & self._raising],
            facts.marking,
            facts.marking_status,
            facts.route,
            facts.network,
            facts.domain_status,
            facts.gaps,
            facts.can,
            facts.encrypt_requested,
            facts.protected_thread,
            facts.under_marked,
            facts.recipient_is,
            facts.approvals,
            facts.approved_by,
            facts.agreement,
            facts.due_diligence,
            facts.abroad,
            facts.reason_given,
            facts.consent,
        )
        rows: int = self._together[question] & standing & self._recipients(facts.recipients)
        for column, field in self._apart:
            rows &= column[field(facts)]
        return rows

    def judgement(self, facts: Facts) -> Judgement:
        """Return the judgement on one set of facts."""
        found: Judgement = self._judgements[self.rows(facts)]
        return found

    def _judge(self, speaking: int) -> Judgement:
        """Return what the rules that speak add up to, and what those that observe would have changed."""
        rules = [each for each in map(self._table.speakers.__getitem__, numbers(speaking)) if isinstance(each, Rule)]
        rules.sort(key=lambda rule: rule.id)
        deciding = [rule for rule in rules if not rule.observes]
        judgement = add_up(deciding)
        observed = []
        for rule in rules:
            if rule.observes:
                other = add_up([*deciding, rule])
                if (other.outcome, other.obligations) != (judgement.outcome, judgement.obligations):
                    observed.append(Observed(reason=rule.reason, outcome=other.outcome, obligations=other.obligations))
        return judgement if not observed else _with(judgement, tuple(observed))


def _left(columns: Iterable[Column], values: Iterable[Any]) -> int:
    """Return what a value of each fact leaves standing."""
    standing = -1
    for column, value in zip(columns, values, strict=True):
        standing &= column[value]
    return standing


def _with(judgement: Judgement, observed: tuple[Observed, ...]) -> Judgement:
    return Judgement(
        outcome=judgement.outcome,
        obligations=judgement.obligations,
        rules=judgement.rules,
        reasons=judgement.reasons,
        observed=observed,
    )


def add_up(rules: list[Rule]) -> Judgement:
    """Return what rules that speak add up to: the strictest outcome, and without a permit, hold."""
    forbidding: list[Rule] = []
    outcome = Outcome.QUARANTINE
    for outcome in (Outcome.REFUSE, Outcome.QUARANTINE):
        forbidding = [rule for rule in rules if rule.outcome is outcome]
        if forbidding:
            break
    permits = [rule for rule in rules if rule.outcome is Outcome.DELIVER]
    if not forbidding and permits:
        outcome = Outcome.DELIVER
    obligations = owed((each for rule in rules for each in rule.obligations), outcome)
    duties = [rule for rule in rules if rule.outcome is None and not rule.obligations.isdisjoint(obligations)]
    chosen = (permits if outcome is Outcome.DELIVER else forbidding) + duties
    decided = [rule for rule in chosen if rule.outcome]
    said = [each.reason for part in (decided, duties) for each in sorted(part, key=lambda rule: rule.id)]
    return Judgement(
        outcome=outcome,
        obligations=obligations,
        rules=tuple(chosen),
        reasons=tuple(said) if decided else (NO_RULE, *said),
    )


def status_rank(marking: Tier, status: MarkingStatus) -> int:
    """Return the rank of a marking status.

    A marking that is said to be none at all and yet has a tier counts as marked: the stricter reading.
    """
    if status is MarkingStatus.NONE and marking > Tier.UNMARKED:
        return STATUS_RANK[MarkingStatus.MARKED]
    return STATUS_RANK[status]


@lru_cache(maxsize=32)
def evaluator(policy: Policy) -> Evaluator:
    """Return a policy's evaluator."""
    return Evaluator(policy)


def effective_tier(policy: Policy, facts: Facts) -> Tier:
    """Return the tier that the rules go by."""
    return evaluator(policy).tier(facts)


def judge_facts(policy: Policy, facts: Facts) -> Judgement:
    """Return the judgement on one set of facts."""
    return evaluator(policy).judgement(facts)


def decide(policy: Policy, facts: Facts) -> Verdict:
    """Return the verdict on one recipient. Total: every `Facts` has one."""
    return verdict_of(policy, facts, judge_facts(policy, facts))


def verdict_of(policy: Policy, facts: Facts, judgement: Judgement) -> Verdict:
    """Return the verdict that a judgement on these facts comes to."""
    passing: tuple[str, ...] = ()
    if judgement.outcome is not Outcome.DELIVER:
        passing = ways_to_pass(policy, facts, lambda each: judge_facts(policy, each).outcome)
    return Verdict(
        recipient=facts.recipient,
        route=facts.route,
        network=facts.network,
        outcome=judgement.outcome,
        obligations=judgement.obligations,
        reasons=judgement.reasons,
        would_pass_if=passing,
        policy=policy.hash,
        tier=effective_tier(policy, facts),
        observed=judgement.observed,
    )
