"""The rooms as the walk needs them, and the one way a step becomes durable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gateway.decide.policy import Policy
from gateway.decide.unproved import decide_delivery, network_of
from gateway.deliver import Channel
from gateway.model.content import Readable
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState, IllegalMove
from gateway.model.record import Entry, Instruction, Officer
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery, Notice, Transfer
from gateway.model.verdict import Outcome
from gateway.protect.seal import Protector
from gateway.quarantine.people import People, nobody
from gateway.record.entries import Known, entries_between, nothing_known
from gateway.record.manner import Manner
from gateway.record.passphrases import SecondChannel
from gateway.store import StoredObject, Transfers, Vault
from gateway.system.clock import Clock
from gateway.system.log import get_log

LOGGED: Final = ("attempt", "outcome", "route", "rules")
STAYS: Final = frozenset({DeliveryState.UNDECIDED, DeliveryState.REFUSED})
"""The only states of a delivery that never was to go."""
CHANGED: Final = "the policy changed since it was decided, and would not let it go this way now"
PROVE_WITHIN: Final = timedelta(hours=1)
NO_CHANNEL: Final = "there is no channel for its route"


class TooSlow(Exception):
    """A transfer is too large to be inspected among the quick ones, or was not inspected in their time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The rooms, as the walk needs them. `inspect` never raises for content; `post` tells a sender something.

    `inspect_quickly` raises `TooSlow` for what takes long; without it everything is inspected in one lane.

    `may_tell` says whether the sender can be told a passphrase without it reaching what it opens; `second` tells
    recipients theirs, in the name of `organisation`. `officers` are those of the settings, `roles` gives the addresses
    of those who have a role. `known` tells what the policy knows of a recipient, for the record. `observed` gives a
    policy that decides nothing, where there is one. `watch` is told of each step once it is durable. `person` knows
    those of the console who may decide, by their account; `console` is its address; `reveal` shows an officer what they
    asked to see, and never raises. `manner` is how senders of mail are told. `reads_with` gives the hash of what
    classify reads of the policy in force, empty where nobody knows.
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
    officers: Sequence[Officer] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Known = nothing_known
    observed: Callable[[], Policy | None] = lambda: None
    reads_with: Callable[[], str] = lambda: ""
    organisation: str = ""
    second: SecondChannel = field(default_factory=SecondChannel)
    watch: Callable[[Transfer, Transfer], None] = lambda _before, _after: None
    prove_within: timedelta = PROVE_WITHIN
    inspect_quickly: Callable[[Transfer], Inspection] | None = None
    manner: Manner = field(default_factory=Manner)
    people: People = nobody
    console: str = ""
    reveal: Callable[[Transfer, Instruction], None] = lambda _transfer, _instruction: None


@dataclass(frozen=True, slots=True, kw_only=True)
class InVault:
    """Content of a transfer, decrypted where it is read (`model.content.Content`)."""

    vault: Vault
    object_id: str
    size: int

    def open(self) -> AbstractContextManager[Readable]:
        """Lend a reader."""
        return self.vault.open(self.object_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move: the transfer before and after it, and what belongs to the same commit.

    `then` is done once it is durable, and not again after a crash.
    """

    before: Transfer
    after: Transfer
    objects: Sequence[StoredObject] = ()
    entries: Sequence[Entry] = ()
    instruction_done: str = ""
    then: Callable[[], None] | None = None


def commit(step: Step, house: House, *then: Step) -> Transfer:
    """Commit a step, and those that follow from it, with the ledger entries of each, and log each entry's codes.

    What only asks what would happen is never cleared, so that nothing of it is sealed or sent: `IllegalMove`.
    """
    steps, now = (step, *then), house.clock.now()
    if any(made.after.preview and any(each.state not in STAYS for each in made.after.deliveries) for made in steps):
        raise IllegalMove(f"{step.after.id} only asks what would happen")
    entries: list[Entry] = []
    for each in steps:
        entries += (*each.entries, *entries_between(each.before, each.after, now, house.known))
    done = house.transfers.commit(
        step.before,
        steps[-1].after,
        through=[each.after for each in steps[:-1]],
        entries=entries,
        objects=[stored for each in steps for stored in each.objects],
        instruction_done=step.instruction_done,
    )
    for each in steps:
        house.watch(each.before, each.after)
        if each.then is not None:
            each.then()
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


def channel_of(delivery: Delivery, policy: Policy, channels: Mapping[str, Channel]) -> Channel | str:
    """Return the channel of the route that the verdict chose, or in words why there is none any more.

    A policy that was loaded since may lead the route over another network or, once it is sealed, to another channel,
    and may be stricter: nobody decided that it may go so.
    """
    verdict = delivery.verdict
    route = policy.routes.get(verdict.route) if verdict else None
    if verdict is None or route is None or network_of(route, delivery.circumstances) is not verdict.network:
        return NO_CHANNEL
    made_for = delivery.sealed.channel if delivery.sealed else ""
    if made_for not in {"", route.channel} or not still_lets(policy, delivery):
        return CHANGED
    return channels.get(route.channel, NO_CHANNEL)


def still_lets(policy: Policy, delivery: Delivery) -> bool:
    """Say whether a policy lets go what was decided, the same way and without owing more than it did.

    It is decided again from the circumstances of then. What was decided before they were kept is taken as it was.
    """
    verdict, known = delivery.verdict, delivery.circumstances
    if verdict is None or known is None or verdict.policy == policy.hash:
        return True
    again = decide_delivery(policy, known)
    is_same_way = (again.outcome, again.route, again.network) == (Outcome.DELIVER, verdict.route, verdict.network)
    return is_same_way and again.obligations <= verdict.obligations
