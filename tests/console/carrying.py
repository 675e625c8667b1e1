"""The daemon's part of what officers decide, step by step and by its own functions; no content is behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.console.frame.desk import Desk
from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Entry, Event
from gateway.model.transfer import Receipt, Transfer
from gateway.quarantine.people import people_of
from gateway.quarantine.review import carry_out
from gateway.record.entries import entries_between
from tests.console.seeds import decided


def carried_out(desk: Desk, transfer_id: str) -> Transfer:
    """Carry out what is due of a transfer, and decide it again."""
    store, now = desk.store, desk.clock.now()
    transfer = store.transfers.get(transfer_id)
    for each in store.transfers.instructions(transfer_id):
        if not each.is_due(now):
            continue
        entries: tuple[Entry, ...] = ()
        try:
            after = carry_out(transfer, each, desk.officers, people_of(desk.store.people.get))
        except (NotFound, NotPermitted) as refusal:
            facts = {"act": str(each.act), "officer": each.officer, "why": refusal.message}
            about = {"transfer_id": transfer.id, "delivery_id": each.delivery_id}
            after, entries = transfer, (Entry(event=Event.INSTRUCTION_REFUSED, at=now, facts=facts, **about),)
        entries = (*entries, *entries_between(transfer, after, now))
        transfer = store.transfers.commit(transfer, after, entries=entries, instruction_done=each.id)
        can = frozenset({"zip"})
        transfer = _commit(desk, transfer, decided(transfer, now, can=can), now)
    return transfer


def delivered(desk: Desk, transfer: Transfer, answer: str) -> Transfer:
    """Let a next hop take what is cleared."""
    now = desk.clock.now()
    for state in (DeliveryState.SEALED, DeliveryState.DELIVERED):
        after = transfer
        for each in transfer.deliveries:
            if each.state in {DeliveryState.CLEARED, DeliveryState.SEALED}:
                receipt = (
                    Receipt(channel="internet", at=now, answer=answer) if state is DeliveryState.DELIVERED else None
                )
                after = after.with_delivery(replace(each, state=state, receipt=receipt))
        transfer = _commit(desk, transfer, after, now)
    return transfer


def _commit(desk: Desk, before: Transfer, after: Transfer, now: datetime) -> Transfer:
    if before == after:
        return before
    return desk.store.transfers.commit(before, after, entries=entries_between(before, after, now))
