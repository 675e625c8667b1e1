"""Decides again what was decided, and adds up what would change. No content is needed and memory does not grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.decide.change.compare import Decision, Direction
from gateway.decide.evaluate import Judgement
from gateway.decide.explain import describe_outcome
from gateway.decide.policy import Policy
from gateway.decide.unproved import judge_delivery
from gateway.model.facts import Facts
from gateway.model.record import Recorded
from gateway.model.verdict import Outcome

Kind: TypeAlias = tuple[Outcome, Outcome, tuple[str, ...], tuple[str, ...], bool]
Found: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A delivery decided again: what it was, what it would be, by which rules, on which routes."""

    was: Decision
    now: Decision
    rules_were: frozenset[str]
    rules_now: frozenset[str]
    route_was: str
    route_now: str

    @property
    def is_changed(self) -> bool:
        """True where the outcome, what is owed, or the route would be another."""
        return self.was != self.now or self.route_was != self.route_now

    @property
    def kind(self) -> Kind:
        """What makes a change one of its kind: the outcomes, if they are the same what is owed, and the route."""
        lost: tuple[str, ...] = ()
        gained: tuple[str, ...] = ()
        if self.was.outcome is self.now.outcome:
            lost = tuple(sorted(self.was.obligations - self.now.obligations))
            gained = tuple(sorted(self.now.obligations - self.was.obligations))
        return self.was.outcome, self.now.outcome, lost, gained, self.route_was != self.route_now


def again(policy: Policy, recorded: Recorded) -> Again:
    """Return a delivery decided again under a policy. Total, as deciding is."""
    return _again(recorded, *judge_delivery(policy, recorded.circumstances))


def _again(recorded: Recorded, facts: Facts, judged: Judgement) -> Again:
    return Again(
        was=Decision(outcome=recorded.outcome, obligations=recorded.obligations),
        now=Decision(outcome=judged.outcome, obligations=judged.obligations),
        rules_were=frozenset(recorded.rules),
        rules_now=frozenset(reason.rule for reason in judged.reasons),
        route_was=recorded.route,
        route_now=facts.route,
    )


@dataclass(slots=True, kw_only=True)
class Tally:
    """What deciding again comes to. `shown` is how many transfers are kept of each kind, the first ones received.

    Among what would change, `newly` counts where a rule is a reason that was none, `no_more` where it is none any
    more, and `routes` where it went and would go. `unlike` counts what was decided by this very policy and would yet
    change, which nothing may.
    """

    shown: int = 3
    decided: int = 0
    changed: int = 0
    reasons: int = 0
    unlike: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    first: dict[Kind, list[Found]] = field(default_factory=dict)
    directions: Counter[Direction] = field(default_factory=Counter)
    newly: Counter[str] = field(default_factory=Counter)
    no_more: Counter[str] = field(default_factory=Counter)
    routes: Counter[tuple[str, str, Direction]] = field(default_factory=Counter)

    def add(self, policy: Policy, recorded: Iterable[Recorded]) -> None:
        """Decide some again and count them."""
        for each in recorded:
            self.decided += 1
            facts, judged = judge_delivery(policy, each.circumstances)
            same = (each.outcome, each.obligations, each.route) == (judged.outcome, judged.obligations, facts.route)
            if not same:
                self._change(_again(each, facts, judged), each, policy)
            elif each.rules != tuple([reason.rule for reason in judged.reasons]):
                self.reasons += {*each.rules} != {reason.rule for reason in judged.reasons}

    def _change(self, found: Again, recorded: Recorded, policy: Policy) -> None:
        kind, direction = found.kind, found.was.towards(found.now)
        self.changed += 1
        self.unlike += recorded.policy == policy.hash
        self.kinds[kind] += 1
        self.directions[direction] += 1
        self.routes[found.route_was, found.route_now, direction] += 1
        self.newly.update(found.rules_now - found.rules_were)
        self.no_more.update(found.rules_were - found.rules_now)
        first = self.first.setdefault(kind, [])
        if len(first) < self.shown:
            first.append((recorded.received_at.isoformat(), recorded.transfer_id, recorded.delivery_id))

    def merge(self, other: Tally) -> None:
        """Add what another one counted; the same whatever the order."""
        self.decided += other.decided
        self.changed += other.changed
        self.reasons += other.reasons
        self.unlike += other.unlike
        self.kinds += other.kinds
        self.directions += other.directions
        self.newly += other.newly
        self.no_more += other.no_more
        self.routes += other.routes
        for kind, first in other.first.items():
            self.first[kind] = sorted([*self.first.get(kind, []), *first])[: self.shown]


def direction_of(kind: Kind) -> Direction:
    """Return whether a kind of change is milder or stricter."""
    before, after, lost, gained, _ = kind
    was = Decision(outcome=before, obligations=frozenset(lost))
    return was.towards(Decision(outcome=after, obligations=frozenset(gained)))


def words_of(kind: Kind) -> str:
    """Return a kind of change as a person would say it."""
    before, after, lost, gained, by_other_route = kind
    if before is not after:
        words = f"{before} becomes {after}"
    else:
        owed = [f"no longer {_owed(after, lost)}"] if lost else []
        owed += [f"now {_owed(after, gained)}"] if gained else []
        words = f"{after}, {', '.join(owed)}" if owed else str(after)
    return f"{words}, by another route" if by_other_route else words


def _owed(outcome: Outcome, obligations: Iterable[str]) -> str:
    return describe_outcome(outcome, frozenset(obligations)).removeprefix(f"{outcome}, ")


def by_rule(tally: Tally) -> Mapping[str, tuple[int, int]]:
    """Return how often each rule newly decides, and how often it decides no more."""
    names = sorted({*tally.newly, *tally.no_more})
    return {name: (tally.newly[name], tally.no_more[name]) for name in names}
