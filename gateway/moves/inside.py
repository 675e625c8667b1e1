"""The moves within the house: an officer's instruction, inspection, the decision, protection."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from typing import Final

from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy
from gateway.decide.routing import route_for
from gateway.errors import NotFound, NotPermitted, NotSealed
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import Entry, Event
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Outcome, Verdict
from gateway.moves.house import House, Step, channel_of, held_step
from gateway.protect import Plain
from gateway.quarantine.review import carry_out

D, T = DeliveryState, TransferState
STATE_OF: Final = {Outcome.DELIVER: D.CLEARED, Outcome.QUARANTINE: D.HELD, Outcome.REFUSE: D.REFUSED}


def judge(
    transfer: Transfer,
    delivery: Delivery,
    inspection: Inspection,
    *,
    policy: Policy,
    can: frozenset[str],
    internal_domains: frozenset[str],
) -> Verdict:
    """Decide one recipient of an inspected transfer; `gateway explain` comes this way too."""
    routed = route_for(policy, delivery.recipient, transfer.route, internal_domains)
    return decide(policy, facts_for(policy, transfer, delivery, inspection, can, routed))


def instruct(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Carry out what an officer filed, or record why it may not be."""
    instruction = next(iter(house.transfers.instructions(transfer.id)), None)
    if instruction is None:
        return None
    entries: tuple[Entry, ...] = ()
    try:
        after = carry_out(transfer, instruction)
    except (NotFound, NotPermitted) as refusal:
        facts = {"act": str(instruction.act), "officer": instruction.officer, "why": refusal.message}
        about = {"transfer_id": transfer.id, "delivery_id": instruction.delivery_id}
        after, entries = transfer, (Entry(event=Event.INSTRUCTION_REFUSED, at=now, facts=facts, **about),)
    return Step(before=transfer, after=after, entries=entries, instruction_done=instruction.id)


def inspect(transfer: Transfer, house: House, _now: datetime) -> Step | None:
    """Have the content read and classified in the hardened child."""
    if transfer.state is not T.RECEIVED:
        return None
    return Step(before=transfer, after=replace(transfer, state=T.INSPECTED, inspection=house.inspect(transfer)))


def decide_undecided(transfer: Transfer, house: House, _now: datetime) -> Step | None:
    """Decide every recipient that is undecided, for the first time or after a release."""
    undecided = [delivery for delivery in transfer.deliveries if delivery.state is D.UNDECIDED]
    if transfer.inspection is None or not (undecided or transfer.state is T.INSPECTED):
        return None
    policy, after = house.policy(), replace(transfer, state=T.DECIDED)
    for delivery in undecided:
        can = house.protector.can(delivery.recipient, may_tell=house.may_tell(transfer, delivery))
        verdict = judge(
            transfer, delivery, transfer.inspection, policy=policy, can=can, internal_domains=house.internal_domains
        )
        after = after.with_delivery(replace(delivery, verdict=verdict, state=STATE_OF[verdict.outcome]))
    return Step(before=transfer, after=after)


def protect(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Seal the next cleared delivery, or hold it."""
    delivery = next((each for each in transfer.deliveries if each.state is D.CLEARED), None)
    if delivery is None or delivery.verdict is None:
        return None
    channel = channel_of(delivery, house)
    if channel is None:
        return held_step(transfer, delivery, "there is no channel for its route")
    kind = "message/rfc822" if transfer.message else "application/octet-stream"
    read = house.vault.read
    try:
        sealed, objects = house.protector.seal(
            delivery_id=delivery.id,
            transfer_id=transfer.id,
            sender=transfer.sender,
            recipient=delivery.recipient,
            message=transfer.message,
            parts=[Plain(name=part.name, media_type=kind, content=read(part.object_id)) for part in transfer.parts],
            obligations=delivery.verdict.obligations,
            may_tell=house.may_tell(transfer, delivery),
            as_message=channel.takes_messages,
            now=now,
            rule=delivery.verdict.reasons[0].rule,
            put=lambda content: house.vault.put(io.BytesIO(content)),
        )
    except NotSealed as trouble:
        return held_step(transfer, delivery, f"it could not be sealed: {trouble.message}")
    after = transfer.with_delivery(replace(delivery, state=D.SEALED, sealed=sealed, begun=now, attempts=0, due=None))
    return Step(before=transfer, after=after, objects=objects)
