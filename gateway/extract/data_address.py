"""Files that are written into an address: `data:image/png;base64,...` (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from gateway.extract import Inner
from gateway.model.inspection import Gap, GapKind

ADDRESS: Final = re.compile(r"\s*data:([^,;]*)((?:;[^,;]*)*),(.*)", re.IGNORECASE | re.DOTALL)
QUOTED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


def unquoted(address: str) -> bytes:
    """Return the bytes that an address stands for (RFC 3986 2.1)."""
    return QUOTED.sub(lambda match: bytes([int(match[1], 16)]), address.encode("utf-8", "replace"))


def data_address(address: str, name: str = "data-address") -> Iterator[Inner | Gap]:
    """Open a `data:` address; nothing for another one. Padding may be missing (Infra Standard, forgiving base64)."""
    match = ADDRESS.fullmatch(address)
    if match is None:
        return
    content = unquoted(match[3])
    if "base64" in match[2].lower():
        try:
            content = base64.b64decode(content.rstrip(b"= \t\r\n") + b"==")
        except (binascii.Error, ValueError):
            yield Gap(part="", kind=GapKind.CORRUPT, detail="data address")
            return
    if content:
        yield Inner(name=name, data=content)
