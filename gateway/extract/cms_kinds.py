"""The kinds of CMS file (RFC 5652 3), told by their first octets: bare, in base64, or with PEM lines (RFC 7468)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from gateway.extract import media

DATA, SIGNED, ENVELOPED, DIGESTED, ENCRYPTED = (
    bytes.fromhex("2a864886f70d0107") + bytes([number]) for number in (1, 2, 3, 5, 6)
)
SMIME_ARC: Final = bytes.fromhex("2a864886f70d01091001")
AUTHENTICATED, COMPRESSED, AUTH_ENVELOPED = (SMIME_ARC + bytes([number]) for number in (2, 9, 23))
KINDS: Final = frozenset({DATA, SIGNED, ENVELOPED, DIGESTED, ENCRYPTED, AUTHENTICATED, COMPRESSED, AUTH_ENVELOPED})
PKCS_7: Final = bytes.fromhex("2a864886f70d0107")
PEM: Final = re.compile(rb"-----BEGIN (PKCS7|PKCS #7 SIGNED DATA|CMS)-----(.*?)(?:-----END \1-----|\Z)", re.DOTALL)
BARE_BASE64: Final = re.compile(rb"M[A-P][A-Za-z0-9+/\s]{30}")  # 0x30 and a length, in base64
SEQUENCE: Final = b"\x30"
START, WHERE_TYPE_IS = 48, 10
"""Octets in which the type stands, and before which it begins: an identifier, and at most nine octets of length."""


def der_of(untrusted: bytes) -> bytes:
    """Return the DER or BER in a file: bare, between PEM lines, or in base64. Empty when it is none of that."""
    if untrusted[:1] == SEQUENCE:
        return untrusted
    text = untrusted.lstrip()
    if found := PEM.match(text):
        return _base64(found[2])
    return _base64(text) if BARE_BASE64.match(text) else b""


def _base64(text: bytes) -> bytes:
    """Return what a text in base64 says, as far as it is that."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return base64.b64decode(kept[: len(kept) & ~3])


def cms_kind(untrusted: bytes) -> str:
    """Return the media type of a CMS file, from its first octets; empty when it is none."""
    data = der_of(untrusted[: 8 * START])[:START]
    before, _, rest = data.partition(b"\x06")
    kind = rest[1 : 1 + rest[0]] if rest else b""
    if data[:1] != SEQUENCE or len(before) > WHERE_TYPE_IS or kind not in KINDS:
        return ""
    return media.SIGNATURE if kind == SIGNED else media.CMS
