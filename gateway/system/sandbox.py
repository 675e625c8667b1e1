"""Workers behind walls: a zygote, forked into warm hardened workers, and the pool that asks them.

    daemon ── control socket ──► zygote: one thread, everything loaded and tried once, never sees content
       │                            │ fork, then `harden`: no files, network, programs, processes
       └──── one wire each ─────► worker, worker, worker … : content in, bytes of JSON out

A worker is replaced after a number of documents, after any trouble, and when it misses its deadline (then it is
killed). A worker that is lost means that the content was not inspected. Frames are a length (8 bytes, little-endian)
and that many bytes; an answer starts with one byte of `Status`. What comes back is data for the caller to mistrust.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

import gateway
from gateway.errors import GatewayError, Unsound
from gateway.system.harden import allow_seconds, describe_kernel, die_with_parent, harden, keep_only, require_walls

__all__ = ["Lost", "Pool", "Reply", "Work", "WorkerLost", "describe_kernel", "python_command", "serve"]

CONTROL = 3  # the zygote's control socket
SETTINGS = struct.Struct("<Qd?")
LENGTH = struct.Struct("<Q")
PID = struct.Struct("<q")
LONGEST = 1 << 30
CHUNK = 1 << 20
START_SECONDS = 60.0
HIRE_SECONDS = 10.0
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")


class Status(IntEnum):
    """How a worker's answer begins."""

    DONE = 0
    DONE_AND_WORN = 1  # a good answer, but replace me
    FAILED = 2


class Lost(StrEnum):
    """How a worker was lost."""

    CRASHED = "crashed"
    TIMEOUT = "timeout"


class WorkerLost(GatewayError):
    """No answer came: the content was not inspected."""

    def __init__(self, kind: Lost) -> None:
        super().__init__(f"a worker was lost: {kind.value}", hint="the content counts as not inspected")
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the work of a worker returns; `worn` asks for a fresh worker next time."""

    data: bytes
    worn: bool = False


Work = Callable[[bytes], Reply]


def send(wire: socket.socket, *pieces: bytes) -> None:
    """Send one frame made of pieces; `TimeoutError`, `OSError`."""
    head = LENGTH.pack(sum(map(len, pieces)))
    if sum(map(len, pieces)) < CHUNK:
        wire.sendall(head + b"".join(pieces))
        return
    wire.sendall(head)
    for piece in pieces:
        wire.sendall(piece)


def receive(wire: socket.socket, end: float | None = None, longest: int = LONGEST) -> bytes:
    """Receive one frame until the monotonic time `end`; `TimeoutError`, `EOFError`, `ValueError` if it is too long."""
    size = LENGTH.unpack(_exactly(wire, LENGTH.size, end))[0]
    if size > longest:
        raise ValueError(size)
    return _exactly(wire, size, end)


def _exactly(wire: socket.socket, size: int, end: float | None) -> bytes:
    """Receive that many bytes. What was not sent yet takes no memory."""
    pieces: list[bytes] = []
    left = size
    while left:
        if end is not None:
            wire.settimeout(max(0.001, end - time.monotonic()))
        piece = wire.recv(min(left, CHUNK))
        if not piece:
            raise EOFError
        left -= len(piece)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


# --- the zygote's side -------------------------------------------------------------------------------------------


def serve(prepare: Callable[[bytes], Work]) -> None:
    """Be the zygote: read settings, prepare the work, then fork a worker for every wire that comes. Never raises."""
    control = socket.socket(fileno=CONTROL)
    memory, seconds, allow_degraded = SETTINGS.unpack(receive(control))
    setup = receive(control)
    try:
        work = prepare(setup)
    except Exception as trouble:  # noqa: BLE001 - reported to the parent, which refuses to start
        said = trouble.message if isinstance(trouble, GatewayError) else type(trouble).__name__
        send(control, b"\1", said.encode("utf-8", "replace")[:2000])
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which closes the control socket
    send(control, b"\0")
    while True:
        _, wires, _, _ = socket.recv_fds(control, 1, 1)
        if not wires:
            return  # the daemon is gone
        if os.fork() == 0:
            try:
                _be_worker(wires[0], work, memory, seconds, allow_degraded=allow_degraded)
            finally:
                os._exit(1)
        os.close(wires[0])


def _be_worker(descriptor: int, work: Work, memory: int, seconds: float, *, allow_degraded: bool) -> None:
    """Harden, say one's process id, then answer until the wire is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    keep_only(descriptor)
    die_with_parent()
    wire = socket.socket(fileno=3)
    harden(memory, allow_degraded=allow_degraded)
    wire.sendall(PID.pack(os.getpid()))  # said before anything hostile was seen
    while True:
        request = receive(wire)
        allow_seconds(seconds)
        try:
            reply = work(request)
        except BaseException:  # noqa: BLE001 - native code may raise anything; the parent learns only that it failed
            send(wire, bytes([Status.FAILED]))
        else:
            send(wire, bytes([Status.DONE_AND_WORN if reply.worn else Status.DONE]), reply.data)
        del request


