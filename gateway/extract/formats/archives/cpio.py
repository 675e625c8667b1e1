"""Where a cpio archive ends (cpio(5): the new ASCII format, the portable one, and the old binary one).

libarchive takes damage for the end, and says nothing: an archive without its trailer is not whole.
"""

from __future__ import annotations

import re
from typing import Final

TRAILER: Final = b"TRAILER!!!\0"
MOST: Final = 1_000_000
NEW, PORTABLE, BINARY = (b"070701", b"070702"), b"070707", b"\xc7\x71"


def cpio_end(data: bytes) -> int | None:
    """Return where the archive ends behind its trailer; None where it is not whole."""
    at = 0
    for _ in range(MOST):
        sizes = _sizes(data, at)
        if sizes is None:
            return None
        head, name, content, step = sizes
        start = at + head + name
        start += -(start - at) % step if step == 2 else -start % step  # noqa: PLR2004 - the binary format pads each piece
        if data[at + head : at + head + name] == TRAILER:
            return start
        at = start + content + -content % step
        if at > len(data):
            return None
    return None


def _sizes(data: bytes, at: int) -> tuple[int, int, int, int] | None:
    """Return the lengths of header, name and content, and to what they are filled up."""
    if data.startswith(NEW, at) and re.fullmatch(rb"[0-9A-Fa-f]{104}", data[at + 6 : at + 110]):
        return 110, int(data[at + 94 : at + 102], 16), int(data[at + 54 : at + 62], 16), 4
    if data.startswith(PORTABLE, at) and re.fullmatch(rb"[0-7]{70}", data[at + 6 : at + 76]):
        return 76, int(data[at + 59 : at + 65], 8), int(data[at + 65 : at + 76], 8), 1
    if data.startswith(BINARY, at) and at + 26 <= len(data):
        high, low = (int.from_bytes(data[at + each : at + each + 2], "little") for each in (22, 24))
        return 26, int.from_bytes(data[at + 20 : at + 22], "little"), high << 16 | low, 2
    return None
