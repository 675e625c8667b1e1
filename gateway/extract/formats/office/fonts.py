"""Fonts within packages: they hold no words of the author, so whole fonts that are nothing else are passed over.

OpenType (ISO 14496-22), WOFF 1 and 2 (W3C), EOT (W3C member submission), and the two ways to veil a font that need no
secret: ECMA-376 part 4, 17.8.1 (`.odttf`) and EPUB 3 OCF 4.4 (IDPF).
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable
from typing import Final

SFNT: Final = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")
KEY: Final = re.compile(rb"[Ff]ontKey\s*=\s*[\"']\{?([0-9A-Fa-f-]{36})\}?[\"']")
VEILED: Final = 32
EOT_MARK: Final = b"LP"
FILLED: Final = 4  # bytes to which a table's end is rounded up
IDPF_VEILED: Final = 1040
ADOBE_VEILED: Final = 1024


def keys_of(font_table: bytes) -> list[bytes]:
    """Return the keys that a document's font table names."""
    return [bytes.fromhex(key.decode().replace("-", ""))[::-1] for key in KEY.findall(font_table)]


def is_font(data: bytes, keys: Iterable[bytes] = ()) -> bool:
    """Say whether data is a font from its first byte to its last, veiled with one of the keys or not."""
    if data[:4] in SFNT:
        return _is_sfnt(data)
    if data[:4] in {b"wOFF", b"wOF2"}:
        return len(data) == int.from_bytes(data[8:12], "big")
    if data[34:36] == EOT_MARK:
        return len(data) == int.from_bytes(data[:4], "little")
    return any(_is_sfnt(_unveiled(data, key * 2, VEILED)) for key in keys if len(key) * 2 == VEILED)


def is_veiled_font(data: bytes, identifiers: Iterable[str]) -> bool:
    """Say whether data is a font of a book, veiled with the book's own identifier by one of the two ways there are."""
    for identifier in identifiers:
        key = hashlib.new("sha1", "".join(identifier.split()).encode(), usedforsecurity=False).digest()
        bare = (
            bytes.fromhex(digits)
            if len(digits := re.sub(r"urn:uuid:|[^0-9a-f]", "", identifier.lower())) == VEILED
            else b""
        )
        readings = [_unveiled(data, key * 52, IDPF_VEILED), _unveiled(data, bare * 64, ADOBE_VEILED) if bare else b""]
        if any(is_font(reading) for reading in readings):
            return True
    return False


def _unveiled(data: bytes, key: bytes, length: int) -> bytes:
    head = bytes(one ^ other for one, other in zip(data[:length], key, strict=False))
    return head + data[length:]


def _is_sfnt(data: bytes) -> bool:
    """Say whether the tables of an OpenType font, or of a collection, fill the file."""
    if data[:4] not in SFNT or len(data) < 12:  # noqa: PLR2004 - the header
        return False
    starts = [0]
    if data[:4] == b"ttcf":
        count = min(int.from_bytes(data[8:12], "big"), 100)
        starts = [int.from_bytes(data[12 + 4 * n : 16 + 4 * n], "big") for n in range(count)]
    ends = [12]
    for start in starts:
        tables = int.from_bytes(data[start + 4 : start + 6], "big")
        rows = data[start + 12 : start + 12 + 16 * tables]
        ends += [offset + length for _, _, offset, length in struct.iter_unpack(">4s3I", rows[: len(rows) // 16 * 16])]
    return 0 <= len(data) - max(ends) < FILLED and len(ends) > 1
