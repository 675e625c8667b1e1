"""Destroys bodies in the vault that no row names, at the start and once a day: of a dead step, or a full database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from gateway.daemon.rounds import Rounds
from gateway.system.log import get_log

ORPHANED: Final = timedelta(days=1)  # longer than the longest step: what is younger may still get its row
EVERY: Final = timedelta(days=1)


class OrphanSweep(Rounds):
    """Calls `sweep` (`Vault.sweep_orphans`) with that age, and again after each `every`."""

    def __init__(self, sweep: Callable[[timedelta], int], *, every: timedelta = EVERY) -> None:
        super().__init__("orphans", every=every.total_seconds(), failed="vault:unswept")
        self._sweep = sweep

    def look(self) -> None:
        """Sweep once; where it fails only space is lost."""
        if count := self._sweep(ORPHANED):
            get_log().info("vault:swept", count=count)
