"""Proof over every input class, by the evaluator itself.

A condition only compares one fact with a constant, so two inputs that fall on the same side of every constant are
judged alike. Each fact is cut at the constants that the policy names; the classes are the product of the pieces
(`classes`). It is exact: findings that no rule names act through the effective tier alone, so one witness stands for
all findings that trigger the same raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from gateway.decide.classes import Classes, classes_of, size_of
from gateway.decide.evaluate import Judgement, about_content, about_way, judge, tables
from gateway.decide.explain import describe, describe_outcome
from gateway.decide.policy import Law, Policy, Rule
from gateway.errors import Complaint
from gateway.model.facts import Facts
from gateway.model.verdict import Obligation, Outcome

MOST: Final = 2_000_000  # classes; beyond that a load would take too long, so the set is refused
NEVER_MILDER: Final = "house/never-milder"
CAN_BE_MET: Final = "house/seal-can-be-made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proved over how many classes; counterexamples and lints as sentences.

    `complaints` holds what stops a load: broken laws and rules that never match.
    """

    classes: int
    proved: tuple[str, ...]
    broken: tuple[str, ...]
    lints: tuple[str, ...]
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One distinct judgement: what it says, which laws it breaks, which rules spoke and which mattered."""

    judgement: Judgement
    broken: tuple[Law, ...]
    spoke: frozenset[str]
    mattered: frozenset[str]


class _Judged:
    """Every class judged once: `grid[content][way]` is a number, `seen[number]` what it stands for."""

    def __init__(self, policy: Policy, classes: Classes) -> None:
        table = tables(policy)[0]
        self.policy, self.classes = policy, classes
        self.seen: list[_Seen] = []
        numbers: dict[int, int] = {}
        ways = [table.rows(about_way(way)) for way in classes.ways]
        self.grid: list[list[int]] = []
        for content in classes.contents:
            rows = table.rows(about_content(policy, content))
            line = []
            for way in ways:
                number = numbers.get(rows & way)
                if number is None:
                    number = numbers[rows & way] = len(self.seen)
                    self.seen.append(_see(policy, rows & way))
                line.append(number)
            self.grid.append(line)

    def facts(self, content: int, way: int) -> Facts:
        """Return one class as facts."""
        what, how = self.classes.contents[content], self.classes.ways[way]
        return replace(
            what,
            route=how.route,
            network=how.network,
            domain_status=how.domain_status,
            can=how.can,
            encrypt_requested=how.encrypt_requested,
            released=how.released,
        )

    def first(self, number: int) -> Facts:
        """Return the first class with this judgement."""
        return next(self.facts(content, line.index(number)) for content, line in enumerate(self.grid) if number in line)


def _see(policy: Policy, rows: int) -> _Seen:
    judgement = judge(policy, rows)
    bits = tables(policy)[0].speaking(rows)
    spoke = [rule for number, rule in enumerate(policy.rules) if bits >> number & 1]
    laws = [law for number, law in enumerate(policy.laws, start=len(policy.rules)) if bits >> number & 1]
    return _Seen(
        judgement=judgement,
        broken=tuple(law for law in laws if _breaks(judgement, law)),
        spoke=frozenset(rule.id for rule in spoke),
        mattered=frozenset(_mattering(judgement)),
    )


def _breaks(judgement: Judgement, law: Law) -> bool:
    if law.outcome_at_least and judgement.outcome.strictness < law.outcome_at_least.strictness:
        return True
    return judgement.outcome is Outcome.DELIVER and not law.obligations <= judgement.obligations


def _mattering(judgement: Judgement) -> Iterator[str]:
    """Yield the rules without which this judgement would be another, or would have no reason."""
    deciding = [rule for rule in judgement.rules if rule.outcome]
    if len(deciding) == 1:
        yield deciding[0].id
    for rule in judgement.rules:
        others = chain.from_iterable(each.obligations for each in judgement.rules if each is not rule)
        if not rule.obligations <= frozenset(others):
            yield rule.id


def prove(policy: Policy) -> Proof:
    """Check the laws of the policy and of the house, and "more is never milder", over every input class."""
    count = size_of(policy)
    if count > MOST:
        message = f"{count} input classes are more than {MOST}, too many to prove; name fewer constants"
        where = policy.rules[0].written
        complaint = Complaint(file=where.file, line=1, column=1, message=message)
        return Proof(classes=count, proved=(), broken=(str(complaint),), lints=(), complaints=(complaint,))
    judged = _Judged(policy, classes_of(policy))
    broken = list(chain(_broken_laws(judged), _unsealable(judged), _milder(judged)))
    named = {name for name, _ in broken}
    laws = {law.id: law.says for law in policy.laws} | {
        CAN_BE_MET: "A delivery that must be sealed has a recipient who can open a sealed form.",
        NEVER_MILDER: "More findings, people, gaps or bytes, or a higher or surer marking, are never judged milder.",
    }
    impossible, idle = _lints(judged)
    return Proof(
        classes=count,
        proved=tuple(f"{name}: {says}" for name, says in laws.items() if name not in named),
        broken=tuple(str(complaint) for _, complaint in broken),
        lints=tuple(str(complaint) for complaint in (*impossible, *idle)),
        complaints=(*(complaint for _, complaint in broken), *impossible),
    )


def _broken_laws(judged: _Judged) -> Iterator[tuple[str, Complaint]]:
    done: set[str] = set()
    for number, seen in enumerate(judged.seen):
        for law in seen.broken:
            if law.id not in done:
                done.add(law.id)
                yield law.id, _complaint(law, f"the law '{law.id}' is broken: {_case(judged, number)}, {_wanted(law)}")


def _wanted(law: Law) -> str:
    wanted = [f"at least {law.outcome_at_least}"] if law.outcome_at_least else []
    wanted += [f"a delivery only with {', '.join(sorted(law.obligations))}"] if law.obligations else []
    return "but the law says " + " and ".join(wanted)


def _case(judged: _Judged, number: int) -> str:
    judgement = judged.seen[number].judgement
    by = ", ".join(rule.id for rule in judgement.rules) or "no rule"
    return f"{describe(judged.first(number))}: {describe_outcome(judgement.outcome, judgement.obligations)} (by {by})"


def _unsealable(judged: _Judged) -> Iterator[tuple[str, Complaint]]:
    """Yield a class that must be sealed for somebody who can open nothing: protect could only hold it."""
    nobody = [way for way, facts in enumerate(judged.classes.ways) if not facts.can]
    for content, line in enumerate(judged.grid):
        for way in nobody:
            judgement = judged.seen[line[way]].judgement
            if Obligation.SEAL_AES256 in judgement.obligations:
                rule = judgement.rules[0]
                message = f"a seal that the recipient cannot open is owed: {describe(judged.facts(content, way))}"
                yield CAN_BE_MET, _complaint(rule, f"{message} (permitted by {rule.id})")
                return


def _milder(judged: _Judged) -> Iterator[tuple[str, Complaint]]:
    """Yield one pair of classes where the one with more is judged milder, if there is any."""
    mild: dict[tuple[int, int], bool] = {}
    for less, more in judged.classes.steps:
        for pair in set(zip(judged.grid[less], judged.grid[more], strict=True)):
            if pair not in mild:
                mild[pair] = _is_milder(judged.seen[pair[1]].judgement, judged.seen[pair[0]].judgement)
            if mild[pair]:
                way = list(zip(judged.grid[less], judged.grid[more], strict=True)).index(pair)
                yield NEVER_MILDER, _milder_complaint(judged, less, more, way)
                return


def _is_milder(more: Judgement, less: Judgement) -> bool:
    if more.outcome.strictness != less.outcome.strictness:
        return more.outcome.strictness < less.outcome.strictness
    return not less.obligations <= more.obligations


def _milder_complaint(judged: _Judged, less: int, more: int, way: int) -> Complaint:
    before, after = (judged.seen[judged.grid[each][way]].judgement for each in (less, more))
    rules = [*after.rules, *before.rules, *judged.policy.rules]
    message = (
        f"more is milder: {describe(judged.facts(less, way))}: "
        f"{describe_outcome(before.outcome, before.obligations)}; but {describe(judged.facts(more, way))}: "
        f"{describe_outcome(after.outcome, after.obligations)}"
    )
    return _complaint(rules[0], message)


def _lints(judged: _Judged) -> tuple[list[Complaint], list[Complaint]]:
    spoke = frozenset(chain.from_iterable(seen.spoke for seen in judged.seen))
    mattered = frozenset(chain.from_iterable(seen.mattered for seen in judged.seen))
    impossible = [
        _complaint(rule, f"the rule '{rule.id}' can never match; its conditions exclude one another")
        for rule in judged.policy.rules
        if rule.id not in spoke
    ]
    idle = [
        _complaint(rule, f"the rule '{rule.id}' changes no verdict; another rule always says at least as much")
        for rule in judged.policy.rules
        if rule.id in spoke - mattered
    ]
    return impossible, idle


def _complaint(about: Rule | Law, message: str) -> Complaint:
    where = about.written
    return Complaint(file=where.file, line=where.line, column=where.column, message=message)
