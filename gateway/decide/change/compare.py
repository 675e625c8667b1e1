"""Two policies, and what differs between them, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from gateway.decide.explain import describe_outcome, in_words
from gateway.decide.policy import Condition, Conditions, DomainRow, Law, Policy, Raise, Route, Rule
from gateway.model.verdict import Outcome

T = TypeVar("T")
Say: TypeAlias = Callable[[T, T], Iterator[str]]
ADDED: Final = "added"
CHANGED: Final = "changed"
REMOVED: Final = "removed"


class Direction(StrEnum):
    """How one decision compares with another; `other` is neither: a duty for a duty, or another route."""

    MILDER = "milder"
    STRICTER = "stricter"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What decides over a delivery's fate: the outcome, and what it owes."""

    outcome: Outcome
    obligations: frozenset[str]

    @property
    def words(self) -> str:
        """The decision as a person would say it."""
        return describe_outcome(self.outcome, self.obligations)

    def towards(self, other: Decision) -> Direction:
        """Return whether another decision is milder or stricter than this one."""
        step = other.outcome.strictness - self.outcome.strictness
        if step > 0:
            return Direction.STRICTER
        if step < 0:
            return Direction.MILDER
        if other.obligations < self.obligations:
            return Direction.MILDER
        return Direction.STRICTER if other.obligations > self.obligations else Direction.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that was added, removed or changed (`how`); `words` say what about it."""

    kind: str
    id: str
    how: str
    words: tuple[str, ...] = ()


def differences(before: Policy, after: Policy) -> Iterator[Difference]:
    """Yield what differs: rules, raises, laws, ways and who is who. What it comes to is said by `changed`."""
    yield from _listed("rule", _by_id(_rules(before)), _by_id(_rules(after)), _rule)
    yield from _listed("raise", _by_id(before.raises), _by_id(after.raises), _raise)
    yield from _listed("law", _by_id(before.laws), _by_id(after.laws), _law)
    yield from _listed("group", before.groups, after.groups, _words)
    yield from _listed("entity", _ids(before.entities), _ids(after.entities), _nothing)
    yield from _listed("route", before.routes, after.routes, _route)
    yield from _listed("domain", _domains(before), _domains(after), _domain)
    yield from _listed("public suffix", _ids(before.suffixes), _ids(after.suffixes), _nothing)
    one, other = before.directory, after.directory
    yield from _listed("partner", _reached(before), _reached(after), _something)
    yield from _listed("agreement", _by_id(one.signed), _by_id(other.signed), _something)
    yield from _listed("retention class", one.retention, other.retention, _something)
    for kind, was, now in (
        ("units", one.teams, other.teams),
        ("addresses", one.addresses, other.addresses),
        ("countries", one.world, other.world),
        ("calendar", one.calendar, other.calendar),
    ):
        if was != now:
            yield Difference(kind=kind, id=f"{kind}.yaml", how=CHANGED)


def _listed(kind: str, before: Mapping[str, T], after: Mapping[str, T], say: Say[T]) -> Iterator[Difference]:
    """Yield what stands in one only, and what stands in both and has something to say."""
    for name in sorted({*before, *after}):
        if name not in after:
            yield Difference(kind=kind, id=name, how=REMOVED)
        elif name not in before:
            yield Difference(kind=kind, id=name, how=ADDED)
        elif words := tuple(say(before[name], after[name])):
            yield Difference(kind=kind, id=name, how=CHANGED, words=tuple(word for word in words if word))


def _by_id(listed: Iterable[T]) -> Mapping[str, T]:
    return {getattr(each, "id"): each for each in listed}  # noqa: B009 - what is listed has ids


def _ids(names: Iterable[str]) -> Mapping[str, None]:
    return dict.fromkeys(names)


def _rules(policy: Policy) -> tuple[Rule, ...]:
    return (*policy.rules, *policy.observed)


def _domains(policy: Policy) -> Mapping[str, DomainRow]:
    return {
        f"{row.domain} and below" if row.subtree else row.domain: row
        for rows in policy.domains.values()
        for row in rows
    }


def _reached(policy: Policy) -> Mapping[str, Any]:
    """Return the partners, each with where it can be reached."""
    people = policy.directory.people
    return {
        name: (
            partner,
            sorted(domain for domain, each in people.by_domain.items() if each is partner),
            sorted(address for address, each in people.by_address.items() if each is partner),
        )
        for name, partner in people.by_id.items()
    }


def _rule(before: Rule, after: Rule) -> Iterator[str]:
    yield from _terms(before, after)
    if before.outcome is not after.outcome:
        yield f"outcome {_or_none(before.outcome)} becomes {_or_none(after.outcome)}"
    yield from _owed(before.obligations, after.obligations)
    if before.observes is not after.observes:
        yield "only observes now" if after.observes else "decides now, and does not only observe"
    yield from _said(before, after)
    if before.welsh != after.welsh:
        yield f"says now in Welsh: {after.welsh}" if after.welsh else "says nothing in Welsh any more"


def _raise(before: Raise, after: Raise) -> Iterator[str]:
    yield from _conditions(before.when, after.when)
    if before.to is not after.to:
        yield f"raises to {after.to.label}, no longer to {before.to.label}"
    yield from _said(before, after)


def _law(before: Law, after: Law) -> Iterator[str]:
    yield from _terms(before, after)
    if before.outcome_at_least is not after.outcome_at_least:
        yield f"demands at least {_or_none(after.outcome_at_least)}, no longer {_or_none(before.outcome_at_least)}"
    yield from _owed(before.obligations, after.obligations)
    yield from _said(before, after)


def _route(before: Route, after: Route) -> Iterator[str]:
    for name in ("network", "channel", "folder", "recipient", "removable_media", "says"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield f"{name.replace('_', ' ')} {_plain(was)} becomes {_plain(now)}"
    yield from _moved("serves", before.serves, after.serves)


def _domain(before: DomainRow, after: DomainRow) -> Iterator[str]:
    for name in ("status", "source", "note"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield f"{name} {_plain(was)} becomes {_plain(now)}"


def _words(before: frozenset[str], after: frozenset[str]) -> Iterator[str]:
    yield from _moved("counts", before, after)


def _something(before: object, after: object) -> Iterator[str]:
    """Say that something differs, and not what."""
    if before != after:
        yield ""


def _nothing(_before: object, _after: object) -> Iterator[str]:
    return iter(())


def _terms(before: Rule | Law, after: Rule | Law) -> Iterator[str]:
    """Say which conditions and which exceptions differ. The days of a rule are conditions too."""
    yield from _conditions(before.when, after.when)
    was, now = _exceptions(before), _exceptions(after)
    yield from (f"exception gone: {was[each]}" for each in was if each not in now)
    yield from (f"new exception: {now[each]}" for each in now if each not in was)


def _exceptions(speaker: Rule | Law) -> Mapping[frozenset[Condition], str]:
    return {frozenset(each): " and ".join(condition.words for condition in each) for each in speaker.unless}


def _conditions(before: Conditions, after: Conditions) -> Iterator[str]:
    was, now = set(before) - set(after), set(after) - set(before)
    for old in sorted(was, key=_words_of):
        new = next((each for each in sorted(now, key=_words_of) if _about(each) == _about(old)), None)
        if new is None:
            yield f"condition gone: {old.words}"
        else:
            now.discard(new)
            yield f"'{old.words}' becomes '{new.words}'"
    yield from (f"new condition: {each.words}" for each in sorted(now, key=_words_of))


def _words_of(condition: Condition) -> str:
    return condition.words


def _about(condition: Condition) -> tuple[str, str]:
    return condition.fact, condition.name


def _owed(before: frozenset[str], after: frozenset[str]) -> Iterator[str]:
    yield from (f"no longer demands: {in_words(each)}" for each in sorted(before - after))
    yield from (f"demands now: {in_words(each)}" for each in sorted(after - before))


def _moved(word: str, before: frozenset[Any], after: frozenset[Any]) -> Iterator[str]:
    yield from (f"{word} no longer {each}" for each in sorted(before - after))
    yield from (f"{word} {each} now" for each in sorted(after - before))


def _said(before: Rule | Raise | Law, after: Rule | Raise | Law) -> Iterator[str]:
    if before.says != after.says:
        yield f"says now: {after.says}"
    if before.source != after.source:
        yield f"source now: {after.source}"


def _or_none(outcome: Outcome | None) -> str:
    return str(outcome) if outcome else "none"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}'"
