"""The header of TAR: a block of 512 octets with a checksum of its own (IEEE 1003.1-2017, pax, "ustar")."""

from __future__ import annotations

import re
from typing import Final

BLOCK: Final = 512
CHECKSUM: Final = slice(148, 156)


def is_header(block: bytes) -> bool:
    """Say whether a block is a header of TAR: its checksum is right (some old programs summed signed bytes)."""
    if len(block) < BLOCK or not block[0]:
        return False
    said = number(block[CHECKSUM])
    if said <= 0:
        return False
    blank = block[:148] + b" " * 8 + block[156:BLOCK]
    total = sum(blank)
    return said == total or said == total - 256 * sum(octet >> 7 for octet in blank)


def number(raw: bytes) -> int:
    """Return a number: octal digits, or GNU's base 256 for large ones. -1 for anything else."""
    if raw[:1] == b"\x80":
        return int.from_bytes(raw[1:], "big")
    digits = raw.strip(b"\0 ")
    if not digits:
        return 0
    return int(digits, 8) if re.fullmatch(rb"[0-7]{1,24}", digits) else -1
