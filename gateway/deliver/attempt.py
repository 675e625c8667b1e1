"""One attempt to hand a sealed form over, and what becomes of the delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.deliver import Channel, Consignment
from gateway.errors import NotSealed, TryLater, Undeliverable
from gateway.model.lifecycle import DeliveryState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery


def attempt(
    delivery: Delivery,
    channel: Channel,
    consignment: Consignment,
    *,
    since: datetime,
    now: datetime,
    schedule: Schedule,
) -> Delivery:
    """Return the delivery after one attempt: delivered, held, failed for good, or sealed as before and due later.

    `since` is when it was first due to go: retries are counted from there. A channel that finds its route not as safe
    as the verdict demands raises `NotSealed`, and the delivery is held.
    """
    closed = replace(delivery, attempt_open=False, due=None)
    try:
        receipt = channel.send(consignment)
    except NotSealed as trouble:
        return closed.held(f"the route could not be proved safe: {trouble.message}")
    except Undeliverable as trouble:
        return replace(closed, state=DeliveryState.UNDELIVERABLE, trouble=trouble.message)
    except TryLater as trouble:
        if schedule.is_over(since, now):
            return replace(closed, state=DeliveryState.UNDELIVERABLE, trouble=trouble.message)
        return replace(closed, due=now + schedule.wait(delivery.attempts), trouble=trouble.message)
    return replace(closed, state=DeliveryState.DELIVERED, receipt=receipt, trouble="")
