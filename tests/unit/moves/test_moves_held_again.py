"""What one officer's release does not let go is the same hold still: as old, whose it was, and told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import pipeline
from gateway.model.lifecycle import DeliveryState
from gateway.model.person import Person, Role
from gateway.model.record import Act
from gateway.model.transfer import Notice, Transfer
from gateway.moves.house import House
from gateway.quarantine.filing import instruction
from gateway.quarantine.people import account_of, officer_of, people_of
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import NOON, SteppingClock, a_finding, an_inspection
from tests.unit.daemon.carrying import SlowChannel, admit, house

D = DeliveryState
ANN = Person(id="p-1", name="Ann", address="ann@council.example", roles=frozenset({Role.REVIEWER}), since=NOON)


@dataclass(slots=True)
class World:
    """A house on a real store, a clock that is moved by hand, and what was told to whom."""

    store: Store
    clock: SteppingClock
    house: House
    told: list[str] = field(default_factory=list)

    def walk(self, transfer: Transfer) -> Transfer:
        """Advance for as long as something is due now."""
        while (due := pipeline.advance(transfer.id, self.house)) and due <= self.clock.now():
            pass
        return self.store.transfers.get(transfer.id)

    def file(self, transfer: Transfer, act: Act) -> Transfer:
        """Have Ann decide."""
        officer = officer_of(ANN)
        assert officer is not None
        delivery = transfer.deliveries[0].id
        self.store.transfers.instruct(
            instruction(
                transfer, delivery, act, instruction_id=f"i-{act}", officer=officer, account=account_of(ANN),
                reason="looked", now=self.clock.now(),
            )
        )  # fmt: skip
        return self.walk(transfer)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SteppingClock()
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    store.people.add(ANN, [], [])
    made = World(store, clock, house(store, SlowChannel()))

    def post(_: Transfer, notice: Notice, __: str) -> None:
        made.told.append(notice.about)

    seen = an_inspection(findings=tuple(a_finding("UPN") for _ in range(3)))
    made.house = replace(made.house, clock=clock, inspect=lambda _: seen, post=post, people=people_of(store.people.get))
    yield made
    store.close()


def test_what_waits_for_a_second_person_is_as_old_as_it_was_and_its_sender_is_told_once(world: World) -> None:
    held = world.walk(admit(world.store, "someone@nowhere.example"))
    assert (held.deliveries[0].state, world.told) == (D.HELD, ["held"])
    (first,) = world.store.held.list().rows
    world.store.held.claim(first, by="p-1", now=world.clock.now())
    world.clock.move(timedelta(hours=3))
    again = world.file(held, Act.RELEASE)
    assert (again.deliveries[0].state, again.deliveries[0].approvals) == (D.HELD, 1)
    (second,) = world.store.held.list().rows
    assert (second.second, second.held_at, second.assigned_to) == (True, first.held_at, "p-1")
    assert world.told == ["held"]
    refused = world.file(again, Act.REFUSE)
    assert (refused.deliveries[0].state, world.told) == (D.REFUSED, ["held", "refused"])
    assert world.store.held.list().rows == ()
