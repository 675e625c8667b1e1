"""What is known of lanes that are not open: how long it is kept, and what a flush opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.model.lane import lane_to
from gateway.model.record import Entry, Event
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_suite_lanes import NHS, POLICE, SECOND, waiting_in
from gateway.testing.store_values import MINUTE, NOW

DIRECT = lane_to("direct")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def test_what_is_known_is_forgotten_when_it_is_old_and_nothing_waits_there(store: Store) -> None:
    recent, old = lane_to("direct", "new.example"), lane_to("direct", "old.example")
    for lane, until in ((NHS, NOW), (POLICE, NOW), (recent, NOW + MINUTE), (old, NOW)):
        store.lanes.close(lane, until, 1)
    entry = Entry(event=Event.DESTINATION_HELD, at=NOW, transfer_id="", facts={})
    store.lanes.hold(NHS, by="officer", reason="", entry=entry)
    waiting_in(store, POLICE)
    store.lanes.forget(NOW)
    assert set(store.lanes.closed()) == {NHS, POLICE, recent, old}
    store.lanes.forget(NOW + SECOND)
    assert set(store.lanes.closed()) == {NHS, POLICE, recent}


def test_a_flush_of_a_channel_opens_its_domains_and_no_other_channel(store: Store) -> None:
    others = {NHS, lane_to("direct-too", "police.example"), lane_to("direct0")}
    for lane in (POLICE, DIRECT, *others):
        store.lanes.close(lane, NOW + MINUTE, 4)
    store.lanes.hurry(NOW, lane=DIRECT)
    assert set(store.lanes.closed()) == others


def test_a_flush_of_a_domain_opens_that_alone(store: Store) -> None:
    other = lane_to("direct", "school.example")
    for lane in (POLICE, DIRECT, other):
        store.lanes.close(lane, NOW + timedelta(minutes=5), 4)
    store.lanes.hurry(NOW, lane=POLICE)
    assert set(store.lanes.closed()) == {DIRECT, other}
