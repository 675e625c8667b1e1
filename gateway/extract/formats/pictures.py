"""The size of a picture, from its header alone. Pictures are not read: each is the gap `image_not_read`."""

from __future__ import annotations

import struct

UNKNOWN = (1 << 31, 1 << 31)


def picture_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a PNG (ISO 15948 11.2.2) or JPEG (ISO 10918-1 B.2.2); else `UNKNOWN`."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        width, height = struct.unpack(">II", data[16:24].ljust(8, b"\xff"))
        return width, height
    at = 2
    while data.startswith(b"\xff\xd8") and at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - a JPEG marker
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 - a frame header
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return UNKNOWN
