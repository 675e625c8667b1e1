"""The moves that meet the world: handing over, telling the sender, the end. And what happens when a move fails.

`deliver` acts before it can commit what came of it, so it commits first that it is about to: an attempt that is found
open is one that a crash cut short, and the ledger says of the next one that it may be a duplicate.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gateway.deliver import Consignment
from gateway.deliver.attempt import attempt
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Transfer
from gateway.moves.house import House, Step, channel_of, commit, held_step, is_due
from gateway.record.telling import tell

D, T, N = DeliveryState, TransferState, NoticeState
POISONOUS: Final = 5  # steps that raised before a transfer is held
STUMBLED: Final = Schedule(first=timedelta(seconds=1), longest=timedelta(minutes=5), give_up_after=timedelta.max)


def deliver(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Attempt the next delivery that is due."""
    delivery = next((each for each in transfer.deliveries if each.state is D.SEALED and is_due(each, now)), None)
    if delivery is None or delivery.sealed is None:
        return None
    channel = channel_of(delivery, house)
    if channel is None:
        return held_step(transfer, delivery, "there is no channel for its route")
    sealed = delivery.sealed
    failures = transfer.failures + delivery.attempt_open  # an attempt found open killed the one who made it
    if failures >= POISONOUS:
        return held_step(replace(transfer, failures=0), delivery, "handing it over failed repeatedly in the gateway")
    delivery = replace(delivery, attempts=delivery.attempts + 1, attempt_open=True)
    begun = replace(transfer.with_delivery(delivery), failures=failures)
    opened = commit(Step(before=transfer, after=begun), house, now)
    contents = [(part, house.vault.read(part.object_id)) for part in sealed.parts]
    consignment = Consignment(sealed=sealed, sender=transfer.sender, recipient=delivery.recipient, contents=contents)
    tried = attempt(
        delivery, channel, consignment, since=transfer.received_at, now=house.clock.now(), schedule=house.schedule
    )
    return Step(before=opened, after=opened.with_delivery(tried))


def tell_sender(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Tell the sender the next thing that is due."""
    notice = next((each for each in transfer.notices if each.state is N.WAITING and is_due(each, now)), None)
    if notice is None:
        return None
    text = house.vault.read(notice.object_id).decode()
    told = tell(
        notice,
        lambda: house.post(transfer, notice, text),
        since=transfer.received_at,
        now=now,
        schedule=house.schedule,
    )
    return Step(before=transfer, after=transfer.with_notice(told))


def finish(transfer: Transfer, _house: House, _now: datetime) -> Step | None:
    """Close a transfer in which nothing can move any more."""
    waiting = any(notice.state is N.WAITING for notice in transfer.notices)
    if transfer.state is not T.DECIDED or not transfer.has_ended or waiting:
        return None
    return Step(before=transfer, after=replace(transfer, state=T.FINISHED))


def stumble(transfer_id: str, house: House) -> datetime:
    """Count a step that raised, and return when to try again. Too many, and the transfer is held: the rest goes on."""
    now = house.clock.now()
    transfer = house.transfers.get(transfer_id)
    after = replace(transfer, failures=transfer.failures + 1)
    if after.failures >= POISONOUS:
        after = replace(_give_up(transfer), failures=0)
    commit(Step(before=transfer, after=after), house, now)
    return now + STUMBLED.wait(after.failures)


def _give_up(transfer: Transfer) -> Transfer:
    if transfer.state is T.RECEIVED:
        gap = Gap(part="", kind=GapKind.CRASHED, detail="inspection failed repeatedly")
        return replace(transfer, state=T.INSPECTED, inspection=not_inspected(gap))
    after = replace(transfer, state=T.DECIDED) if transfer.state is T.INSPECTED else transfer
    for delivery in transfer.deliveries:
        if delivery.state in {D.UNDECIDED, D.CLEARED, D.SEALED}:
            after = after.with_delivery(delivery.held("the gateway failed repeatedly while handling it"))
    for notice in transfer.notices:
        if notice.state is N.WAITING and after.deliveries == transfer.deliveries:  # so it was the notice that failed
            after = after.with_notice(replace(notice, state=N.FAILED))
    return after


def not_inspected(gap: Gap) -> Inspection:
    """Return the inspection of something that was not inspected at all."""
    return Inspection(
        media_type="",
        marking=None,
        marking_status=MarkingStatus.NONE,
        findings=(),
        people=None,
        gaps=(gap,),
        elapsed_ms=0.0,
    )
