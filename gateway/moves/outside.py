"""The moves that tell people what happened, and the end. And what happens when a move fails."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from gateway.decide.explain import in_words
from gateway.errors import Damaged, NotFound
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.moves.house import House, Step, is_due
from gateway.record.beside import omitted, why_untold
from gateway.record.letter import Told
from gateway.record.notices import LATE, notices_due
from gateway.record.passphrases import (
    TO_OFFICERS,
    by_delivery,
    is_dispatch,
    passphrases_due,
    unneeded,
    with_officers,
)
from gateway.record.questions import QUESTION, answers_due
from gateway.record.roles import RoleTold, roles_due
from gateway.record.telling import tell
from gateway.record.unsent import lost, officers_due
from gateway.store import StoredObject
from gateway.system.ids import serial
from gateway.system.log import get_log

D, T, N = DeliveryState, TransferState, NoticeState


def write_passphrases(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Write what the second channel must tell recipients, and what officers must know of it where it could not."""
    secret = partial(_secret, house)
    objects, after = [], transfer
    for each in passphrases_due(transfer, organisation=house.organisation, channel=house.second, secret=secret):
        if each.text:
            notice = Notice(id=serial("n"), about=each.about, to=each.contact, subject="", object_id="", begun=now)
            after, stored = _with_text(after, replace(notice, delivery_id=each.delivery.id), each.text, house)
            objects.append(stored)
        else:
            after, more = _with_officers(after, each.delivery, lost(transfer, each.delivery, house.help_contact), house)
            objects += more
    for delivery, text in officers_due(
        after,
        may_tell=partial(house.may_tell, transfer),
        channel=house.second,
        secret=secret,
        help_contact=house.help_contact,
    ):
        after, more = _with_officers(after, delivery, text, house)
        objects += more
    return Step(before=transfer, after=after, objects=objects) if objects else None


def _secret(house: House, object_id: str) -> str:
    """Return a passphrase or the text of a notice; nothing for one that is lost: no other try would bring it back."""
    try:
        return house.vault.read(object_id).decode()
    except (Damaged, NotFound) as trouble:
        get_log().error("text:lost", object=object_id, answer=trouble.message)
        return ""


def _with_officers(
    transfer: Transfer, delivery: Delivery, text: str, house: House
) -> tuple[Transfer, list[StoredObject]]:
    """Return the transfer with a notice to each officer, or to their folder where there is none or all have failed."""
    failed = any(each.about == TO_OFFICERS for each in by_delivery(transfer)[delivery.id])
    addresses = [] if failed else [officer.address for officer in house.officers]
    objects, after = [], transfer
    for to in addresses or [""]:
        notice = Notice(
            id=serial("n"),
            about=TO_OFFICERS,
            to=to,
            subject=f"A passphrase could not be told ({transfer.id})",
            object_id="",
            begun=house.clock.now(),
            delivery_id=delivery.id,
        )
        after, stored = _with_text(after, notice, text, house)
        objects.append(stored)
    return after, objects


