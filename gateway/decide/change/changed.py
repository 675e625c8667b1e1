"""Which inputs two policies judge otherwise: looked for exactly, over the constants of both, one example of each kind.

Each outcome comes about in a few ways: a rule that permits speaks and none that forbids does, and so on. For every way
under the one policy and every way under the other, `search` looks for an input that is both. Two ways of which the one
needs a rule to speak and the other the same rule to be silent need no search, and there are few others where two
policies are nearly the same.

Where both raise tiers alike, what is not found is not there. Where they do not, the findings of an example count as
under one of them, and what is found is only some of it. Either way every example was decided by both evaluators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, TypeAlias

from gateway.decide.change.compare import Decision, Direction
from gateway.decide.change.plainer import plainer, unusual
from gateway.decide.duties import owed
from gateway.decide.evaluate import Judgement, judge_facts
from gateway.decide.explain import describe
from gateway.decide.policy import FactName, Law, Policy, Raise, Rule
from gateway.decide.proof.axes import OTHER
from gateway.decide.proof.search import Clause, Limits, TooHard
from gateway.decide.proof.universe import Universe
from gateway.model.facts import Facts
from gateway.model.verdict import Outcome

Key: TypeAlias = tuple[object, ...]
Speaking: TypeAlias = Rule | Raise
MOST_STEPS: Final = 100_000
"""Steps of search after which no more is looked for: some seconds."""
ORDER: Final = (Direction.MILDER, Direction.STRICTER, Direction.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An input with what each policy says of it, and the ids of the rules that each of them decides by."""

    facts: Facts
    before: Decision
    after: Decision
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]

    @property
    def direction(self) -> Direction:
        """Whether the second policy is milder or stricter."""
        return self.before.towards(self.after)

    @property
    def words(self) -> str:
        """The input as a sentence."""
        return describe(self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Examples, milder ones first. Without `missing` they are of all kinds of change; it says why they may not be."""

    examples: tuple[Example, ...]
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How something comes about: some speak, others are silent, each by the number of what it says."""

    speaking: frozenset[int]
    silent: frozenset[int]


def changed(before: Policy, after: Policy) -> Changed:
    """Return examples of what two policies judge otherwise, given the same facts."""
    raises = [before.raises] if _alike(before, after) else [before.raises, after.raises]
    missing = "" if len(raises) == 1 else "the two raise tiers or group findings otherwise"
    found: dict[Key, Example] = {}
    try:
        for each in raises:
            missing = _gather(_Search(before, after, each), found) or missing
    except ValueError as trouble:  # sets of too many words
        missing = str(trouble)
    examples = sorted(found.values(), key=lambda each: (ORDER.index(each.direction), unusual(each.facts), each.words))
    return Changed(examples=tuple(examples), missing=missing)


def _gather(search: _Search, found: dict[Key, Example]) -> str:
    """Keep the plainest example of each kind; return why it may not be all, empty when it is."""
    try:
        for facts in search.suspects():
            example = search.example(facts)
            if example is None:
                continue
            kind = search.kind(example)
            if kind not in found or unusual(example.facts) < unusual(found[kind].facts):
                found[kind] = example
    except TooHard as trouble:
        return str(trouble) or "one search took too long"
    return ""


class _Search:
    """Two policies over one universe: the constants of both, and the raises of one."""

    def __init__(self, before: Policy, after: Policy, raises: tuple[Raise, ...]) -> None:
        self._policies = (before, after)
        speakers: list[Speaking] = [*before.rules, *before.raises, *after.rules, *after.raises]
        numbers: dict[Key, int] = {}
        self._numbers = {id(each): numbers.setdefault(_key(each), len(numbers)) for each in speakers}
        self._speakers = {self._numbers[id(each)]: each for each in speakers}
        self._raises, self._others = raises, after.raises if raises is before.raises else before.raises
        self._universe = Universe(_both(before, after, raises))
        self._clauses: dict[int, Clause] = {}
        self._real = _real_ways(self._universe, self._policies)
        self._asked = 0

    def _of(self, speakers: Sequence[Speaking]) -> frozenset[int]:
        """Return the numbers of what they say: two that say the same have one number."""
        return frozenset(self._numbers[id(each)] for each in speakers)

    def suspects(self) -> Iterator[Facts]:
        """Yield inputs that may be judged otherwise; where raises are alike, they are."""
        ways = [{each: list(self._ways(policy, each)) for each in Outcome} for policy in self._policies]
        for one, other in product(Outcome, Outcome):
            extra = [NOTHING_MORE] if one is not other else list(self._owing(one))
            for more in extra:
                for way, like in product(ways[0][one], ways[1][other]):
                    yield from self._find(way, like, more)
        for raised in self._raising():
            for way in (way for by_outcome in ways for each in Outcome for way in by_outcome[each]):
                yield from self._find(way, raised, NOTHING_MORE)

    def _ways(self, policy: Policy, outcome: Outcome) -> Iterator[_Way]:
        """Yield the ways in which an outcome comes about, as the evaluator adds up."""
        refusing, holding, permitting = (
            self._of([rule for rule in policy.rules if rule.outcome is each])
            for each in (Outcome.REFUSE, Outcome.QUARANTINE, Outcome.DELIVER)
        )
        if outcome is Outcome.REFUSE:
            yield from (_Way(speaking=frozenset({each}), silent=frozenset()) for each in sorted(refusing))
        elif outcome is Outcome.QUARANTINE:
            yield from (_Way(speaking=frozenset({each}), silent=refusing) for each in sorted(holding))
            yield _Way(speaking=frozenset(), silent=refusing | holding | permitting)
        else:
            yield from (_Way(speaking=frozenset({each}), silent=refusing | holding) for each in sorted(permitting))

    def _raising(self) -> Iterator[_Way]:
        """Yield the ways in which one policy raises a tier and the other does not."""
        for each in self._raises:
            silent = self._of([other for other in self._others if other.to >= each.to])
            speaking = self._of([each])
            if speaking.isdisjoint(silent):
                yield _Way(speaking=speaking, silent=silent)

    def _owing(self, outcome: Outcome) -> Iterator[_Way]:
        """Yield the ways in which one policy owes, with an outcome, what the other does not."""
        for policy, other in (self._policies, self._policies[::-1]):
            known = {each for rule in policy.rules for each in owed(rule.obligations, outcome)}
            for obligation in sorted(known):
                silent = self._of([rule for rule in other.rules if obligation in rule.obligations])
                adding = self._of([rule for rule in policy.rules if obligation in rule.obligations])
                yield from (_Way(speaking=frozenset({each}), silent=silent) for each in sorted(adding - silent))

    def _find(self, *ways: _Way) -> Iterator[Facts]:
        """Yield an input that comes about in all these ways, on a way out that there is if possible.

        Raises `TooHard` where a search would be needed and there was too much of it already.
        """
        speaking = frozenset().union(*(way.speaking for way in ways))
        silent = frozenset().union(*(way.silent for way in ways))
        if not speaking.isdisjoint(silent):
            return
        if self._asked + self._universe.steps > MOST_STEPS:
            raise TooHard("there is too much to look through")
        clauses = [self._clause(each) for each in sorted(speaking)], [self._clause(each) for each in sorted(silent)]
        self._asked += 1
        found = self._universe.find(*clauses, self._real) or self._universe.find(*clauses)
        if found is not None:
            yield found

    def _clause(self, number: int) -> Clause:
        if number not in self._clauses:
            self._clauses[number] = self._universe.clause(self._speakers[number])
        return self._clauses[number]

    def example(self, facts: Facts) -> Example | None:
        """Return an input, made plainer, with what both evaluators say of it; None when they say the same."""
        wanted = self._example(facts)
        if wanted is None:
            return None
        kind = self.kind(wanted)

        def is_such(other: Facts) -> bool:
            example = self._example(other)
            return example is not None and self.kind(example) == kind

        return self._example(plainer(facts, self._policies, is_such))

    def _example(self, facts: Facts) -> Example | None:
        was, now = (judge_facts(policy, facts) for policy in self._policies)
        if (was.outcome, was.obligations) == (now.outcome, now.obligations):
            return None
        return Example(
            facts=facts, before=_decision(was), after=_decision(now), rules_before=_ids(was), rules_after=_ids(now)
        )

    def kind(self, example: Example) -> Key:
        """Return what makes an example one of its kind: which way it goes, and by which rules of one policy only."""
        one, other = self._policies
        own = self._own(one, other, example.rules_before), self._own(other, one, example.rules_after)
        was, now = example.before, example.after
        if was.outcome is not now.outcome:
            return (was.outcome, now.outcome, *own)
        return (was.outcome, *own, was.obligations - now.obligations, now.obligations - was.obligations)

    def _own(self, policy: Policy, other: Policy, ids: Sequence[str]) -> frozenset[str]:
        """Return those of some rules of a policy of which the other says no like."""
        there = self._of(other.rules)
        return frozenset(rule.id for rule in policy.rules if rule.id in ids and self._numbers[id(rule)] not in there)


NOTHING_MORE: Final = _Way(speaking=frozenset(), silent=frozenset())


def _key(rule: Speaking) -> Key:
    """Return what a rule says, without its name and place: two rules with the same key are one."""
    if isinstance(rule, Raise):
        return frozenset(rule.when), rule.to
    unless = frozenset(frozenset(each) for each in rule.unless)
    return frozenset(rule.when), unless, rule.outcome, rule.obligations


def _alike(before: Policy, after: Policy) -> bool:
    return before.groups == after.groups and set(map(_key, before.raises)) == set(map(_key, after.raises))


def _both(before: Policy, after: Policy, raises: tuple[Raise, ...]) -> Policy:
    """Return a policy with the rules, routes and partners of both, for its constants; laws name those of raises."""
    people = after.directory.people
    known = replace(people, by_id={**before.directory.people.by_id, **people.by_id})
    alike = _alike(before, after)
    return replace(
        after,
        rules=(*before.rules, *after.rules),
        observed=(),
        raises=raises,
        laws=() if alike else tuple(_as_law(each) for each in (*before.raises, *after.raises)),
        routes={**before.routes, **after.routes},
        directory=replace(after.directory, people=known),
    )


def _as_law(each: Raise) -> Law:
    return Law(
        id=each.id,
        says=each.says,
        source=each.source,
        written=each.written,
        when=each.when,
        unless=(),
        outcome_at_least=None,
        obligations=frozenset(),
    )


def _real_ways(universe: Universe, policies: Sequence[Policy]) -> Limits:
    """Return the limits to ways out that there are under one of two policies."""
    number = universe.axes.of[FactName.ROUTE, ""]
    ways = {
        (name, route.network, status)
        for policy in policies
        for route in policy.routes.values()
        for name in (route.id, OTHER)
        for status in route.serves
    }
    bits = 0
    for place, piece in enumerate(universe.axes.axes[number].pieces):
        bits |= ((piece["route"], piece["network"], piece["domain_status"]) in ways) << place
    return ((number, bits),)


def _decision(judged: Judgement) -> Decision:
    return Decision(outcome=judged.outcome, obligations=judged.obligations)


def _ids(judged: Judgement) -> tuple[str, ...]:
    return tuple(reason.rule for reason in judged.reasons)
