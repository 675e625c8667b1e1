"""What every store must do: inherit these classes, give them a fixture `store`, and run them.

    class TestMyTransfers(TransfersContract):
        @pytest.fixture
        def store(self, tmp_path): ...

The embedded store passes them; an adapter to PostgreSQL or to an object store has to as well.
"""

from __future__ import annotations

from gateway.testing.store_suite_content import LedgerContract, VaultContract
from gateway.testing.store_suite_instructions import InstructionsContract
from gateway.testing.store_suite_lanes import LanesContract
from gateway.testing.store_suite_transfers import TransfersContract
from gateway.testing.store_suite_wakes import WakesContract

__all__ = [
    "InstructionsContract",
    "LanesContract",
    "LedgerContract",
    "TransfersContract",
    "VaultContract",
    "WakesContract",
]
