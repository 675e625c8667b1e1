"""Which lane is served next, in memory: one daemon serves a database, so it alone knows who is being served.

    lanes with something due ─► open, with room, within its rate ─► the one that was served longest ago

Each lane has places, and all destinations together have some: a destination that is slow, or 10,000 wakes that wait
for it, take no more than its own, and half of all are for destinations that have none yet. A destination
that could not be reached several times in a row is closed for a while, and then one delivery at a time tries it.
Thread-safe.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.model.lane import TO, Limit, Limits, channel_of
from gateway.model.schedule import Schedule
from gateway.moves.lanes import Place
from gateway.store.lanes import Closed
from gateway.system.clock import Clock
from gateway.system.log import get_log

UNREACHABLE: Final = 3  # failures in a row after which a destination is closed for a while
PROBES: Final = Schedule(first=timedelta(seconds=30), longest=timedelta(minutes=10), give_up_after=timedelta.max)
BRIEF: Final = 0.1  # seconds
MINUTE: Final = timedelta(minutes=1)
OPEN: Final = Closed()


class Kept(Protocol):
    """Where it is kept which lanes are not open (`store.lanes.SqlLanes`)."""

    def close(self, lane: str, until: datetime, failures: int) -> None:
        """Close a lane for a time."""

    def reopen(self, lane: str) -> None:
        """Open it again."""


class Lanes:
    """The lanes of one daemon, and who has a place in them."""

    def __init__(self, limits: Limits, clock: Clock, kept: Kept) -> None:
        self._limits, self._clock, self._kept = limits, clock, kept
        lock = threading.RLock()
        self._bell, self._room = threading.Condition(lock), threading.Condition(lock)
        self._due: set[str] = set()
        self._noted: dict[str, int] = {}  # since the last look, and at which turn
        self._busy: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._turns = 0  # counts what happens, so that of two things it is known which came first
        self._freed: dict[str, float] = {}
        self._begun: dict[str, deque[datetime]] = {}
        self._closed: dict[str, Closed] = {}
        self._changing = threading.Lock()
        self._changed: set[str] = set()
        self._written = ""  # the lane that was changed here and is being changed in the database

    def take(self) -> str:
        """Take a place in the lane that is to be served next and return it; nothing when none can be."""
        with self._bell:
            lane = min(filter(self._has_room, self._due), key=lambda each: self._served.get(each, 0), default="")
            if lane:
                self._turns += 1
                self._served[lane] = self._turns
                self._busy[lane] += 1
                self._call()
            return lane

    def change(self, held: str, lane: str) -> bool:
        """Give up a place for one in another lane, or keep it, to make one move there; False when there is no room.

        Of the places in a lane that others wait for already, one is theirs alone.
        """
        with self._bell:
            if lane != held:
                if not self._may_enter(lane) and not self._is_soon_free(lane):
                    return False
                self._busy[lane] += 1
                self._leave(held)
            elif self._is_closed(lane) or not self._is_within_rate(lane):
                return False
            if self._limits.of(lane).a_minute:
                self._begun.setdefault(lane, deque()).append(self._clock.now())
            return True

    def _may_enter(self, lane: str) -> bool:
        is_last = self._busy[lane] + 1 >= self._limits.of(lane).at_once
        return self._has_room(lane) and not (is_last and lane in self._due)

    def _is_soon_free(self, lane: str) -> bool:
        """Wait for room where places come free all the time: to put a wake back and claim it again costs more."""
        freed = self._freed.get(lane, -math.inf)
        if self._is_closed(lane) or self._clock.monotonic() - freed > BRIEF:
            return False
        return self._room.wait_for(lambda: self._may_enter(lane), BRIEF)

    def leave(self, lane: str) -> None:
        """Give up a place."""
        with self._bell:
            self._leave(lane)

    @property
    def turn(self) -> int:
        """What `emptied` is told."""
        return self._turns

    def emptied(self, lane: str, since: int) -> None:
        """Say that nothing was to be had in a lane by one who looked after turn `since`: what is noted later may be."""
        with self._bell:
            if self._noted.get(lane, 0) <= since:
                self._noted.pop(lane, None)
                self._due.discard(lane)

    def note(self, lane: str) -> None:
        """Say that something is due in a lane."""
        with self._bell:
            self._turns += 1
            self._due.add(lane)
            self._noted[lane] = self._turns
            self._call()

    def begin_look(self) -> None:
        """Say that the database is about to be asked: what is noted or changed from now on it may not know."""
        with self._bell:
            self._noted.clear()
            self._changed = {self._written} - {""}

    def learn(self, due: Sequence[str], closed: Mapping[str, Closed]) -> None:
        """Take over what the database says."""
        with self._bell:
            self._due = {*due, *self._noted}
            ours = {lane: self._closed.get(lane, OPEN) for lane in self._changed}
            self._closed = dict(closed) | {
                lane: replace(closed.get(lane, OPEN), until=known.until, failures=known.failures)
                for lane, known in ours.items()
            }
            for _ in filter(self._has_room, self._due):
                self._bell.notify()
            self._forget_idle()

    def wait(self, seconds: float) -> None:
        """Wait until there may be something to take."""
        with self._bell:
            if not any(map(self._has_room, self._due)):
                self._bell.wait(seconds)

    def wake_all(self) -> None:
        """End all waiting."""
        with self._bell:
            self._bell.notify_all()

    def is_closed(self, lane: str) -> bool:
        """Say whether nothing goes to a destination for now."""
        with self._bell:
            return self._is_closed(lane)

    def reached(self, lane: str) -> None:
        """Say that a destination answered."""
        with self._bell:
            if not self._closed.get(lane, OPEN).failures:
                return
        with self._change(lane) as known:
            self._set(lane, replace(known, until=None, failures=0))
            self._kept.reopen(lane)
        get_log().info("destination:reached", lane=lane)

    def missed(self, lane: str) -> None:
        """Say that a destination could not be reached; too often in a row, and it is closed for a while."""
        now = self._clock.now()
        with self._change(lane) as known:
            if known.until is not None and now < known.until:
                return  # begun before it was closed
            failures = known.failures + 1
            wait = PROBES.wait(failures - UNREACHABLE + 1) if failures >= UNREACHABLE else timedelta(0)
            until = now + wait
            self._set(lane, replace(known, until=until, failures=failures))
            self._kept.close(lane, until, failures)
        if wait:
            get_log().warning("destination:missed", lane=lane, failures=failures, until=until.isoformat())

    @contextmanager
    def _change(self, lane: str) -> Iterator[Closed]:
        """Change what is known of a lane, here and then in the database; one change is made at a time.

        A look that began before the end of it may have read what was there before, so it does not count for this lane.
        """
        with self._changing:
            with self._bell:
                self._written = lane
                known = self._closed.get(lane, OPEN)
            try:
                yield known
            finally:
                with self._bell:
                    self._written = ""

    def _set(self, lane: str, closed: Closed) -> None:
        with self._bell:
            self._closed[lane] = closed
            self._changed.add(lane)

    def _forget_idle(self) -> None:
        """Destinations come from recipients' addresses: what is known of those where nothing happens is not kept."""
        known = self._served.keys() | self._freed.keys() | self._begun.keys()
        just_now = self._clock.monotonic() - BRIEF
        for lane in known - self._due - self._busy.keys():
            if self._freed.get(lane, -math.inf) < just_now and self._is_within_rate(lane) and not self._begun.get(lane):
                self._served.pop(lane, None)
                self._freed.pop(lane, None)
                self._begun.pop(lane, None)

    def _leave(self, lane: str) -> None:
        self._busy[lane] -= 1
        if not self._busy[lane]:
            del self._busy[lane]
        self._freed[lane] = self._clock.monotonic()
        self._room.notify_all()
        self._call()

    def _call(self) -> None:
        """Call one of those who wait, when there is something for them."""
        if any(map(self._has_room, self._due)):
            self._bell.notify()

    def _has_room(self, lane: str) -> bool:
        limit, closed = self._limits.of(lane), self._closed.get(lane, OPEN)
        at_once = 1 if closed.failures >= UNREACHABLE else limit.at_once
        if self._busy[lane] >= at_once or self._is_closed(lane):
            return False
        if not lane.startswith(TO):
            return True
        out = [number for each, number in self._busy.items() if each.startswith(TO)]
        if self._busy[lane] and sum(out) - len(out) >= self._limits.further:
            return False
        return sum(out) < self._limits.deliveries and self._is_within_rate(lane)

    def _is_closed(self, lane: str) -> bool:
        """Say whether nothing goes there now: a channel that is held holds all its domains."""
        channel = self._closed.get(channel_of(lane), OPEN)
        return bool(channel.held_by) or self._closed.get(lane, OPEN).is_closed(self._clock.now())

    def _is_within_rate(self, lane: str) -> bool:
        limit: Limit = self._limits.of(lane)
        if not limit.a_minute:
            return True
        begun, earliest = self._begun.setdefault(lane, deque()), self._clock.now() - MINUTE
        while begun and begun[0] <= earliest:
            begun.popleft()
        return len(begun) < limit.a_minute


class PlaceIn(Place):
    """The place of one thread of the daemon."""

    def __init__(self, lanes: Lanes, lane: str) -> None:
        super().__init__(lane)
        self._lanes = lanes

    def has_room(self, lane: str) -> bool:
        """Change to that lane, where there is room."""
        return self._lanes.change(self.lane, lane)

    def is_closed(self, lane: str) -> bool:
        """Say whether nothing goes there for now."""
        return self._lanes.is_closed(lane)

    def attempted(self, lane: str, *, answered: bool) -> None:
        """Pass on whether a destination answered."""
        if answered:
            self._lanes.reached(lane)
        else:
            self._lanes.missed(lane)
