"""An inspector without workers, which tells whether it was closed."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.worker import Inspector


@dataclass(eq=False)
class IdleInspector(Inspector):
    """Is asked for nothing."""

    name: str = "first"
    closed: int = 0

    def close(self) -> None:
        self.closed += 1
