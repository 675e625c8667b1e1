"""The embedded store keeps every promise that a store makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import Store
from gateway.store.embedded import create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_suite import (
    InstructionsContract,
    LanesContract,
    LedgerContract,
    TransfersContract,
    VaultContract,
    WakesContract,
)


class Embedded:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        create_keys(tmp_path / "state")
        store = open_store(state=tmp_path / "state", vault=tmp_path / "quarantine", clock=MachineClock())
        yield store
        store.close()


class TestEmbeddedTransfers(Embedded, TransfersContract):
    """Transfers on SQLite."""


class TestEmbeddedInstructions(Embedded, InstructionsContract):
    """Instructions on SQLite."""


class TestEmbeddedWakes(Embedded, WakesContract):
    """Wakes on SQLite."""


class TestEmbeddedLanes(Embedded, LanesContract):
    """Lanes on SQLite."""


class TestEmbeddedVault(Embedded, VaultContract):
    """Objects in files and rows."""


class TestEmbeddedLedger(Embedded, LedgerContract):
    """Entries in rows and tiles."""
