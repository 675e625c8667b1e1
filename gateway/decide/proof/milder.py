"""Whether more is ever milder, rule by rule: with more, no permit may begin to speak, and no other rule fall silent.

A rule that permits may fall silent with more; where it owes something itself, no other may then permit it without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gateway.decide.evaluate import judge_facts
from gateway.decide.explain import describe, describe_outcome
from gateway.decide.policy import Rule
from gateway.decide.proof.axes import RAISE
from gateway.decide.proof.rows import Forbidding, Rows
from gateway.decide.proof.search import Clause, Limits
from gateway.errors import Complaint
from gateway.model.facts import Facts
from gateway.model.verdict import Outcome

NEVER_MILDER: Final = "house/never-milder"


def milder(rows: Rows) -> Iterator[tuple[str, Complaint]]:
    """Yield one complaint if some rule makes more milder; with a pair of verdicts that shows it, where there is one."""
    for rule in rows.policy.rules:
        for number, less, more in _turns(rows, rows.of(rule), speaking=rule.outcome is Outcome.DELIVER):
            shown = _shown(rows, rule, number, less, more)
            yield NEVER_MILDER, _complaint(rule, shown or f"more is milder: the rule '{rule.id}' allows more of it")
            return
    for rule in rows.permits:
        lost = _lost(rows, rule)
        if lost:
            yield NEVER_MILDER, _complaint(rule, lost)
            return


def _turns(rows: Rows, clause: Clause, *, speaking: bool) -> Iterator[tuple[int, int, int]]:
    """Yield the axis and two of its pieces where more may make a clause begin to speak, or fall silent."""
    for limits, has_exception in ((clause.when, False), *((exception, True) for exception in clause.unless)):
        for number, bits in limits:
            for less, more in rows.universe.axes.axes[number].steps:
                before, after = bits >> less & 1, bits >> more & 1
                begins, ends = after > before, before > after
                if begins if speaking is not has_exception else ends:
                    yield number, less, more


def _shown(rows: Rows, rule: Rule, number: int, less: int, more: int) -> str:
    """Return two real verdicts of which the one on more is milder; empty where other rules make up for it."""
    others = rows.forbidding(Forbidding.ANY, but=rule)
    speaks_at = more if rule.outcome is Outcome.DELIVER else less
    within: Limits = ((number, 1 << speaks_at),)
    for permit in rows.permits:
        found = rows.universe.find([rows.of(rule), rows.of(permit)], others, within)
        shown = _pair(rows, found, number, less, more) if found is not None else ""
        if shown:
            return shown
    return ""


def _lost(rows: Rows, rule: Rule) -> str:
    """Return two real verdicts of which the one on more lacks what this permit owes; empty where there are none.

    All other rules keep the order here, so what lets it go with more lets it go with less.
    """
    forbidding, clause = rows.forbidding(Forbidding.ANY), rows.of(rule)
    for obligation in sorted(rule.obligations):
        silent = [*forbidding, *rows.adding(obligation, but=rule), clause]
        for number, less, more in _turns(rows, clause, speaking=False):
            before = _as_at(clause, number, less)
            for permit in rows.permits:
                if before is None or permit is rule:
                    continue
                found = rows.universe.find([before, rows.of(permit)], silent, ((number, 1 << more),))
                shown = _pair(rows, found, number, less, more) if found is not None else ""
                if shown:
                    return shown
    return ""


def _as_at(clause: Clause, number: int, place: int) -> Clause | None:
    """Return a clause as if one axis stood on a piece; None where it is silent there."""
    exceptions = [each for each in clause.unless if _meets(each, number, place)]
    unless = tuple(_without(each, number) for each in exceptions)
    if not _meets(clause.when, number, place) or () in unless:
        return None
    return Clause(when=_without(clause.when, number), unless=unless)


def _meets(limits: Limits, number: int, place: int) -> bool:
    return all(bits >> place & 1 for axis, bits in limits if axis == number)


def _without(limits: Limits, number: int) -> Limits:
    return tuple(each for each in limits if each[0] != number)


def _pair(rows: Rows, found: Facts, number: int, less: int, more: int) -> str:
    """Return the verdicts on both pieces of an axis, if the one on more is milder; empty if it is not."""
    pair = [_moved(rows, found, number, place, most=more) for place in (less, more)]
    before, after = (judge_facts(rows.policy, facts) for facts in pair)
    is_milder = after.outcome.strictness < before.outcome.strictness
    if not is_milder and (after.outcome is not before.outcome or before.obligations <= after.obligations):
        return ""
    said = [describe(each) for each in pair]
    outcomes = [describe_outcome(each.outcome, each.obligations) for each in (before, after)]
    return f"more is milder: {said[0]}: {outcomes[0]}; but {said[1]}: {outcomes[1]}"


def _moved(rows: Rows, facts: Facts, number: int, place: int, *, most: int) -> Facts:
    """Return the facts with one axis on another piece; where fewer findings are meant, with none."""
    axes = rows.universe.axes
    pieces = axes.axes[number].pieces
    if pieces[place].get(RAISE) != pieces[most].get(RAISE):
        facts = replace(facts, entities=(), people=0)
    return axes.moved(facts, number, place)


def _complaint(rule: Rule, message: str) -> Complaint:
    where = rule.written
    return Complaint(file=where.file, line=where.line, column=where.column, message=message)
