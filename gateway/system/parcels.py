"""Sealed messages between two processes of one installation that share a database and no key.

HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The receiver draws a key in memory
and says its public half; whoever seals needs nothing else. `about` is bound into the seal, so that what was sealed for
one purpose opens for no other. Nothing proves who sealed it: that is for whoever guards the place where it lies.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from gateway.errors import Damaged, NotAccepted

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
INFO: Final = "gateway parcel 1: "


class ParcelKey:
    """A key that lives as long as its object, and opens what was sealed for its `public` half (base64)."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public = base64.b64encode(self._private.public_key().public_bytes_raw()).decode("ascii")

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed for this key and purpose; `Damaged` for anything else."""
        try:
            return SUITE.decrypt(sealed, self._private, _info(about))
        except (InvalidTag, ValueError):
            raise Damaged("a parcel cannot be opened", hint="it is for another key; ask again") from None


def seal(content: bytes, public: str, about: str) -> bytes:
    """Return content sealed for the key whose public half this is; `NotAccepted` where it is none."""
    try:
        key = X25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        return SUITE.encrypt(content, key, _info(about))
    except (binascii.Error, ValueError):  # of a point of low order nothing secret would come: RFC 9180 section 7.1.4
        raise NotAccepted("that is no key to seal for", hint="load the page again") from None


def _info(about: str) -> bytes:
    return f"{INFO}{about}".encode()
