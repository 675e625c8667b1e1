"""What the far side answered, made fit to be kept: untrusted text, cut down."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 200  # characters


def printable(untrusted: str) -> str:
    """Return at most 200 characters of printable ASCII, on one line; anything else becomes a question mark."""
    line = " ".join(untrusted.split())
    return "".join(letter if " " <= letter <= "~" else "?" for letter in line[:LONGEST])
