"""A held delivery as an officer's list shows it, what such a list may ask for, and why something waits.

No content and no subject: names, addresses, sizes, and the words of the rule that decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.model.facts import Circumstances
from gateway.model.record import NOT_SEALED
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Transfer
from gateway.model.verdict import Obligation, Reason


class Why(StrEnum):
    """What kind of reason a delivery is held for, in the officers' words; the first that applies counts."""

    NO_SEAL = "no_seal"
    FAILED = "failed"
    UNREAD = "unread"
    BULK = "bulk"
    RECIPIENT = "recipient"
    PERSONAL_DATA = "personal_data"
    MARKING = "marking"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The words of a list's column and of its filter."""
        return WORDS[self]


WORDS: Final = {
    Why.NO_SEAL: "No way to seal it",
    Why.FAILED: "Could not be handed over",
    Why.UNREAD: "Could not be read",
    Why.BULK: "Many people at once",
    Why.RECIPIENT: "To whom it would go",
    Why.PERSONAL_DATA: "Personal data",
    Why.MARKING: "Its protective marking",
    Why.OTHER: "No rule lets it go",
}
OF_FACTS: Final = {
    Why.UNREAD: frozenset({"gaps"}),
    Why.BULK: frozenset({"people"}),
    Why.RECIPIENT: frozenset(
        {
            *("abroad", "agreement", "consent", "country", "domain_status", "due_diligence", "partner"),
            *("partner_kind", "recipient", "recipient_is", "recipients"),
        }
    ),
    Why.PERSONAL_DATA: frozenset({"entities"}),
    Why.MARKING: frozenset({"caveats", "descriptors", "marking_status", "tier", "under_marked"}),
    Why.OTHER: frozenset(),
}
"""Which facts of a rule make it a reason of which kind, the most telling first (`Reason.about`)."""


class HeldState(StrEnum):
    """What is being done about a held delivery. Several may be true of one; nothing yet is `new`."""

    NEW = "new"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    ASKED = "asked"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One held delivery. `version` is what an officer saw: a decision names it, and is refused once it has changed.

    `why` is its kind of reason, `rule` and `says` the reason itself; without a rule it is held for a trouble, and
    `says` is that. `name` is that of the first of `files`. `asked` is true while its sender has not answered,
    `second` once somebody released it and another person is needed. `assigned_to` is a person and `escalated_to` a
    role, empty where there is none.
    """

    transfer_id: str
    delivery_id: str
    version: int
    received_at: datetime
    held_at: datetime
    sender: str
    recipient: str
    door: Origin
    route: str
    name: str
    files: int
    size: int
    tier: Tier
    why: Why
    rule: str
    says: str
    asked: bool
    second: bool
    assigned_to: str
    escalated_to: str

    @property
    def states(self) -> frozenset[HeldState]:
        """Everything that is being done about it."""
        return states_of(asked=self.asked, second=self.second, assigned=self.assigned_to, escalated=self.escalated_to)


def states_of(*, asked: bool, second: bool, assigned: str, escalated: str) -> frozenset[HeldState]:
    """Return what is being done about a held delivery."""
    found = {
        HeldState.CLAIMED: bool(assigned),
        HeldState.ESCALATED: bool(escalated),
        HeldState.ASKED: asked,
        HeldState.SECOND: second,
    }
    return frozenset(state for state, applies in found.items() if applies) or frozenset({HeldState.NEW})


class Order(StrEnum):
    """How a list is sorted; what is equal, by how long it waits, the longest first."""

    OLDEST = "oldest"
    NEWEST = "newest"
    HIGHEST = "highest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldQuery:
    """Which held deliveries a list shows. An empty set means any; of a set, one is enough.

    `assigned_to` is None for anybody's, empty for nobody's, and `escalated_to` likewise. Each of `words` must stand in
    the sender's or recipient's address, in the name of a file or of what was found within one, or in the transfer's id.
    `only` are pairs of a transfer and a delivery that somebody picked, none where they picked none.
    `held_before` asks for those that have waited since before then: past decision time, where it is that long ago.
    """

    why: frozenset[Why] = frozenset()
    tier: frozenset[Tier] = frozenset()
    route: frozenset[str] = frozenset()
    states: frozenset[HeldState] = frozenset()
    assigned_to: str | None = None
    escalated_to: str | None = None
    words: tuple[str, ...] = ()
    only: frozenset[tuple[str, str]] = frozenset()
    held_before: datetime | None = None


def why_held(delivery: Delivery) -> tuple[Why, Reason | None]:
    """Return the kind of reason a delivery is held for, and the reason itself; None where it is a trouble."""
    if delivery.trouble:
        return (Why.NO_SEAL if delivery.trouble.startswith(NOT_SEALED) else Why.FAILED), None
    reasons = delivery.verdict.reasons if delivery.verdict else ()
    if not reasons:
        return Why.OTHER, None
    for kind, facts in OF_FACTS.items():
        for reason in reasons:
            if not facts.isdisjoint(reason.about):
                return kind, reason
    return _why_not_permitted(delivery.circumstances), reasons[0]


def _why_not_permitted(known: Circumstances | None) -> Why:
    """Return what stood in the way where no rule speaks against it and none permits it."""
    if known is None:
        return Why.OTHER
    if known.gaps:
        return Why.UNREAD
    if not known.can and (known.entities or known.marking >= Tier.PROTECT):
        return Why.NO_SEAL
    if known.entities:
        return Why.PERSONAL_DATA
    return Why.MARKING if known.marking > Tier.OFFICIAL else Why.OTHER


def needs_second(delivery: Delivery) -> bool:
    """Say whether a held delivery was released and waits for another person: the rules still hold it."""
    return bool(delivery.releases) and not delivery.trouble


def is_asked(transfer: Transfer, delivery: Delivery) -> bool:
    """Say whether the sender was asked something about a held delivery and has not answered."""
    question = transfer.open_question
    if question is not None and question.delivery_id == delivery.id:
        return True
    owed = delivery.verdict.obligations if delivery.verdict and not delivery.trouble else frozenset()
    return Obligation.ASK_REASON in owed and not transfer.reason
