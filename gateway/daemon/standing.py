"""What the daemon says of its policy to commands that run beside it: `state/policy.json`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.store import codec
from gateway.system import atomic

FILE: Final = "policy.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A set that may not be put in force: when that was found, the first complaints, its hash where it was read."""

    at: datetime
    complaints: tuple[str, ...]
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The policy in force and since when; `classify` is the hash over what classify reads of it.

    `last_rejected` is what the folder holds now, where that may not be put in force. The same of the set that only
    observes; `observed` is empty where there is none.
    """

    in_force: str
    since: datetime
    classify: str = ""
    last_rejected: Rejected | None = None
    observed: str = ""
    observed_rejected: Rejected | None = None


def read_standing(state: Path) -> Standing | None:
    """Return what the daemon said last, None where none ran yet or what it said cannot be read."""
    try:
        return codec.loads(Standing, (state / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, TypeError, ValueError):
        return None


def write_standing(state: Path, standing: Standing) -> None:
    """Keep what the daemon says, whole or not at all; `OSError`."""
    atomic.write(state / FILE, codec.dumps(Standing, standing).encode("ascii"))
