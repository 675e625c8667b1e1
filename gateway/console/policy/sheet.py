"""A policy for people: its rules by file, its laws with what their proof says, its routes, and other versions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from gateway.console.policy.versions import Version
from gateway.console.words import mark
from gateway.decide.cases import Ran, run_cases
from gateway.decide.change.changed import Changed, changed
from gateway.decide.change.changed_cases import ChangedCase, changed_cases
from gateway.decide.change.compare import Difference, differences
from gateway.decide.explain import in_words
from gateway.decide.policy import Conditions, Law, Policy, Raise, Rule
from gateway.decide.proof.prove import Proof, prove
from gateway.errors import Busy
from gateway.model.verdict import Outcome, Said

if TYPE_CHECKING:
    from gateway.console.words.tongue import Tongue

OUTCOMES: Final[Mapping[Outcome | None, tuple[str, str]]] = {
    Outcome.DELIVER: (mark("Lets it go"), "green"),
    Outcome.QUARANTINE: (mark("Holds"), "yellow"),
    Outcome.REFUSE: (mark("Refuses"), "red"),
    None: (mark("Adds"), "grey"),
}
"""What a rule does, and the colour of its tag."""

KINDS: Final[Mapping[str, str]] = {
    "added": mark("Added"),
    "changed": mark("Changed"),
    "removed": mark("Removed"),
}
ONE_AT_A_TIME: Final = Lock()
"""Two policies are compared by a search that may take seconds."""

PATIENCE: Final = 10.0
"""Seconds that somebody waits until others were compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule or law, for a page. `when` and `unless` are conditions in words; each of `unless` is an exception."""

    id: str
    tag: str
    colour: str
    says: Said
    source: str
    where: str
    when: Sequence[str]
    unless: Sequence[str]
    then: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs between two policies, and what the second decides otherwise."""

    differing: Sequence[Difference]
    found: Changed
    cases: Sequence[ChangedCase]


def rules_by_file(policy: Policy, tongue: Tongue) -> Mapping[str, Sequence[Row]]:
    """Return the rules, those that only observe too, by the file in which they are written."""
    found: dict[str, list[Row]] = {}
    for rule in sorted((*policy.rules, *policy.observed), key=lambda each: (each.written.file, each.written.line)):
        found.setdefault(rule.written.file, []).append(_rule(rule, tongue))
    return found


def raises_of(policy: Policy, tongue: Tongue) -> Sequence[Row]:
    """Return what raises the effective tier."""
    return [_row(each, (each.to.label, ""), (), [], tongue) for each in policy.raises]


def laws_of(policy: Policy, tongue: Tongue) -> Sequence[Row]:
    """Return the laws, each with whether it is proved."""
    broken = proof_of(policy).broken
    rows = []
    for law in policy.laws:
        is_broken = any(f"'{law.id}'" in each for each in broken)
        tag = (tongue.say("Broken"), "red") if is_broken else (tongue.say("Proved"), "green")
        least = [tongue.say("at least %(outcome)s", outcome=law.outcome_at_least)] if law.outcome_at_least else []
        rows.append(_row(law, tag, law.unless, [*least, *map(in_words, sorted(law.obligations))], tongue))
    return rows


def _rule(rule: Rule, tongue: Tongue) -> Row:
    words, colour = OUTCOMES[rule.outcome]
    tag = tongue.say("Only observes") if rule.observes else tongue.say(words)
    then = [in_words(each) for each in sorted(rule.obligations)]
    return _row(rule, (tag, "purple" if rule.observes else colour), rule.unless, then, tongue)


def _row(
    each: Rule | Law | Raise, tag: tuple[str, str], unless: Sequence[Conditions], then: Sequence[str], tongue: Tongue
) -> Row:
    return Row(
        id=each.id,
        tag=tag[0],
        colour=tag[1],
        says=each.reason.words(tongue.language) if isinstance(each, Rule) else Said(text=each.says),
        source=each.source,
        where=tongue.say("%(file)s, line %(line)s", file=each.written.file, line=each.written.line),
        when=[condition.words for condition in each.when],
        unless=[tongue.listed([condition.words for condition in conditions]) for conditions in unless],
        then=then,
    )


@lru_cache(maxsize=8)
def proof_of(policy: Policy) -> Proof:
    """Return what can be proved of a policy: some milliseconds, and kept."""
    return prove(policy)


def cases_of(policy: Policy, files: Mapping[str, str]) -> Ran:
    """Return how its golden cases went."""
    return run_cases(policy, files)


def compared(before: Version, after: Version) -> Compared:
    """Return what differs between two policies, as `gateway policy diff` says it; `Busy` while others are compared."""
    if not ONE_AT_A_TIME.acquire(timeout=PATIENCE):
        raise Busy("other versions are being compared", hint="try again in a minute")
    try:
        return _compared(before, after)
    finally:
        ONE_AT_A_TIME.release()


@lru_cache(maxsize=8)
def _compared(before: Version, after: Version) -> Compared:
    return Compared(
        differing=tuple(differences(before.policy, after.policy)),
        found=changed(before.policy, after.policy),
        cases=tuple(changed_cases(before.policy, after.policy, before.files, after.files)),
    )
