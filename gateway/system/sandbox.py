"""Workers behind walls: a zygote, forked into warm hardened workers, and the pool that asks them.

    daemon ── control socket ──► zygote: one thread, everything loaded and tried once, never sees content
       │                            │ fork, then `harden`: no files, network, programs, processes
       └──── one wire each ─────► worker, worker, worker … : content in, bytes of JSON out

A worker is replaced after a number of documents, after any trouble, and when it misses its deadline (then it is
killed). A worker that is lost means that the content was not inspected, and `WorkerLost` says what it was at by its
own word. What comes back is data for the caller to mistrust.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import gateway
from gateway.errors import GatewayError, Unsound
from gateway.system.frames import LONGEST, Status, Wire
from gateway.system.harden import describe_kernel, require_walls
from gateway.system.zygote import CONTROL, PID, READY, SETTINGS, Announce, Reply, Work, serve

__all__ = [
    "LONGEST",
    "Announce",
    "Lost",
    "Patience",
    "Pool",
    "Reply",
    "Work",
    "WorkerLost",
    "describe_kernel",
    "python_command",
    "serve",
]

START_SECONDS = 60.0
HIRE_SECONDS = 10.0
LONGEST_AT = 40_000  # bytes in which a worker may say what it is at
MOST_AT = 100_000  # times that it may say so for one request
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}  # a worker of an ordinary user may start none
ANSWERED = frozenset({Status.DONE, Status.DONE_AND_WORN})


class Lost(StrEnum):
    """How a worker was lost.

    One that ended was killed by what it read or by somebody else, nobody can say which; one that crashed answered
    that it failed, or what is no answer.
    """

    ENDED = "ended"
    CRASHED = "crashed"
    TIMEOUT = "timeout"


class WorkerLost(GatewayError):
    """No answer came. `at` is what the worker said last that it was at, if anything; `seconds` is what it took."""

    def __init__(self, kind: Lost, *, at: bytes | None = None, seconds: float = 0.0) -> None:
        super().__init__(f"a worker was lost: {kind.value}", hint="the content counts as not inspected")
        self.kind, self.at, self.seconds = kind, at, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, how often and how much: `part` seconds without a word, `steps` words, `longest` bytes of answer.

    `once`: the worker is replaced after its answer, whatever it says of itself: it was told a secret.
    `fresh`: the worker was asked nothing before.
    """

    seconds: float
    part: float = float("inf")
    steps: int = MOST_AT
    longest: int = LONGEST
    once: bool = False
    fresh: bool = False


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A hired worker: its wire, and the pidfd by which it is killed, and no other process that took its number."""

    wire: Wire
    pidfd: int
    documents: int = 0

    def dismiss(self) -> None:
        """Kill it, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)
        self.wire.close()

    def converse(self, asked: bytes, content: bytes, patience: Patience) -> bytes:
        """Send one request and return its answer, status first; `WorkerLost`."""
        begun = spoke = time.monotonic()
        end, at, answer = begun + patience.seconds, None, b""
        try:
            self.wire.send((asked,), (content,), end=end)
            for _ in range(patience.steps + 1):
                answer = self.wire.receive(min(end, spoke + patience.part), patience.longest)
                if answer[:1] != bytes([Status.AT]) or len(answer) > LONGEST_AT:
                    break
                at, spoke = answer[1:], time.monotonic()
        except TimeoutError:
            kind = Lost.TIMEOUT
        except (OSError, EOFError):
            kind = Lost.ENDED
        except ValueError:
            kind = Lost.CRASHED
        else:
            if answer and answer[0] in ANSWERED:
                return answer
            kind = Lost.CRASHED
        raise WorkerLost(kind, at=at, seconds=time.monotonic() - begun)


