"""What happened in the last days, counted from the ledger: each entry is read once, and a page reads what is new.

A console that has just started has days to read; it does so a moment at a time, and says that there is more.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from gateway.console.frame.days import begins
from gateway.console.ledger.reading import first_at
from gateway.model.record import Event
from gateway.store.codec import read_time

if TYPE_CHECKING:
    from gateway.store.ledger import TileLedger

DAYS: Final = 7
AT_ONCE: Final = 0.15
"""Seconds that a page spends on reading."""

BY_ROUTE: Final = "route:"
UNREAD: Final = "unread"
AS_IT_IS: Final = "none"
"""The method of what needs no seal (`Sealed.method`): it is not counted as sealed."""

OF_INTEREST: Final = frozenset(
    {
        Event.DELIVERY_CLEARED,
        Event.DELIVERY_DEFERRED,
        Event.DELIVERY_DELIVERED,
        Event.DELIVERY_FAILED,
        Event.DELIVERY_HELD,
        Event.DELIVERY_REFUSED,
        Event.DELIVERY_RELEASED,
        Event.DELIVERY_SEALED,
        Event.NOTICE_FAILED,
        Event.TRANSFER_INSPECTED,
        Event.TRANSFER_RECEIVED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallied:
    """Counts by day, today last. `is_complete` is false while there is more to read."""

    days: Mapping[date, Mapping[str, int]]
    is_complete: bool

    def by_day(self, name: str) -> list[tuple[date, int]]:
        """Return a count for each day."""
        return [(day, counts.get(name, 0)) for day, counts in self.days.items()]

    def total(self, name: str) -> int:
        """Return a count over all days."""
        return sum(counts.get(name, 0) for counts in self.days.values())

    def by_route(self) -> list[tuple[str, int]]:
        """Return how many deliveries were cleared for each route, the most first."""
        routes: Counter[str] = Counter()
        for counts in self.days.values():
            routes.update({name.removeprefix(BY_ROUTE): n for name, n in counts.items() if name.startswith(BY_ROUTE)})
        return routes.most_common()


@dataclass(slots=True)
class Tally:
    """Counts, and how far the ledger was read for them. Safe to share among threads."""

    ledger: TileLedger
    zone: ZoneInfo
    _days: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _next: int | None = None
    _lock: Lock = field(default_factory=Lock)

    def until(self, now: datetime) -> Tallied:
        """Return the counts of the last seven days, after reading on for a moment."""
        today = now.astimezone(self.zone).date()
        window = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
        with self._lock:
            is_complete = self._read(window[0])
            for day in [day for day in self._days if day < window[0]]:
                del self._days[day]
            return Tallied(days={day: dict(self._days.get(day, {})) for day in window}, is_complete=is_complete)

    def _read(self, first: date) -> bool:
        if self._next is None:
            self._next = first_at(self.ledger, begins(first, self.zone), self.ledger.count())
        stop = time.monotonic() + AT_ONCE
        for raw in self.ledger.entries(self._next):
            self._next += 1
            entry = json.loads(raw)
            if entry["event"] in OF_INTEREST:
                self._days[_day(entry["at"][:16], self.zone)].update(_counted(entry))
            if time.monotonic() > stop:
                return False
        return True


def _counted(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield under which names an entry counts."""
    event, facts = entry["event"], entry["facts"]
    if event == Event.DELIVERY_SEALED and facts.get("method") == AS_IT_IS:
        return
    yield event
    if event == Event.DELIVERY_CLEARED:
        yield f"{BY_ROUTE}{facts.get('route', '')}"
    elif event == Event.TRANSFER_INSPECTED and facts.get("gaps"):
        yield UNREAD


@lru_cache(maxsize=4096)
def _day(minute: str, zone: ZoneInfo) -> date:
    """Return the day of a minute (`2026-11-22T09:30`, UTC) where the organisation is."""
    return read_time(f"{minute}:00.000000+00:00").astimezone(zone).date()
