"""Verdicts and facts in words, and what would have to be different for a delivery to pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Final, TypeAlias

from gateway.decide.policy import Policy
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Obligation, Outcome, Verdict

Change: TypeAlias = tuple[str, dict[str, object]]
OWED: Final = {
    Obligation.NEUTRAL_SUBJECT: "with a neutral subject and neutral file names",
    Obligation.SEAL_AES256: "sealed with AES-256",
    Obligation.TLS_VERIFIED: "over TLS with a verified certificate",
}


def describe(facts: Facts) -> str:
    """Return one set of facts as a sentence, for counterexamples."""
    status = {MarkingStatus.NONE: "", MarkingStatus.SUSPECTED: "suspected ", MarkingStatus.MARKED: ""}
    found = ", ".join(f"{count} x {entity}" for entity, count in facts.entities if count)
    words = [
        f"{status[facts.marking_status]}marking {facts.marking.label}",
        f"found {found}" if found else "nothing found",
        f"{facts.people} people" if facts.people else "",
        f"gaps {_listed(facts.gaps)}" if facts.gaps else "no gaps",
        f"{facts.size} bytes" if facts.size else "",
        f"network {facts.network}",
        f"route {facts.route or 'none'}",
        f"domain {facts.domain_status}",
        f"recipient can {_listed(facts.can)}" if facts.can else "recipient can open nothing sealed",
        "encryption asked for" if facts.encrypt_requested else "",
        "released" if facts.released else "not released",
    ]
    return ", ".join(each for each in words if each)


def describe_outcome(outcome: Outcome, obligations: frozenset[Obligation]) -> str:
    """Return `deliver, sealed with AES-256 and …`."""
    owed = " and ".join(OWED[each] for each in sorted(obligations))
    return f"{outcome}, {owed}" if owed else str(outcome)


def sentence(verdict: Verdict) -> str:
    """Return a verdict with its reasons as one line."""
    reasons = "; ".join(f"{each.says} [{each.rule}]" for each in verdict.reasons)
    return f"{verdict.recipient}: {describe_outcome(verdict.outcome, verdict.obligations)}: {reasons}"


def ways_to_pass(policy: Policy, facts: Facts, outcome_of: Callable[[Facts], Outcome]) -> tuple[str, ...]:
    """Return what would make it pass: each way was tried with the evaluator. Single changes, else pairs."""
    changes = list(_changes(policy, facts))
    for together in (1, 2):
        ways = tuple(
            ", and ".join(words for words, _ in chosen)
            for chosen in combinations(changes, together)
            if outcome_of(_changed(facts, chosen)) is Outcome.DELIVER
        )
        if ways:
            return ways
    return ()


def _changed(facts: Facts, chosen: tuple[Change, ...]) -> Facts:
    for _, change in chosen:
        facts = replace(facts, **change)  # type: ignore[arg-type]  # each change names fields of Facts
    return facts


def _changes(policy: Policy, facts: Facts) -> Iterator[Change]:
    """Yield what somebody could change: about the content first, then the recipient and the route, then a release."""
    if facts.gaps:
        yield f"every part can be read (now not: {_listed(facts.gaps)})", {"gaps": frozenset()}
    if facts.marking > Tier.UNMARKED:
        looks = "looks" if facts.marking_status is MarkingStatus.SUSPECTED else "is"
        words = f"what {looks} marked {facts.marking.label} is left out"
        yield words, {"marking": Tier.UNMARKED, "marking_status": MarkingStatus.NONE}
    if facts.entities or facts.people:
        yield "the personal or sensitive data found is left out", {"entities": (), "people": 0}
    if not facts.can:
        yield "the recipient can open a sealed form", {"can": frozenset({"zip"})}
    yield from _other_routes(policy, facts)
    if not facts.released:
        yield "an officer releases it", {"released": True}


def _other_routes(policy: Policy, facts: Facts) -> Iterator[Change]:
    plain = facts.domain_status is not DomainStatus.NONE
    for route in sorted(policy.routes.values(), key=lambda each: each.id):
        change: dict[str, object] = {"route": route.id, "network": route.network}
        if route.id == facts.route:
            continue
        if route.recipient:
            if route.recipient == facts.recipient:
                yield f"it goes by the route {route.id}", change
        elif not facts.route and facts.domain_status in route.serves:
            yield f"it goes by the route {route.id}", change
        elif not plain and DomainStatus.UNKNOWN in route.serves:
            words = f"the address is written as a plain name@domain (route {route.id})"
            yield words, {**change, "domain_status": DomainStatus.UNKNOWN}
        elif DomainStatus.LIVE in route.serves:
            words = f"it goes to an address on a secure domain (route {route.id})"
            yield words, {**change, "domain_status": DomainStatus.LIVE}


def _listed(words: frozenset[str]) -> str:
    return " and ".join(sorted(str(word).replace("_", " ") for word in words))
