"""ASCII armour with its checksum (RFC 4880 section 6).

The checksum is optional, but not in practice: gpg 2.2 takes the closing line for base64 when there is neither a
checksum nor padding before it, so one message in three would not open. The CRC-24 goes two octets at a time.
"""

from __future__ import annotations

import base64
import sys
from array import array
from functools import cache
from typing import Final

START: Final = 0xB704CE
POLYNOMIAL: Final = 0x1864CFB
MASK: Final = 0xFFFFFF


def armour(sealed: bytes) -> bytes:
    """Return a binary OpenPGP message as text, lines ended by LF."""
    check = base64.b64encode(crc24(sealed).to_bytes(3))
    body = base64.encodebytes(sealed)
    return b"-----BEGIN PGP MESSAGE-----\n\n" + body + b"=" + check + b"\n-----END PGP MESSAGE-----\n"


def crc24(data: bytes) -> int:
    """Return the CRC-24 of RFC 4880 section 6.1."""
    table = _two_octets()
    words = array("H", data[: len(data) & ~1])
    if sys.byteorder == "little":
        words.byteswap()
    crc = START
    for word in words:
        crc = (crc << 16 & MASK) ^ table[crc >> 8 ^ word]
    return _shift(crc ^ data[-1] << 16, 8) if len(data) & 1 else crc


@cache
def _two_octets() -> array[int]:
    """Return the remainder of every pair of octets."""
    single = [_shift(octet << 16, 8) for octet in range(256)]
    return array(
        "L", ((single[pair >> 8] << 8 & MASK) ^ single[single[pair >> 8] >> 16 ^ pair & 255] for pair in range(1 << 16))
    )


def _shift(crc: int, bits: int) -> int:
    for _ in range(bits):
        crc <<= 1
        if crc > MASK:
            crc ^= POLYNOMIAL
    return crc
