"""Runs a program over content of any size: fed and read piece by piece, in constant memory."""

from __future__ import annotations

import fcntl
import io
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, Protocol, TypeAlias

from gateway.system.programs import PATIENCE, Program, Ran, start

SLOWEST: Final = 2_000_000  # bytes a second that a program must get through, however busy the machine is
CHUNK: Final = 1 << 18
WIDE: Final = 1 << 20
COMPLAINT: Final = 1 << 20  # bytes of what a program complains that are kept


class Writable(Protocol):
    """Anything that is written like a binary file."""

    def write(self, content: bytes, /) -> object:
        """Take all of `content`."""


Feed: TypeAlias = Callable[[Writable], object]
"""Writes some content, from beginning to end, into what it is given."""


def patience(size: int) -> float:
    """Return the seconds that a program has for so many bytes."""
    return PATIENCE + size / SLOWEST


def pipe(
    command: Sequence[str],
    *,
    feed: Feed,
    target: Writable,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = PATIENCE,
    files: Sequence[int] = (),
) -> Ran:
    """Run a program to its end; what it writes goes to `target`, and `Ran.output` stays empty.

    A `target` that is a real file is written by the program itself. `files` are descriptors that it inherits. Whatever
    `feed` or `target` raises goes up once the program is dead, and what was written until then must not be used. A
    program that stops reading early is no error here: its code tells. Raises `TimeoutError` when the deadline passes.
    """
    own = _descriptor(target)
    output = subprocess.PIPE if own is None else own
    with (
        start(command, environment, folder, output=output, files=files) as process,
        _deadline(process, seconds) as late,
    ):
        _widen(process)
        complaint = bytearray()
        with ThreadPoolExecutor(3) as pool:
            work = [
                pool.submit(_or_kill, process, _read, process.stderr, _Limited(complaint)),
                pool.submit(_feed, process, feed),
                *([pool.submit(_or_kill, process, _read, process.stdout, target)] if own is None else []),
            ]
        process.wait()
    if late.is_set():
        raise TimeoutError(command[0])
    for each in work:
        each.result()
    return Ran(code=process.returncode, output=b"", complaint=bytes(complaint))


@contextmanager
def _deadline(process: Program, seconds: float) -> Iterator[threading.Event]:
    """Kill the program after so many seconds, or on the way out; the event says that the deadline passed."""
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        _kill(process)


def _kill(process: Program) -> None:
    if process.returncode is None:  # once it is set, the number may belong to another program
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _or_kill(process: Program, work: Callable[..., None], *arguments: object) -> None:
    try:
        work(*arguments)
    except BaseException:
        _kill(process)  # the others wait for it
        raise


def _widen(process: Program) -> None:
    """Let the pipes of content hold a mebibyte: fewer turns between two processes. A user may have only so many."""
    for pipe_end in (process.stdin, process.stdout):
        if pipe_end is not None:
            with suppress(OSError):
                fcntl.fcntl(pipe_end, fcntl.F_SETPIPE_SZ, WIDE)


def _descriptor(target: Writable) -> int | None:
    """Return the number of a real file, None for anything else."""
    try:
        return int(target.fileno())  # type: ignore[attr-defined]  # asked for, not promised
    except (AttributeError, io.UnsupportedOperation):
        return None


def _feed(process: Program, feed: Feed) -> None:
    stdin = process.stdin
    if stdin is None:
        return
    try:
        feed(stdin)
    except BrokenPipeError:
        pass  # it has read enough, or is dead
    except BaseException:
        _kill(process)  # before the end of its input, which would look like the end of the content
        raise
    finally:
        with suppress(BrokenPipeError):
            stdin.close()


def _read(source: IO[bytes], target: Writable) -> None:
    while piece := os.read(source.fileno(), CHUNK):
        target.write(piece)


class _Limited:
    """Keeps the first part of what is written and lets the rest go."""

    def __init__(self, kept: bytearray) -> None:
        self._kept = kept

    def write(self, content: bytes) -> None:
        """Take `content`."""
        self._kept += content[: COMPLAINT - len(self._kept)]
