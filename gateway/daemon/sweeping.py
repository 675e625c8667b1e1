"""Destroys bodies in the vault that no row names, at the start and once a day: of a dead step, or a full database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from gateway.system.log import get_log

ORPHANED: Final = timedelta(days=1)  # longer than the longest step: what is younger may still get its row
EVERY: Final = timedelta(days=1)


class OrphanSweep:
    """A thread that calls `sweep` (`Vault.sweep_orphans`) with that age, and again after each `every`."""

    def __init__(self, sweep: Callable[[timedelta], int], *, every: timedelta = EVERY) -> None:
        self._sweep, self._every = sweep, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orphans")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread when a sweep that is under way is over."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if count := self._sweep(ORPHANED):
                    get_log().info("vault:swept", count=count)
            except Exception as error:  # noqa: BLE001 - only space is lost, and the next sweep tries again
                get_log().error("vault:unswept", error=error)
            self._stopping.wait(self._every.total_seconds())
