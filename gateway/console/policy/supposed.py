"""What if: a delivery that nobody sent, out of what somebody types, and what the policy would say of it. No content."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gateway.console.words import mark
from gateway.decide.evaluate import effective_tier
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy
from gateway.decide.unproved import decide_delivery
from gateway.model.facts import Circumstances, Consent, Counted
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import METHODS, Verdict

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

ROWS: Final = 3
"""Kinds of findings that can be named."""

ALSO: Final = {
    "internal": mark("the recipient is one of our own organisation"),
    "new": mark("nothing went from this sender to this recipient before"),
    "suspected": mark("the marking is only suspected"),
    "encrypt": mark("the sender asks for encryption"),
    "reason": mark("the sender gives a reason"),
}
"""What else may be so."""

MOST: Final = 1_000_000
OFFICERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """What would be decided, and the effective tier."""

    verdict: Verdict
    tier: Tier


def circumstances(asked: QueryParams, at: datetime, errors: MutableMapping[str, str]) -> Circumstances:
    """Return the circumstances that somebody typed; what does not read is in `errors` by its field."""
    sender, recipient = asked.get("from", "").strip(), asked.get("to", "").strip()
    for name, address in (("from", sender), ("to", recipient)):
        if "@" not in address:
            errors[name] = mark("Write an address, for example name@partner.example")
    tier = next((each for each in Tier if each.label == asked.get("tier", "")), Tier.UNMARKED)
    also = frozenset(asked.getlist("also"))
    recipients = _number(asked, "recipients", errors) or 1
    return Circumstances(
        at=at,
        sender=sender,
        recipient=recipient,
        route=asked.get("route", ""),
        internal="internal" in also,
        marking=tier,
        marking_status=_status(tier, is_suspected="suspected" in also),
        entities=_entities(asked, errors),
        people=_number(asked, "people", errors),
        gaps=frozenset(kind for kind in GapKind if asked.get("gap") == kind),
        recipients=((Counted.ALL, recipients), (Counted.EXTERNAL, recipients)),
        can=frozenset(asked.getlist("can")) & frozenset(METHODS),
        is_new="new" in also,
        encrypt_requested="encrypt" in also,
        reason_given="reason" in also,
        consent=next((each for each in Consent if each == asked.get("consent")), Consent.NONE),
        approvals=min(_number(asked, "approvals", errors) or 0, OFFICERS),
        approved_by=frozenset(asked.getlist("role")),
    )


def supposed(policy: Policy, known: Circumstances) -> Supposed:
    """Return what the policy would say."""
    return Supposed(verdict=decide_delivery(policy, known), tier=effective_tier(policy, facts_for(policy, known)))


def _status(tier: Tier, *, is_suspected: bool) -> MarkingStatus:
    if tier is Tier.UNMARKED:
        return MarkingStatus.NONE
    return MarkingStatus.SUSPECTED if is_suspected else MarkingStatus.MARKED


def _entities(asked: QueryParams, errors: MutableMapping[str, str]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in range(1, ROWS + 1):
        kind = asked.get(f"kind-{row}", "")
        if kind:
            counts[kind] = counts.get(kind, 0) + (_number(asked, f"number-{row}", errors) or 1)
    return tuple(sorted(counts.items()))


def _number(asked: Mapping[str, str], name: str, errors: MutableMapping[str, str]) -> int | None:
    given = asked.get(name, "").strip()
    if not given:
        return None
    if not given.isdecimal() or len(given) > len(str(MOST)) or int(given) > MOST:
        errors[name] = mark("Write a number, up to a million")
        return None
    return int(given)
