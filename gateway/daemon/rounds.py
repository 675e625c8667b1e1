"""A thread that does its round again and again, and no failure ends it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from gateway.system.log import get_log


class Rounds(ABC):
    """What goes its rounds from `start` to `stop`: `look` is one round, `every` the seconds between two.

    Where a round says that there is more to do, the next one follows at once. A failure is logged by its kind as
    `failed`, and the next round tries again.
    """

    def __init__(self, name: str, *, every: float, failed: str) -> None:
        self._every, self._failed = every, failed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the round under way, and return when the thread has ended."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    @abstractmethod
    def look(self) -> object:
        """Do one round; return something true where there is more to do."""

    def _run(self) -> None:
        while not self._stopping.is_set():
            more: object = None
            try:
                more = self.look()
            except Exception as error:  # noqa: BLE001 - whatever it was, the thread goes on, and the log says it
                get_log().error(self._failed, error=error)
            if not more:
                self._stopping.wait(self._every)