class Pool:
    """Warm workers for several threads. `command` starts a program that calls `serve`."""

    def __init__(
        self,
        command: Sequence[str],
        setup: bytes,
        *,
        size: int,
        memory: int,
        deadline: float,
        documents: int = 100,
        allow_degraded: bool = False,
    ) -> None:
        """Start the zygote and hire the workers. `memory` in bytes per worker, `deadline` in seconds per document.

        Raises `Unsound` when the kernel lacks a wall, or when the program could not prepare.
        """
        require_walls(allow_degraded=allow_degraded)
        self._command, self._setup = tuple(command), setup
        self._settings = SETTINGS.pack(memory, 2 * deadline, allow_degraded)
        self._documents = documents
        self._lock = threading.Lock()
        self._closed = False
        self._zygote, self._control = self._start_zygote()
        self._free: queue.SimpleQueue[None] = queue.SimpleQueue()  # an item for each of `_places`
        self._places: list[_Worker | None] = []
        try:
            for _ in range(size):
                self._give_back(self._hire())
        except WorkerLost:
            self.close()
            raise Unsound(
                "a worker could not be hardened", hint="run `gateway doctor` to see what is missing"
            ) from None

    def _start_zygote(self) -> tuple[int, socket.socket]:
        """Start the program as a fresh process with one socket and a small environment, and wait until it is ready."""
        ours, theirs = socket.socketpair()
        root = str(Path(gateway.__file__).parent.parent)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | ONE_THREAD
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
        theirs_kept = os.dup(theirs.fileno())  # never number 3 itself, so that dup2 clears close-on-exec
        with theirs:
            pid = os.posix_spawn(
                self._command[0], self._command, environment, file_actions=[(os.POSIX_SPAWN_DUP2, theirs_kept, CONTROL)]
            )  # fmt: skip
        os.close(theirs_kept)
        try:
            end, wire = time.monotonic() + START_SECONDS, Wire(ours)
            wire.send((self._settings,), (self._setup,), end=end)
            answer = wire.receive(end)
        except (OSError, EOFError, ValueError):
            answer = b"\1the program that opens content did not start"
        if answer != READY:
            ours.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise Unsound(answer[1:].decode("utf-8", "replace"), hint="see `gateway doctor`")
        return pid, ours

    def _hire(self) -> _Worker:
        """Have a worker forked; start the zygote again if it is gone. `WorkerLost` if that fails too."""
        with self._lock:
            for attempt in (1, 2):
                ours, theirs = socket.socketpair()
                try:
                    with theirs:
                        socket.send_fds(self._control, [b"w"], [theirs.fileno()])
                    wire = Wire(ours)
                    pid = PID.unpack(wire.exactly(PID.size, time.monotonic() + HIRE_SECONDS))[0]
                    pidfd = os.pidfd_open(pid)
                except (OSError, EOFError):
                    ours.close()
                    if attempt == 1 and not self._closed:
                        self._end_zygote()
                        with contextlib.suppress(Unsound):
                            self._zygote, self._control = self._start_zygote()
                else:
                    return _Worker(wire=wire, pidfd=pidfd)
        raise WorkerLost(Lost.ENDED)

    def ask(self, asked: bytes, content: bytes, patience: Patience) -> bytes:
        """Have a worker answer; waiting for a free one does not count. Any thread may ask.

        Raises `WorkerLost`: a deadline passed, the worker died, failed, or answered what is no answer.
        """
        self._free.get()
        worker = self._places.pop()  # the one that worked last: its memory is warm
        try:
            if worker is not None and patience.fresh:
                worker.dismiss()
                worker = None
            worker = worker or self._hire()
            worker.documents += 1
            answer = worker.converse(asked, content, patience)
        except BaseException:
            if worker is not None:
                worker.dismiss()
            self._give_back(None)
            raise
        if patience.once or answer[0] == Status.DONE_AND_WORN or worker.documents >= self._documents:
            worker.dismiss()
            worker = None
        self._give_back(worker)
        return answer[1:]

    def _give_back(self, worker: _Worker | None) -> None:
        """Let the next who asks have a place, with the worker that is in it."""
        self._places.append(worker)
        self._free.put(None)

    def close(self) -> None:
        """Kill the workers that are idle and the zygote; with it die the others."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._free.get_nowait()
                worker = self._places.pop()
                if worker is not None:
                    worker.dismiss()
        self._end_zygote()

    def _end_zygote(self) -> None:
        """Kill the zygote and take leave of it. It is our child and not waited for elsewhere, so the id is its own."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._zygote, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._zygote, 0)


def python_command(module: str) -> tuple[str, ...]:
    """Return the command that runs a module in a fresh interpreter, without the current folder on its path."""
    return (sys.executable, "-P", "-m", module)
