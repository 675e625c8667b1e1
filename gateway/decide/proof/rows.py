"""The rules of one policy as clauses over its inputs, by what they do."""

from __future__ import annotations

from enum import StrEnum

from gateway.decide.policy import FactName, Policy, Rule
from gateway.decide.proof.search import Clause, Limits
from gateway.decide.proof.universe import Universe
from gateway.model.verdict import Outcome


class Forbidding(StrEnum):
    """Which of the rules that forbid."""

    ANY = "any"
    REFUSED = "refused"


class Rows:
    """Clauses by rule; those that only observe have clauses too, and are among none of the lists."""

    def __init__(self, policy: Policy, universe: Universe) -> None:
        self.policy, self.universe = policy, universe
        self._clauses = {rule.id: universe.clause(rule) for rule in (*policy.rules, *policy.observed)}
        self.permits = [rule for rule in policy.rules if rule.outcome is Outcome.DELIVER]

    def of(self, rule: Rule) -> Clause:
        """Return the clause of a rule."""
        return self._clauses[rule.id]

    def forbidding(self, which: Forbidding, *, but: Rule | None = None) -> list[Clause]:
        """Return the clauses of rules that forbid, without one of them."""
        wanted = {Outcome.REFUSE} if which is Forbidding.REFUSED else {Outcome.REFUSE, Outcome.QUARANTINE}
        return [self.of(rule) for rule in self.policy.rules if rule.outcome in wanted and rule is not but]

    def permitting(self, *, but: Rule | None = None) -> list[Clause]:
        """Return the clauses of rules that permit, without one of them."""
        return [self.of(rule) for rule in self.permits if rule is not but]

    def adding(self, obligation: str, *, but: Rule | None = None) -> list[Clause]:
        """Return the clauses of rules that add an obligation, without one of them."""
        return [self.of(rule) for rule in self.policy.rules if obligation in rule.obligations and rule is not but]

    def who_can(self, methods: frozenset[str]) -> Limits:
        """Return the limits to recipients who can open these sealed forms and no others."""
        number = self.universe.axes.of[FactName.CAN, ""]
        pieces = self.universe.axes.axes[number].pieces
        return ((number, sum(1 << place for place, piece in enumerate(pieces) if piece["can"] <= methods)),)
