"""When to try again: a pure schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Exponential backoff from `first` up to `longest` between attempts, given up `give_up_after` the acceptance."""

    first: timedelta
    longest: timedelta
    give_up_after: timedelta

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after this many attempts: first, 2 x first, 4 x first, … capped at `longest`."""
        wait = self.first
        for _ in range(attempts - 1):
            wait *= 2
            if wait >= self.longest:
                break
        return min(wait, self.longest)

    def is_over(self, since: datetime, now: datetime) -> bool:
        """Say whether it has been tried for long enough."""
        return now - since >= self.give_up_after
