"""Where deliveries stand, in words for people, with the colour of their tag."""

from __future__ import annotations

from gateway.console.held.words import DELIVERIES
from gateway.console.words import mark
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import PREVIEW, RECALLED
from gateway.model.transfer import Delivery

D = DeliveryState


def state_of(delivery: Delivery) -> tuple[str, str]:
    """Return where a delivery stands, and a colour."""
    if delivery.state is D.REFUSED and delivery.trouble in {RECALLED, PREVIEW}:
        return (mark("Recalled") if delivery.trouble == RECALLED else mark("Only asked about")), "grey"
    if delivery.state is D.SEALED and delivery.attempt_open:
        return mark("Being handed over"), ""
    if delivery.state is D.SEALED and delivery.attempts:
        return mark("Being tried again"), "orange"
    if delivery.state is D.SEALED:
        return mark("Waits to go"), ""
    return DELIVERIES[delivery.state]


def may_be_recalled(delivery: Delivery) -> bool:
    """Say whether the sender may still have it back: it waits to go, and nobody has tried to hand it over."""
    return delivery.state is D.SEALED and not delivery.attempts
