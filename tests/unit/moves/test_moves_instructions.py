"""Instructions in the walk: they wait while they can be stopped, and what is shown is recorded first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import pipeline
from gateway.errors import TryLater, Undeliverable
from gateway.model.inspection import GapKind
from gateway.model.lane import HOUSE, TO
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.record import Act, Event, FoundAt, Instruction, Officer
from gateway.model.transfer import Notice, Sealed, Transfer
from gateway.moves.house import House
from gateway.moves.lanes import Place
from gateway.record.beside import stopped
from gateway.store import codec
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.parcels import ParcelKey
from gateway.testing.values import SteppingClock, a_finding, a_sealed, an_inspection
from tests.unit.daemon.carrying import SlowChannel, admit, house

D = DeliveryState
MINUTE = timedelta(minutes=1)
OFFICER = Officer(name="Officer", address="officer@council.example", accounts=("@owner",))
FOUND = replace(a_finding(), part="note.txt")


class World:
    """A house in which nothing can be read as a whole, so that everything is held until an officer releases it."""

    def __init__(self, folder: Path) -> None:
        self.clock = SteppingClock()
        create_keys(folder / "state")
        self.store: Store = open_store(state=folder / "state", vault=folder / "vault", clock=self.clock)
        self.shown: list[tuple[str, list[str]]] = []
        self.trouble: Exception | None = None
        seen = an_inspection(findings=(FOUND,), gaps=(GapKind.UNSUPPORTED,))
        self.house: House = replace(
            house(self.store, SlowChannel(), lambda _: seen), clock=self.clock, officers=(OFFICER,),
            reveal=self._reveal, post=self._post,
        )  # fmt: skip

    def _reveal(self, _transfer: Transfer, instruction: Instruction) -> None:
        self.shown.append((instruction.id, self.events()))

    def _post(self, _transfer: Transfer, _notice: Notice, _text: str) -> None:
        if self.trouble is not None:
            raise self.trouble

    def events(self) -> list[str]:
        self.store.ledger.integrate()
        return [json.loads(line)["event"] for line in self.store.ledger.entries()]

    def facts(self, event: Event) -> list[dict[str, Any]]:
        self.store.ledger.integrate()
        return [each["facts"] for line in self.store.ledger.entries() if (each := json.loads(line))["event"] == event]

    def walk(self, transfer: Transfer) -> tuple[Transfer, datetime | None]:
        """Advance it while something is due; return it, and when it wants to be called again."""
        due: datetime | None = self.clock.now()
        while due is not None and due <= self.clock.now():
            due = pipeline.advance(transfer.id, self.house)
        return self.store.transfers.get(transfer.id), due

    def held(self) -> Transfer:
        transfer, due = self.walk(admit(self.store, "colleague@council.example"))
        assert (transfer.deliveries[0].state, due) == (D.HELD, None)
        return transfer

    def file(self, transfer: Transfer, act: Act, number: int = 1, **more: Any) -> Instruction:  # noqa: ANN401 - its fields
        filed = Instruction(
            id=f"i-{number}", transfer_id=transfer.id, delivery_id=transfer.deliveries[0].id, act=act,
            officer="Officer", officer_address=OFFICER.address, at=self.clock.now(), **{"reason": "checked", **more},
        )  # fmt: skip
        self.store.transfers.instruct(filed)
        return filed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_what_can_still_be_stopped_is_not_carried_out_and_the_walk_says_when_it_will_be(world: World) -> None:
    held = world.held()
    filed = world.file(held, Act.RELEASE, not_before=world.clock.now() + MINUTE)
    before, due = world.walk(held)
    assert (before.deliveries[0].state, due) == (D.HELD, filed.not_before)
    world.clock.move(MINUTE - timedelta(microseconds=1))
    assert world.walk(held)[0].deliveries[0].state is D.HELD
    world.clock.move(timedelta(microseconds=1))
    assert world.walk(held)[0].deliveries[0].releases


def test_what_was_stopped_is_never_carried_out_and_nothing_waits_for_it(world: World) -> None:
    held = world.held()
    filed = world.file(held, Act.RELEASE, not_before=world.clock.now() + MINUTE)
    entry = stopped(filed, officer="Another", address="another@council.example", reason="no", now=world.clock.now())
    world.store.transfers.withdraw(filed.id, entry)
    world.clock.move(2 * MINUTE)
    after, due = world.walk(held)
    assert (after.deliveries[0].state, after.deliveries[0].releases, due) == (D.HELD, (), None)
    assert world.facts(Event.INSTRUCTION_STOPPED) == [
        {"act": "release", "filed_by": "Officer", "officer": "Another", "address": "another@council.example",
         "reason": "no"}
    ]  # fmt: skip


def test_what_need_not_wait_goes_before_what_waits(world: World) -> None:
    held = world.held()
    world.file(held, Act.RELEASE, not_before=world.clock.now() + MINUTE)
    world.file(held, Act.ASK, 2)
    after, _ = world.walk(held)
    assert [each.id for each in after.questions] == ["i-2"]
    assert after.deliveries[0].state is D.HELD


KEY = ParcelKey().public


def at() -> FoundAt:
    return FoundAt(
        part=FOUND.part, segment=FOUND.segment, start=FOUND.start, end=FOUND.end, entity=FOUND.entity
    )  # fmt: skip


def test_a_value_is_shown_after_the_ledger_has_who_what_and_why_and_never_the_value(world: World) -> None:
    held = world.held()
    world.file(held, Act.REVEAL, found=at(), key=KEY)
    after, _ = world.walk(held)
    ((shown, events),) = world.shown
    assert shown == "i-1"
    assert events[-1] == "value:revealed", "recorded before it was shown"
    assert world.facts(Event.VALUE_REVEALED) == [
        {"officer": "Officer", "address": OFFICER.address, "account": "", "reason": "checked", "entity": "NHS_NUMBER",
         "part": "1", "segment": 0, "start": 10, "end": 22}
    ]  # fmt: skip
    assert after.deliveries == held.deliveries
    assert world.store.transfers.instructions(held.id) == (), "and is not shown again"


def test_that_somebody_reads_the_words_around_is_recorded_before_and_needs_no_reason(world: World) -> None:
    held = world.held()
    seen = world.store.held.get(held.id, held.deliveries[0].id).version
    world.file(held, Act.READ, key=KEY, reason="")
    after, _ = world.walk(held)
    ((shown, events),) = world.shown
    assert (shown, events[-1]) == ("i-1", "passages:read")
    assert world.facts(Event.PASSAGES_READ) == [{"officer": "Officer", "address": OFFICER.address, "account": ""}]
    assert after.deliveries == held.deliveries
    assert world.store.held.get(held.id, held.deliveries[0].id).version == seen, "who looks at it may decide on it"


def test_what_may_not_be_seen_is_not_shown_and_that_it_was_tried_is_recorded(world: World) -> None:
    held = world.held()
    world.file(held, Act.REVEAL, found=replace(at(), start=0), key=KEY)
    world.walk(held)
    assert world.shown == []
    assert [each["act"] for each in world.facts(Event.INSTRUCTION_REFUSED)] == ["reveal"]
    assert world.facts(Event.VALUE_REVEALED) == []


def test_a_notice_that_failed_is_told_again_when_an_officer_says_so(world: World) -> None:
    world.trouble = Undeliverable("no such mailbox")
    held = world.held()
    (notice,) = held.notices
    assert (notice.about, notice.state) == ("held", NoticeState.FAILED)
    world.trouble = None
    world.file(held, Act.RESEND, notice=notice.id)
    after, _ = world.walk(held)
    assert [(each.about, each.state) for each in after.notices] == [
        ("held", NoticeState.FAILED), ("held", NoticeState.SENT)
    ]  # fmt: skip
    world.file(held, Act.RESEND, 2, notice=after.notices[1].id)
    assert len(world.walk(held)[0].notices) == 2, "what was sent is not sent again"


def test_one_that_is_still_tried_is_not_told_twice(world: World) -> None:
    world.trouble = TryLater("away")
    held = world.walk(admit(world.store, "colleague@council.example"))[0]
    world.file(held, Act.RESEND, notice=held.notices[0].id)
    assert len(world.walk(held)[0].notices) == 1


def test_where_nobody_is_told_that_it_is_held_the_ledger_says_why(world: World) -> None:
    told = world.held()
    assert world.facts(Event.NOTICE_OMITTED) == []
    for change, why in (({"sender": ""}, "it has no sender to tell"), ({"automatic": True}, "a machine wrote it")):
        new = admit(world.store, "colleague@council.example")
        machine = replace(new, **change)
        world.store.transfers.commit(new, machine, entries=[])
        after, _ = world.walk(machine)
        assert (after.deliveries[0].state, after.notices) == (D.HELD, ())
        assert world.facts(Event.NOTICE_OMITTED)[-1] == {"about": "held", "why": why}
    assert [each.about for each in told.notices] == ["held"]
    assert len(world.facts(Event.NOTICE_OMITTED)) == 2, "and once for each"


class Nowhere(Place):
    """A place from which nothing goes to any destination: all are closed."""

    def has_room(self, lane: str) -> bool:
        return not lane.startswith(TO)

    def is_closed(self, lane: str) -> bool:
        return lane.startswith(TO)


def test_a_release_waits_for_no_destination_of_another_recipient(world: World) -> None:
    held = world.held()
    other = replace(held.deliveries[0], id="d-2", state=D.SEALED, sealed=a_sealed(), due=None)
    world.store.database.write(
        lambda connection: (
            connection.exec_driver_sql(
                "INSERT INTO deliveries (transfer_id, id, position, state, verdict, sealed, value, circumstances)"
                " SELECT transfer_id, 'd-2', 1, 'sealed', verdict, ?, value, circumstances FROM deliveries",
                (codec.dumps(Sealed, a_sealed()),),
            ).rowcount
        )
    )
    assert world.store.transfers.get(held.id).deliveries[1].state is other.state
    place = Nowhere()
    assert pipeline.advance(held.id, world.house, place) == world.clock.now()
    assert place.wanted.startswith(TO), "it waits for its destination"
    filed = world.file(held, Act.RELEASE, not_before=world.clock.now() + MINUTE)
    place = Nowhere()
    assert (pipeline.advance(held.id, world.house, place), place.wanted) == (filed.not_before, HOUSE)
    world.clock.move(MINUTE)
    pipeline.advance(held.id, world.house, Nowhere())
    assert world.store.transfers.get(held.id).deliveries[0].releases
