"""The runner on a real store, with lanes: who is slow, away, held or long to read delays nobody else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock

import pytest

from gateway import pipeline
from gateway.daemon.lanes import UNREACHABLE
from gateway.daemon.runner import Runner
from gateway.decide.policy import Policy
from gateway.deliver import Consignment
from gateway.errors import TryLater
from gateway.model.inspection import Inspection
from gateway.model.lane import Limit, Limits, lane_to
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import Entry
from gateway.model.record import Event as Happened
from gateway.model.schedule import Schedule
from gateway.model.transfer import Receipt, Reply, Transfer
from gateway.moves.house import Step, TooSlow, commit
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.values import SteppingClock, an_inspection
from tests.unit.daemon.carrying import admit, carried, house, states

DELIVERED, SEALED = {DeliveryState.DELIVERED}, {DeliveryState.SEALED}
HOUR = timedelta(hours=1)
HOURLY = Schedule(first=HOUR, longest=HOUR, give_up_after=timedelta(days=5))


class World:
    """A channel that goes to each domain's own server: some are slow, some away, and each keeps what it got."""

    name = "world"
    takes_messages = False
    by_domain = True

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.got: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.away: set[str] = set()
        self.gates: dict[str, Event] = {}
        self._lock = Lock()

    def send(self, consignment: Consignment) -> Receipt:
        domain = consignment.recipient.rpartition("@")[2]
        with self._lock:
            self.tried[domain] += 1
            self.at_once[domain] += 1
            self.most[domain] = max(self.most[domain], self.at_once[domain])
        try:
            if domain in self.gates:
                assert self.gates[domain].wait(110)
            if domain in self.away:
                raise TryLater(f"no connection with {domain}: refused")
        finally:
            with self._lock:
                self.at_once[domain] -= 1
        with self._lock:
            self.got[domain] += 1
        return Receipt(channel=self.name, at=MachineClock().now(), answer="250 ok")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


@pytest.fixture
def world() -> World:
    return World()


@contextmanager
def running(runner: Runner) -> Iterator[None]:
    runner.start()
    try:
        yield
    finally:
        runner.stop()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def lane_of(store: Store, domain: str) -> str:
    """Return the lane in which something waits for a domain, empty while nothing does."""
    lanes = (each.lane for each in store.lanes.waiting(MachineClock().now()))
    return next((lane for lane in lanes if lane.endswith(f"/{domain}")), "")


def test_a_slow_partner_with_much_waiting_delays_nobody_else(store: Store, world: World) -> None:
    gate = world.gates["slow.example"] = Event()
    slow = [admit(store, f"p{number}@slow.example") for number in range(12)]
    runner = Runner(house(store, world), store, limits=Limits(deliveries=4, each=Limit(at_once=2)))
    with running(runner):
        until(lambda: world.at_once["slow.example"] == 2)
        others = [admit(store, f"friend@quick{number}.example") for number in range(4)]
        until(lambda: all(states(store, each) == DELIVERED for each in others))
        assert world.got["slow.example"] == 0
        gate.set()
        until(lambda: all(states(store, each) == DELIVERED for each in slow))
    assert world.most["slow.example"] == 2


def test_four_silent_partners_with_much_waiting_delay_nobody_else(store: Store, world: World) -> None:
    """They once had all twenty places, each for as long as a hand-over may take."""
    gate = Event()
    silent = [f"silent{number}.example" for number in range(4)]
    world.gates.update(dict.fromkeys(silent, gate))
    waiting = [admit(store, f"p{number}@{domain}") for domain in silent for number in range(6)]
    with running(Runner(house(store, world), store)):
        until(lambda: sum(world.at_once.values()) == len(silent) + Limits().further)
        friend = admit(store, "friend@quick.example")
        until(lambda: states(store, friend) == DELIVERED)
        assert world.got == {"quick.example": 1}
        gate.set()
        until(lambda: all(states(store, each) == DELIVERED for each in waiting))


def test_a_transfer_goes_to_the_others_while_one_of_its_destinations_is_full(store: Store, world: World) -> None:
    gate = world.gates["slow.example"] = Event()
    runner = Runner(house(store, world), store, limits=Limits(each=Limit(at_once=1)))
    with running(runner):
        admit(store, "first@slow.example")
        until(lambda: world.at_once["slow.example"])
        both = admit(store, "second@slow.example", "friend@quick.example")
        until(lambda: states(store, both) == {DeliveryState.SEALED, DeliveryState.DELIVERED})
        assert world.got == {"quick.example": 1}
        gate.set()
        until(lambda: states(store, both) == DELIVERED)


def hold(store: Store, lane: str) -> None:
    entry = Entry(event=Happened.DESTINATION_HELD, at=MachineClock().now(), transfer_id="", facts={})
    store.lanes.hold(lane, by="officer", reason="", entry=entry)