def write_notices(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Write what the sender must be told and was not told yet. A null sender is a machine's: never answer it.

    Where somebody is not told that it is held, the ledger says why not.
    """
    untold = why_untold(transfer)
    if not transfer.sender:
        return _omitted(transfer, transfer, untold, now) if untold else None
    words = notices_due(
        transfer,
        help_contact=house.help_contact,
        secret=partial(_secret, house),
        roles=[role for role, addresses in house.roles.items() if addresses],
        may_tell=partial(house.may_tell, transfer),
        channel=house.second,
        languages=house.manner.languages,
        ways=house.manner.ways(transfer, now=now, give_up_after=house.schedule.give_up_after),
        in_words=in_words,
        console=house.console,
    )
    objects, after = [], transfer
    for told in words:
        after, stored = _with_notice(after, told, transfer.sender, house, now)
        objects.append(stored)
        if told.about == QUESTION:
            after = replace(after, questions=tuple(replace(each, told=True) for each in after.questions))
            continue
        for delivery in after.deliveries:
            if delivery.id in told.deliveries:
                after = after.with_delivery(_now_told(delivery, told))
                if told.lost and not with_officers(by_delivery(after)[delivery.id]):
                    text = lost(transfer, delivery, house.help_contact)
                    after, more = _with_officers(after, delivery, text, house)
                    objects += more
    if untold:
        return replace(_omitted(transfer, after, untold, now), objects=objects)
    return Step(before=transfer, after=after, objects=objects) if objects else None


def _omitted(before: Transfer, after: Transfer, untold: Mapping[str, str], now: datetime) -> Step:
    """Return the step in which it is recorded for each of these deliveries why nobody is told that it is held."""
    for delivery in after.deliveries:
        if delivery.id in untold:
            after = after.with_delivery(replace(delivery, told=D.HELD))
    return Step(before=before, after=after, entries=[omitted(before, *each, now) for each in untold.items()])


def _now_told(delivery: Delivery, told: Told) -> Delivery:
    """Return a delivery whose sender knows how it stands, or that it is late."""
    return replace(delivery, delay_told=True) if told.about == LATE else replace(delivery, told=delivery.state)


def write_to_roles(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Write what officers with a role must be told and were not told yet. Of what only is a question: nothing."""
    if transfer.preview:
        return None
    objects, after = [], transfer
    for told in roles_due(transfer, roles=house.roles, help_contact=house.help_contact):
        after, stored = _with_notice(after, told, told.to, house, now)
        objects.append(stored)
        for delivery in after.deliveries:
            if delivery.id in told.deliveries:
                after = after.with_delivery(replace(delivery, roles_told=delivery.roles_told | {told.mark}))
    for told in answers_due(transfer, help_contact=house.help_contact, console=house.console):
        after, stored = _with_notice(after, told, told.to, house, now)
        objects.append(stored)
        passed = tuple(replace(each, passed_on=each.passed_on or each.id == told.mark) for each in after.questions)
        after = replace(after, questions=passed)
    return Step(before=transfer, after=after, objects=objects) if objects else None


def _with_notice(
    transfer: Transfer, told: Told | RoleTold, to: str, house: House, now: datetime
) -> tuple[Transfer, StoredObject]:
    notice = Notice(id=serial("n"), about=told.about, to=to, subject=told.subject, object_id="", begun=now)
    notice = replace(notice, deliveries=told.deliveries)
    if isinstance(told, Told):
        notice = replace(notice, reply=told.reply)
        notice = replace(notice, delivery_id=told.deliveries[0]) if told.gives else notice
    return _with_text(transfer, notice, told.text, house)


def _with_text(transfer: Transfer, notice: Notice, text: str, house: House) -> tuple[Transfer, StoredObject]:
    """Return the transfer with one more notice, and the object that holds its text."""
    stored = house.vault.put(io.BytesIO(text.encode()))
    return replace(transfer, notices=(*transfer.notices, replace(notice, object_id=stored.id))), stored


def tell_sender(transfer: Transfer, house: House, now: datetime) -> Step | None:
    """Tell the sender, an officer, or a recipient their passphrase: the next thing that is due."""
    notice = next((each for each in transfer.notices if each.state is N.WAITING and is_due(each, now)), None)
    if notice is None:
        return None
    text = _secret(house, notice.object_id)
    if not text or not _is_where_they_are(transfer, notice, house):
        return Step(before=transfer, after=transfer.with_notice(replace(notice, state=N.FAILED)))
    told = tell(
        notice,
        lambda: house.post(transfer, notice, text),
        since=notice.begun or transfer.received_at,
        now=now,
        schedule=house.schedule,
    )
    return Step(before=transfer, after=transfer.with_notice(told))


def _is_where_they_are(transfer: Transfer, notice: Notice, house: House) -> bool:
    """Say whether a recipient is still reached where a passphrase is to be sent; who is not, needs another notice."""
    recipients = {each.id: each.recipient for each in transfer.deliveries} if is_dispatch(notice) else {}
    return not recipients or house.second.contact_of(recipients[notice.delivery_id]) == notice.to


def forget(before: Transfer, after: Transfer, house: House) -> None:
    """Destroy what need not be kept any longer.

    Notices that were sent or never will be; passphrases that were told, or whose form will not go; the sender's
    passwords once it was inspected; and the content of a question that was answered. All of it once more at the end, in
    case a crash came between.
    """
    if after.passwords_object_id and before.state != after.state:
        house.vault.destroy(after.passwords_object_id)
    gone = {
        earlier.sealed.secret_object_id
        for earlier, delivery in zip(before.deliveries, after.deliveries, strict=True)
        if earlier.sealed and earlier.sealed.secret_object_id and delivery.sealed is None
    }
    is_end = after.state is T.FINISHED and before.state is not T.FINISHED
    gone |= unneeded(after) if is_end else unneeded(after) - unneeded(before)
    if after.preview and (is_end or _is_answered(after)):
        gone |= {part.object_id for part in after.parts}
    for object_id in sorted(gone):
        house.vault.destroy(object_id)


def _is_answered(question: Transfer) -> bool:
    states = {notice.state for notice in question.notices}
    return bool(states) and N.WAITING not in states


def finish(transfer: Transfer, _house: House, _now: datetime) -> Step | None:
    """Close a transfer in which nothing can move any more."""
    waiting = any(notice.state is N.WAITING for notice in transfer.notices)
    if transfer.state is not T.DECIDED or not transfer.has_ended or waiting:
        return None
    return Step(before=transfer, after=replace(transfer, state=T.FINISHED))


def give_up(transfer: Transfer) -> Step:
    """Return the step that ends what keeps failing: the transfer is held, and the rest of the house goes on."""
    return Step(before=transfer, after=_held_throughout(transfer))


def _held_throughout(transfer: Transfer) -> Transfer:
    if transfer.state is T.RECEIVED:
        gap = Gap(part="", kind=GapKind.CRASHED, detail="inspection failed repeatedly")
        return replace(transfer, state=T.INSPECTED, inspection=not_inspected(gap))
    after = replace(transfer, state=T.DECIDED) if transfer.state is T.INSPECTED else transfer
    for delivery in transfer.deliveries:
        if delivery.state in {D.UNDECIDED, D.CLEARED, D.SEALED}:
            ended = delivery.held("the gateway failed repeatedly while handling it")
            after = after.with_delivery(replace(ended, state=D.REFUSED) if transfer.preview else ended)
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
