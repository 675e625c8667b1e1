"""Values that officers asked to see and that are on their way: the keys that open them, in memory and nowhere else."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gateway.store.exchange import LIVES, Waiting

MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """A value on its way: whose it is, of which finding, since when, and how it is opened."""

    person_id: str
    path: str
    at: datetime
    waiting: Waiting = field(repr=False)


class Reveals:
    """What is on its way. Each is taken once, by who asked; what nobody took is forgotten with its parcel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Reveal] = {}

    def keep(self, reveal: Reveal) -> None:
        """Remember one."""
        with self._lock:
            fresh = {name: each for name, each in self._known.items() if reveal.at - each.at < LIVES}
            self._known = dict(list(fresh.items())[-MOST:]) | {reveal.waiting.id: reveal}

    def of(self, instruction_id: str, person_id: str) -> Reveal | None:
        """Return one that this person asked for."""
        with self._lock:
            found = self._known.get(instruction_id)
        return found if found is not None and found.person_id == person_id else None

    def forget(self, instruction_id: str) -> None:
        """Forget one: it was taken."""
        with self._lock:
            self._known.pop(instruction_id, None)
