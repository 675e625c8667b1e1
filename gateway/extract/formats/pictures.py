"""The size of a picture, from its header alone, and whether a file is one and nothing else.

Pictures are not read: each is the gap `image_not_read`.
"""

from __future__ import annotations

import struct

UNKNOWN = (1 << 31, 1 << 31)
PNG = b"\x89PNG\r\n\x1a\n"
NO_WORDS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"tRNS", b"bKGD", b"sBIT"}
)
COMMENT = 0xFE  # a JPEG segment that is free text
SCAN, END = 0xDA, b"\xff\xd9"


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


def is_picture_only(data: bytes) -> bool:
    """Say whether data is a whole PNG or JPEG that ends where its format ends and holds no text beside the picture."""
    return _is_png_only(data) if data.startswith(PNG) else _is_jpeg_only(data)


def _is_png_only(data: bytes) -> bool:
    """Walk the chunks to the last (ISO 15948 5.3)."""
    at = len(PNG)
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        at += 12 + length
        if kind not in NO_WORDS:
            return False
        if kind == b"IEND":
            return bool(at == len(data))  # `struct` tells no types
    return False


def _is_jpeg_only(data: bytes) -> bool:
    """Walk the segments to the scan, and see that what ends the picture ends the file (ISO 10918-1 B.1.1)."""
    at = 2
    while data.startswith(b"\xff\xd8") and at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != COMMENT:  # noqa: PLR2004 - a JPEG marker
        if data[at + 1] == SCAN:
            return bool(data.find(END, at) == len(data.rstrip(b"\0")) - len(END))  # some writers fill up with zeros
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False