# --- the daemon's side -------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A hired worker: its wire, and the pidfd by which it is killed, and no other process that took its number."""

    wire: socket.socket
    pidfd: int
    documents: int = 0

    def dismiss(self) -> None:
        """Kill it, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)
        self.wire.close()


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
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        try:
            for _ in range(size):
                self._places.put(self._hire())
        except WorkerLost:
            self.close()
            raise Unsound(
                "a worker could not be hardened", hint="run `gateway doctor` to see what is missing"
            ) from None

    def _start_zygote(self) -> tuple[int, socket.socket]:
        """Start the program as a fresh process with one socket and a small environment, and wait until it is ready."""
        ours, theirs = socket.socketpair()
        root = str(Path(gateway.__file__).parent.parent)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
        theirs_kept = os.dup(theirs.fileno())  # never number 3 itself, so that dup2 clears close-on-exec
        with theirs:
            pid = os.posix_spawn(
                self._command[0], self._command, environment, file_actions=[(os.POSIX_SPAWN_DUP2, theirs_kept, CONTROL)]
            )  # fmt: skip
        os.close(theirs_kept)
        try:
            ours.settimeout(START_SECONDS)
            send(ours, self._settings)
            send(ours, self._setup)
            answer = receive(ours, time.monotonic() + START_SECONDS)
        except (OSError, EOFError, ValueError):
            answer = b"\1the program that opens content did not start"
        if answer != b"\0":
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
                    pid = PID.unpack(_exactly(ours, PID.size, time.monotonic() + HIRE_SECONDS))[0]
                    pidfd = os.pidfd_open(pid)
                except (OSError, EOFError):
                    ours.close()
                    if attempt == 1 and not self._closed:
                        self._end_zygote()
                        with contextlib.suppress(Unsound):
                            self._zygote, self._control = self._start_zygote()
                else:
                    return _Worker(wire=ours, pidfd=pidfd)
        raise WorkerLost(Lost.CRASHED)

    def ask(self, *request: bytes, seconds: float, longest: int = LONGEST) -> bytes:
        """Have a worker answer within `seconds`; waiting for a free one does not count. Any thread may ask.

        Raises `WorkerLost`: the deadline passed, the worker died, failed, or answered more than `longest` bytes.
        """
        worker = self._places.get()
        try:
            worker = worker or self._hire()
            worker.documents += 1
            answer = _converse(worker, request, seconds, longest)
        except BaseException:
            if worker is not None:
                worker.dismiss()
            self._places.put(None)
            raise
        if answer[0] == Status.DONE_AND_WORN or worker.documents >= self._documents:
            worker.dismiss()
            self._places.put(None)
        else:
            self._places.put(worker)
        return answer[1:]

    def close(self) -> None:
        """Kill the workers that are idle and the zygote; with it die the others."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                worker = self._places.get_nowait()
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


def _converse(worker: _Worker, request: Sequence[bytes], seconds: float, longest: int) -> bytes:
    """Send one request and return its answer, status first; `WorkerLost`."""
    end = time.monotonic() + seconds
    try:
        worker.wire.settimeout(seconds)
        send(worker.wire, *request)
        answer = receive(worker.wire, end, longest)
    except TimeoutError:
        raise WorkerLost(Lost.TIMEOUT) from None
    except (OSError, EOFError, ValueError):
        raise WorkerLost(Lost.CRASHED) from None
    if not answer or answer[0] not in {Status.DONE, Status.DONE_AND_WORN}:
        raise WorkerLost(Lost.CRASHED)
    return answer


def python_command(module: str) -> tuple[str, ...]:
    """Return the command that runs a module in a fresh interpreter, without the current folder on its path."""
    return (sys.executable, "-P", "-m", module)
