"""Which records of a presentation are in force ([MS-PPT] 2.1.2): each saved edit adds some and replaces others."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

USER_EDIT, DIRECTORY = 0x0FF5, 0x1772
MOST_EDITS: Final = 10_000


@dataclass(slots=True)
class Edits:
    """Where each object in force begins, by its number, and which slides, by where they begin, are known to be hidden.

    `session` is the number of what describes the encryption.
    """

    directory: dict[int, int] = field(default_factory=dict)
    session: int = 0
    hidden: dict[int, bool] = field(default_factory=dict)

    @property
    def live(self) -> frozenset[int]:
        """Return where the objects in force begin; empty where nobody knows."""
        return frozenset(self.directory.values())


def edits_of(stream: bytes, current_user: bytes) -> Edits:
    """Follow the chain of edits from the last to the first. One that breaks off is not believed."""
    edits = Edits()
    try:
        (at,) = struct.unpack_from("<L", current_user, 16)
        for number in range(MOST_EDITS):
            kind, length, before, directory = struct.unpack_from("<2xHL8xLL", stream, at)
            if kind != USER_EDIT:
                return Edits()
            if number == 0 and length >= 32:  # noqa: PLR2004 - with the reference to the encryption
                (edits.session,) = struct.unpack_from("<L", stream, at + 36)
            for identifier, offset in _entries(stream, directory):
                edits.directory.setdefault(identifier, offset)
            if not before or before >= at:
                break
            at = before
    except struct.error:
        return Edits()
    return edits


def _entries(stream: bytes, at: int) -> list[tuple[int, int]]:
    """Read one directory: runs of numbers, each with its offsets ([MS-PPT] 2.3.5)."""
    kind, length = struct.unpack_from("<2xHL", stream, at)
    if kind != DIRECTORY:
        raise struct.error("no directory")
    found, end = list[tuple[int, int]](), at + 8 + length
    at += 8
    while at + 4 <= end:
        (run,) = struct.unpack_from("<L", stream, at)
        first, count = run & 0xFFFFF, run >> 20
        offsets = struct.unpack_from(f"<{count}L", stream, at + 4)
        found += zip(range(first, first + count), offsets, strict=True)
        at += 4 + 4 * count
    return found
