"""Our own look at the key packets of an OpenPGP certificate: versions, algorithms, curves, key wraps (RFC 9580 5.5).

Says who can judge a certificate, and what no program says of a key that gpg cannot read. Nothing here is trusted to be
bound to anything: signatures are looked at by those who judge.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.protect.keys.judged import LARGEST
from gateway.protect.keys.listing import WRAPS
from gateway.protect.keys.rules import KeyWrap
from gateway.protect.packets import packets

PRIMARY: Final = frozenset({5, 6})
SUBKEY: Final = frozenset({7, 14})
SECRET: Final = frozenset({5, 7})
SIX: Final = 6
RSA: Final = frozenset({1, 2, 3})
ECDH: Final = 18
X25519: Final = 25
X448: Final = 26
CLASSIC: Final = frozenset({1, 2, ECDH})
NEW: Final = frozenset(range(25, 29))  # X25519, X448, Ed25519, Ed448 as RFC 9580 writes them: gpg reads none of them
FIXED: Final = {X25519: ("x25519", 255, KeyWrap.AES128), X448: ("x448", 448, KeyWrap.AES256)}
"""Curve, bits and key wrap, which RFC 9580 sections 5.1.6 and 5.1.7 lay down once for all."""

CURVES: Final = {
    "2a8648ce3d030107": ("nistp256", 256),
    "2b81040022": ("nistp384", 384),
    "2b81040023": ("nistp521", 521),
    "2b060104019755010501": ("cv25519", 255),
}
BEGIN, END = b"-----BEGIN PGP", b"-----END PGP"
SUM: Final = 5  # characters of the line that ends armour with a sum: = and four more


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPacket:
    """One key as it stands in a certificate. `wrap` is None where it cannot encrypt, or in no way that we know."""

    is_primary: bool
    is_secret: bool
    version: int
    algorithm: int
    created: datetime
    bits: int = 0
    curve: str = ""
    wrap: KeyWrap | None = None


def key_packets(data: bytes) -> tuple[KeyPacket, ...]:
    """Return the keys in a certificate, binary or armoured; none where it is not well formed, or too large."""
    if len(data) > LARGEST:
        return ()
    try:
        return tuple(
            read_key(packet.start, is_primary=packet.tag in PRIMARY, is_secret=packet.tag in SECRET)
            for packet in packets(_binary(data))
            if packet.tag in PRIMARY | SUBKEY
        )
    except (ValueError, IndexError):
        return ()


def is_beyond_gpg(data: bytes) -> bool:
    """Say whether gpg can read none of a certificate's keys that matter: version 6, or only the new algorithms."""
    keys = key_packets(data)
    if any(key.version == SIX or (key.is_primary and key.algorithm in NEW) for key in keys):
        return True
    below = {key.algorithm for key in keys if not key.is_primary}
    return bool(below & {X25519, X448}) and not below & CLASSIC


def read_key(body: bytes, *, is_primary: bool, is_secret: bool = False) -> KeyPacket:
    """Return what the beginning of a key packet's body says; `ValueError`, `IndexError` where it is cut short."""
    version, algorithm = body[0], body[5]
    rest = body[10:] if version == SIX else body[6:]
    bits, curve, wrap = 0, "", None
    if algorithm in RSA:
        bits, wrap = int.from_bytes(rest[:2]), KeyWrap.RSA
    elif algorithm in FIXED:
        curve, bits, wrap = FIXED[algorithm]
    elif algorithm == ECDH:
        bits, curve, wrap = _ecdh(rest)
    return KeyPacket(
        is_primary=is_primary,
        is_secret=is_secret,
        version=version,
        algorithm=algorithm,
        created=datetime.fromtimestamp(int.from_bytes(body[1:5]), UTC),
        bits=bits,
        curve=curve,
        wrap=wrap,
    )


def _ecdh(rest: bytes) -> tuple[int, str, KeyWrap | None]:
    """Return bits, curve and key wrap of an ECDH key: its curve's identifier, its point, its derivation parameters."""
    size = rest[0]
    curve, bits = CURVES.get(rest[1 : 1 + size].hex(), ("", 0))
    at = 1 + size
    at += 2 + (int.from_bytes(rest[at : at + 2]) + 7) // 8
    parameters = rest[at : at + 4]
    is_known = parameters[:2] == b"\x03\x01" and bool(curve)
    return bits, curve, WRAPS.get(parameters[3:].hex().upper()) if is_known else None


def _binary(data: bytes) -> bytes:
    """Return the packets of one or more armoured blocks, without the sum at their ends, which RFC 9580 let go."""
    if BEGIN not in data:
        return data
    try:
        return b"".join(base64.b64decode(_body(block), validate=True) for block in data.split(BEGIN)[1:])
    except binascii.Error:
        return b""


def _body(block: bytes) -> bytes:
    """Return what stands in a block between the empty line behind its head and its sum or end."""
    lines = [line.strip() for line in block.partition(END)[0].splitlines()]
    empty = lines.index(b"") if b"" in lines else len(lines)
    body = lines[empty + 1 :]
    return b"".join(line for line in body if not (len(line) == SUM and line.startswith(b"=")))
