"""Decisions over many: one by one, by nobody's rights but their person's, and where a crash left them they go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import pipeline
from gateway.daemon.bulks import NO_DECISION, NO_OFFICER, SECOND, BulkWorker
from gateway.errors import StorageFull
from gateway.model.bulk import Bulk, BulkState, Result
from gateway.model.held import HeldQuery
from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.person import Person, PersonState, Role
from gateway.model.record import Act, Officer
from gateway.model.tier import Tier
from gateway.model.transfer import Transfer
from gateway.moves.house import House
from gateway.quarantine.people import people_of
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import NOON, SteppingClock, an_inspection
from tests.unit.daemon.carrying import POLICY, SlowChannel, admit, house

D = DeliveryState
MINUTE = timedelta(minutes=1)
ALICE = Person(id="p-1", name="Alice", address="alice@council.example", roles=frozenset({Role.REVIEWER}), since=NOON)


class World:
    """A store with what is held, and a worker that is asked by hand."""

    def __init__(self, folder: Path) -> None:
        self.clock = SteppingClock()
        create_keys(folder / "state")
        self.store: Store = open_store(state=folder / "state", vault=folder / "vault", clock=self.clock)
        seen = an_inspection(gaps=(GapKind.UNSUPPORTED,))
        self.house: House = replace(house(self.store, SlowChannel(), lambda _: seen), clock=self.clock)
        self.store.people.add(ALICE, [], [])
        self.rung = 0
        self.worker = BulkWorker(self.store, lambda: POLICY, self.clock, stop_within=MINUTE, ring=self._ring)

    def _ring(self) -> None:
        self.rung += 1

    def hold(self, count: int, *, to: str = "colleague@council.example") -> list[Transfer]:
        made = [admit(self.store, to, content=bytes([number])) for number in range(count)]
        for each in made:
            while (due := pipeline.advance(each.id, self.house)) and due <= self.clock.now():
                pass
        return [self.store.transfers.get(each.id) for each in made]

    def begin(self, act: Act = Act.RELEASE, **more: Any) -> Bulk:  # noqa: ANN401 - its fields
        total = self.store.held.counts().total
        bulk = Bulk(
            id="b-1", person_id="p-1", at=self.clock.now(), state=BulkState.RUNNING, act=act, reason="all checked",
            query="why=unread", total=total,
        )  # fmt: skip
        return self.store.bulks.create(replace(bulk, **more), HeldQuery(), self.store.bulks.seen(HeldQuery()))

    def results(self) -> list[tuple[Result | None, str]]:
        return [(each.result, each.words) for each in self.store.bulks.items("b-1").rows]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_each_delivery_gets_an_instruction_of_its_person_that_can_still_be_stopped(world: World) -> None:
    held = world.hold(3)
    world.begin()
    assert world.worker.look() == 3
    assert world.worker.look() == 0
    assert world.rung == 1
    filed = [each for transfer in held for each in world.store.transfers.instructions(transfer.id)]
    assert {(each.officer, each.officer_account, each.reason, each.act) for each in filed} == {
        ("Alice", "console:p-1", "all checked", Act.RELEASE)
    }
    assert {each.not_before for each in filed} == {world.clock.now() + MINUTE}
    assert world.store.bulks.get("b-1").state is BulkState.FINISHED
    assert world.results() == [(Result.FILED, "")] * 3


def test_own_transfers_and_what_changed_get_their_result_in_words(world: World) -> None:
    own, taken, free = world.hold(3)
    world.store.transfers.commit(own, replace(own, sender="alice@council.example"), entries=[])
    world.begin(Act.REFUSE)
    seen = world.store.held.get(taken.id, taken.deliveries[0].id)
    world.store.held.claim(seen, by="p-1", now=world.clock.now())
    world.worker.look()
    items = {each.transfer_id: each for each in world.store.bulks.items("b-1").rows}
    assert items[own.id].result is Result.REFUSED
    assert "party to" in items[own.id].words
    assert items[taken.id].result is Result.MISSED
    assert items[free.id].result is Result.FILED
    assert world.store.bulks.get("b-1").failed == 2


def test_many_at_once_give_nobody_more_rights(world: World) -> None:
    world.hold(2)
    world.begin()
    world.store.people.change(replace(ALICE, state=PersonState.SUSPENDED), [], ends_sessions=True)
    world.worker.look()
    assert world.results() == [(Result.REFUSED, NO_OFFICER)] * 2


@pytest.mark.parametrize("act", [Act.REVEAL, Act.ASK, Act.RECALL, Act.ANSWER])
def test_only_decisions_are_taken_over_many(world: World, act: Act) -> None:
    world.hold(1)
    world.begin(act)
    world.worker.look()
    assert world.results() == [(Result.REFUSED, NO_DECISION)]


def test_one_that_was_stopped_leaves_the_rest_alone(world: World) -> None:
    (held,) = world.hold(1)
    world.begin()
    world.store.bulks.stop("b-1")
    assert world.worker.look() == 0
    assert world.store.transfers.instructions(held.id) == ()


def test_after_a_crash_it_goes_on_and_files_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held = world.hold(2)
    world.begin()
    with monkeypatch.context() as full:

        def no_room(*_: object) -> Bulk:
            raise StorageFull("no room")

        full.setattr(type(world.store.bulks), "record", no_room)
        with pytest.raises(StorageFull):
            world.worker.look()
    world.worker.look()
    assert [len(world.store.transfers.instructions(each.id)) for each in held] == [1, 1]
    assert world.results() == [(Result.FILED, "")] * 2


def test_what_was_carried_out_before_a_crash_is_known_for_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (held,) = world.hold(1)
    world.begin(Act.REFUSE)
    with monkeypatch.context() as full:

        def no_room(*_: object) -> Bulk:
            raise StorageFull("no room")

        full.setattr(type(world.store.bulks), "record", no_room)
        with pytest.raises(StorageFull):
            world.worker.look()
    pipeline.advance(held.id, replace(world.house, people=people_of(world.store.people.get)))
    assert world.store.transfers.instructions(held.id) == ()
    assert world.store.transfers.get(held.id).deliveries[0].state is D.REFUSED
    world.worker.look()
    assert world.results() == [(Result.FILED, "")]
    assert world.store.bulks.get("b-1").failed == 0


@pytest.mark.parametrize(
    ("of_the_settings", "of_the_console", "words"),
    [((), (), ""), (("caldicott-guardian",), (), SECOND), ((), ("caldicott-guardian",), SECOND)],
)
def test_a_second_person_is_foretold_whoever_names_them(
    world: World, of_the_settings: tuple[str, ...], of_the_console: tuple[str, ...], words: str
) -> None:
    (held,) = world.hold(1, to="someone@nowhere.example")
    known = held.deliveries[0].circumstances
    assert known is not None
    barred = replace(known, entities=(("STATUTE_BARRED_HEALTH", 1),), can=frozenset({"pgp"}), marking=Tier.PROTECT)
    world.store.transfers.commit(
        held, held.with_delivery(replace(held.deliveries[0], circumstances=barred)), entries=[]
    )
    carol = replace(ALICE, id="p-2", name="Carol", address="carol@council.example", officer_roles=of_the_console)
    world.store.people.add(carol, [], [])
    bob = Officer(name="Bob", address="bob@council.example", roles=of_the_settings, accounts=("bob",))
    worker = BulkWorker(
        world.store, lambda: POLICY, world.clock, stop_within=MINUTE, ring=lambda: None, officers=(bob,)
    )
    world.begin()
    worker.look()
    assert world.results() == [(Result.FILED, words)]


def test_what_needs_a_second_person_says_so(world: World) -> None:
    (held,) = world.hold(1, to="someone@nowhere.example")
    known = held.deliveries[0].circumstances
    assert known is not None
    children = replace(known, entities=(("UPN", 3),), can=frozenset({"pgp"}))
    world.store.transfers.commit(
        held, held.with_delivery(replace(held.deliveries[0], circumstances=children)), entries=[]
    )
    world.begin()
    world.worker.look()
    assert world.results() == [(Result.FILED, SECOND)]
