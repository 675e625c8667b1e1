"""Rules, raises and laws from their shapes, and the lint that keeps "more is never milder" true by construction.

A rule that permits may bound what there is only from above; one that forbids, adds obligations or raises, only from
below. For the exceptions (`unless`) it is the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.decide.policy import (
    ABOUT_CONTENT,
    FROM_ABOVE,
    FROM_BELOW,
    Conditions,
    FactName,
    Law,
    Operator,
    Raise,
    Rule,
    Written,
)
from gateway.decide.shapes import LawsFile, RulesFile, RuleShape, TiersFile
from gateway.decide.terms import Vocabulary, conditions
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path, nearest
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome

OURS: Final = ("default/", "house/")
RAISED_BY: Final = (FactName.ENTITIES, FactName.PEOPLE)


def rules_of(
    files: Sequence[tuple[Document, RulesFile]], words: Vocabulary, complaints: Complaints
) -> tuple[Rule, ...]:
    """Return the rules of all files, by id: the order of files and rules has no meaning."""
    rules: list[Rule] = []
    for document, file in files:
        for number, shape in enumerate(file.rules):
            path: Path = ("rules", number)
            complaints.add(*_id_complaints(document, path, shape.id, {each.id: each.written for each in rules}))
            complaints.add(*_then_complaints(document, path, shape))
            with complaints:
                rules.append(_rule(document, path, shape, words, complaints))
    if not rules:
        where = files[0][0].file if files else "policies/rules/"
        message = "there is no rule, so everything would be held; write at least one"
        complaints.add(Complaint(file=where, line=1, column=1, message=message))
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _rule(document: Document, path: Path, shape: RuleShape, words: Vocabulary, complaints: Complaints) -> Rule:
    when = conditions(document, (*path, "when"), shape.when, words)
    unless: Conditions = ()
    if shape.unless is not None:
        unless = conditions(document, (*path, "unless"), shape.unless, words)
    permits = shape.then.outcome is Outcome.DELIVER
    complaints.add(*_bound_complaints(document, (*path, "when"), when, permits=permits))
    complaints.add(*_bound_complaints(document, (*path, "unless"), unless, permits=not permits))
    return Rule(
        id=shape.id,
        says=shape.says,
        source=shape.source,
        written=_written(document, path),
        when=when,
        unless=unless,
        outcome=shape.then.outcome,
        obligations=frozenset(shape.then.obligations),
    )


def raises_of(document: Document, file: TiersFile, words: Vocabulary, complaints: Complaints) -> tuple[Raise, ...]:
    """Return the raises of the effective tier; none goes above PROTECT."""
    raises: list[Raise] = []
    for number, shape in enumerate(file.raises):
        path: Path = ("raises", number)
        complaints.add(*_id_complaints(document, path, shape.id, {each.id: each.written for each in raises}))
        complaints.add(*_to_complaints(document, path, shape.to))
        with complaints:
            when = conditions(document, (*path, "when"), shape.when, words, RAISED_BY)
            complaints.add(*_bound_complaints(document, (*path, "when"), when, permits=False))
            to = Tier.PROTECT if shape.to != Tier.OFFICIAL.label else Tier.OFFICIAL
            raises.append(
                Raise(
                    id=shape.id,
                    says=shape.says,
                    source=shape.source,
                    written=_written(document, path),
                    when=when,
                    to=to,
                )
            )
    return tuple(sorted(raises, key=lambda each: each.id))


def _to_complaints(document: Document, path: Path, label: str) -> Iterator[Complaint]:
    allowed = (Tier.OFFICIAL.label, Tier.PROTECT.label)
    if label in allowed:
        return
    if label in {tier.label for tier in Tier if tier > Tier.PROTECT}:
        message = f"a raise to {label} is not allowed; say PROTECT, because only a marking or a person says more"
    else:
        message = f"'{label}' is not allowed; {nearest(label, allowed)}"
    yield document.complaint((*path, "to"), message)


def laws_of(files: Sequence[tuple[Document, LawsFile]], words: Vocabulary, complaints: Complaints) -> tuple[Law, ...]:
    """Return the laws of the house and of the policy."""
    laws: list[Law] = []
    for document, file in files:
        for number, shape in enumerate(file.laws):
            path: Path = ("laws", number)
            known = {each.id: each.written for each in laws}
            complaints.add(*_id_complaints(document, path, shape.id, known, ours=document is files[0][0]))
            if shape.must.outcome_at_least in (None, Outcome.DELIVER) and not shape.must.obligations:
                message = "this demands nothing; name 'outcome_at_least' (quarantine or refuse) or 'obligations'"
                complaints.add(document.complaint((*path, "must"), message))
            with complaints:
                laws.append(
                    Law(
                        id=shape.id,
                        says=shape.says,
                        source=shape.source,
                        written=_written(document, path),
                        when=conditions(document, (*path, "whenever"), shape.whenever, words),
                        unless=_maybe(document, (*path, "unless"), shape.unless, words),
                        outcome_at_least=shape.must.outcome_at_least,
                        obligations=frozenset(shape.must.obligations),
                    )
                )
    return tuple(laws)


def _maybe(document: Document, path: Path, terms: Mapping[str, Any] | None, words: Vocabulary) -> Conditions:
    return () if terms is None else conditions(document, path, terms, words)


def _written(document: Document, path: Path) -> Written:
    line, column = document.at(path)
    return Written(file=document.file, line=line, column=column)


def _id_complaints(
    document: Document, path: Path, given: str, known: Mapping[str, Written], *, ours: bool = False
) -> Iterator[Complaint]:
    if given in known:
        first = known[given]
        message = f"the id '{given}' is taken ({first.file}:{first.line}); choose another"
        yield document.complaint((*path, "id"), message)
    if given.startswith(OURS) and not ours:
        message = f"'{given.partition('/')[0]}/' begins the ids of the house; choose another"
        yield document.complaint((*path, "id"), message)


def _then_complaints(document: Document, path: Path, shape: RuleShape) -> Iterator[Complaint]:
    outcome, obligations = shape.then.outcome, shape.then.obligations
    if outcome is None and not obligations:
        yield document.complaint((*path, "then"), "this does nothing; name an 'outcome', 'obligations' or both")
    if outcome in (Outcome.QUARANTINE, Outcome.REFUSE) and obligations:
        message = f"obligations belong to deliveries; '{outcome}' has none, so leave them out"
        yield document.complaint((*path, "then", "obligations"), message, key=True)


def _bound_complaints(document: Document, path: Path, given: Conditions, *, permits: bool) -> Iterator[Complaint]:
    wrong = FROM_BELOW if permits else FROM_ABOVE
    for condition in given:
        if condition.fact not in ABOUT_CONTENT or condition.operator not in wrong:
            continue
        steps = [*path, str(condition.fact), *([condition.entity] if condition.entity else [])]
        if condition.operator in {Operator.AT_LEAST, Operator.AT_MOST, Operator.ONLY}:
            steps.append(str(condition.operator))
        side = "from above (at_most, none, only)" if permits else "from below (at_least, any, a list)"
        message = f"'{condition.words}' would let more be milder; here {condition.fact} may be bounded only {side}"
        yield document.complaint(tuple(steps), message, key=True)
