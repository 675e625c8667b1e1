"""How a passphrase reaches its recipient once the sealed form was handed over, and who must be told instead.

By the second channel first, where it was sealed so. When that has failed for good the sender is told it, unless a rule
wants another channel or the sender cannot be told apart from the form: then officers are told that somebody must give
it by telephone, and it stays in the vault until one of them takes it out (`gateway passphrases show`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.model.verdict import Obligation

BY_CHANNEL: Final = "passphrase:"
TO_OFFICERS: Final = "tell:passphrase"
AGREED: Final = "agreed"
CHANNEL: Final = "channel"
SHOWN: Final = 3
"""Characters that are shown at either end of where somebody is reached."""
ENDED_UNSENT: Final = frozenset({DeliveryState.REFUSED, DeliveryState.UNDELIVERABLE})


class Way(Enum):
    """How it stands with one delivery's passphrase."""

    NONE = auto()  # a key opens it, or nothing was sealed
    AGREED = auto()  # it stands since long before
    SENDER = auto()  # the sender is told, and tells the recipient
    DUE = auto()  # the second channel is to tell the recipient, or is at it
    SENT = auto()  # it has
    OFFICER = auto()  # it could not, and officers see to it


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondChannel:
    """What the house knows of its second channel. `contact_of` says where a recipient is reached, empty for nowhere.

    `kind` stands in notices' subjects and the ledger, `called` is how people call it: text message.
    """

    kind: str = ""
    called: str = ""
    contact_of: Callable[[str], str] = lambda _: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A passphrase on its way to a recipient: `contact` is where, `text` all that is sent."""

    delivery: Delivery
    about: str
    contact: str
    text: str


def masked(contact: str) -> str:
    """Return `+44…001`: enough to be known again by whoever knows it."""
    return f"{contact[:SHOWN]}…{contact[-SHOWN:]}" if len(contact) > 2 * SHOWN else "…"


def is_dispatch(notice: Notice) -> bool:
    """Say whether a notice tells a recipient a passphrase by the second channel."""
    return notice.about.startswith(BY_CHANNEL)


def shown_to(notice: Notice) -> str:
    """Return whom a notice is for, as others may read it."""
    return masked(notice.to) if is_dispatch(notice) else notice.to


def dispatched(transfer: Transfer, delivery: Delivery) -> Notice | None:
    """Return the notice that tells a delivery's recipient the passphrase, None where there is none."""
    return next((each for each in transfer.notices if is_dispatch(each) and each.delivery_id == delivery.id), None)


def with_officers(transfer: Transfer, delivery: Delivery) -> bool:
    """Say whether officers were told to see to a delivery's passphrase."""
    return any(each.about == TO_OFFICERS and each.delivery_id == delivery.id for each in transfer.notices)


def way_of(transfer: Transfer, delivery: Delivery, *, may_tell: bool, has_contact: bool) -> Way:
    """Say how it stands with the passphrase of what was delivered; `may_tell` says whether the sender may be told."""
    sealed = delivery.sealed
    if sealed is None or (not sealed.told and not sealed.secret_object_id):
        return Way.NONE
    if sealed.told != CHANNEL:
        return Way.AGREED if sealed.told == AGREED else Way.SENDER
    notice = dispatched(transfer, delivery)
    if notice is not None and notice.state is not NoticeState.FAILED:
        return Way.SENT if notice.state is NoticeState.SENT else Way.DUE
    if notice is None and has_contact and not with_officers(transfer, delivery):
        return Way.DUE
    is_open = may_tell and not _apart(delivery) and not with_officers(transfer, delivery)
    return Way.SENDER if is_open else Way.OFFICER


def passphrases_due(
    transfer: Transfer, *, organisation: str, channel: SecondChannel, secret: Callable[[str], str]
) -> Iterator[Dispatch]:
    """Yield what the second channel must tell recipients now: once for each delivery that was handed over.

    `secret` reads a passphrase from the vault by its id. The text says who, which and what: no name, no subject.
    """
    for delivery in awaiting(transfer):
        contact = channel.contact_of(delivery.recipient)
        if contact and delivery.sealed and not (dispatched(transfer, delivery) or with_officers(transfer, delivery)):
            words = secret(delivery.sealed.secret_object_id)
            text = f"{organisation}: the passphrase for {transfer.id} is {words}"
            yield Dispatch(delivery=delivery, about=BY_CHANNEL + channel.kind, contact=contact, text=text)


def awaiting(transfer: Transfer) -> Iterator[Delivery]:
    """Yield what was handed over, whose passphrase goes by the second channel, and whose sender was not told yet."""
    for delivery in transfer.deliveries:
        is_handed = delivery.state is DeliveryState.DELIVERED and delivery.told is not DeliveryState.DELIVERED
        if is_handed and delivery.sealed is not None and delivery.sealed.told == CHANNEL:
            yield delivery


def _apart(delivery: Delivery) -> bool:
    verdict = delivery.verdict
    return verdict is not None and Obligation.PASSPHRASE_OTHER_CHANNEL in verdict.obligations


def unneeded(transfer: Transfer) -> Iterator[str]:
    """Yield the ids of passphrases, and of texts with one in them, that nobody is to be told any more."""
    for notice in transfer.notices:
        if is_dispatch(notice) and notice.state is not NoticeState.WAITING:
            yield notice.object_id
    for delivery in transfer.deliveries:
        if delivery.sealed and delivery.sealed.secret_object_id and _is_over(transfer, delivery):
            yield delivery.sealed.secret_object_id


def _is_over(transfer: Transfer, delivery: Delivery) -> bool:
    """Say whether nobody is to be told a delivery's passphrase any more: somebody was, or it will not go."""
    if delivery.state in ENDED_UNSENT:
        return True
    if delivery.state is not DeliveryState.DELIVERED or with_officers(transfer, delivery):
        return False
    notice = dispatched(transfer, delivery)
    return delivery.told is DeliveryState.DELIVERED or (notice is not None and notice.state is NoticeState.SENT)
