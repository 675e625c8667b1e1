"""Rules, raises and laws from their shapes, and the lint that keeps "more is never milder" true by construction.

A rule that permits may bound what there is only from above; one that forbids, adds obligations or raises, only from
below. For the exceptions (`unless`) it is the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from gateway.decide.duties import duty_complaints, law_complaints
from gateway.decide.policy import (
    ORDERED,
    Condition,
    Conditions,
    FactName,
    Law,
    Operator,
    Raise,
    Rule,
    Written,
)
from gateway.decide.shapes import LawsFile, RulesFile, RuleShape, TiersFile
from gateway.decide.terms import conditions
from gateway.decide.vocabulary import Vocabulary
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path, nearest
from gateway.model.facts import AgreementStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome

OURS: Final = ("default/", "house/")
Exceptions: TypeAlias = "Mapping[str, Any] | tuple[Mapping[str, Any], ...] | None"
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
            complaints.add(*duty_complaints(document, (*path, "then"), shape.then, words))
            with complaints:
                rules.append(_rule(document, path, shape, words, complaints))
    if not rules:
        where = files[0][0].file if files else "policies/rules/"
        message = "there is no rule, so everything would be held; write at least one"
        complaints.add(Complaint(file=where, line=1, column=1, message=message))
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _rule(document: Document, path: Path, shape: RuleShape, words: Vocabulary, complaints: Complaints) -> Rule:
    when = conditions(document, (*path, "when"), shape.when, words)
    exceptions = list(_exceptions(document, path, shape.unless, words))
    permits = shape.then.outcome is Outcome.DELIVER
    complaints.add(*_bound_complaints(document, (*path, "when"), when, permits=permits))
    for at, exception in exceptions:
        complaints.add(*_bound_complaints(document, at, exception, permits=not permits))
    if shape.from_day and shape.until_day and shape.from_day >= shape.until_day:
        message = "the rule ends before it begins; 'until' is the first day on which it holds no more"
        complaints.add(document.complaint((*path, "until"), message))
    return Rule(
        id=shape.id,
        says=shape.says,
        welsh=shape.welsh,
        source=shape.source,
        written=_written(document, path),
        when=(*when, *_days(shape)),
        unless=tuple(exception for _, exception in exceptions),
        outcome=shape.then.outcome,
        obligations=frozenset(shape.then.obligations),
        observes=shape.mode == "observe",
    )


def _days(shape: RuleShape) -> Iterator[Condition]:
    """Yield the days of a rule as conditions on the day of the decision."""
    if shape.from_day:
        words, day = f"from {shape.from_day}", shape.from_day.toordinal()
        yield Condition(fact=FactName.DAY, operator=Operator.AT_LEAST, operand=day, words=words)
    if shape.until_day:
        words, day = f"before {shape.until_day}", shape.until_day.toordinal() - 1
        yield Condition(fact=FactName.DAY, operator=Operator.AT_MOST, operand=day, words=words)


def groups_of(
    document: Document, file: TiersFile, entities: frozenset[str], complaints: Complaints
) -> dict[str, frozenset[str]]:
    """Return the groups of entities that rules count as one, by name."""
    for name, members in file.groups.items():
        path: Path = ("groups", name)
        if name in entities:
            complaints.add(document.complaint(path, f"'{name}' is an entity; give the group another name", key=True))
        for number, each in enumerate(members):
            if each not in entities:
                message = f"'{each}' is no entity that a detector reports; {nearest(each, entities)}"
                complaints.add(document.complaint((*path, number), message))
    return {name: frozenset(members) for name, members in file.groups.items()}


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
            complaints.add(*law_complaints(document, (*path, "must"), shape.must, words))
            with complaints:
                laws.append(
                    Law(
                        id=shape.id,
                        says=shape.says,
                        source=shape.source,
                        written=_written(document, path),
                        when=conditions(document, (*path, "whenever"), shape.whenever, words),
                        unless=tuple(each for _, each in _exceptions(document, path, shape.unless, words)),
                        outcome_at_least=shape.must.outcome_at_least,
                        obligations=frozenset(shape.must.obligations),
                    )
                )
    return tuple(laws)


def _exceptions(
    document: Document, path: Path, given: Exceptions, words: Vocabulary
) -> Iterator[tuple[Path, Conditions]]:
    """Yield the exceptions of a rule or a law, each with the place where it is written."""
    at = (*path, "unless")
    if isinstance(given, Mapping):
        yield at, conditions(document, at, given, words)
    for number, each in enumerate(given if isinstance(given, tuple) else ()):
        yield (*at, number), conditions(document, (*at, number), each, words)


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


def _bound_complaints(document: Document, path: Path, given: Conditions, *, permits: bool) -> Iterator[Complaint]:
    for condition in given:
        if condition.fact is FactName.AGREEMENT and isinstance(condition.operand, frozenset):
            yield from _agreement_complaints(document, path, condition.operand, permits=permits)
        if condition.fact not in ORDERED or condition.is_from_below != permits:
            continue
        steps = [*path, str(condition.fact), *([condition.name] if condition.name else [])]
        if condition.operator in {Operator.AT_LEAST, Operator.AT_MOST, Operator.ONLY}:
            steps.append(str(condition.operator))
        side = "from above (at_most, none, only, false)" if permits else "from below (at_least, any, a list, true)"
        message = f"'{condition.words}' would let more be milder; here {condition.fact} may be bounded only {side}"
        yield document.complaint(tuple(steps), message, key=True)


def _agreement_complaints(
    document: Document, path: Path, words: frozenset[str], *, permits: bool
) -> Iterator[Complaint]:
    """Yield a complaint where a further finding, which the agreement may not cover, would make a rule milder."""
    covered, uncovered = AgreementStatus.IN_FORCE in words, AgreementStatus.NOT_COVERING in words
    if covered is not uncovered and uncovered is permits:
        message = "more findings may turn 'in_force' into 'not_covering', so here " + (
            "'not_covering' needs 'in_force' beside it" if permits else "'in_force' needs 'not_covering' beside it"
        )
        yield document.complaint((*path, "agreement"), message, key=True)
