"""What is done at the same time as encryption: SHA-256, which leaves Python free as well, and writing to the disk."""

from __future__ import annotations

import hashlib
import os
import queue
import stat
import threading
from io import UnsupportedOperation
from types import TracebackType
from typing import BinaryIO, Final, Self

LITTLE: Final = 1 << 18
"""Bytes that are hashed sooner than they are handed over."""

BEHIND: Final = 2
"""Pieces that may wait to be hashed, so that a pause on either side does not hold up the other."""

STRETCH: Final = 1 << 23
"""Bytes of a file that set out for the disk together."""


class Digest:
    """A SHA-256 that takes large pieces in a thread of its own. Use it in `with`, which ends the thread.

    Not an executor: those refuse work while the main thread waits for the others to end.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._pieces: queue.Queue[bytes | memoryview | None] = queue.Queue(BEHIND)
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin; the thread starts with the first large piece."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread, if there is one."""
        if self._thread is not None:
            self._pieces.put(None)
            self._thread.join()

    def update(self, content: bytes | memoryview) -> None:
        """Add a piece; leave it as it is until `BEHIND` + 1 more were added: it may still be under way."""
        if len(content) <= LITTLE:
            self._pieces.join()
            self._digest.update(content)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="digest", daemon=True)
            self._thread.start()
        self._pieces.put(content)

    def hexdigest(self) -> str:
        """Return the digest of all pieces."""
        self._pieces.join()
        return self._digest.hexdigest()

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._digest.update(piece)
            self._pieces.task_done()


class Flowing:
    """A target whose bytes set out for the disk while more follow: whoever flushes it waits for the last of them only.

    Linux begins to write what it is advised to forget (posix_fadvise(2)), and keeps what is not written yet. What goes
    wrong with that is told by the flush, as ever. A target that is no file is just written.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._file = _regular(target)
        self._at = self._sent = 0 if self._file is None else target.tell()

    def write(self, content: bytes | memoryview) -> None:
        """Write all of it."""
        self._target.write(content)
        self._at += len(content)
        if self._file is not None and self._at - self._sent >= STRETCH:
            self._target.flush()
            os.posix_fadvise(self._file, self._sent, self._at - self._sent, os.POSIX_FADV_DONTNEED)
            self._sent = self._at


def _regular(target: BinaryIO) -> int | None:
    """Return the number of a regular file, None for anything else."""
    try:
        descriptor = target.fileno()
    except (AttributeError, UnsupportedOperation):
        return None
    return descriptor if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
