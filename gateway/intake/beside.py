"""What may stand beside something in an outbound folder, or within a folder that was dropped, and is never sent itself.

NAME.passwords   for looking inside NAME
NAME.reason      why NAME is sent
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.intake import explanation, passwords


class Beside(StrEnum):
    """Kinds of such files; the value is what a claim calls it."""

    PASSWORDS = "passwords"
    REASON = "reason"

    @property
    def ending(self) -> str:
        """What its name ends in."""
        return f".{self.value}"

    @property
    def most_bytes(self) -> int:
        """How large it may be."""
        return MOST_BYTES[self]

    def of(self, path: Path) -> Path:
        """Return where it stands for a file or folder."""
        return path.with_name(path.name + self.ending)


MOST_BYTES: Final[Mapping[Beside, int]] = {
    Beside.PASSWORDS: passwords.MOST_BYTES,
    Beside.REASON: explanation.MOST_BYTES,
}


def kind_of(name: str) -> Beside | None:
    """Return what kind of such a file a name says, in any case; None for what is sent."""
    return next((kind for kind in Beside if name.lower().endswith(kind.ending)), None)
