"""Other readings of one paragraph: as it was before tracked changes, and with its hidden runs shown.

A number may be whole in one reading only. Changes are kept by their place in the list that gathers the paragraph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Change(NamedTuple):
    """From `start` to `end` of the gathered text stands what another reading lacks; it has `text` there."""

    start: int
    end: int
    text: str


def reading(gathered: Sequence[str], begin: int, changes: Sequence[Change]) -> str:
    """Return the text from `begin` on as the other reading has it."""
    pieces: list[str] = []
    at = begin
    for change in sorted(changes, key=lambda each: each.start):
        if change.start >= at:  # else it lies within what this reading lacks
            pieces += gathered[at : change.start]
            pieces.append(change.text)
        at = max(at, change.end)
    pieces += gathered[at:]
    return "".join(pieces)
