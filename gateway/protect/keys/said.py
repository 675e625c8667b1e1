"""What authorities said about revocation, and where that is kept between looks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from gateway.errors import TryLater
from gateway.system import atomic

PATIENCE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: revoked since, or good until, or neither and why."""

    is_good: bool = False
    until: datetime | None = None
    revoked_at: datetime | None = None
    trouble: str = ""


class Kept:
    """A folder of signed answers as they came; whoever reads one verifies it again, so the folder is not trusted.

    Whoever could not be asked is not asked again for ten minutes, by this process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._failed: dict[bytes, datetime] = {}

    def read(self, question: bytes) -> bytes | None:
        """Return the answer to a question, None where none is kept."""
        try:
            return self._path(question).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, question: bytes, answer: bytes) -> None:
        """Keep an answer; where that is not possible it is asked again the next time."""
        try:
            atomic.make_private_folder(self._folder)
            atomic.write(self._path(question), answer)
        except OSError:
            return

    def failed(self, question: bytes, now: datetime) -> None:
        """Remember that nobody answered."""
        self._failed[question] = now

    def refuse_if_failed(self, question: bytes, now: datetime) -> None:
        """Raise `TryLater` where nobody answered a moment ago."""
        at = self._failed.get(question)
        if at is not None and now - at < PATIENCE:
            raise TryLater("nobody answered a moment ago")

    def _path(self, question: bytes) -> Path:
        return self._folder / f"{hashlib.sha256(question).hexdigest()}.der"
