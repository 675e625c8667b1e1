"""The child's side of the sandbox: a program that loads everything, then forks a hardened worker for every wire.

The zygote has one thread and never sees content. A worker hardens itself before it reads its first request.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.system.frames import Status, Wire
from gateway.system.harden import allow_seconds, die_with_parent, harden, keep_only

CONTROL = 3  # the zygote's control socket
SETTINGS = struct.Struct("<Qd?")  # memory in bytes, processor seconds for one request, whether walls may be missing
PID = struct.Struct("<q")
READY = b"\0"
LONGEST_COMPLAINT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the work of a worker returns, in pieces; `worn` asks for a fresh worker next time."""

    pieces: tuple[bytes, ...]
    worn: bool = False


Announce = Callable[[bytes], None]
"""Tells the daemon what is being worked on, so that it knows what a worker was lost at."""

Work = Callable[[bytes, bytes, Announce], Reply]
"""What a worker does: what is asked, the content, and a way to say how far it has come."""


def serve(prepare: Callable[[bytes], Work]) -> None:
    """Be the zygote: read settings, prepare the work, then fork a worker for every wire that comes. Never raises."""
    end = socket.socket(fileno=CONTROL)
    control = Wire(end)
    memory, seconds, allow_degraded = SETTINGS.unpack(control.receive())
    setup = control.receive()
    try:
        work = prepare(setup)
    except Exception as trouble:  # noqa: BLE001 - reported to the parent, which refuses to start
        said = trouble.message if isinstance(trouble, GatewayError) else type(trouble).__name__
        control.send((b"\1", said.encode("utf-8", "replace")[:LONGEST_COMPLAINT]))
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which closes the control socket
    control.send((READY,))
    while True:
        end.settimeout(None)
        _, wires, _, _ = socket.recv_fds(end, 1, 1)
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
    end = socket.socket(fileno=3)
    wire = Wire(end)
    harden(memory, allow_degraded=allow_degraded)
    end.sendall(PID.pack(os.getpid()))  # said before anything hostile was seen

    def announce(what: bytes) -> None:
        wire.send((bytes([Status.AT]), what))

    granted = float("-inf")
    while True:
        asked, content = wire.receive(), wire.receive()
        used = time.process_time()
        if used - granted > seconds / 10:  # as good as every time, and cheaper
            allow_seconds(seconds)
            granted = used
        try:
            reply = work(asked, content, announce)
        except BaseException:  # noqa: BLE001 - native code may raise anything; the parent learns only that it failed
            wire.send((bytes([Status.FAILED]),))
        else:
            wire.send((bytes([Status.DONE_AND_WORN if reply.worn else Status.DONE]), *reply.pieces))
            del reply
        del asked, content
