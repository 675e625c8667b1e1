"""What a release would do now: nothing is carried out, and the same functions are asked that decide in earnest.

From the circumstances of the last decision, as they are with the release, under the policy in force. What only whoever
holds keys and content can know, and changed since, is not seen: whether a key was revoked meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gateway.decide.demands import demands_of
from gateway.decide.policy import Policy
from gateway.decide.unproved import decide_delivery
from gateway.model.facts import Circumstances
from gateway.model.record import NOT_SEALED
from gateway.model.transfer import Delivery
from gateway.model.verdict import BY_KEY, METHODS, Obligation, Outcome, Owing, Verdict, named


class Fate(StrEnum):
    """What would become of a delivery. `held` says that no second person would change it either."""

    DELIVERED = "delivered"
    HELD = "held"
    REFUSED = "refused"
    SECOND_PERSON = "second-person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What would become of it, and the verdict that says so.

    `method` is how it would be sealed, empty where it would go unsealed or not at all; `trouble` why it could not be
    sealed as it must. `second` are the roles of which the second person must hold one, empty where any approver will
    do.
    """

    fate: Fate
    verdict: Verdict
    method: str = ""
    trouble: str = ""
    second: tuple[str, ...] = ()


def consequence(
    policy: Policy, delivery: Delivery, *, at: datetime, methods: Sequence[str] = METHODS, roles: Collection[str] = ()
) -> Consequence | None:
    """Return what would become of a delivery that has the release already (`quarantine.review.carry_out`).

    `methods` is the house's order of preference, `roles` those that somebody holds. None for what was never decided, or
    before circumstances were kept: it will be decided, and nobody can say how.
    """
    if delivery.circumstances is None:
        return None
    known = replace(
        delivery.circumstances,
        at=at,
        approvals=delivery.approvals,
        approved_by=frozenset(role for release in delivery.releases for role in release.roles),
        demands=demands_of(delivery.releases),
        unproved=delivery.unproved is not None,
    )
    verdict = decide_delivery(policy, known)
    if verdict.outcome is Outcome.REFUSE:
        return Consequence(fate=Fate.REFUSED, verdict=verdict)
    if verdict.outcome is Outcome.QUARANTINE:
        return _held(policy, known, verdict, roles)
    method, trouble = _sealed_as(policy, verdict, known, methods)
    fate = Fate.HELD if trouble else Fate.DELIVERED
    return Consequence(fate=fate, verdict=verdict, method=method, trouble=trouble)


def _held(policy: Policy, known: Circumstances, verdict: Verdict, roles: Collection[str]) -> Consequence:
    """Return whether a second person would let it go, and who."""
    more = replace(known, approvals=known.approvals + 1)
    if _goes(policy, more):
        return Consequence(fate=Fate.SECOND_PERSON, verdict=verdict)
    second = tuple(
        role for role in sorted(roles) if _goes(policy, replace(more, approved_by=more.approved_by | {role}))
    )
    return Consequence(fate=Fate.SECOND_PERSON if second else Fate.HELD, verdict=verdict, second=second)


def _goes(policy: Policy, known: Circumstances) -> bool:
    return decide_delivery(policy, known).outcome is Outcome.DELIVER


def _sealed_as(policy: Policy, verdict: Verdict, known: Circumstances, methods: Sequence[str]) -> tuple[str, str]:
    """Return the method that would be chosen and nothing, or nothing and why none would do."""
    by_key = Obligation.SEAL_BY_KEY in verdict.obligations
    if not by_key and Obligation.SEAL_AES256 not in verdict.obligations:
        return "", ""
    barred = named(verdict.obligations, Owing.SEAL_NOT)
    for method in policy.directory.opens(verdict.recipient) or methods:
        if method in known.can and method not in barred and (method in BY_KEY or not by_key):
            return method, ""
    why = "there is no usable key of theirs" if by_key else "no sealing method works for this recipient"
    return "", f"{NOT_SEALED}: {why}"
