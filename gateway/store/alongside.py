"""SHA-256 beside encryption: both are done in C and leave Python free, so they can be done at the same time."""

from __future__ import annotations

import hashlib
import queue
import threading
from types import TracebackType
from typing import Final, Self

LITTLE: Final = 1 << 18
"""Bytes that are hashed sooner than they are handed over."""


class Digest:
    """A SHA-256 that takes large pieces in a thread of its own, one at a time. Use it in `with`, which ends the thread.

    Not an executor: those refuse work while the main thread waits for the others to end.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._pieces: queue.SimpleQueue[bytes | memoryview | None] = queue.SimpleQueue()
        self._taken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_busy = False

    def __enter__(self) -> Self:
        """Begin; the thread starts with the first large piece."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread, if there is one."""
        if self._thread is not None:
            self._pieces.put(None)
            self._thread.join()

    def update(self, content: bytes | memoryview) -> None:
        """Add a piece; a large one may still be under way on return, but the one before it is not."""
        self._wait()
        if len(content) <= LITTLE:
            self._digest.update(content)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="digest", daemon=True)
            self._thread.start()
        self._is_busy = True
        self._pieces.put(content)

    def hexdigest(self) -> str:
        """Return the digest of all pieces."""
        self._wait()
        return self._digest.hexdigest()

    def _wait(self) -> None:
        if self._is_busy:
            self._taken.get()
            self._is_busy = False

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._digest.update(piece)
            self._taken.put(None)
