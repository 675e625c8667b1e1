"""What is odd about a policy that holds its laws: rules and raises without effect, silence, routes to nobody known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.decide.explain import describe
from gateway.decide.facts import with_groups
from gateway.decide.policy import FactName, Policy, Raise, Route, Rule
from gateway.decide.proof.rows import Forbidding, Rows
from gateway.decide.proof.search import Clause, TooHard
from gateway.decide.table import test_of
from gateway.errors import Complaint
from gateway.model.facts import Facts
from gateway.model.verdict import OF_HELD, OWING, Outcome, Owing

TELL: Final = OWING[Owing.TELL]


def impossible(rows: Rows) -> Iterator[tuple[Rule, Complaint]]:
    """Yield rules whose conditions exclude one another."""
    for rule in (*rows.policy.rules, *rows.policy.observed):
        if not rows.universe.has([rows.of(rule)]):
            message = f"the rule '{rule.id}' can never match; its conditions exclude one another"
            yield rule, about(rule, message)


def idle(rows: Rows, skipped: set[Rule]) -> Iterator[Complaint]:
    """Yield rules that change no verdict and give no reason of their own: another one always says as much."""
    for rule in rows.policy.rules:
        try:
            if rule not in skipped and not _matters(rows, rule):
                message = f"the rule '{rule.id}' changes no verdict; another rule always says at least as much"
                yield about(rule, message)
        except TooHard:
            yield about(rule, f"whether the rule '{rule.id}' changes any verdict takes too long to find out")


def _matters(rows: Rows, rule: Rule) -> bool:
    own = rows.of(rule)
    if rule.outcome in (Outcome.QUARANTINE, Outcome.REFUSE):
        which = Forbidding.REFUSED if rule.outcome is Outcome.REFUSE else Forbidding.ANY
        if _exists(rows, [own], rows.forbidding(which, but=rule)):
            return True
    if rule.outcome is Outcome.DELIVER:
        others = [*rows.forbidding(Forbidding.ANY), *rows.permitting(but=rule)]
        if _exists(rows, [own], others):
            return True
    return any(_adds(rows, rule, obligation) for obligation in rule.obligations)


def _adds(rows: Rows, rule: Rule, obligation: str) -> bool:
    """Say whether some verdict owes an obligation because of this rule alone."""
    own, others = rows.of(rule), rows.adding(obligation, but=rule)
    if TELL.fullmatch(obligation):
        return _exists(rows, [own], others)
    if obligation in OF_HELD:
        silent = [*rows.forbidding(Forbidding.REFUSED), *others]
        held = any(_exists(rows, [own, forbid], silent) for forbid in rows.forbidding(Forbidding.ANY))
        return held or _exists(rows, [own], [*silent, *rows.permitting()])
    silent = [*rows.forbidding(Forbidding.ANY), *others]
    return any(_exists(rows, [own, rows.of(permit)], silent) for permit in rows.permits)


def _exists(rows: Rows, speaking: list[Clause], silent: list[Clause]) -> bool:
    return rows.universe.has(speaking, silent)


def idle_raises(policy: Policy) -> Iterator[Complaint]:
    """Yield raises that raise nothing: with the least that makes one speak, another raises to as much already.

    A raise speaks from some count on, so with more the other one speaks too.
    """
    for each in policy.raises:
        least = {condition.name: condition.operand for condition in each.when if isinstance(condition.operand, int)}
        people = least.pop("", 0)
        entities = with_groups(tuple(least.items()), policy)
        as_much = (other for other in policy.raises if other is not each and other.to >= each.to)
        if any(_raises(other, entities, people) for other in as_much):
            yield about(each, f"the raise '{each.id}' changes no tier; another one always raises to as much")


def _raises(each: Raise, entities: tuple[tuple[str, int], ...], people: int) -> bool:
    return all(test_of(condition)(entities if condition.name else people) for condition in each.when)


def silent_ways(rows: Rows) -> Iterator[Complaint]:
    """Yield ways out on which something is held only because no rule says anything."""
    saying = [*rows.forbidding(Forbidding.ANY), *rows.permitting()]
    seen = set()
    axes = rows.universe.axes
    number = axes.of[FactName.ROUTE, ""]
    for place, piece in enumerate(axes.axes[number].pieces):
        network = piece["network"]
        if network in seen or not piece["route"]:
            continue
        found: Facts | None = None
        try:
            found = rows.universe.find([], saying, ((number, 1 << place),))
        except TooHard:
            continue
        if found is not None:
            seen.add(network)
            message = f"no rule says anything of this, so it is held: {describe(found)}"
            yield about(_nearest(rows, number, place), message)


def _nearest(rows: Rows, number: int, place: int) -> Rule:
    """Return the rule to look at where nothing is said of a way: the first that permits something there."""
    permits = (
        each for each in rows.permits if all(bits >> place & 1 for axis, bits in rows.of(each).when if axis == number)
    )
    return next(permits, rows.policy.rules[0])


def without_agreement(policy: Policy) -> Iterator[Complaint]:
    """Yield routes to one recipient who is no partner's, or whose partner has signed no agreement."""
    for route in policy.routes.values():
        partner = policy.directory.partner_of(route.recipient) if route.recipient else None
        if route.recipient and partner is None:
            yield about(route, f"the route '{route.id}' leads to {route.recipient}, who is not in partners.yaml")
        elif partner and not any(partner.id in each.partners for each in policy.directory.signed):
            yield about(route, f"the route '{route.id}' leads to {partner.id}, with whom there is no agreement")


def about(rule: Raise | Route | Rule, message: str) -> Complaint:
    """Return a complaint about something, where it is written."""
    where = rule.written
    return Complaint(file=where.file, line=where.line, column=where.column, message=message)
