"""Keeps compiled pattern databases between starts: compiling takes a second, loading a few milliseconds.

A database stands in a private folder of ours, under a name that says what it was made of; one that is missing, damaged
or not ours is made anew. Not being able to keep one costs time only.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from gateway.system import atomic

LARGEST: Final = 256 << 20


class Databases:
    """The kept databases of one folder; none where the folder is not there."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._found: set[str] = set()

    def load(self, fingerprint: str) -> bytes:
        """Return the database of this fingerprint, empty when there is none that is ours alone."""
        if self._folder is None:
            return b""
        try:
            descriptor = os.open(self._path(fingerprint), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return b""
        with os.fdopen(descriptor, "rb") as source:
            about = os.fstat(source.fileno())
            ours = about.st_uid == os.geteuid() and not stat.S_IMODE(about.st_mode) & 0o077
            if not ours or about.st_size > LARGEST:
                return b""
            self._found.add(fingerprint)
            return source.read()

    def keep(self, fingerprint: str, database: bytes) -> None:
        """Keep a database, in place of older ones."""
        if self._folder is None or fingerprint in self._found:
            return
        with contextlib.suppress(OSError):
            for old in self._folder.glob("patterns-*.db"):
                old.unlink(missing_ok=True)
            atomic.write(self._path(fingerprint), database)

    def _path(self, fingerprint: str) -> Path:
        return (self._folder or Path()) / f"patterns-{fingerprint}.db"
