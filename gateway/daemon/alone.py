"""One daemon to a state folder, and what a command beside it may know of it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from gateway.errors import StoreError, Unsound

LOCK: Final = "daemon.lock"
LARGEST: Final = 100
TRIES: Final = 50
PAUSE: Final = 0.02
"""Seconds between tries: a command holds the lock for the moment of its look, a daemon writes right after taking it."""


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
        for _ in range(TRIES):
            if _lock(self._descriptor, fcntl.LOCK_EX):
                break
            time.sleep(PAUSE)
        else:
            os.close(self._descriptor)
            raise Unsound(
                f"another gateway runs on {self._path.parent}", hint="stop it first, or give this one its own state"
            )
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, self._keepers.encode(), 0)

    def __exit__(self, *_: object) -> None:
        """Give the lock back; what stood in the file was this daemon's word."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def keepers_of_daemon(state: Path) -> str | None:
    """Return which keepers the daemon that runs on a state folder knows; None when none runs.

    `StoreError` when one has taken the lock and does not say. It is believed when it says the same twice: what stood
    there before may be from one that did not come to its end.
    """
    try:
        descriptor = os.open(state / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        before = b""
        for _ in range(TRIES):
            if _lock(descriptor, fcntl.LOCK_SH):
                return None
            told = os.pread(descriptor, LARGEST, 0)
            if told and told == before:
                return told.decode("ascii", "replace")
            before = told
            time.sleep(PAUSE)
    finally:
        os.close(descriptor)
    raise StoreError("a gateway is just starting here", hint="try again")


def _lock(descriptor: int, kind: int) -> bool:
    """Take a lock if nobody is in the way; say whether."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
