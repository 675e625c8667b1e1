"""How a passphrase reaches its recipient once the sealed form was handed over, and who must be told instead.

By the second channel first, where it was sealed so. When that has failed for good the sender is told it, unless a rule
wants another channel or the sender cannot be told apart from the form. Otherwise, and when the sender's notice failed
too, officers are told that somebody must give it by telephone, and it stays in the vault until one of them takes it out
(`gateway passphrases show`). It is destroyed when a notice with it was sent, and no sooner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.model.verdict import Obligation

BY_CHANNEL: Final = "passphrase:"
TO_OFFICERS: Final = "tell:passphrase"
TO_SENDER: Final = "delivered"
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
    """A passphrase on its way to a recipient: `contact` is where, `text` all that is sent; empty when it is lost."""

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


def by_delivery(transfer: Transfer) -> Mapping[str, Sequence[Notice]]:
    """Return the notices that give passphrases or ask officers to, by their delivery's id, in their order."""
    found: defaultdict[str, list[Notice]] = defaultdict(list)
    for notice in transfer.notices:
        if notice.delivery_id:
            found[notice.delivery_id].append(notice)
    return found


def dispatched(notices: Sequence[Notice]) -> Notice | None:
    """Return, of the notices about a delivery, the last that tells its recipient the passphrase; None without one."""
    return next((each for each in reversed(notices) if is_dispatch(each)), None)


def with_officers(notices: Sequence[Notice]) -> bool:
    """Say whether officers were or will be told to see to a delivery's passphrase. Their folder (`to` is empty) does.

    Notices to them that have all failed told nobody.
    """
    return any(each.about == TO_OFFICERS and (each.state is not NoticeState.FAILED or not each.to) for each in notices)


def way_of(delivery: Delivery, notices: Sequence[Notice], *, may_tell: bool, contact: str) -> Way:
    """Say how it stands with the passphrase of what was delivered; `notices` are those about it (`by_delivery`).

    `may_tell` says whether the sender may be told it, `contact` where its recipient is reached by the second channel.
    """
    sealed, told = delivery.sealed, _told_sender(notices)
    if sealed is None or (not sealed.told and not sealed.secret_object_id):
        return Way.NONE
    if sealed.told == AGREED:
        return Way.AGREED
    if any(is_dispatch(each) and each.state is NoticeState.SENT for each in notices):
        return Way.SENT
    is_open = sealed.told == CHANNEL and told is None  # nobody was given it yet
    if is_open and (_is_at_it(notices) or _is_to_ask(notices, contact)):
        return Way.DUE
    is_barred = is_open and (not may_tell or _apart(delivery))
    return Way.OFFICER if is_barred or told is NoticeState.FAILED or _is_for_officers(notices) else Way.SENDER


def _told_sender(notices: Sequence[Notice]) -> NoticeState | None:
    """Return how it stands with the notice that gives the sender the passphrase, None where there is none."""
    return next((each.state for each in reversed(notices) if each.about == TO_SENDER), None)


def _is_at_it(notices: Sequence[Notice]) -> bool:
    return any(is_dispatch(each) and each.state is NoticeState.WAITING for each in notices)


def _is_to_ask(notices: Sequence[Notice], contact: str) -> bool:
    """Say whether the second channel is to be asked: for the first time, or because another contact had failed."""
    last = dispatched(notices)
    is_new = last is None or (last.state is NoticeState.FAILED and last.to != contact)
    return bool(contact) and is_new and not _is_for_officers(notices)


def _is_for_officers(notices: Sequence[Notice]) -> bool:
    """Say whether it was left to officers, whether or not they could be told."""
    return any(each.about == TO_OFFICERS for each in notices)


def passphrases_due(
    transfer: Transfer, *, organisation: str, channel: SecondChannel, secret: Callable[[str], str]
) -> Iterator[Dispatch]:
    """Yield what the second channel must tell recipients now: once for each delivery that was handed over.

    `secret` reads a passphrase from the vault by its id, and returns nothing for one that is lost. The text says who,
    which and what: no name, no subject.
    """
    about = by_delivery(transfer)
    for delivery in transfer.deliveries:
        is_open = delivery.state is DeliveryState.DELIVERED and delivery.told is not DeliveryState.DELIVERED
        if not is_open or delivery.sealed is None or delivery.sealed.told != CHANNEL:
            continue
        contact = channel.contact_of(delivery.recipient)
        if _is_to_ask(about[delivery.id], contact):
            words = secret(delivery.sealed.secret_object_id)
            text = f"{organisation}: the passphrase for {transfer.id} is {words}" if words else ""
            yield Dispatch(delivery=delivery, about=BY_CHANNEL + channel.kind, contact=contact, text=text)


def _apart(delivery: Delivery) -> bool:
    verdict = delivery.verdict
    return verdict is not None and Obligation.PASSPHRASE_OTHER_CHANNEL in verdict.obligations


def unneeded(transfer: Transfer) -> frozenset[str]:
    """Return the ids of passphrases that nobody is to be told any more, and of notices that were told or never will."""
    about = by_delivery(transfer)
    found = {notice.object_id for notice in transfer.notices if notice.state is not NoticeState.WAITING}
    for delivery in transfer.deliveries:
        if delivery.sealed and delivery.sealed.secret_object_id and _is_over(delivery, about[delivery.id]):
            found.add(delivery.sealed.secret_object_id)
    return frozenset(found)


def _is_over(delivery: Delivery, notices: Sequence[Notice]) -> bool:
    """Say whether nobody is to be told a delivery's passphrase any more: somebody was, or it will not go.

    Only a notice that was sent has told anybody.
    """
    if delivery.state in ENDED_UNSENT:
        return True
    if delivery.state is not DeliveryState.DELIVERED or with_officers(notices):
        return False
    told = (each for each in notices if is_dispatch(each) or each.about == TO_SENDER)
    return any(each.state is NoticeState.SENT for each in told)
