"""A worker that somebody else kills while it reads: the kernel when memory is short, an operator, a storm.

Nobody can tell that from content that kills its worker. So the same is read once more, and only what ends two workers
is held.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.extract import Extraction, Limits
from gateway.model.inspection import Gap, GapKind, Where
from gateway.system.clock import MachineClock
from gateway.system.sandbox import Pool, _Worker, describe_kernel
from gateway.worker import Inspector
from gateway.worker.setup import Setup

CHILD = (sys.executable, "-P", str(Path(__file__).with_name("poisoned_child.py")))
WAITING = b"WAITING for a word"  # is read once its worker is told to go on

LONGEST = 200  # seconds for what starts workers, on a machine that has much else to do

pytestmark = [
    pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp"),
    pytest.mark.timeout(2 * LONGEST),
]


class Counting(Pool):
    """A pool that keeps count of the workers that it got."""

    hired = 0

    def _hire(self) -> _Worker:
        worker = super()._hire()
        self.hired += 1
        return worker


@pytest.fixture
def pool() -> Iterator[Counting]:
    made = Counting(CHILD, Setup().write(), size=2, memory=2 << 30, deadline=60.0)
    yield made
    made.close()


def workers(pool: Pool) -> list[int]:
    """Return the process ids of a pool's workers."""
    return [int(each) for each in Path(f"/proc/{pool._zygote}/task/{pool._zygote}/children").read_text().split()]


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def read_meanwhile(pool: Pool, harm: Callable[[], object], content: bytes = WAITING) -> Extraction:
    """Read what waits for a word, do harm while a worker is at it, and then let whoever is at it go on."""
    inspector = Inspector(pool, deadline=LONGEST, part_deadline=LONGEST, limits=Limits(), clock=MachineClock())
    seen: list[Extraction] = []
    reading = threading.Thread(target=lambda: seen.append(inspector.extract("a.txt", content)))
    reading.start()
    until(lambda: len(pool._places) == 1)
    harm()
    while reading.is_alive():
        go_on(pool)
        reading.join(0.01)
    return seen[0]


def go_on(pool: Pool) -> None:
    """Tell the workers to go on, those that are there by now."""
    with suppress(FileNotFoundError):  # what prepares them was killed, and its successor is not there yet
        for each in workers(pool):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGUSR1)


def kill_workers(pool: Pool) -> set[int]:
    gone = set(workers(pool))
    for each in gone:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    return gone


def is_whole(seen: Extraction) -> bool:
    return not seen.gaps and sum(item.where is Where.OCR for item in seen.parts[0].segments) == 8


def test_what_a_worker_read_that_was_killed_is_read_once_more(pool: Pool) -> None:
    assert is_whole(read_meanwhile(pool, lambda: kill_workers(pool)))


def test_what_was_read_when_that_which_prepares_the_workers_was_killed_is_read_once_more(pool: Pool) -> None:
    before = pool._zygote

    def kill_what_prepares() -> None:
        os.kill(before, signal.SIGKILL)
        until(lambda: pool._zygote != before)  # its workers end with it, and not before that is anybody let go on

    assert is_whole(read_meanwhile(pool, kill_what_prepares))


def test_workers_that_were_killed_while_nobody_asked_them_cost_nothing(pool: Pool) -> None:
    gone = kill_workers(pool)
    until(lambda: not gone & set(workers(pool)))
    assert is_whole(read_meanwhile(pool, lambda: None))


def test_what_ends_a_second_worker_is_a_gap_and_no_third_one_reads_it(pool: Counting) -> None:
    def kill_twice() -> None:
        kill_workers(pool)
        until(lambda: pool.hired == 3)
        kill_workers(pool)

    seen = read_meanwhile(pool, kill_twice, b"HANG now")
    assert seen.gaps == (Gap(part="a.txt", kind=GapKind.CRASHED, detail="worker"),)
    assert pool.hired == 3
    assert is_whole(read_meanwhile(pool, lambda: None))
