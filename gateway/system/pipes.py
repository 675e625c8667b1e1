"""Runs a program over content of any size: fed and read piece by piece, in constant memory."""

from __future__ import annotations

import fcntl
import io
import os
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO, Final, Protocol, TypeAlias, runtime_checkable

from gateway.system.programs import PATIENCE, Program, Ran, start

SLOWEST: Final = 2_000_000  # bytes a second that a program must get through, however busy the machine is
CHUNK: Final = 1 << 18
WIDE: Final = 1 << 20
GRACE: Final = 30.0  # seconds for what is left in the pipes of a program that ended
COMPLAINT: Final = 1 << 20  # bytes of what a program complains that are kept


class Writable(Protocol):
    """Anything that is written like a binary file."""

    def write(self, content: bytes, /) -> object:
        """Take all of `content`."""


Feed: TypeAlias = Callable[[Writable], object]
"""Writes some content, from beginning to end, into what it is given."""


@runtime_checkable
class FileFeed(Protocol):
    """A feed that is a file as it is: a program reads it by itself, and nothing is copied on the way."""

    def __call__(self, target: Writable, /) -> object:
        """Write all of it, where no program reads."""

    def lend(self) -> AbstractContextManager[io.FileIO]:
        """Lend the file, open at the beginning."""

    def require_all(self, count: int) -> None:
        """Raise unless a program that ended well, and read so many bytes of it, has read all."""


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

    A `feed` that is a file is read by the program itself, and a `target` that is a real file written by it. `files` are
    descriptors that it inherits. Whatever `feed` or `target` raises goes up once the program is dead, and what was
    written until then must not be used. A program that stops reading early is no error here: its code tells. Raises
    `TimeoutError` when the deadline passes.
    """
    own = _descriptor(target)
    output = subprocess.PIPE if own is None else own
    complaint = bytearray()
    with feed.lend() if isinstance(feed, FileFeed) else nullcontext() as lent:
        source = subprocess.PIPE if lent is None else lent.fileno()
        process = start(command, environment, folder, output=output, source=source, files=files)
        try:
            _widen(process)
            work = [_Work(process, _read, process.stderr, _Limited(complaint)), _Work(process, _feed, process, feed)]
            work += [] if own is not None else [_Work(process, _read, process.stdout, target)]
            is_late = not _ended(process, seconds)
        finally:
            _kill(process)
            process.wait()
        if is_late or not all(each.is_over() for each in work):
            raise TimeoutError(command[0])
        for each in work:
            each.result()
        if lent is not None and isinstance(feed, FileFeed) and process.returncode == 0:
            feed.require_all(lent.tell())  # its place in the file is the program's: they share it
    return Ran(code=process.returncode, output=b"", complaint=bytes(complaint))


def _ended(process: Program, seconds: float) -> bool:
    """Say whether the program ended in time. The system says when; `Popen.wait` would look every 50 milliseconds."""
    with os.fdopen(os.pidfd_open(process.pid), "rb", buffering=0) as ending:
        waiting = select.poll()
        waiting.register(ending, select.POLLIN)
        is_so = bool(waiting.poll(seconds * 1000))
    if is_so:
        process.wait()
    return is_so


class _Work(threading.Thread):
    """Does something beside the program, and kills it when that fails: a half of the content is none.

    What hangs in its source, or in a pipe that a stray child of the program holds open, is left behind.
    """

    def __init__(self, process: Program, work: Callable[..., None], *arguments: object) -> None:
        super().__init__(daemon=True)
        self._process, self._work, self._arguments = process, work, arguments
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do it."""
        try:
            self._work(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - goes up in `result`
            self._error = error
            _kill(self._process)

    def is_over(self) -> bool:
        """Say whether it ended, now or soon."""
        self.join(GRACE)
        return not self.is_alive()

    def result(self) -> None:
        """Raise what went wrong."""
        if self._error is not None:
            raise self._error


def _kill(process: Program) -> None:
    if process.returncode is None:  # once it is set, the number may belong to another program
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


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


class _Closed(Exception):
    """The program reads no more: it has read enough, or is dead."""


class _Stdin:
    """A program's input. Only its own end counts as one: a source may have a broken pipe too."""

    def __init__(self, stdin: IO[bytes]) -> None:
        self._stdin = stdin

    def write(self, content: bytes) -> None:
        """Write all of it."""
        try:
            self._stdin.write(content)
        except BrokenPipeError:
            raise _Closed from None


def _feed(process: Program, feed: Feed) -> None:
    stdin = process.stdin
    if stdin is None:
        return
    try:
        feed(_Stdin(stdin))
    except _Closed:
        pass
    except BaseException:
        _kill(process)  # before the end of its input, which would look like the end of the content
        raise
    finally:
        with suppress(BrokenPipeError):
            stdin.close()


def _read(source: IO[bytes], target: Writable) -> None:
    with source:
        while piece := os.read(source.fileno(), CHUNK):
            target.write(piece)


class _Limited:
    """Keeps the first part of what is written and lets the rest go."""

    def __init__(self, kept: bytearray) -> None:
        self._kept = kept

    def write(self, content: bytes) -> None:
        """Take `content`."""
        self._kept += content[: COMPLAINT - len(self._kept)]
