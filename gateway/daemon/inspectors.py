"""The inspector in use, and how another takes its place while transfers are being read."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.worker import Inspector


class Inspectors:
    """Lends the inspector in use. One that was replaced is closed when nobody uses it any more. Thread-safe."""

    def __init__(self, first: Inspector) -> None:
        self._lock = threading.Lock()
        self._in_use = first
        self._lent: Counter[Inspector] = Counter()

    @contextmanager
    def lend(self) -> Iterator[Inspector]:
        """Lend the inspector for one transfer: all its parts are read alike."""
        with self._lock:
            inspector = self._in_use
            self._lent[inspector] += 1
        try:
            yield inspector
        finally:
            with self._lock:
                self._lent[inspector] -= 1
                is_over = self._is_over(inspector)
            if is_over:
                inspector.close()

    def replace(self, new: Inspector) -> None:
        """Lend this one from now on."""
        with self._lock:
            old, self._in_use = self._in_use, new
            is_over = self._is_over(old)
        if is_over:
            old.close()

    def close(self) -> None:
        """Close the inspector in use; call it when nothing is inspected any more."""
        self._in_use.close()

    def _is_over(self, inspector: Inspector) -> bool:
        return inspector is not self._in_use and not self._lent[inspector]
