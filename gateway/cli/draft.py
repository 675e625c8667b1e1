"""A mail in a file, for `gateway explain`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.daemon.draft import Draft, draft_of


def read_draft(paths: Sequence[Path]) -> Draft | None:
    """Return the mail if the only file is one (`.eml`) and can be read; `NotAccepted` as from the door."""
    if len(paths) != 1 or paths[0].suffix.lower() != ".eml":
        return None
    try:
        raw = paths[0].read_bytes()
    except OSError:
        return None
    return draft_of(raw)
