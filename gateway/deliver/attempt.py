"""One attempt to hand a sealed form over, to one recipient or several, and what becomes of each delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.deliver import Channel, Consignment, GroupChannel, Result
from gateway.errors import NotProved, NotSealed, TryLater, Undeliverable
from gateway.model.lifecycle import DeliveryState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to try again and when to give up; `prove_within` is how long a route may fail to prove how safe it is."""

    schedule: Schedule
    prove_within: timedelta


def attempt(
    deliveries: Sequence[Delivery],
    channel: Channel,
    consignments: Sequence[Consignment],
    *,
    now: datetime,
    patience: Patience,
) -> list[Delivery]:
    """Return the deliveries after one attempt: delivered, held, failed for good, or sealed as before and due later.

    Retries are counted from when each was first due to go (`begun`). A channel that can never be as safe as the verdict
    demands raises `NotSealed`, and the delivery is held; where it was not proved for too long, it is undecided again.
    Several go at once only through a channel that takes them so, and each still has an answer of its own.
    """
    results: Sequence[Result]
    if isinstance(channel, GroupChannel):
        results = channel.send_group(consignments)
    else:
        results = [_alone(channel, each) for each in consignments]
    return [_after(*pair, now=now, patience=patience) for pair in zip(deliveries, results, strict=True)]


def _alone(channel: Channel, consignment: Consignment) -> Result:
    try:
        return Result(receipt=channel.send(consignment))
    except (NotSealed, TryLater, Undeliverable) as trouble:
        return Result(trouble=trouble)


def _after(delivery: Delivery, result: Result, *, now: datetime, patience: Patience) -> Delivery:
    """Return a delivery after what came of its attempt."""
    closed = replace(delivery, attempt_open=False, due=None, reply=result.reply)
    trouble = result.trouble
    if trouble is None:
        return replace(closed, state=DeliveryState.DELIVERED, receipt=result.receipt, trouble="")
    if isinstance(trouble, NotSealed):
        return closed.held(f"the route could not be proved safe: {trouble.message}")
    schedule, since = patience.schedule, delivery.begun or now
    if isinstance(trouble, Undeliverable) or schedule.is_over(since, now):
        return replace(closed, state=DeliveryState.UNDELIVERABLE, trouble=trouble.message)
    if isinstance(trouble, NotProved) and delivery.sealed and delivery.sealed.needs_verified_tls:
        closed = replace(closed, unproved=delivery.unproved or now)
        if now - (delivery.unproved or now) >= patience.prove_within:
            return closed.not_proved(f"its route could not be proved safe: {trouble.message}")
    return replace(closed, due=now + schedule.wait(delivery.attempts), trouble=trouble.message)
