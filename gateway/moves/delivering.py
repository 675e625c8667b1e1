"""The move that hands over.

It acts before it can commit what came of it, so it commits first that it is about to: an attempt that is found open is
one that a crash cut short. Of every attempt after one that may have reached the far side without our being told, the
ledger says that it may be a duplicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Final

from gateway.deliver import Channel, Consignment, GroupChannel
from gateway.deliver.attempt import Patience, after, hand_over, has_answered
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.moves.house import House, InVault, Step, channel_of, commit, held_step, is_due
from gateway.moves.lanes import Place, lane_of

MOST: Final = 1000  # recipients of one attempt


def deliver(transfer: Transfer, house: House, now: datetime, place: Place | None = None) -> Step | None:
    """Attempt the next delivery that is due and whose lane has room.

    With it go those of the same lane that take the very same form by the same channel.
    """
    place = place or Place()
    due = _with_room(transfer, house, now, place)
    if not due:
        return None
    channel = channel_of(due[0], house.policy(), house.channels)
    if isinstance(channel, str):
        return held_step(transfer, due[0], channel)
    group = [_begun(each, transfer) for each in _together(due, channel, house)]
    opened = commit(Step(before=transfer, after=_with(transfer, group)), house)
    patience = Patience(schedule=house.schedule, prove_within=house.prove_within)
    results = hand_over(channel, [_consignment(each, transfer, house) for each in group])
    answered, ended = has_answered(results), house.clock.now()
    if answered is not None:
        place.attempted(place.lane, answered=answered)
    tried = [after(*pair, now=ended, patience=patience) for pair in zip(group, results, strict=True)]
    return Step(before=opened, after=_with(opened, tried))


def _with_room(transfer: Transfer, house: House, now: datetime, place: Place) -> list[Delivery]:
    """Return the deliveries that are due in the first lane that has room, none where none has."""
    lanes: dict[str, list[Delivery]] = {}
    for each in transfer.deliveries:
        if each.state is DeliveryState.SEALED and is_due(each, now):
            lanes.setdefault(lane_of(each, house), []).append(each)
    return next((due for lane, due in lanes.items() if place.enter(lane)), [])


def _together(due: Sequence[Delivery], channel: Channel, house: House) -> Sequence[Delivery]:
    """Return the deliveries that go in one attempt: the first one, and those whose form is the same but for its id."""
    if not isinstance(channel, GroupChannel):
        return due[:1]
    policy, form = house.policy(), _form(due[0])
    others = (each for each in due[1:] if _form(each) == form)
    return [due[0], *(each for each in others if channel_of(each, policy, house.channels) is channel)][:MOST]


def _form(delivery: Delivery) -> object:
    return delivery.sealed and replace(delivery.sealed, delivery_id="")


def _begun(delivery: Delivery, transfer: Transfer) -> Delivery:
    """Return a delivery with an attempt open; a delay is no time for retries, so those count from its end."""
    begun = delivery.begun if delivery.attempts else delivery.due or delivery.begun
    return replace(
        delivery,
        attempts=delivery.attempts + 1,
        attempt_open=True,
        in_doubt=delivery.in_doubt or delivery.attempt_open,
        begun=begun or transfer.received_at,
    )


def _consignment(delivery: Delivery, transfer: Transfer, house: House) -> Consignment:
    sealed = delivery.sealed
    if sealed is None:  # pragma: no cover - only what is sealed comes here
        raise ValueError("only what is sealed is handed over")
    vault = house.vault
    return Consignment(
        sealed=sealed,
        sender=transfer.sender,
        recipient=delivery.recipient,
        contents=[(each, InVault(vault=vault, object_id=each.object_id, size=each.size)) for each in sealed.parts],
        returns=transfer.returns,
        envelope_id=transfer.envelope_id,
        notify=delivery.notify,
        original=delivery.original,
    )


def _with(transfer: Transfer, changed: Sequence[Delivery]) -> Transfer:
    """Return the transfer with these deliveries replaced."""
    return reduce(lambda so_far, each: so_far.with_delivery(each), changed, transfer)
