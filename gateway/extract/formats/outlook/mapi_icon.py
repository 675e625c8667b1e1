"""The icon of an attachment, as Outlook draws it: a Windows metafile ([MS-WMF]) with a bitmap and the file's name.

Only its words are read: what the bitmap shows is the mark of a program, and every attachment has one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from gateway.extract import Inner
from gateway.model.inspection import Segment, Where

TEXT_OUT, EXTENDED_TEXT_OUT, END = 0x0521, 0x0A32, 0x0000
HEADER, PLACEABLE, RECORD = 18, 22, 6
CLIPPED: Final = 6
"""ETO_OPAQUE and ETO_CLIPPED: a rectangle stands before the string."""
START: Final = (b"\1\0\x09\0\0\1", b"\1\0\x09\0\0\3", b"\2\0\x09\0\0\1", b"\2\0\x09\0\0\3")


def icon(data: bytes, codec: str) -> Iterator[Segment | Inner]:
    """Yield the words of an icon; what is none is handed on."""
    words = icon_words(data, codec)
    if words is None:
        yield Inner(name="icon", data=data)
    elif words.strip():
        yield Segment(where=Where.ATTACHMENT_NAME, text=words, name="icon")


def icon_words(data: bytes, codec: str) -> str | None:
    """Return the words that a metafile writes, a line for each; None for what is no metafile, or no whole one."""
    if data.startswith(b"\xd7\xcd\xc6\x9a"):
        data = data[PLACEABLE:]
    if not data.startswith(START):
        return None
    try:
        return "\n".join(text.decode(codec or "cp1252", "replace") for text in _written(data))
    except (struct.error, ValueError):
        return None


def _written(data: bytes) -> Iterator[bytes]:
    """Yield the strings of all records; `ValueError` where they do not end as they should."""
    at = HEADER
    while at + RECORD <= len(data):
        size, kind = struct.unpack_from("<IH", data, at)
        if kind == END and not data[at + RECORD :].strip(b"\0"):
            return
        if size < RECORD // 2 or at + 2 * size > len(data):
            break
        body = data[at + RECORD : at + 2 * size]
        if kind == TEXT_OUT:
            (length,) = struct.unpack_from("<H", body)
            yield body[2 : 2 + length]
        elif kind == EXTENDED_TEXT_OUT:
            length, options = struct.unpack_from("<HH", body, 4)
            start = 16 if options & CLIPPED else 8
            yield body[start : start + length]
        at += 2 * size
    raise ValueError
