"""What waits for long is told of once, in time, and nobody turns in circles for who cannot be told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from gateway import pipeline
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.lifecycle import DeliveryState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Notice, Origin, Transfer
from gateway.moves.house import House
from gateway.record.manner import Manner
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import NOON, SteppingClock
from tests.unit.daemon.carrying import house
from tests.unit.moves.test_moves_retries import AwayChannel

HOUR: Final = timedelta(hours=1)
MAIL: Final = b"From: staff@council.example\r\nTo: friend@partner.example\r\nSubject: Show\r\n\r\nAt ten.\r\n"


class Desk:
    """A house whose channel is away, the clock that is moved by hand, and when what was told."""

    def __init__(self, store: Store, clock: SteppingClock) -> None:
        self.store = store
        self.clock = clock
        self.told: list[tuple[datetime, str]] = []
        schedule = Schedule(first=timedelta(minutes=5), longest=4 * HOUR, give_up_after=120 * HOUR)
        self.house: House = replace(
            house(store, AwayChannel()),
            clock=clock,
            schedule=schedule,
            post=self._post,
            manner=Manner(late_after=4 * HOUR),
        )

    def _post(self, _: Transfer, notice: Notice, text: str) -> None:
        assert text
        self.told.append((self.clock.now(), notice.about))

    def walk(self, until: timedelta, *, sender: str = "staff@council.example", notify: str = "") -> Transfer:
        """Bring mail in and carry it for some time; return it, and never advance it twice without need."""
        arrival = Arrival(
            origin=Origin.MAIL, sender=sender, recipients=("friend@partner.example",), message=True,
            parts=[("message.eml", io.BytesIO(MAIL))], reports=[{"NOTIFY": notify}] if notify else (),
        )  # fmt: skip
        name = MainDoor(self.store.transfers, self.store.vault, self.clock).admit(arrival).id
        end, due, steps = self.clock.now() + until, self.clock.now(), 0
        found: datetime | None = due
        while found is not None and found <= end:
            steps += 1
            assert steps < 500, "it turns in circles"
            self.clock.at = max(self.clock.at, found)
            found = pipeline.advance(name, self.house)
        return self.store.transfers.get(name)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    create_keys(tmp_path / "state")
    clock = SteppingClock()
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    yield Desk(store, clock)
    store.close()


def test_it_is_told_when_it_was_said_and_not_only_at_the_next_try(desk: Desk) -> None:
    waits = desk.walk(24 * HOUR)
    assert waits.deliveries[0].state is DeliveryState.SEALED
    assert waits.deliveries[0].delay_told
    assert desk.told == [(NOON + 4 * HOUR, "late")]


def test_then_it_is_told_once_more_that_it_failed(desk: Desk) -> None:
    assert desk.walk(200 * HOUR).deliveries[0].state is DeliveryState.UNDELIVERABLE
    assert [about for _, about in desk.told] == ["late", "undeliverable"]


@pytest.mark.parametrize(("sender", "notify"), [("", ""), ("staff@council.example", "NEVER")])
def test_who_is_not_to_be_told_is_not_and_it_is_tried_all_the_same(desk: Desk, sender: str, notify: str) -> None:
    ended = desk.walk(200 * HOUR, sender=sender, notify=notify)
    assert ended.deliveries[0].state is DeliveryState.UNDELIVERABLE
    assert ended.deliveries[0].attempts > 20
    assert desk.told == []


def test_who_wants_only_failures_hears_of_no_delay(desk: Desk) -> None:
    desk.walk(200 * HOUR, notify="FAILURE")
    assert [about for _, about in desk.told] == ["undeliverable"]
