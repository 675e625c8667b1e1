"""What somebody had filled in when they were asked to show again who they are: in memory, for them, for a while.

It never stands in an address, and is there again once they have shown it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.datastructures import FormData

from gateway.console.frame.visit import Visit

LIVES: Final = timedelta(minutes=10)
MOST: Final = 200
"""Forms that are kept at once: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    at: datetime
    fields: FormData = field(repr=False)


class Kept:
    """Forms that were filled in, by whose they are and the page that shows them again. Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Mapping[tuple[str, str], _Form] = {}

    def keep(self, visit: Visit, path: str) -> None:
        """Keep the form of a visit for the page at `path`."""
        now, own = visit.desk.clock.now(), (visit.me.id, path)
        with self._lock:
            others = [(name, each) for name, each in self._known.items() if name != own and now - each.at < LIVES]
            self._known = dict(others[1 - MOST :]) | {own: _Form(at=now, fields=visit.form)}

    def of(self, visit: Visit, path: str) -> FormData | None:
        """Return what the visitor had filled in for the page at `path`, None where there is nothing."""
        with self._lock:
            found = self._known.get((visit.me.id, path))
        return found.fields if found and visit.desk.clock.now() - found.at < LIVES else None

    def forget(self, visit: Visit, path: str) -> None:
        """Forget it: it was sent."""
        with self._lock:
            self._known = {name: each for name, each in self._known.items() if name != (visit.me.id, path)}


KEPT: Final = Kept()
"""The forms of this process."""
