"""What a sealed CMS file must say of itself: one recipient, AES-256 and nothing less, as many octets as went in."""

from __future__ import annotations

from typing import Final, Protocol

from gateway.errors import NotSealed
from gateway.protect.methods.cms_reader import (
    BITS,
    CONSTRUCTED,
    CONTEXT,
    OCTETS,
    SEQUENCE,
    Enveloped,
    element,
    integer,
)
from gateway.protect.methods.smime_engine import Suite

# AlgorithmIdentifiers in DER
RSA_PKCS1: Final = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption (RFC 3370 section 4.2.1)
RSA_OAEP_SHA256: Final = bytes.fromhex(  # id-RSAES-OAEP with SHA-256, and MGF1 with SHA-256 (RFC 4055 section 4.1)
    "303806092a864886f70d010107302ba00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201"
)
ECDH_SHA256_AES256: Final = bytes.fromhex(  # stdDH-sha256kdf-scheme with id-aes256-wrap (RFC 5753 section 7.1.4)
    "301506062b8104010b01300b060960864801650304012d"
)
EC_PUBLIC_KEY: Final = bytes.fromhex("300906072a8648ce3d0201")  # id-ecPublicKey without parameters (RFC 5753 3.1.1)
AES256_CBC: Final = bytes.fromhex("060960864801650304012a")  # the identifiers (RFC 3565, RFC 5084)
AES256_GCM: Final = bytes.fromhex("060960864801650304012e")
BLOCK: Final = 16
NONCE: Final = 12
TAG: Final = 16
WRAPPED: Final = 40  # octets of a key of 32, wrapped (RFC 3394)


class X509Recipient(Protocol):
    """What is needed of a judged certificate (`keys.x509.JudgedX509`)."""

    @property
    def pem(self) -> bytes:
        """The certificate alone."""

    @property
    def fingerprint(self) -> str:
        """Its SHA-256, in capitals."""

    @property
    def issuer_der(self) -> bytes:
        """Its issuer's name."""

    @property
    def serial(self) -> int:
        """Its serial number."""

    @property
    def algorithm(self) -> str:
        """`rsa` or `ec`."""

    @property
    def bits(self) -> int:
        """How long the modulus is, or the curve's field."""

    @property
    def takes_gcm(self) -> bool:
        """Whether its owner is known to read AES-256-GCM."""


def require(said: Enveloped, key: X509Recipient, suite: Suite, size: int) -> None:
    """Require that a sealed file says of itself what was asked for; `NotSealed` names what is otherwise."""
    nonce = said.content_algorithm[-BLOCK:] if not suite.gcm else said.content_algorithm[-3 - NONCE : -3]
    is_so = {
        "recipient": said.named == element(SEQUENCE, key.issuer_der, integer(key.serial)),
        "way to encrypt the key": said.key_algorithm == _key_algorithm(suite),
        "length of the encrypted key": said.key_size == (-(-key.bits // 8) if suite.rsa else WRAPPED),
        "key of ours": said.originator == (b"" if suite.rsa else _originator(said.originator, key.bits)),
        "form": said.authenticated == suite.gcm,
        "cipher": said.content_algorithm == _content_algorithm(suite, nonce) and any(nonce),
        "size": said.content_size == (size if suite.gcm else (size // BLOCK + 1) * BLOCK),
        "tag": said.tag_size == (TAG if suite.gcm else 0),
    }
    others = [what for what, so in is_so.items() if not so]
    if others:
        raise NotSealed(f"the sealed file has another {others[0]} than was asked for", hint="the delivery is held")


def _key_algorithm(suite: Suite) -> bytes:
    if not suite.rsa:
        return ECDH_SHA256_AES256
    return RSA_OAEP_SHA256 if suite.gcm else RSA_PKCS1


def _content_algorithm(suite: Suite, nonce: bytes) -> bytes:
    if suite.gcm:
        return element(SEQUENCE, AES256_GCM, element(SEQUENCE, element(OCTETS, nonce), integer(TAG)))
    return element(SEQUENCE, AES256_CBC, element(OCTETS, nonce))


def _originator(found: bytes, bits: int) -> bytes:
    """Return the form of a fresh public key on a curve: an uncompressed point (SEC 1 section 2.3.3)."""
    coordinates = found[-2 * -(-bits // 8) :]
    return element(CONTEXT | CONSTRUCTED | 1, EC_PUBLIC_KEY, element(BITS, b"\0\4", coordinates))
