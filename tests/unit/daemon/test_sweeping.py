"""Bodies that no row names go away while the gateway runs, for weeks: senders of a full disk leave one at each try."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.daemon.sweeping import ORPHANED, OrphanSweep
from gateway.errors import Unsound
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock

LARGE = bytes(2_500_000)
SOON = timedelta(milliseconds=10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


@contextmanager
def sweeping(sweep: Callable[[timedelta], int]) -> Iterator[None]:
    thread = OrphanSweep(sweep, every=SOON)
    thread.start()
    try:
        yield
    finally:
        thread.stop()


def orphan(store: Store, *, aged: timedelta) -> Path:
    stored = store.vault.put(io.BytesIO(LARGE))
    (body,) = (path for path in store.vault.orphans() if path.name == stored.id)
    then = time.time() - aged.total_seconds()
    os.utime(body, (then, then))
    return body


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def test_old_orphans_go_at_the_start_and_later_and_young_ones_stay(store: Store) -> None:
    old, young = orphan(store, aged=2 * ORPHANED), orphan(store, aged=ORPHANED / 2)
    with sweeping(store.vault.sweep_orphans):
        until(lambda: not old.exists())
        later = orphan(store, aged=2 * ORPHANED)
        until(lambda: not later.exists())
    assert young.exists()


def test_a_vault_that_cannot_be_looked_into_is_looked_into_again(store: Store) -> None:
    old, failures = orphan(store, aged=2 * ORPHANED), [Unsound("the disk does not answer")] * 2

    def sweep(age: timedelta) -> int:
        if failures:
            raise failures.pop()
        return store.vault.sweep_orphans(age)

    with sweeping(sweep):
        until(lambda: not old.exists())
