"""The moves within the house: an officer's instruction, inspection, the decision, protection."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from gateway.decide.evaluate import decide
from gateway.decide.facts import circumstances_of, common_to_all, facts_for
from gateway.decide.policy import Policy
from gateway.errors import NotFound, NotPermitted, NotSealed
from gateway.model.facts import Circumstances
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import Entry, Event
from gateway.model.transfer import Transfer
from gateway.model.verdict import Observed, Outcome, Verdict
from gateway.moves.house import House, InVault, Step, channel_of, held_step
from gateway.protect import Content, Plain
from gateway.protect.duties import due
from gateway.quarantine.review import carry_out
from gateway.record.entries import entries_between
from gateway.store import StoredObject, Vault

D, T = DeliveryState, TransferState
STATE_OF: Final = {Outcome.DELIVER: D.CLEARED, Outcome.QUARANTINE: D.HELD, Outcome.REFUSE: D.REFUSED}


def judge(known: Circumstances, *, policy: Policy, observed: Policy | None) -> Verdict:
    """Decide one recipient of an inspected transfer, and note what a policy that only observes would say otherwise."""
    verdict = decide(policy, facts_for(policy, known))
    if observed is None:
        return verdict
    other = decide(observed, facts_for(observed, known))
    if (other.outcome, other.obligations) == (verdict.outcome, verdict.obligations):
        return verdict
    would = Observed(reason=other.reasons[0], outcome=other.outcome, obligations=other.obligations, policy=other.policy)
    return replace(verdict, observed=(*verdict.observed, would))


def instruct(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Carry out what an officer filed, or record why it may not be."""
    instruction = next(iter(house.transfers.instructions(transfer.id)), None)
    if instruction is None:
        return None
    entries: tuple[Entry, ...] = ()
    try:
        after = carry_out(transfer, instruction, house.officers)
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


def decide_undecided(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Decide every recipient that is undecided, for the first time or after a release."""
    undecided = [delivery for delivery in transfer.deliveries if delivery.state is D.UNDECIDED]
    if transfer.inspection is None or not (undecided or transfer.state is T.INSPECTED):
        return None
    policy, observed = house.policy(), house.observed()
    stale = undecided and is_stale(transfer, transfer.inspection, house.reads_with())
    inspection = house.inspect(transfer) if stale else transfer.inspection
    after = replace(transfer, state=T.DECIDED, inspection=inspection)
    common = common_to_all(transfer, inspection, at=now, internal_domains=house.internal_domains)
    for delivery in undecided:
        known = circumstances_of(
            common,
            delivery,
            can=house.protector.can(delivery.recipient, may_tell=house.may_tell(transfer, delivery)),
            internal_domains=house.internal_domains,
            is_new=not house.transfers.has_corresponded(transfer.sender, delivery.recipient),
        )
        verdict = judge(known, policy=policy, observed=observed)
        after = after.with_delivery(
            replace(delivery, circumstances=known, verdict=verdict, state=STATE_OF[verdict.outcome])
        )
    return Step(before=transfer, after=after, entries=_inspected(transfer, inspection, now) if stale else ())


def is_stale(transfer: Transfer, inspection: Inspection, reads_with: str) -> bool:
    """Say whether content was read with other lexicons, labels or detectors than classify reads now (`reads_with`).

    What a sender's passwords opened is not read again: they are gone, and less would be seen.
    """
    known = inspection.read_with and reads_with and not transfer.passwords_object_id
    return bool(known) and inspection.read_with != reads_with


def _inspected(transfer: Transfer, inspection: Inspection, now: datetime) -> tuple[Entry, ...]:
    """Return the ledger's word of content that was read again, which moves no state."""
    unread = replace(transfer, state=T.RECEIVED)
    return entries_between(unread, replace(unread, state=T.INSPECTED, inspection=inspection), now)


def _put(vault: Vault, content: Content) -> StoredObject:
    with content.open() as source:
        return vault.put(source)


def protect(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Seal the next cleared delivery, or hold it."""
    delivery = next((each for each in transfer.deliveries if each.state is D.CLEARED), None)
    if delivery is None or delivery.verdict is None:
        return None
    policy = house.policy()
    channel = channel_of(delivery, policy, house.channels)
    if isinstance(channel, str):
        return held_step(transfer, delivery, channel)
    kind = "message/rfc822" if transfer.message else "application/octet-stream"
    vault = house.vault
    parts = [
        Plain(name=each.name, media_type=kind, content=InVault(vault=vault, object_id=each.object_id, size=each.size))
        for each in transfer.parts
    ]
    try:
        sealed, objects = house.protector.seal(
            delivery_id=delivery.id,
            transfer_id=transfer.id,
            sender=transfer.sender,
            recipient=delivery.recipient,
            message=transfer.message,
            parts=parts,
            obligations=delivery.verdict.obligations,
            may_tell=house.may_tell(transfer, delivery),
            as_message=channel.takes_messages,
            now=now,
            rule=delivery.verdict.reasons[0].rule,
            marking=policy.shown.get(delivery.verdict.tier, delivery.verdict.tier.label),
            inspection=transfer.inspection,
            roles=[role for role, addresses in house.roles.items() if addresses],
            put=partial(_put, vault),
        )
    except NotSealed as trouble:
        return held_step(transfer, delivery, f"it could not be sealed: {trouble.message}")
    sealed = replace(sealed, channel=policy.routes[delivery.verdict.route].channel)
    wait = due(delivery.verdict.obligations, now)
    after = transfer.with_delivery(replace(delivery, state=D.SEALED, sealed=sealed, begun=now, attempts=0, due=wait))
    return Step(before=transfer, after=after, objects=objects)
