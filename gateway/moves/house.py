"""The rooms as the walk needs them, and the one way a step becomes durable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.decide.policy import Policy
from gateway.deliver import Channel
from gateway.model.inspection import Inspection
from gateway.model.record import Entry
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.protect.seal import Protector
from gateway.record.entries import entries_between
from gateway.store import StoredObject, Transfers, Vault
from gateway.system.clock import Clock
from gateway.system.log import get_log

LOGGED: Final = ("attempt", "outcome", "route", "rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The rooms, as the walk needs them. `inspect` never raises for content; `post` tells a sender something.

    `may_tell` says whether the sender can be told a passphrase without it reaching what it opens.
    """

    transfers: Transfers
    vault: Vault
    clock: Clock
    policy: Callable[[], Policy]
    inspect: Callable[[Transfer], Inspection]
    protector: Protector
    channels: Mapping[str, Channel]
    post: Callable[[Transfer, Notice, str], None]
    may_tell: Callable[[Transfer, Delivery], bool]
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


def commit(step: Step, house: House) -> Transfer:
    """Commit a step with the ledger entries that follow from it, and log each entry's codes."""
    entries = (*step.entries, *entries_between(step.before, step.after, house.clock.now()))
    done = house.transfers.commit(
        step.before, step.after, entries=entries, objects=step.objects, instruction_done=step.instruction_done
    )
    for entry in entries:
        codes = {name: entry.facts[name] for name in LOGGED if name in entry.facts}
        about = {"transfer": entry.transfer_id} | ({"delivery": entry.delivery_id} if entry.delivery_id else {})
        get_log().info(str(entry.event), **about, **codes)
    return done


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
