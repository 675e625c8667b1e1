"""The runner on a real store: leases that outlast a walk, steps that fail, and transfers that go on regardless."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.daemon import runner as module
from gateway.daemon.runner import Runner
from gateway.deliver import Consignment
from gateway.errors import Busy, NotInstalled, StorageFull, StoreError, TryLater, Unsound
from gateway.model.inspection import GapKind, Inspection
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Receipt, Transfer
from gateway.store import Claim
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.wakes import SqlWakes
from gateway.system.clock import MachineClock
from gateway.testing.values import SteppingClock, an_inspection
from tests.unit.daemon.carrying import SlowChannel, admit, carried, house, states


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


class LateChannel(SlowChannel):
    """Lets time pass with each delivery, and then sees whether another thread could take the transfer over."""

    def __init__(self, store: Store, clock: SteppingClock) -> None:
        super().__init__()
        self._store, self._clock = store, clock
        self.free: list[str] = []

    def send(self, consignment: Consignment) -> Receipt:
        self._clock.move(timedelta(seconds=0.3))
        self.free += self._store.wakes.lanes(self._clock.now())
        return super().send(consignment)


def test_a_walk_that_outlasts_its_lease_hands_over_once_to_each(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", timedelta(seconds=1))
    recipients = [f"friend{number}@partner.example" for number in range(9)]
    transfer, clock = admit(store, *recipients), SteppingClock(MachineClock().now() + timedelta(seconds=1))
    channel = LateChannel(store, clock)
    runner = Runner(replace(house(store, channel), clock=clock), store, threads=1)
    while runner.carry():
        pass
    assert channel.free == [], "it is ours throughout"
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

    carried(store, Runner(house(store, SlowChannel(), inspect), store, threads=2))
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
        store.wakes.forget_claims(MachineClock().now() - timedelta(hours=1))
    carried(store, Runner(house(store, SlowChannel()), store, threads=1))
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

    runner = Runner(replace(house(store, SlowChannel(), inspect), clock=clock), store, threads=1)
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
        def later(self, claim: Claim, at: datetime, *, failed: bool = False, lane: str = "") -> None:
            if left:
                raise StorageFull("no room")
            super().later(claim, at, failed=failed, lane=lane)

    full = FullWakes(store.database)
    runner = Runner(replace(house(store, SlowChannel(), inspect), clock=clock), replace(store, wakes=full), threads=1)
    while full.next_due() is not None:
        with suppress(StorageFull):
            runner.carry()
        clock.at += timedelta(hours=1, seconds=1)
    assert states(store, transfer) == {DeliveryState.DELIVERED}


class BusyWakes(SqlWakes):
    """Refuses to take wakes back, a few times."""

    left = 3

    def done(self, claim: Claim) -> None:
        self._refuse()
        super().done(claim)

    def later(self, claim: Claim, at: datetime, *, failed: bool = False, lane: str = "") -> None:
        self._refuse()
        super().later(claim, at, failed=failed, lane=lane)

    def pass_on(self, claim: Claim, now: datetime, lane: str) -> None:
        self._refuse()
        super().pass_on(claim, now, lane)

    def _refuse(self) -> None:
        if self.left:
            self.left -= 1
            raise Busy("the database is busy")


@pytest.mark.parametrize("state", [DeliveryState.HELD, DeliveryState.DELIVERED])
def test_a_wake_that_could_not_be_given_back_is_given_back_soon(store: Store, state: DeliveryState) -> None:
    """Not when its lease runs out: that is an hour, and looks as if its holder had died."""
    is_held = state is DeliveryState.HELD  # else its first step fails, and it is delivered later
    transfer, failures = admit(store, "friend@partner.example"), [] if is_held else [RuntimeError()]

    def inspect(_: Transfer) -> Inspection:
        if failures:
            raise failures.pop()
        return an_inspection(gaps=(GapKind.CRASHED,) if is_held else ())

    busy = BusyWakes(store.database)
    carried(store, Runner(house(store, SlowChannel(), inspect), replace(store, wakes=busy), threads=2))
    assert busy.left == 0
    assert states(store, transfer) == {state}


def test_a_wake_ends_in_the_commit_that_ends_its_transfer(store: Store) -> None:
    transfer, busy = admit(store, "friend@partner.example"), BusyWakes(store.database)
    busy.left = 1_000  # it takes nothing back
    runner = Runner(house(store, SlowChannel()), replace(store, wakes=busy), threads=1)
    with suppress(Busy):
        runner.carry()
    assert states(store, transfer) == {DeliveryState.DELIVERED}
    assert store.wakes.next_due() is None
