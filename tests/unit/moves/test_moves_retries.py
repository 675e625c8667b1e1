"""Retries are counted from sealing: what waited for an officer for days is still tried for days."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway import pipeline
from gateway.deliver import Consignment
from gateway.errors import TryLater
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.lifecycle import DeliveryState, NoticeState
from gateway.model.schedule import Schedule
from gateway.model.transfer import Origin, Receipt
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import SteppingClock
from tests.unit.daemon.carrying import SlowChannel, house

DAYS = Schedule(first=timedelta(minutes=5), longest=timedelta(hours=4), give_up_after=timedelta(days=5))


class AwayChannel(SlowChannel):
    """A far side that is away."""

    def send(self, consignment: Consignment) -> Receipt:
        raise TryLater(f"the far side is away for {consignment.recipient}")


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def store(tmp_path: Path, clock: SteppingClock) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    yield opened
    opened.close()


def test_what_was_accepted_long_ago_is_tried_for_days_from_when_it_was_sealed(
    store: Store, clock: SteppingClock
) -> None:
    carrying = replace(house(store, AwayChannel()), clock=clock, schedule=DAYS)
    arrival = Arrival(
        origin=Origin.COMMAND,
        sender="staff@council.example",
        recipients=("friend@partner.example",),
        parts=[("note.txt", io.BytesIO(b"a note"))],
    )
    transfer = MainDoor(store.transfers, store.vault, clock).admit(arrival)
    clock.move(timedelta(days=10))  # it waited, for an officer or for a gateway that was down
    due: datetime | None = clock.now()
    states = []
    while due is not None:
        clock.at = max(clock.at, due)
        due = pipeline.advance(transfer.id, carrying)
        states.append(store.transfers.get(transfer.id).deliveries[0].state)
    ended = store.transfers.get(transfer.id)
    assert ended.deliveries[0].state is DeliveryState.UNDELIVERABLE
    assert ended.deliveries[0].attempts > 20, "tried again and again"
    assert clock.now() - transfer.received_at >= timedelta(days=15), "five days from sealing, not from acceptance"
    assert DeliveryState.SEALED in states
    assert [notice.about for notice in ended.notices] == ["late", "undeliverable"]
    assert {notice.state for notice in ended.notices} == {NoticeState.SENT}
