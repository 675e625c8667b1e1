"""The policy in force, as the daemon published it: the console reads no policy folder."""

from __future__ import annotations

import threading
from typing import Final

from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.model.board import PolicyBoard
from gateway.store.embedded import Store
from gateway.store.pinned import pinned

DECIDES: Final = ".yaml"
"""How the files that decide reads end; the others are classify's own, and count for the hash only."""


class PolicyInForce:
    """Returns what is in force, parsed once for each hash. It was proved where it was loaded."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: Policy | None = None

    def __call__(self) -> Policy | None:
        """Return it; None where the daemon has published none yet. `NotFound`, `Invalid` where it cannot be read."""
        board = pinned(self._store.boards, PolicyBoard)
        if board is None:
            return None
        with self._lock:
            if self._known is None or self._known.hash != board.value.in_force:
                texts = self._store.policies.files(board.value.in_force)
                decide = {name: text for name, text in texts.items() if name.endswith(DECIDES)}
                self._known = parse_policy(decide, {name: text for name, text in texts.items() if name not in decide})
            return self._known
