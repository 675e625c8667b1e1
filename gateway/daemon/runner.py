"""Calls `advance` for every transfer whose wake is due, on a few threads, until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gateway import pipeline
from gateway.errors import Busy, Conflict, NotInstalled, StorageFull, Unsound
from gateway.model.schedule import Schedule
from gateway.pipeline import House
from gateway.store import Claim, Wakes
from gateway.system.log import get_log

LEASE = timedelta(hours=1)  # longer than the slowest single move; a move made renews it
POISONOUS = 5  # tries in a row that failed by what the transfer is, before it is held
HOUSE = (Busy, StorageFull, Unsound)
STUMBLED = Schedule(first=timedelta(seconds=1), longest=timedelta(minutes=5), give_up_after=timedelta.max)
POLL = 0.25  # seconds between looks for wakes that another process wrote
SWEEP = 30.0  # seconds between sweeps for transfers that no wake covers


class Runner:
    """Threads that carry transfers. One runner to a database: it forgets the claims of the one that died before it."""

    def __init__(self, house: House, wakes: Wakes, *, threads: int) -> None:
        self._house = house
        self._wakes = wakes
        self._stopping = threading.Event()
        self._bell = threading.Condition()
        self._threads = [threading.Thread(target=self._run, name=f"runner-{n}") for n in range(threads)]
        self._threads.append(threading.Thread(target=self._sweep, name="sweeper"))
        self._waited: dict[str, int] = {}  # tries in a row that failed by the house, by transfer

    def start(self) -> None:
        """Start the threads."""
        self._wakes.forget_claims()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the moves under way, make no others, and return when all threads have ended."""
        self._stopping.set()
        self.ring()
        for thread in self._threads:
            thread.join()

    def ring(self) -> None:
        """Say that something new may be due."""
        with self._bell:
            self._bell.notify_all()

    def carry(self) -> int:
        """Carry what is due now, on this thread; return how many transfers were walked."""
        claims: Sequence[Claim] = self._wakes.claim(self._house.clock.now(), LEASE, 1)
        for claim in claims:
            self._walk(claim)
        return len(claims)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._guarded(self.carry):
                with self._bell:
                    self._bell.wait(POLL)

    def _sweep(self) -> None:
        while not self._stopping.is_set():
            if self._guarded(lambda: self._wakes.sweep(self._house.clock.now())):
                self.ring()
            self._stopping.wait(SWEEP)

    def _guarded(self, work: Callable[[], int]) -> int:
        """Run a piece of work; a storage failure is logged and waited out, it must not end the thread."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the sanctioned catch-all: a thread that dies carries nothing
            get_log().error("runner:failed", error=error)
            self._stopping.wait(1.0)
            return 0

    def _walk(self, claim: Claim) -> None:
        """Advance one transfer until nothing is due, then give the wake back with the time it wants."""
        known = claim.transfer_id
        try:
            if claim.tries > POISONOUS and known not in self._waited:
                pipeline.hold_all(known, self._house)
            due = self._advance(claim)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is counted, and too much of it is held
            get_log().error("step:failed", transfer=known, error=error)
            self._again(claim, error)
            return
        self._waited.pop(known, None)
        if due is None:
            self._wakes.done(claim)
        else:
            self._wakes.later(claim, due)

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
        self._wakes.later(claim, self._house.clock.now() + STUMBLED.wait(tries), failed=not is_ours)

    def _advance(self, claim: Claim) -> datetime | None:
        """Make every move that is due, as long as the claim is ours; return when the next one is."""
        clock, until, tries = self._house.clock, claim.until, claim.tries
        due: datetime | None = clock.now()
        while due is not None and due <= clock.now() and not self._stopping.is_set():
            if until - clock.now() < LEASE / 2:
                until = clock.now() + LEASE
                if not self._wakes.renew(claim, until):
                    return due  # somebody else carries it now; what we say of the wake is not heard any more
            try:
                due = pipeline.advance(claim.transfer_id, self._house)
            except Conflict:
                due = clock.now()
            else:
                until, tries = (until, tries) if tries == 1 else (clock.now(), 1)  # a move: count tries from none
        return due
