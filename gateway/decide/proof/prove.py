"""Proof that the laws hold for every input, by the policy's own conditions; a counterexample where one does not.

A law is broken if there is an input for which it speaks, a rule permits, and nothing forbids (or nothing adds what the
law demands). `search` looks for one. What it finds is decided by the evaluator before it is shown, so a counterexample
is a real verdict. "More is never milder" is proved rule by rule: with more, a rule that permits may only fall silent,
and a rule that forbids or adds may only begin to speak.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.decide.evaluate import judge_facts
from gateway.decide.explain import describe, describe_outcome
from gateway.decide.policy import Law, Policy, Rule
from gateway.decide.proof.exceptions import exceptions, overlapping, unmet
from gateway.decide.proof.lints import idle, idle_raises, impossible, silent_ways, without_agreement
from gateway.decide.proof.milder import NEVER_MILDER, milder
from gateway.decide.proof.rows import Forbidding, Rows
from gateway.decide.proof.search import TooHard
from gateway.decide.proof.universe import Universe
from gateway.errors import Complaint
from gateway.model.facts import Facts
from gateway.model.verdict import Obligation, Outcome

CAN_BE_MET: Final = "house/seal-can-be-made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proved over how many classes of inputs; counterexamples and lints as sentences.

    `complaints` holds what stops a load: broken laws and rules that never match. `steps` is how much searching it took.
    """

    classes: int
    steps: int
    proved: tuple[str, ...]
    broken: tuple[str, ...]
    lints: tuple[str, ...]
    complaints: tuple[Complaint, ...]


def prove(policy: Policy) -> Proof:
    """Check the laws of the policy and of the house, and "more is never milder", over every class of inputs."""
    try:
        return _prove(policy)
    except (TooHard, ValueError) as trouble:
        why = "the search takes too long" if isinstance(trouble, TooHard) else str(trouble)
        where = policy.rules[0].written
        message = f"this policy cannot be proved: {why}; write simpler rules, or name fewer constants"
        complaint = Complaint(file=where.file, line=1, column=1, message=message)
        return Proof(classes=0, steps=0, proved=(), broken=(str(complaint),), lints=(), complaints=(complaint,))


def _prove(policy: Policy) -> Proof:
    universe = Universe(policy)
    rows = Rows(policy, universe)
    broken = [*_broken_laws(rows), *_unsealable(rows), *milder(rows)]
    named = {name for name, _ in broken}
    laws = {law.id: law.says for law in policy.laws} | {
        CAN_BE_MET: "A delivery that must be sealed has a recipient who can open a sealed form.",
        NEVER_MILDER: "More of what was found, of people, gaps, bytes or recipients, is never judged milder.",
    }
    never = list(impossible(rows))
    stopping = [complaint for _, complaint in broken] + [complaint for _, complaint in never]
    skipped = {rule for rule, _ in never}
    lints = [*idle(rows, skipped), *idle_raises(policy), *exceptions(rows), *unmet(rows, skipped), *overlapping(rows)]
    lints += [*silent_ways(rows), *without_agreement(policy)]
    return Proof(
        classes=universe.count,
        steps=universe.steps,
        proved=tuple(f"{name}: {says}" for name, says in laws.items() if name not in named),
        broken=tuple(str(complaint) for _, complaint in broken),
        lints=tuple(str(complaint) for complaint in (*(each for _, each in never), *lints)),
        complaints=tuple(stopping),
    )


def _broken_laws(rows: Rows) -> Iterator[tuple[str, Complaint]]:
    for law in rows.policy.laws:
        facts = _counterexample(rows, law)
        if facts is not None:
            yield law.id, _complaint(law, f"the law '{law.id}' is broken: {_case(rows, facts)}, {_wanted(law)}")


def _counterexample(rows: Rows, law: Law) -> Facts | None:
    """Return an input that breaks a law, None where there is none."""
    spoken = rows.universe.clause(law)
    if law.outcome_at_least is Outcome.REFUSE:
        return rows.universe.find([spoken], rows.forbidding(Forbidding.REFUSED))
    forbidding = rows.forbidding(Forbidding.ANY)
    wanted: Sequence[str] = sorted(law.obligations)
    for permit in rows.permits:
        if law.outcome_at_least is Outcome.QUARANTINE:
            found = rows.universe.find([spoken, rows.of(permit)], forbidding)
            if found is not None:
                return found
        for obligation in wanted:
            if obligation in permit.obligations:
                continue
            found = rows.universe.find([spoken, rows.of(permit)], [*forbidding, *rows.adding(obligation)])
            if found is not None:
                return found
    return None


def _wanted(law: Law) -> str:
    wanted = [f"at least {law.outcome_at_least}"] if law.outcome_at_least else []
    wanted += [f"a delivery only with {', '.join(sorted(law.obligations))}"] if law.obligations else []
    return "but the law says " + " and ".join(wanted)


def _case(rows: Rows, facts: Facts) -> str:
    judgement = judge_facts(rows.policy, facts)
    by = ", ".join(rule.id for rule in judgement.rules) or "no rule"
    return f"{describe(facts)}: {describe_outcome(judgement.outcome, judgement.obligations)} (by {by})"


def _unsealable(rows: Rows) -> Iterator[tuple[str, Complaint]]:
    """Yield an input that must be sealed for somebody who can open nothing: protect could only hold it."""
    forbidding = rows.forbidding(Forbidding.ANY)
    sealing = [rule for rule in rows.policy.rules if Obligation.SEAL_AES256 in rule.obligations]
    for permit in rows.permits:
        for rule in sealing:
            found = rows.universe.find([rows.of(permit), rows.of(rule)], forbidding, rows.who_can(frozenset()))
            if found is not None:
                message = f"a seal that the recipient cannot open is owed: {describe(found)} (permitted by {permit.id})"
                yield CAN_BE_MET, _complaint(permit, message)
                return


def _complaint(about: Rule | Law, message: str) -> Complaint:
    where = about.written
    return Complaint(file=where.file, line=where.line, column=where.column, message=message)
