"""The thread that keeps the ledger's tiles and the index up with what is committed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.daemon.service import LedgerWriter
from gateway.model.search import TransferQuery
from gateway.store.embedded import LEDGER, Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept, make_transfer

PATIENCE = 100.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def signed(folder: Path) -> str:
    """Return how many entries the checkpoint counts."""
    path = folder / "state" / LEDGER / "checkpoint"
    return path.read_text(encoding="utf-8").splitlines()[1] if path.exists() else ""


def test_what_is_accepted_is_signed_and_can_be_found(store: Store, tmp_path: Path) -> None:
    writer = LedgerWriter(store.ledger, store.database.settle, store.search.catch_up)
    writer.start()
    try:
        now = MachineClock().now()
        transfer = accept(store, make_transfer(received_at=now))
        until(lambda: signed(tmp_path) == "1")
        until(lambda: store.search.find(TransferQuery(text="clerk"), now=now).rows)
        assert store.search.find(TransferQuery(text="clerk"), now=now).rows[0].id == transfer.id
    finally:
        writer.stop()


def test_an_index_that_fails_keeps_no_checkpoint_waiting(store: Store, tmp_path: Path) -> None:
    asked = threading.Semaphore(0)

    def fail() -> int:
        asked.release()
        raise OSError("the index cannot be written")

    writer = LedgerWriter(store.ledger, store.database.settle, fail)
    writer.start()
    try:
        assert asked.acquire(timeout=PATIENCE)
        accept(store)
        until(lambda: signed(tmp_path) == "1")
    finally:
        writer.stop()


def test_it_stops_at_once_however_much_there_is_to_index_and_signs_what_is_left(store: Store, tmp_path: Path) -> None:
    asked = threading.Semaphore(0)

    def always_more() -> int:
        asked.release()
        return 1

    writer = LedgerWriter(store.ledger, store.database.settle, always_more)
    writer.start()
    assert asked.acquire(timeout=PATIENCE)
    accept(store)
    begin = time.monotonic()
    writer.stop()
    assert time.monotonic() - begin < PATIENCE / 2
    assert signed(tmp_path) == "1"
