"""Verdicts and facts in words, and what would have to be different for a delivery to pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import chain, combinations
from typing import Final, TypeAlias

from gateway.decide.policy import FactName, Policy
from gateway.model.facts import Abroad, AgreementStatus, Consent, Counted, DomainStatus, Facts, Hours, Trait
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import OWING, Obligation, Outcome, Owing, Verdict

Change: TypeAlias = tuple[str, dict[str, object]]
CAN_OPEN: Final = (
    "the recipient can open a sealed form (by a key of theirs, a passphrase agreed with them, or another method)"
)
NEWCOMER: Final = frozenset({Trait.NEW})
OWED: Final[Mapping[str, str]] = {
    Obligation.ASK_REASON: "asking the sender for a reason",
    Obligation.DISCLOSURE_RECORD: "with a record of disclosure",
    Obligation.MARK_BODY: "with the marking in the text",
    Obligation.MARK_HEADER: "with the marking in a header",
    Obligation.MARK_SUBJECT: "with the marking in the subject",
    Obligation.NEUTRAL_SUBJECT: "with a neutral subject and neutral file names",
    Obligation.PASSPHRASE_OTHER_CHANNEL: "with its passphrase by another channel",
    Obligation.PSEUDONYMISE: "with what was found replaced by codes",
    Obligation.REDACT: "with what was found masked",
    Obligation.SEAL_AES256: "sealed with AES-256",
    Obligation.SEAL_BY_KEY: "sealed by a key of the recipient and no passphrase",
    Obligation.STRIP_LABELS: "without the labels in its header",
    Obligation.TLS_VERIFIED: "over TLS with a verified certificate",
}
OWING_WORDS: Final[Mapping[Owing, str]] = {
    Owing.DELAY: "after {} minutes in which the sender may recall it",
    Owing.RETAIN: "kept as {}",
    Owing.SEAL_NOT: "not sealed as {}",
    Owing.TELL: "telling {}",
}


def describe(facts: Facts) -> str:
    """Return one set of facts as a sentence, for counterexamples: what it is, where it goes, and what is unusual."""
    status = {MarkingStatus.NONE: "", MarkingStatus.SUSPECTED: "suspected ", MarkingStatus.MARKED: ""}
    found = ", ".join(f"{count} x {entity}" for entity, count in facts.entities if count)
    words = [
        f"{status[facts.marking_status]}marking {facts.marking.label}",
        f"found {found}" if found else "nothing found",
        _many(facts.people, "person", "people") if facts.people else "",
        f"gaps {_listed(facts.gaps)}" if facts.gaps else "no gaps",
        _many(facts.size, "byte", "bytes") if facts.size else "",
        f"network {facts.network}",
        f"route {facts.route or 'none'}",
        f"domain {facts.domain_status}",
        f"recipient can {_listed(facts.can)}" if facts.can else "recipient can open nothing sealed",
        "encryption asked for" if facts.encrypt_requested else "",
        *_unusual(facts),
        "released" if facts.released else "not released",
        f"by {facts.approvals} officers" if facts.approvals > 1 else "",
        f"as {_listed(facts.approved_by)}" if facts.approved_by else "",
    ]
    return ", ".join(each for each in words if each)


def _unusual(facts: Facts) -> Iterator[str]:
    yield f"descriptors {_listed(facts.descriptors)}" if facts.descriptors else ""
    yield f"caveats {_listed(facts.caveats)}" if facts.caveats else ""
    yield f"under-marked by {_listed(facts.under_marked)}" if facts.under_marked else ""
    counts = [(_many(count, "recipient", "recipients"), kind) for kind, count in facts.recipients if count]
    yield ", ".join(f"{many} ({kind})" for many, kind in counts)
    yield f"recipient is {_listed(facts.recipient_is)}" if facts.recipient_is else ""
    yield "in a protected thread" if facts.protected_thread else ""
    yield f"from {facts.sender}" if facts.sender else ""
    yield f"unit {facts.unit}" if facts.unit else ""
    yield f"to {facts.recipient}" if facts.recipient else ""
    yield f"partner {facts.partner or 'of no name'} ({facts.partner_kind})" if facts.partner_kind else ""
    yield f"agreement {facts.agreement}" if facts.agreement is not AgreementStatus.NONE else ""
    yield "due diligence done" if facts.due_diligence else ""
    yield f"country {facts.country}" if facts.country else ""
    yield f"law there {facts.abroad}" if facts.abroad is not Abroad.UNKNOWN else ""
    yield "a reason given" if facts.reason_given else ""
    yield f"consent {facts.consent}" if facts.consent is not Consent.NONE else ""
    yield "outside office hours" if facts.hours is Hours.CLOSED else ""
    yield f"on {date.fromordinal(facts.day)}" if facts.day else ""


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def describe_outcome(outcome: Outcome, obligations: frozenset[str]) -> str:
    """Return `deliver, sealed with AES-256 and …`."""
    owed = " and ".join(in_words(each) for each in sorted(obligations))
    return f"{outcome}, {owed}" if owed else str(outcome)


def in_words(obligation: str) -> str:
    """Return one obligation as a person would say it."""
    for kind, words in OWING_WORDS.items():
        found = OWING[kind].fullmatch(obligation)
        if found:
            return words.format(found[1])
    return OWED.get(obligation, obligation)


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
    if facts.under_marked:
        yield "its marking says what it holds", {"under_marked": frozenset()}
    if not facts.can:
        yield CAN_OPEN, {"can": frozenset({"zip"})}
    yield from _other_recipients(facts)
    yield from _other_routes(policy, facts)
    if not facts.reason_given:
        yield "the sender gives a reason", {"reason_given": True}
    yield from _releases(policy, facts)


def _other_recipients(facts: Facts) -> Iterator[Change]:
    if len(facts.recipients) > 0 and max(count for _, count in facts.recipients) > 1:
        yield "it goes to this recipient alone", {"recipients": ((Counted.ALL, 1), (Counted.EXTERNAL, 1))}
    if facts.recipient_is:
        told = (facts.recipient_is - NEWCOMER) or facts.recipient_is  # an address is new to whoever goes on to another
        yield f"it goes to an address that is not {_listed(told)}", {"recipient_is": frozenset()}
    if facts.partner and facts.agreement is not AgreementStatus.IN_FORCE:
        yield f"an agreement with {facts.partner} covers it", {"agreement": AgreementStatus.IN_FORCE}
    if facts.hours is Hours.CLOSED:
        yield "it is sent in office hours", {"hours": Hours.OPEN}


def _releases(policy: Policy, facts: Facts) -> Iterator[Change]:
    """Yield releases by one more officer, by two, and by one of a role that a rule names."""
    word = "another officer" if facts.released else "an officer"
    yield f"{word} releases it", {"approvals": facts.approvals + 1}
    if not facts.released:
        yield "two officers release it", {"approvals": 2}
    for role in sorted(_roles(policy) - facts.approved_by):
        yield (
            f"an officer who is {role.replace('-', ' ')} releases it",
            {"approvals": facts.approvals + 1, "approved_by": facts.approved_by | {role}},
        )


def _roles(policy: Policy) -> frozenset[str]:
    named = (
        condition.operand
        for rule in policy.rules
        for conditions in (rule.when, *rule.unless)
        for condition in conditions
        if condition.fact is FactName.APPROVED_BY and isinstance(condition.operand, frozenset)
    )
    return frozenset(chain.from_iterable(named))


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
