"""What was read before a reload is read again before the new policy decides it; what was decided is looked at again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway import pipeline
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.inspection import Inspection
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.record import Event
from gateway.model.transfer import Origin, Transfer
from gateway.moves.house import CHANGED, House, Step, commit
from gateway.moves.inside import decide_undecided, protect
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.values import a_finding, an_inspection
from tests.unit.daemon.carrying import POLICY, SlowChannel, house

D, T = DeliveryState, TransferState
CLEAN = replace(an_inspection(), read_with="old")
SECRET = replace(an_inspection(findings=(a_finding("SECRET", masked="…"),)), read_with="new")


@dataclass
class World:
    """A house whose workers find a secret now, and how often they were asked."""

    store: Store
    asked: int = 0

    def __post_init__(self) -> None:
        self.house: House = replace(
            house(self.store, SlowChannel(), self.inspect), reads_with=lambda: "new", policy=lambda: POLICY
        )

    def inspect(self, _: Transfer) -> Inspection:
        self.asked += 1
        return SECRET

    def inspected(self, inspection: Inspection = CLEAN, *, passwords: tuple[str, ...] = ()) -> Transfer:
        arrival = Arrival(
            origin=Origin.COMMAND,
            sender="staff@council.example",
            recipients=("friend@partner.example",),
            parts=[("note.txt", io.BytesIO(b"a note"))],
            passwords=passwords,
        )
        transfer = MainDoor(self.store.transfers, self.store.vault, MachineClock()).admit(arrival)
        return commit(
            Step(before=transfer, after=replace(transfer, state=T.INSPECTED, inspection=inspection)), self.house
        )

    def decided(self, transfer: Transfer) -> Transfer:
        step = decide_undecided(transfer, self.house, self.house.clock.now())
        assert step is not None
        return commit(step, self.house)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield World(store)
    store.close()


def events(world: World) -> list[str]:
    world.store.ledger.integrate()
    return [line.decode() for line in world.store.ledger.entries()]


def test_what_old_workers_read_is_read_again_before_it_is_decided_and_the_ledger_says_so(world: World) -> None:
    decided = world.decided(world.inspected())
    assert world.asked == 1
    assert decided.inspection == SECRET
    assert decided.deliveries[0].circumstances is not None
    assert decided.deliveries[0].circumstances.entities == (("SECRET", 1),)
    assert world.store.transfers.get(decided.id) == decided
    said = [line for line in events(world) if f'"{Event.TRANSFER_INSPECTED}"' in line]
    assert len(said) == 2
    assert '"SECRET":1' in said[1]


@pytest.mark.parametrize(
    ("read_with", "reads_with", "passwords"),
    [("new", "new", ()), ("", "new", ()), ("old", "", ()), ("old", "new", ("gone",))],
    ids=["the same files", "nobody kept it", "nobody knows", "what passwords opened would be seen no more"],
)
def test_nothing_else_is_read_twice(world: World, read_with: str, reads_with: str, passwords: tuple[str, ...]) -> None:
    world.house = replace(world.house, reads_with=lambda: reads_with)
    inspection = replace(CLEAN, read_with=read_with)
    assert world.decided(world.inspected(inspection, passwords=passwords)).inspection == inspection
    assert world.asked == 0


def test_what_is_decided_already_is_not_read_again(world: World) -> None:
    transfer = world.inspected()
    step = decide_undecided(
        transfer.with_delivery(replace(transfer.deliveries[0], state=D.HELD)), world.house, world.house.clock.now()
    )
    assert step is not None
    assert (step.after.state, world.asked) == (T.DECIDED, 0)


def cleared(world: World) -> Transfer:
    transfer = world.decided(world.inspected(replace(CLEAN, read_with="new")))
    assert transfer.deliveries[0].state is D.CLEARED
    return transfer


def test_what_is_sealed_remembers_its_channel(world: World) -> None:
    transfer = cleared(world)
    pipeline.advance(transfer.id, world.house)
    sealed = world.store.transfers.get(transfer.id).deliveries[0].sealed
    assert sealed is not None
    assert sealed.channel == POLICY.routes["internet"].channel


def test_what_was_cleared_is_not_sealed_under_a_stricter_policy(world: World) -> None:
    transfer = cleared(world)
    nothing_goes = replace(POLICY, hash="f" * 64, rules=tuple(each for each in POLICY.rules if each.outcome is None))
    world.house = replace(world.house, policy=lambda: nothing_goes)
    step = protect(transfer, world.house, world.house.clock.now())
    assert step is not None
    assert (step.after.deliveries[0].state, step.after.deliveries[0].trouble) == (D.HELD, CHANGED)
