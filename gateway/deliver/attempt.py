"""One attempt to hand a sealed form over, to one recipient or several, and what becomes of each delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.deliver import Channel, Consignment, GroupChannel, Result
from gateway.errors import GatewayError, NotProved, NotSealed, TryLater, Undeliverable
from gateway.model.lifecycle import DeliveryState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery
from gateway.system.log import get_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to try again and when to give up; `prove_within` is how long a route may fail to prove how safe it is."""

    schedule: Schedule
    prove_within: timedelta


def hand_over(channel: Channel, consignments: Sequence[Consignment]) -> Sequence[Result]:
    """Return what came of each. Several go at once only through a channel that takes them so.

    What is wrong with our own storage is raised. Anything else that a channel did not foresee says nothing about other
    deliveries: it is tried again, and may have gone out already.
    """
    try:
        if isinstance(channel, GroupChannel):
            return channel.send_group(consignments)
        return [_alone(channel, each) for each in consignments]
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001 - a channel may be anybody's; the other deliveries go on
        get_log().error("channel:failed", channel=channel.name, error=error)
        return [Result(trouble=TryLater(f"the channel {channel.name} failed"), in_doubt=True)] * len(consignments)


def _alone(channel: Channel, consignment: Consignment) -> Result:
    try:
        return Result(receipt=channel.send(consignment))
    except (NotSealed, TryLater, Undeliverable) as trouble:
        return Result(trouble=trouble)


def has_answered(results: Sequence[Result]) -> bool | None:
    """Say whether there is a far side that answers; None where that cannot be told from what came of an attempt."""
    if any(each.receipt or each.reply or each.met for each in results):
        return True
    is_missed = any(isinstance(each.trouble, TryLater) and not isinstance(each.trouble, NotProved) for each in results)
    return False if is_missed else None


def after(delivery: Delivery, result: Result, *, now: datetime, patience: Patience) -> Delivery:
    """Return a delivery after an attempt: delivered, held, failed for good, or sealed as before and due later.

    Retries are counted from when it was first due to go (`begun`). What can never go as safely as the verdict demands
    is held; where that was not proved for too long, it is undecided again.
    """
    in_doubt = delivery.in_doubt or result.in_doubt
    closed = replace(delivery, attempt_open=False, due=None, reply=result.reply, in_doubt=in_doubt)
    if result.met:
        closed = replace(closed, unproved=None)
    trouble = result.trouble
    if trouble is None:
        return replace(closed, state=DeliveryState.DELIVERED, receipt=result.receipt, trouble="")
    if isinstance(trouble, NotSealed):
        return closed.held(f"the route could not be proved safe: {trouble.message}")
    schedule, since = patience.schedule, delivery.begun or now
    if isinstance(trouble, Undeliverable) or schedule.is_over(since, now):
        told = (
            f"{trouble.message}; an earlier attempt may have reached them all the same" if in_doubt else trouble.message
        )
        status = trouble.status if isinstance(trouble, Undeliverable) else ""
        return replace(closed, state=DeliveryState.UNDELIVERABLE, trouble=told, status=status)
    if isinstance(trouble, NotProved) and delivery.sealed and delivery.sealed.needs_verified_tls:
        closed = replace(closed, unproved=delivery.unproved or now)
        if now - (delivery.unproved or now) >= patience.prove_within:
            return closed.not_proved(f"its route could not be proved safe: {trouble.message}")
    return replace(closed, due=now + schedule.wait(delivery.attempts), trouble=trouble.message)
