"""The rooms as the walk needs them, and the one way a step becomes durable."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.decide.policy import Policy
from gateway.deliver import Channel
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.record import Entry
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.protect.seal import Protector
from gateway.record.entries import entries_between
from gateway.record.notices import notices_between
from gateway.store import StoredObject, Transfers, Vault
from gateway.system.clock import Clock
from gateway.system.ids import serial


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The rooms, as the walk needs them. `inspect` never raises for content; `post` tells a sender something."""

    transfers: Transfers
    vault: Vault
    clock: Clock
    policy: Callable[[], Policy]
    inspect: Callable[[Sequence[tuple[str, bytes]]], Inspection]
    protector: Protector
    channels: Mapping[str, Channel]
    post: Callable[[Transfer, Notice, str], None]
    schedule: Schedule
    internal_domains: frozenset[str]
    help_contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move: the transfer before and after it, and what belongs to the same commit."""

    before: Transfer
    after: Transfer
    objects: Sequence[StoredObject] = ()
    entries: Sequence[Entry] = ()
    instruction_done: str = ""


def commit(step: Step, house: House, now: datetime) -> Transfer:
    """Commit a step with the ledger entries and the notices that follow from it."""
    after, objects = step.after, list(step.objects)
    read = house.vault.read
    told = notices_between(
        step.before, after, help_contact=house.help_contact, secret=lambda object_id: read(object_id).decode()
    )
    for words in told if after.sender else ():  # a null sender is a machine's: never answer it
        stored = house.vault.put(io.BytesIO(words.text.encode()))
        notice = Notice(id=serial("n"), about=words.about, to=after.sender, subject=words.subject, object_id=stored.id)
        objects.append(stored)
        after = replace(after, notices=(*after.notices, notice))
    entries = (*step.entries, *entries_between(step.before, after, now))
    done = house.transfers.commit(
        step.before, after, entries=entries, objects=objects, instruction_done=step.instruction_done
    )
    for object_id in _told(step.before, done):
        house.vault.destroy(object_id)
    return done


def _told(before: Transfer, after: Transfer) -> Iterator[str]:
    """Yield what need not be kept any longer: notices that were sent, and passphrases that a notice now holds."""
    for was, notice in zip(before.notices, after.notices, strict=False):
        if was.state != notice.state and notice.state is NoticeState.SENT:
            yield notice.object_id
    if len(after.notices) > len(before.notices):
        for earlier, delivery in zip(before.deliveries, after.deliveries, strict=True):
            if earlier.state != delivery.state and delivery.state is DeliveryState.DELIVERED and delivery.sealed:
                yield from filter(None, [delivery.sealed.secret_object_id])


def held_step(transfer: Transfer, delivery: Delivery, trouble: str) -> Step:
    """Return the step that holds a delivery for `trouble`."""
    return Step(before=transfer, after=transfer.with_delivery(delivery.held(trouble)))


def is_due(each: Delivery | Notice, now: datetime) -> bool:
    """Say whether it need not wait any longer."""
    return each.due is None or each.due <= now


def channel_of(delivery: Delivery, house: House) -> Channel | None:
    """Return the channel of the route that the verdict chose, None when there is none any more."""
    route = house.policy().routes.get(delivery.verdict.route) if delivery.verdict else None
    return house.channels.get(route.channel) if route else None
