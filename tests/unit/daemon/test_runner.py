"""The runner on a real store: leases that outlast a walk, steps that fail, and transfers that go on regardless."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest

from gateway.config.load import load_policies
from gateway.daemon import runner as module
from gateway.daemon.runner import Runner
from gateway.deliver import Consignment
from gateway.errors import Busy, NotInstalled, StorageFull, StoreError, TryLater, Unsound
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Origin, Receipt, Transfer
from gateway.moves.house import House
from gateway.protect.seal import Protector
from gateway.store import Claim
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.wakes import SqlWakes
from gateway.system.clock import MachineClock
from gateway.testing.values import SteppingClock, an_inspection

POLICY = load_policies(Path(__file__).parents[3] / "policies")
SOON = Schedule(first=timedelta(seconds=1), longest=timedelta(seconds=1), give_up_after=timedelta(hours=1))


class SlowChannel:
    """Takes its time, and keeps whom it was asked to hand over to."""

    name = "slow"
    takes_messages = False

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.sent: Counter[str] = Counter()
        self._lock = Lock()

    def send(self, consignment: Consignment) -> Receipt:
        time.sleep(self.seconds)
        with self._lock:
            self.sent[consignment.recipient] += 1
        return Receipt(channel=self.name, at=MachineClock().now(), answer="250 ok")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def clean(_: Transfer) -> Inspection:
    return an_inspection()


def house(store: Store, channel: SlowChannel, inspect: Callable[[Transfer], Inspection] = clean) -> House:
    return House(
        transfers=store.transfers,
        vault=store.vault,
        clock=MachineClock(),
        policy=lambda: POLICY,
        inspect=inspect,
        protector=Protector("Council", ()),
        channels={route.channel: channel for route in POLICY.routes.values()},
        post=lambda *_: None,
        may_tell=lambda *_: True,
        schedule=SOON,
        internal_domains=frozenset({"council.example"}),
        help_contact="it@council.example",
    )


def admit(store: Store, *recipients: str) -> Transfer:
    arrival = Arrival(
        origin=Origin.COMMAND,
        sender="staff@council.example",
        recipients=recipients,
        parts=[("note.txt", io.BytesIO(b"a note"))],
    )
    return MainDoor(store.transfers, store.vault, MachineClock()).admit(arrival)


def carried(store: Store, runner: Runner) -> None:
    """Run until nothing is due any more."""
    runner.start()
    end = time.monotonic() + 60
    while store.wakes.next_due() is not None and time.monotonic() < end:
        time.sleep(0.05)
    runner.stop()
    assert store.wakes.next_due() is None


def states(store: Store, transfer: Transfer) -> set[DeliveryState]:
    return {delivery.state for delivery in store.transfers.get(transfer.id).deliveries}


def test_a_walk_that_outlasts_its_lease_hands_over_once_to_each(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", timedelta(seconds=1))
    channel = SlowChannel(seconds=0.3)
    recipients = [f"friend{number}@partner.example" for number in range(9)]
    transfer = admit(store, *recipients)
    carried(store, Runner(house(store, channel), store.wakes, threads=3))
    assert channel.sent == dict.fromkeys(recipients, 1)
    assert states(store, transfer) == {DeliveryState.DELIVERED}


AWAY = [Unsound("the keeper does not answer"), StorageFull("no room"), Busy("the database is busy")]
OWN = [RuntimeError(), NotInstalled("no gpg"), TryLater("gpg was not done in time"), StoreError("the database refused")]


@pytest.mark.parametrize("error", OWN, ids=lambda error: type(error).__name__)
def test_a_step_that_always_fails_ends_held_and_the_others_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    instant = timedelta(milliseconds=10)
    monkeypatch.setattr(module, "STUMBLED", replace(module.STUMBLED, first=instant, longest=instant))
    poison = admit(store, "friend@partner.example")
    others = [admit(store, "friend@partner.example") for _ in range(5)]
    poisonous = {part.object_id for part in poison.parts}

    def inspect(transfer: Transfer) -> Inspection:
        if {part.object_id for part in transfer.parts} & poisonous:
            raise error
        return an_inspection()

    carried(store, Runner(house(store, SlowChannel(), inspect), store.wakes, threads=2))
    assert [states(store, each) for each in others] == [{DeliveryState.DELIVERED}] * 5
    held = store.transfers.get(poison.id)
    assert {delivery.state for delivery in held.deliveries} == {DeliveryState.HELD}
    assert held.inspection is not None
    assert held.inspection.gaps[0].detail == "inspection failed repeatedly"
    assert [notice.about for notice in held.notices] == ["held"]


def test_a_claim_that_dies_without_a_move_five_times_is_held_at_the_sixth(store: Store) -> None:
    transfer = admit(store, "friend@partner.example")
    for _ in range(5):  # as after a crash: claimed, and no word of it
        assert store.wakes.claim(MachineClock().now(), timedelta(hours=1), 1)
        store.wakes.forget_claims()
    carried(store, Runner(house(store, SlowChannel()), store.wakes, threads=1))
    assert states(store, transfer) == {DeliveryState.HELD}


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_what_the_house_lacks_is_waited_for_with_growing_waits_and_holds_nothing(
    store: Store, error: StoreError
) -> None:
    transfer, clock = admit(store, "friend@partner.example"), SteppingClock(MachineClock().now() + timedelta(seconds=1))
    left = [error] * 30

    def inspect(_: Transfer) -> Inspection:
        if left:
            raise left.pop()
        return an_inspection()

    runner = Runner(replace(house(store, SlowChannel(), inspect), clock=clock), store.wakes, threads=1)
    waits = []
    while runner.carry() and (due := store.wakes.next_due()) is not None:
        waits.append((due - clock.at).total_seconds())
        clock.at = due
    assert waits == [min(2.0**tries, 300.0) for tries in range(30)]
    assert states(store, transfer) == {DeliveryState.DELIVERED}


def test_claims_that_died_while_the_house_lacked_something_hold_nothing(store: Store) -> None:
    """A full disk takes no word of a failure: the lease runs out, and the claim looks as if its holder had died."""
    transfer, clock = admit(store, "friend@partner.example"), SteppingClock(MachineClock().now() + timedelta(seconds=1))
    left = [StorageFull("no room")] * 10

    def inspect(_: Transfer) -> Inspection:
        if left:
            raise left.pop()
        return an_inspection()

    class FullWakes(SqlWakes):
        def later(self, claim: Claim, at: datetime, *, failed: bool = False) -> None:
            if left:
                raise StorageFull("no room")
            super().later(claim, at, failed=failed)

    full = FullWakes(store.database)
    runner = Runner(replace(house(store, SlowChannel(), inspect), clock=clock), full, threads=1)
    while full.next_due() is not None:
        with suppress(StorageFull):
            runner.carry()
        clock.at += timedelta(hours=1, seconds=1)
    assert states(store, transfer) == {DeliveryState.DELIVERED}
