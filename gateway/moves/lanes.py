"""Which lane the moves of a transfer belong to, and the place in a lane that whoever carries it has (`model.lane`)."""

from __future__ import annotations

from datetime import datetime

from gateway.decide.address import domain_of
from gateway.model.lane import HOUSE, INSPECT, NOTICES, SLOW, TO, lane_to
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.transfer import Delivery, Transfer
from gateway.moves.house import House, is_due


class Place:
    """A place in a lane. `enter` changes it for one in another lane, where there is room; this one finds room anywhere.

    `wanted` is the lane that the transfer waits for when nothing more can be done from here, `known` the transfer as it
    was committed last: should anybody have changed it since, the next commit is a `Conflict`, and it is read again.
    """

    def __init__(self, lane: str = HOUSE) -> None:
        self.lane = lane
        self.wanted = ""
        self.known: Transfer | None = None

    def enter(self, lane: str) -> bool:
        """Take a place in a lane for one move; when there is none, remember that it is wanted."""
        if self.has_room(lane):
            self.lane = lane
            return True
        if not self.wanted or self._waits_less(lane, self.wanted):
            self.wanted = lane
        return False

    def has_room(self, lane: str) -> bool:  # noqa: ARG002 - a place in the daemon asks for it
        """Say whether there is room, and take it."""
        return True

    def is_closed(self, lane: str) -> bool:  # noqa: ARG002 - as above
        """Say whether nothing goes there for now."""
        return False

    def attempted(self, lane: str, *, answered: bool) -> None:
        """Be told whether a destination answered at all."""

    def _waits_less(self, lane: str, other: str) -> bool:
        return (self.is_closed(lane), lane.startswith(TO)) < (self.is_closed(other), other.startswith(TO))


def lane_of_reading(transfer: Transfer, place: Place) -> str:
    """Return where it is inspected: in the quick lane, unless it was passed on to the slow one."""
    if transfer.state is not TransferState.RECEIVED:
        return ""
    return SLOW if place.lane == SLOW else INSPECT


def lane_of_sealing(transfer: Transfer, place: Place) -> str:
    """Return where it is sealed: where it was inspected, or else in the house; nothing where no seal is due."""
    if all(each.state is not DeliveryState.CLEARED for each in transfer.deliveries):
        return ""
    return place.lane if place.lane in {INSPECT, SLOW} else HOUSE


def lane_of_telling(transfer: Transfer, now: datetime) -> str:
    """Return where people are told, nothing where nobody is to be told now."""
    is_waiting = any(each.state is NoticeState.WAITING and is_due(each, now) for each in transfer.notices)
    return NOTICES if is_waiting else ""


def lane_of(delivery: Delivery, house: House) -> str:
    """Return the lane of a sealed delivery: its channel's, or its domain's where the channel goes to each domain."""
    name = delivery.sealed.channel if delivery.sealed else ""
    channel = house.channels.get(name)
    domain = domain_of(delivery.recipient) if getattr(channel, "by_domain", False) else ""
    return lane_to(name, domain or "")


def next_wait(transfer: Transfer, house: House) -> tuple[datetime, str] | None:
    """Return when something of it is due next, and in which lane."""
    waits = [
        (each.due, lane_of(each, house))
        for each in transfer.deliveries
        if each.state is DeliveryState.SEALED and each.due
    ]
    waits += [(each.due, NOTICES) for each in transfer.notices if each.state is NoticeState.WAITING and each.due]
    waits += [(when, NOTICES) for when in house.manner.times(transfer)]  # when the sender is told that it is late
    if officer := officer_wait(transfer, house):
        waits.append((officer, HOUSE))
    return min(waits, default=None)


def without_room(transfer: Transfer, house: House, place: Place, now: datetime) -> datetime:
    """Return when one that found no room is due: now, in the lane that it wants.

    An officer's act waits for no destination: where one is due soon, what goes to a destination waits for as long.
    """
    officer = officer_wait(transfer, house) if place.wanted.startswith(TO) else None
    if officer is None:
        return now
    place.wanted = HOUSE
    return officer


def officer_wait(transfer: Transfer, house: House) -> datetime | None:
    """Return when the next instruction is carried out that can still be stopped, None where there is none."""
    if all(each.state is not DeliveryState.HELD for each in transfer.deliveries):
        return None
    return min((each.not_before for each in house.transfers.instructions(transfer.id) if each.not_before), default=None)
