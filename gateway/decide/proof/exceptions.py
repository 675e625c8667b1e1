"""What is odd about the exceptions of rules: they let nothing pass, are never met, or another one says as much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.decide.policy import Rule
from gateway.decide.proof.lints import about
from gateway.decide.proof.rows import Forbidding, Rows
from gateway.decide.proof.search import Clause, TooHard
from gateway.errors import Complaint
from gateway.model.verdict import Outcome

FORBIDDING: Final = (Outcome.QUARANTINE, Outcome.REFUSE)


def exceptions(rows: Rows) -> Iterator[Complaint]:
    """Yield exceptions of rules that forbid which let nothing pass, because other rules still hold it."""
    for rule in rows.policy.rules:
        if rule.outcome not in FORBIDDING:
            continue
        others = rows.forbidding(Forbidding.ANY, but=rule)
        for excepted in _excepted(rows, rule):
            try:
                if not any(rows.universe.has([excepted, rows.of(permit)], others) for permit in rows.permits):
                    message = f"an exception of '{rule.id}' lets nothing pass; other rules hold all that it excepts"
                    yield about(rule, message)
            except TooHard:
                yield about(rule, f"whether an exception of '{rule.id}' lets anything pass takes too long to find out")


def unmet(rows: Rows, skipped: set[Rule]) -> Iterator[Complaint]:
    """Yield exceptions of rules that permit or add a duty which are never met while the rule's conditions hold."""
    for rule in rows.policy.rules:
        if rule in skipped or rule.outcome in FORBIDDING:
            continue
        for number, excepted in enumerate(_excepted(rows, rule), 1):
            try:
                if not rows.universe.has([excepted]):
                    message = f"exception {number} of '{rule.id}' is never met; its conditions and the rule's"
                    yield about(rule, f"{message} exclude one another")
            except TooHard:
                yield about(rule, f"whether exception {number} of '{rule.id}' is ever met takes too long to find out")


def overlapping(rows: Rows) -> Iterator[Complaint]:
    """Yield exceptions that except nothing which another one of the same rule does not; of two alike, the later."""
    for rule in rows.policy.rules:
        excepted = _excepted(rows, rule)
        for number, this in enumerate(excepted):
            try:
                other = _around(rows, excepted, number) if rows.universe.has([this]) else None
                if other is not None:
                    message = (
                        f"exception {number + 1} of '{rule.id}' excepts nothing that exception {other + 1} does not"
                    )
                    yield about(rule, f"{message}; leave it out")
            except TooHard:
                yield about(rule, f"whether exceptions of '{rule.id}' overlap takes too long to find out")


def _around(rows: Rows, excepted: list[Clause], number: int) -> int | None:
    """Return the place of an exception that excepts all that this one does, None where there is none."""

    def within(one: int, other: int) -> bool:
        return not rows.universe.has([excepted[one]], [excepted[other]])

    others = (each for each in range(len(excepted)) if each != number and within(number, each))
    return next((each for each in others if each < number or not within(each, number)), None)


def _excepted(rows: Rows, rule: Rule) -> list[Clause]:
    """Return what each exception of a rule takes from it."""
    clause = rows.of(rule)
    return [Clause(when=(*clause.when, *exception)) for exception in clause.unless]
