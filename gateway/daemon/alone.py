"""One daemon to a state folder, and what a command beside it may know of it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from gateway.errors import Unsound

LOCK: Final = "daemon.lock"
LARGEST: Final = 100


class only_one:  # noqa: N801 - read as a phrase in `with`
    """One daemon to a state folder: the lock goes with the process, however it ends.

    In the file stands which keepers of the vault's key it knows, for a rotation beside it.
    """

    def __init__(self, state: Path, keepers: str) -> None:
        self._path = state / LOCK
        self._keepers = keepers
        self._descriptor = -1

    def __enter__(self) -> None:
        """Take the lock; `Unsound` when another daemon has it."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise Unsound(
                f"another gateway runs on {self._path.parent}", hint="stop it first, or give this one its own state"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, self._keepers.encode(), 0)

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


def keepers_of_daemon(state: Path) -> str | None:
    """Return which keepers the daemon that runs on a state folder knows; None when none runs."""
    try:
        descriptor = os.open(state / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, LARGEST, 0).decode("ascii", "replace")
    else:
        return None
    finally:
        os.close(descriptor)
