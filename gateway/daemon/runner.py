"""Calls `advance` for every transfer whose wake is due, on threads that take turns at the lanes, until told to stop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from gateway import pipeline
from gateway.daemon.lanes import Kept, Lanes, PlaceIn
from gateway.errors import Busy, Conflict, NotInstalled, StorageFull, Unsound
from gateway.model.lane import INSPECT, Limits
from gateway.model.schedule import Schedule
from gateway.pipeline import House, Place
from gateway.store import Claim, Wakes
from gateway.store.lanes import Closed
from gateway.system.log import get_log

LEASE = timedelta(hours=1)  # longer than the slowest single move; a move made renews it
POISONOUS = 5  # tries in a row that failed by what the transfer is, before it is held
HOUSE = (Busy, StorageFull, Unsound)
STUMBLED = Schedule(first=timedelta(seconds=1), longest=timedelta(minutes=5), give_up_after=timedelta.max)
POLL = 0.25  # seconds between looks for wakes that another process wrote
SWEEP = 30.0  # seconds between sweeps for transfers that no wake covers
OLD = timedelta(days=1)  # after which the failures of a destination are forgotten, where nothing waits for it
ROUND = timedelta(hours=1)  # what waits for a destination is looked after as often: notices go on, and delays are told
IDLE = 5.0  # seconds after which a thread looks around though nobody called


class Store(Protocol):
    """What a runner needs of the store."""

    @property
    def wakes(self) -> Wakes:
        """When each transfer is to be advanced."""

    @property
    def lanes(self) -> KeptLanes:
        """Which lanes are not open."""


class KeptLanes(Kept, Protocol):
    """Which lanes are not open, as everybody may change it."""

    def closed(self) -> Mapping[str, Closed]:
        """Return the lanes that are held, or closed for a time."""

    def forget(self, before: datetime) -> None:
        """Forget what failed before then, where nothing waits."""


class Runner:
    """Threads that carry transfers. One runner to a database: it forgets the claims of the one that died before it.

    A thread carries its transfer as far as there is room in the lanes of its moves, and gives the wake back in the lane
    that has none. There are `threads`, or as many as serve every lane to its limit.
    """

    def __init__(self, house: House, store: Store, *, limits: Limits | None = None, threads: int = 0) -> None:
        self._house = house
        self._wakes, self._kept = store.wakes, store.lanes
        limits = limits or Limits()
        self._lanes = Lanes(limits, house.clock, store.lanes)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"runner-{n}") for n in range(threads or limits.threads)
        ]
        self._threads.append(threading.Thread(target=self._look_around, name="sweeper"))
        self._waited: dict[str, int] = {}  # tries in a row that failed by the house, by transfer
        self._owed: deque[Callable[[], None]] = deque()  # wakes that could not be given back, and how they are

    def start(self) -> None:
        """Start the threads."""
        self._wakes.forget_claims(self._house.clock.now())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the moves under way, make no others, and return when all threads have ended."""
        self._stopping.set()
        self._lanes.wake_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._guarded(self._settle)

    def ring(self) -> None:
        """Say that a transfer has come in."""
        self._lanes.note(INSPECT)

    def carry(self) -> int:
        """Carry what is due now, on this thread; return how many transfers were walked."""
        self._look()
        return self._serve()

    def _serve(self) -> int:
        """Walk the next transfer of the lane that is to be served next, if any is due; return how many that were."""
        while not self._stopping.is_set():
            turn = self._lanes.turn
            if not (lane := self._lanes.take()):
                break
            place = PlaceIn(self._lanes, lane)
            try:
                if claims := self._wakes.claim(self._house.clock.now(), LEASE, 1, lane):
                    self._walk(claims[0], place)
                    return 1
                self._lanes.emptied(lane, turn)
            finally:
                self._lanes.leave(place.lane)
        return 0

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._guarded(self._serve) and not self._stopping.is_set():
                self._lanes.wait(IDLE)

    def _look_around(self) -> None:
        """Look for what is due, and every now and then for what everybody has forgotten."""
        swept = -SWEEP
        while not self._stopping.is_set():
            self._guarded(self._settle)
            self._guarded(self._look)
            if self._house.clock.monotonic() - swept >= SWEEP:
                swept = self._house.clock.monotonic()
                self._guarded(self.sweep)
            self._stopping.wait(POLL)

    def _look(self) -> int:
        """Learn from the database which lanes have something due, and which are not open."""
        self._lanes.begin_look()
        closed = self._kept.closed()
        due = self._wakes.lanes(self._house.clock.now())
        self._lanes.learn(due, closed)
        return len(due)

    def sweep(self) -> int:
        """Wake what no wake covers, and let what has waited long for a destination be looked after."""
        now = self._house.clock.now()
        self._wakes.round(now - ROUND)
        self._kept.forget(now - OLD)
        return self._wakes.sweep(now)

    def _guarded(self, work: Callable[[], int]) -> int:
        """Run a piece of work; a storage failure is logged and waited out, it must not end the thread."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the sanctioned catch-all: a thread that dies carries nothing
            get_log().error("runner:failed", error=error)
            self._stopping.wait(1.0)
            return 0

    def _walk(self, claim: Claim, place: Place) -> None:
        """Advance one transfer until nothing is due or has room, then give the wake back with what it wants."""
        known = claim.transfer_id
        try:
            if claim.tries > POISONOUS and known not in self._waited:
                pipeline.hold_all(known, self._house)
            if claim.hurried:
                pipeline.hurry(known, self._house)
            due = self._advance(claim, place)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is counted, and too much of it is held
            get_log().error("step:failed", transfer=known, error=error)
            self._again(claim, error)
            return
        self._waited.pop(known, None)
        if due is None:
            self._give_back(partial(self._wakes.done, claim))
        elif place.wanted and due <= self._house.clock.now():
            self._give_back(partial(self._wakes.pass_on, claim, due, place.wanted))
            self._lanes.note(place.wanted)
        else:
            self._give_back(partial(self._wakes.later, claim, due, lane=place.wanted))

    def _give_back(self, giving: Callable[[], None]) -> None:
        """Give a wake back. One that the store does not take now is ours still, and is given back by the sweeper."""
        try:
            giving()
        except Exception:
            self._owed.append(giving)
            raise

    def _settle(self) -> int:
        """Give back what could not be given back before; return how many that were."""
        owed = len(self._owed)
        for _ in range(owed):
            self._give_back(self._owed.popleft())
        return owed

    def _again(self, claim: Claim, error: Exception) -> None:
        """Give a wake back after a failure; one of the house that may pass by itself is not counted.

        So are a keeper or a disk that is away, and a busy database: to hold would lose what is sealed and told already.
        All else is counted and then held: a program that is missing, or too slow for this transfer.
        """
        is_ours = isinstance(error, HOUSE) and not isinstance(error, NotInstalled)
        tries = claim.tries
        if is_ours:
            tries = self._waited[claim.transfer_id] = self._waited.get(claim.transfer_id, 0) + 1
        else:
            self._waited.pop(claim.transfer_id, None)
        at = self._house.clock.now() + STUMBLED.wait(tries)
        self._give_back(partial(self._wakes.later, claim, at, failed=not is_ours))

    def _advance(self, claim: Claim, place: Place) -> datetime | None:
        """Make every move that is due and has room, as long as the claim is ours; return when the next one is."""
        clock, until, tries = self._house.clock, claim.until, claim.tries
        due: datetime | None = clock.now()
        while due is not None and due <= clock.now() and not self._stopping.is_set():
            if until - clock.now() < LEASE / 2:
                until = clock.now() + LEASE
                if not self._wakes.renew(claim, until):
                    return due  # somebody else carries it now; what we say of the wake is not heard any more
            try:
                due = pipeline.advance(claim.transfer_id, self._house, place)
            except Conflict:
                due = clock.now()
            else:
                if place.wanted:
                    return due
                until, tries = (until, tries) if tries == 1 else (clock.now(), 1)  # a move: count tries from none
        return due