def resume(store: Store, lane: str) -> None:
    entry = Entry(event=Happened.DESTINATION_RESUMED, at=MachineClock().now(), transfer_id="", facts={})
    store.lanes.resume(lane, entry)


def test_what_is_held_for_a_destination_waits_over_a_restart_until_it_is_resumed(store: Store, world: World) -> None:
    lanes = {lane_to(route.channel, "held.example") for route in house(store, world).policy().routes.values()}
    for lane in lanes:
        hold(store, lane)
    waiting = admit(store, "friend@held.example", "friend@open.example")
    for _ in range(2):
        with running(Runner(house(store, world), store)):
            until(lambda: world.got["open.example"] == 1)
            until(lambda: any(each.lane in lanes for each in store.lanes.waiting(MachineClock().now())))
    assert world.tried["held.example"] == 0
    with running(Runner(house(store, world), store)):
        for lane in lanes:
            resume(store, lane)
        until(lambda: states(store, waiting) == DELIVERED)
    assert world.got == {"held.example": 1, "open.example": 1}


def test_what_waits_for_a_held_destination_is_looked_after_every_hour(store: Store, world: World) -> None:
    """A sender is told of a delay, and an officer's act is carried out, though nothing goes."""
    clock = SteppingClock(MachineClock().now())
    carrying = replace(house(store, world), clock=clock)
    for route in carrying.policy().routes.values():
        if route.channel:
            hold(store, lane_to(route.channel, "held.example"))
    admit(store, "friend@held.example")
    clock.move(timedelta(minutes=1))
    runner = Runner(carrying, store)
    while runner.carry():
        pass
    (before,) = store.lanes.waiting(clock.now())
    clock.move(HOUR + timedelta(minutes=1))
    assert not runner.carry(), "its lane is not open"
    runner.sweep()
    assert runner.carry() == 1
    (after,) = store.lanes.waiting(clock.now())
    assert (after.lane, after.next_at) == (before.lane, clock.now())
    assert world.tried == {}


def test_a_flush_tries_now_what_would_be_tried_in_an_hour(store: Store, world: World) -> None:
    world.away.add("away.example")
    transfer = admit(store, "friend@away.example")
    with running(Runner(replace(house(store, world), schedule=HOURLY), store)):
        until(lambda: store.transfers.get(transfer.id).deliveries[0].due)
        until(lambda: lane_of(store, "away.example"))
        world.away.clear()
        assert store.lanes.hurry(MachineClock().now(), lane=lane_of(store, "away.example")) == 1
        until(lambda: states(store, transfer) == DELIVERED)
    assert world.tried["away.example"] == 2


def test_a_flush_of_what_fails_again_tries_once(store: Store, world: World) -> None:
    world.away.add("away.example")
    transfer = admit(store, "friend@away.example")
    with running(Runner(replace(house(store, world), schedule=HOURLY), store)):
        until(lambda: store.transfers.get(transfer.id).deliveries[0].due)
        store.lanes.hurry(MachineClock().now(), transfer_id=transfer.id)
        until(lambda: world.tried["away.example"] == 2)
        until(lambda: store.transfers.get(transfer.id).deliveries[0].due)
        time.sleep(0.5)
    assert world.tried["away.example"] == 2


def test_a_flush_does_not_shorten_a_delay_that_policy_wants(store: Store, world: World) -> None:
    carrying = house(store, world)
    transfer = admit(store, "friend@partner.example")
    while store.transfers.get(transfer.id).deliveries[0].state is not DeliveryState.SEALED:
        pipeline.advance(transfer.id, carrying)
    ready = store.transfers.get(transfer.id)
    soon = MachineClock().now() + HOUR
    delayed = ready.with_delivery(replace(ready.deliveries[0], due=soon))
    commit(Step(before=ready, after=delayed), carrying)
    pipeline.hurry(transfer.id, carrying)
    assert store.transfers.get(transfer.id).deliveries[0].due == soon


