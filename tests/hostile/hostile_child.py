"""A child for the sandbox whose work is an attack: each request names one. It answers what the attack came to."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from gateway.system.sandbox import Announce, Reply, Work, serve


def read_file() -> None:
    Path("/etc/passwd").read_bytes()


def write_file() -> None:
    Path("/tmp/written-by-a-worker").write_bytes(b"x")


def list_folder() -> None:
    list(Path("/").iterdir())


def connect_inet() -> None:
    socket.socket(socket.AF_INET).connect(("127.0.0.1", 9))


def connect_unix() -> None:
    socket.socket(socket.AF_UNIX).connect("/run/none")


def execute() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606 - it must not start


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def kill_parent() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def kill_group() -> None:
    os.kill(0, signal.SIGKILL)


def other_descriptors() -> None:
    for descriptor in range(4, 64):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        return
    raise PermissionError


def allocate() -> None:
    bytearray(12 << 30)


ATTACKS = {
    function.__name__: function
    for function in (
        read_file,
        write_file,
        list_folder,
        connect_inet,
        connect_unix,
        execute,
        fork,
        kill_parent,
        kill_group,
        other_descriptors,
        allocate,
    )
}


def crash(name: str) -> None:
    """Do what no answer survives."""
    if name == "abort":
        os.abort()
    if name == "exit":
        os._exit(0)
    if name == "spin":
        while True:
            pass
    if name == "sleep":
        time.sleep(3600)
    if name == "raise":
        raise BaseException("943 476 5919")  # noqa: TRY002 - what a native extension raises
    if name == "close":
        os.close(3)
    if name == "flood":
        os.write(3, b"\xff" * 64)


def prepare(setup: bytes) -> Work:
    """Return the work, or refuse to start."""
    if setup == b"refuse":
        raise ValueError("943 476 5919")

    def work(request: bytes, content: bytes, announce: Announce) -> Reply:
        name = request.decode()
        for place in content.split(b"|") if content else ():
            announce(place)
        if name in ATTACKS:
            try:
                ATTACKS[name]()
            except (OSError, MemoryError) as denied:
                return Reply(pieces=(type(denied).__name__.encode(),), worn=True)
            return Reply(pieces=(b"succeeded",))
        if name == "babble":
            while True:
                announce(b"x")
        if name == "slowly":
            for _ in range(20):
                announce(b"x")
                time.sleep(0.5)
        crash(name)
        return Reply(pieces=(name.encode(), b" %d" % os.getpid()), worn=name == "worn")

    return work


if __name__ == "__main__":
    sys.stderr.close()
    serve(prepare)
