"""The evaluator: what the rules that speak add up to. `prove` asks these very functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Final

from gateway.decide.duties import owed
from gateway.decide.explain import ways_to_pass
from gateway.decide.policy import FactName, Policy, Rule
from gateway.decide.table import Answers, Column, Table, numbers
from gateway.decide.vocabulary import STATUS_RANK
from gateway.model.facts import Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Observed, Outcome, Reason, Verdict

F = FactName
NO_RULE: Final = Reason(
    rule="default/hold",
    file="policies/README.md",
    line=1,
    says="No rule permits this, so it is held.",
    welsh="Nid oes rheol yn caniatáu hyn, felly fe'i delir.",
)
OF_CONTENT: Final = (F.TIER, F.MARKING_STATUS, F.GAPS, F.UNDER_MARKED, F.PROTECTED_THREAD)
OF_WAY: Final = (
    *(F.ROUTE, F.NETWORK, F.DOMAIN_STATUS, F.CAN),
    *(F.RECIPIENT_IS, F.AGREEMENT, F.DUE_DILIGENCE, F.ABROAD),
)
OF_PEOPLE: Final = (F.ENCRYPT_REQUESTED, F.REASON_GIVEN, F.CONSENT, F.APPROVALS, F.APPROVED_BY)
"""Facts that most policies use and that have few values, in the order in which `rows` asks for them.

They are asked for in three groups, of which each has few answers; all of them at once have thousands.
"""
ALWAYS: Final = (F.ENTITIES, F.PEOPLE, F.RECIPIENTS)
MANY: Final = (F.DAY, F.RECIPIENT, F.SENDER, F.SIZE)
"""Facts with so many values that they are looked up one by one, for every policy or where it uses them."""


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
        raises = sorted(policy.raises, key=lambda each: each.to)
        self._table = table = Table((*policy.rules, *policy.observed, *raises))
        below = len(table.speakers) - len(raises)  # raises have the last bits: the highest that stands tells the tier
        self._raising = ((1 << len(raises)) - 1) << below
        self._raised = [*(Tier.UNMARKED,) * (below + 1), *(each.to for each in raises)]
        rules, silent = table.start & ~self._raising, Answers(lambda _: table.start)

        def of(facts: Iterable[FactName]) -> list[Column]:
            return [table.columns.get(fact, silent) for fact in facts]

        def content(question: tuple[Any, ...]) -> int:
            raised, marking, marked, *values = question
            return _left(of(OF_CONTENT), rules, (max(raised, marking), status_rank(marking, marked), *values))

        self._entities, self._people, self._recipients = of(ALWAYS)
        self._content = Answers(content)
        self._way, self._of_people = (Answers(partial(_left, of(facts), rules)) for facts in (OF_WAY, OF_PEOPLE))
        self._apart = [(table.columns[each], attrgetter(str(each))) for each in MANY if each in table.columns]
        asked = {*ALWAYS, *MANY, *OF_CONTENT, *OF_WAY, *OF_PEOPLE}
        seldom = [F.ROUTE, *(each for each in table.columns if each not in asked)]
        if len(seldom) > 1:
            self._apart.append((Answers(partial(_left, of(seldom), rules)), attrgetter(*map(str, seldom))))
        self._judgements = Answers(lambda rows: self._of_speaking[table.speaking(rows)])
        self._of_speaking = Answers(self._judge)

    def tier(self, facts: Facts) -> Tier:
        """Return the marking's tier, a suspected marking's too, or what findings raise it to if that is higher."""
        standing = self._entities[facts.entities] & self._people[facts.people]
        return max(facts.marking, self._raised[(standing & self._raising).bit_length()])

    def rows(self, facts: Facts) -> int:
        """Return the bits that these facts leave standing.

        Facts that have few values are looked up together; those that most policies use are written out here, because
        reading them by name takes longer than all the rest.
        """
        standing = self._entities[facts.entities] & self._people[facts.people]
        content = (
            self._raised[(standing & self._raising).bit_length()],
            facts.marking,
            facts.marking_status,
            facts.gaps,
            facts.under_marked,
            facts.protected_thread,
        )
        way = (
            facts.route,
            facts.network,
            facts.domain_status,
            facts.can,
            facts.recipient_is,
            facts.agreement,
            facts.due_diligence,
            facts.abroad,
        )
        people = (facts.encrypt_requested, facts.reason_given, facts.consent, facts.approvals, facts.approved_by)
        standing &= self._recipients[facts.recipients]
        rows: int = standing & self._content[content] & self._way[way] & self._of_people[people]
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


def _left(columns: Iterable[Column], standing: int, values: Iterable[Any]) -> int:
    """Return which of the bits that stand a value of each fact leaves standing."""
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