def test_who_is_away_is_tried_by_few_and_holds_up_nobody(
    store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.daemon.lanes.PROBES", HOURLY)  # whoever looks late sees no probe
    world.away.add("away.example")
    waiting = [admit(store, f"p{number}@away.example") for number in range(20)]
    other = admit(store, "friend@here.example")
    runner = Runner(replace(house(store, world), schedule=HOURLY), store, limits=Limits(each=Limit(at_once=1)))
    with running(runner):
        until(lambda: states(store, other) == DELIVERED)
        until(lambda: [each.failures for each in store.lanes.closed().values()] == [UNREACHABLE])
        until(lambda: sum(each.transfers for each in store.lanes.waiting(MachineClock().now())) == len(waiting))
        assert world.tried["away.example"] == UNREACHABLE
        untried = [each for each in waiting if store.transfers.get(each.id).deliveries[0].attempts == 0]
        assert len(untried) == len(waiting) - UNREACHABLE, "their own schedules have not begun"
        world.away.clear()
        store.lanes.reopen(lane_of(store, "away.example"))
        until(lambda: world.got["away.example"] == len(untried))


class Answering(World):
    """Answers everybody that it takes nothing now."""

    def send_group(self, consignments: list[Consignment]) -> list[object]:
        from gateway.deliver import Result  # noqa: PLC0415 - beside the one class that needs it

        self.tried.update(each.recipient for each in consignments)
        reply = Reply(host="mx.example", code=452, text="mailbox full")
        return [Result(trouble=TryLater("mailbox full"), reply=reply)] * len(consignments)


def test_an_answer_about_a_message_closes_nothing(store: Store) -> None:
    world = Answering()
    sent = [admit(store, f"p{number}@full.example") for number in range(8)]
    with running(Runner(replace(house(store, world), schedule=HOURLY), store)):
        until(lambda: len(world.tried) == len(sent))
    assert store.lanes.closed() == {}


def test_what_takes_long_to_read_leaves_room_for_the_others_and_loses_nothing(store: Store, world: World) -> None:
    gate, tried = Event(), Counter[str]()
    long = [admit(store, f"p{number}@long.example") for number in range(3)]
    known = {each.id for each in long}

    def quickly(transfer: Transfer) -> Inspection:
        tried[transfer.id] += 1
        if transfer.id in known:
            raise TooSlow
        return an_inspection()

    def inspect(transfer: Transfer) -> Inspection:
        assert transfer.id in known
        assert gate.wait(110)
        return an_inspection()

    carrying = replace(house(store, world, inspect), inspect_quickly=quickly)
    with running(Runner(carrying, store, limits=Limits(inspect=2, slow=1))):
        others = [admit(store, f"friend@quick{number}.example") for number in range(5)]
        until(lambda: all(states(store, each) == DELIVERED for each in others))
        assert {store.transfers.get(each.id).state for each in long} == {TransferState.RECEIVED}
        gate.set()
        until(lambda: all(states(store, each) == DELIVERED for each in long))
    assert all(tried[each.id] == 1 for each in long)
    for each in long:
        seen = store.transfers.get(each.id).inspection
        assert seen is not None
        assert seen.gaps == ()


def test_one_commit_of_several_moves_has_an_entry_for_each_in_order(store: Store, world: World) -> None:
    transfer = admit(store, "friend@partner.example")
    carried(store, Runner(house(store, world), store, threads=1))
    store.ledger.integrate()
    events = [line for line in store.ledger.entries() if transfer.id.encode() in line]
    names = [next(each for each in Happened if f'"{each}"'.encode() in line).value for line in events]
    assert [each for each in names if not each.startswith("notice")] == [
        "transfer:received",
        "transfer:inspected",
        "delivery:cleared",
        "delivery:sealed",
        "delivery:attempted",
        "delivery:delivered",
        "transfer:finished",
    ]


def test_a_move_that_fails_leaves_those_before_it_committed(store: Store, world: World) -> None:
    transfer = admit(store, "friend@partner.example")

    def broken() -> Policy:
        raise RuntimeError("no policy")

    carrying = replace(house(store, world), policy=broken)
    assert pipeline.advance(transfer.id, carrying) is not None
    assert store.transfers.get(transfer.id).state is TransferState.INSPECTED
    with pytest.raises(RuntimeError):
        pipeline.advance(transfer.id, carrying)


def test_a_channel_that_is_held_hands_nothing_to_any_domain(store: Store, world: World) -> None:
    channels = {route.channel for route in house(store, world).policy().routes.values() if route.channel}
    for channel in channels:
        hold(store, lane_to(channel))
    waiting = admit(store, "friend@one.example", "friend@other.example")
    with running(Runner(house(store, world), store)):
        until(lambda: lane_of(store, "one.example") or lane_of(store, "other.example"))
        assert states(store, waiting) == SEALED
        for channel in channels:
            resume(store, lane_to(channel))
        until(lambda: states(store, waiting) == DELIVERED)
    assert world.tried == {"one.example": 1, "other.example": 1}


def test_a_sweep_forgets_domains_that_never_answered_when_nothing_waits_for_them(store: Store, world: World) -> None:
    clock = SteppingClock(MachineClock().now())
    runner = Runner(replace(house(store, world), clock=clock), store)
    for number in range(3):
        store.lanes.close(lane_to("direct", f"mistyped-{number}.example"), clock.now(), number + 1)
    runner.sweep()
    assert len(store.lanes.closed()) == 3
    clock.move(timedelta(days=1, minutes=1))
    runner.sweep()
    assert store.lanes.closed() == {}
