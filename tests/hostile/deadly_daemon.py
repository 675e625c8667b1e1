"""A runner that one transfer kills: `python deadly_daemon.py HOME SECONDS`, with its clock ahead by so much.

It carries what lies in the store of HOME until nothing is due, and kills itself, as a fault in a library would, when it
comes to inspect a part named `poison.txt`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from gateway.daemon.runner import Runner
from gateway.model.inspection import Inspection
from gateway.model.transfer import Transfer
from gateway.store.embedded import Store, open_store
from gateway.system.clock import MachineClock
from gateway.testing.values import an_inspection
from tests.unit.daemon.carrying import SlowChannel, house

PATIENCE = 60.0  # seconds


class Ahead(MachineClock):
    """The machine's clock, as it will be."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        """Return the time then."""
        return super().now() + self._by


def inspect(transfer: Transfer) -> Inspection:
    """Find nothing, or die of it."""
    if any(part.name == "poison.txt" for part in transfer.parts):
        os.kill(os.getpid(), signal.SIGKILL)
    return an_inspection()


def is_settled(store: Store, clock: MachineClock) -> bool:
    with store.database.read() as connection:  # a stop now would give back what is carried as if nobody had tried it
        if connection.execute(text("SELECT 1 FROM wakes WHERE claimed_until IS NOT NULL LIMIT 1")).first():
            return False
    due = store.wakes.next_due()
    return due is None or due > clock.now() + timedelta(seconds=3)


def main(home: Path, ahead: float) -> None:
    """Carry until nothing is due soon, or until death."""
    clock = Ahead(timedelta(seconds=ahead))
    store = open_store(state=home / "state", vault=home / "vault", clock=clock)
    runner = Runner(replace(house(store, SlowChannel(), inspect), clock=clock), store)
    runner.start()
    end = time.monotonic() + PATIENCE
    while not is_settled(store, clock) and time.monotonic() < end:
        time.sleep(0.05)
    runner.stop()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
