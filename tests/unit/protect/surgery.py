"""Packet surgery on OpenPGP certificates: what no honest program writes."""

from __future__ import annotations

import warnings
from typing import Any

import gateway.protect.methods.pgpy_engine  # noqa: F401 - puts the ciphers back where PGPy looks
from gateway.protect.keys.key_packets import read_key

PRIMARY, SUBKEY, SIGNATURE, USER = 6, 14, 2, 13


def cut(data: bytes) -> list[tuple[int, bytes]]:
    """Cut a binary certificate into (tag, whole packet); gpg writes old-format packets."""
    raw: list[tuple[int, bytes]] = []
    while data:
        head = data[0]
        width = (1, 2, 4)[head & 3]
        size = 1 + width + int.from_bytes(data[1 : 1 + width])
        raw.append(((head >> 2) & 15, data[:size]))
        data = data[size:]
    return raw


def joined(packets: list[tuple[int, bytes]]) -> bytes:
    return b"".join(raw for _, raw in packets)


def grafted(certificate: bytes, other: bytes, *, with_own_binding: bool) -> bytes:
    """Return the certificate with the other's subkey: under a copy of a binding of its own, or under the other's."""
    own, foreign = cut(certificate), cut(other)
    at = [tag for tag, _ in foreign].index(SUBKEY)
    binding = own[[tag for tag, _ in own].index(SUBKEY) + 1] if with_own_binding else foreign[at + 1]
    return joined([*own, foreign[at], binding])


def without(certificate: bytes, tag: int) -> bytes:
    """Return the certificate without a kind of packet and the signatures that follow each."""
    kept, dropping = [], False
    for kind, raw in cut(certificate):
        dropping = kind == tag or (dropping and kind == SIGNATURE)
        if not dropping:
            kept.append((kind, raw))
    return joined(kept)


def with_stronger_wrap() -> bytes:
    """Return a certificate whose cv25519 subkey asks for AES-256 to wrap session keys: PGPy binds what it is told."""
    import pgpy  # noqa: PLC0415 - after the line above, as the product does
    from pgpy.constants import (  # noqa: PLC0415 - after that
        EllipticCurveOID,
        HashAlgorithm,
        KeyFlags,
        PubKeyAlgorithm,
        SymmetricKeyAlgorithm,
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key: Any = pgpy.PGPKey.new(PubKeyAlgorithm.EdDSA, EllipticCurveOID.Ed25519)
        user = pgpy.PGPUID.new("Alice", email="alice@partner.example")
        key.add_uid(user, usage={KeyFlags.Certify, KeyFlags.Sign}, hashes=[HashAlgorithm.SHA256])
        sub: Any = pgpy.PGPKey.new(PubKeyAlgorithm.ECDH, EllipticCurveOID.Curve25519)
        sub._key.keymaterial.kdf.encalg = SymmetricKeyAlgorithm.AES256
        sub._key.keymaterial.kdf.halg = HashAlgorithm.SHA512
        key.add_subkey(sub, usage={KeyFlags.EncryptCommunications, KeyFlags.EncryptStorage})
        return bytes(key.pubkey)


def wraps(certificate: bytes) -> list[str]:
    """Return the key wraps of the subkeys of a binary certificate as our own reader sees them."""
    bodies = [raw[1 + (1, 2, 4)[raw[0] & 3] :] for tag, raw in cut(certificate) if tag == SUBKEY]
    return [str(read_key(body, is_primary=False).wrap) for body in bodies]
