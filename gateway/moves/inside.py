"""The moves within the house: an officer's instruction, inspection, the decision, protection."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from gateway.decide.facts import circumstances_of, common_to_all
from gateway.decide.policy import Policy
from gateway.decide.unproved import decide_delivery
from gateway.errors import NotFound, NotPermitted, NotSealed
from gateway.model.facts import Circumstances
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import NOT_SEALED, PREVIEW, Act, Entry, Event
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Observed, Outcome, Verdict
from gateway.moves.house import House, InVault, Step, channel_of, held_step
from gateway.protect import Content, Plain
from gateway.protect.duties import due
from gateway.quarantine.review import carry_out
from gateway.record.beside import shown
from gateway.record.entries import entries_between
from gateway.store import StoredObject, Vault

D, T = DeliveryState, TransferState
SHOWING: Final = frozenset({Act.READ, Act.REVEAL})
STATE_OF: Final = {Outcome.DELIVER: D.CLEARED, Outcome.QUARANTINE: D.HELD, Outcome.REFUSE: D.REFUSED}


def judge(known: Circumstances, *, policy: Policy, observed: Policy | None) -> Verdict:
    """Decide one recipient of an inspected transfer, and note what a policy that only observes would say otherwise."""
    verdict = decide_delivery(policy, known)
    if observed is None:
        return verdict
    other = decide_delivery(observed, known)
    if (other.outcome, other.obligations) == (verdict.outcome, verdict.obligations):
        return verdict
    would = Observed(reason=other.reasons[0], outcome=other.outcome, obligations=other.obligations, policy=other.policy)
    return replace(verdict, observed=(*verdict.observed, would))


def instruct(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Carry out what an officer filed and what need not wait any longer, or record why it may not be."""
    filed = house.transfers.instructions(transfer.id)
    instruction = next((each for each in filed if each.is_due(now)), None)
    if instruction is None:
        return None
    entries: tuple[Entry, ...] = ()
    then = None
    try:
        after = carry_out(transfer, instruction, house.officers, house.people)
    except (NotFound, NotPermitted) as refusal:
        facts = {"act": str(instruction.act), "officer": instruction.officer, "why": refusal.message}
        facts["address"] = instruction.officer_address
        about = {"transfer_id": transfer.id, "delivery_id": instruction.delivery_id}
        after, entries = transfer, (Entry(event=Event.INSTRUCTION_REFUSED, at=now, facts=facts, **about),)
    else:
        if instruction.act in SHOWING:  # recorded first, and only then shown
            entries, then = (shown(transfer, instruction, now),), partial(house.reveal, transfer, instruction)
    return Step(before=transfer, after=after, entries=entries, instruction_done=instruction.id, then=then)


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
        state = D.REFUSED if transfer.preview else STATE_OF[verdict.outcome]
        unproved = delivery.unproved if state is D.CLEARED else None  # whoever releases it has its route tried again
        trouble = PREVIEW if transfer.preview else ""  # from here on its verdict says why, not what came before
        decided = replace(delivery, circumstances=known, verdict=verdict, state=state, trouble=trouble)
        after = after.with_delivery(replace(decided, unproved=unproved))
    return Step(before=transfer, after=after, entries=_inspected(transfer, inspection, now) if stale else ())


def must_read_again(transfer: Transfer, house: House) -> bool:
    """Say whether `decide_undecided` would read the content again."""
    undecided = any(delivery.state is D.UNDECIDED for delivery in transfer.deliveries)
    return bool(undecided and transfer.inspection and is_stale(transfer, transfer.inspection, house.reads_with()))


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
    """Seal the next cleared delivery, or hold it. Mail that goes unsealed is one form for all who may have it so."""
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
            channel=policy.routes[delivery.verdict.route].channel,
            network=delivery.verdict.network,
        )
    except NotSealed as trouble:
        return held_step(transfer, delivery, f"{NOT_SEALED}: {trouble.message}")
    name = policy.routes[delivery.verdict.route].channel
    sealed = replace(sealed, channel=name, unproved=delivery.unproved is not None)
    wait = due(delivery.verdict.obligations, now)
    after = transfer
    for each in _sharing(transfer, delivery, policy, house) if sealed.method == "none" else [delivery]:
        own = replace(sealed, delivery_id=each.id)
        after = after.with_delivery(replace(each, state=D.SEALED, sealed=own, begun=now, attempts=0, due=wait))
    return Step(before=transfer, after=after, objects=objects)


def _sharing(transfer: Transfer, first: Delivery, policy: Policy, house: House) -> list[Delivery]:
    """Return the deliveries that take the form of the first: cleared by the same rules, for the same way.

    Files are sent in a mail written for each recipient, so those are never shared.
    """
    if not transfer.message:
        return [first]
    channel = channel_of(first, policy, house.channels)
    cleared = (each for each in transfer.deliveries if each.state is D.CLEARED and _owed(each) == _owed(first))
    return [each for each in cleared if channel_of(each, policy, house.channels) is channel]


def _owed(delivery: Delivery) -> object:
    """Return all that a form is made by, but for whom."""
    verdict = delivery.verdict
    said = verdict and (verdict.obligations, verdict.route, verdict.network, verdict.tier, verdict.reasons[0].rule)
    return said, delivery.unproved is not None
