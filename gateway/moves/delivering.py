"""The move that hands over.

It acts before it can commit what came of it, so it commits first that it is about to: an attempt that is found open is
one that a crash cut short, and the ledger says of the next one that it may be a duplicate.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.deliver import Consignment
from gateway.deliver.attempt import attempt
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Transfer
from gateway.moves.house import House, InVault, Step, channel_of, commit, held_step, is_due


def deliver(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Attempt the next delivery that is due."""
    delivery = next(
        (each for each in transfer.deliveries if each.state is DeliveryState.SEALED and is_due(each, now)), None
    )
    if delivery is None or delivery.sealed is None:
        return None
    channel = channel_of(delivery, house.policy(), house.channels)
    if isinstance(channel, str):
        return held_step(transfer, delivery, channel)
    sealed = delivery.sealed
    begun = delivery.begun if delivery.attempts else delivery.due or delivery.begun  # a delay is no time for retries
    delivery = replace(delivery, attempts=delivery.attempts + 1, attempt_open=True, begun=begun)
    opened = commit(Step(before=transfer, after=transfer.with_delivery(delivery)), house)
    vault = house.vault
    contents = [(part, InVault(vault=vault, object_id=part.object_id, size=part.size)) for part in sealed.parts]
    consignment = Consignment(sealed=sealed, sender=transfer.sender, recipient=delivery.recipient, contents=contents)
    since, now = delivery.begun or transfer.received_at, house.clock.now()
    tried = attempt(delivery, channel, consignment, since=since, now=now, schedule=house.schedule)
    return Step(before=opened, after=opened.with_delivery(tried))
