"""What the house signs with: a certificate for mail and its private key, read and judged anew each time.

The key is in a file of its owner alone, in PEM, with a passphrase or without. A certificate that has run out, is not
for signing or does not belong to the key signs nothing: then a delivery is held, and `gateway doctor` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from gateway.errors import Unsound
from gateway.protect.keys.x509_read import FOR_MAIL
from gateway.protect.methods.smime_engine import SigningKey
from gateway.store.keepers.credential import Secret
from gateway.store.master_key import read_private

WEAKEST_RSA: Final = 2048
SOON: Final = timedelta(days=30)
LARGEST: Final = 1 << 20  # bytes of the certificate and those between it and an authority
RENEW: Final = "name a valid certificate and its key under 'smime' in the configuration, or leave 'smime' out"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningFiles:
    """Where they are. `certificate` has the signer's first, then those between it and an authority."""

    certificate: Path
    key: Path
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """What may be signed with today."""

    key: SigningKey
    fingerprint: str
    ends: datetime

    def ends_soon(self, now: datetime) -> bool:
        """Say whether it is time to renew the certificate."""
        return self.ends - now < SOON


def read_signer(files: SigningFiles, now: datetime) -> Signer:
    """Return what may be signed with; `Unsound` with the reason when nothing may."""
    certificate, *others = _certificates(files.certificate)
    _judge(certificate, now)
    pem = read_private(files.key)
    passphrase = files.passphrase.read() if files.passphrase else None
    _is_its_key(certificate, _private(pem, passphrase))
    return Signer(
        key=SigningKey(
            certificate=certificate.public_bytes(Encoding.PEM),
            others=b"".join(each.public_bytes(Encoding.PEM) for each in others if each != certificate),
            key=pem,
            passphrase=passphrase,
        ),
        fingerprint=certificate.fingerprint(SHA256()).hex().upper(),
        ends=certificate.not_valid_after_utc,
    )


def _certificates(path: Path) -> Sequence[x509.Certificate]:
    try:
        with path.open("rb") as source:
            return x509.load_pem_x509_certificates(source.read(LARGEST))
    except OSError as error:
        raise _refused(f"{path} cannot be read ({error.strerror})") from None
    except ValueError:
        raise _refused(f"{path} holds no certificate in PEM") from None


def _judge(certificate: x509.Certificate, now: datetime) -> None:
    """Refuse one that is not valid today, or not for signing mail (RFC 8550 section 4.4)."""
    if now < certificate.not_valid_before_utc:
        raise _refused(f"it is not valid before {certificate.not_valid_before_utc:%d %B %Y}")
    if now > certificate.not_valid_after_utc:
        raise _refused(f"it has expired on {certificate.not_valid_after_utc:%d %B %Y}")
    try:
        usage, purposes = _usage(certificate)
    except (ValueError, x509.DuplicateExtension):
        raise _refused("its extensions cannot be read") from None
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise _refused("its usage does not allow signatures (digitalSignature is not set)")
    if purposes is not None and not FOR_MAIL & set(purposes):
        raise _refused("it is not for mail (emailProtection is not among its purposes)")


def _usage(certificate: x509.Certificate) -> tuple[x509.KeyUsage | None, x509.ExtendedKeyUsage | None]:
    found = {type(each.value): each.value for each in certificate.extensions}
    usage, purposes = found.get(x509.KeyUsage), found.get(x509.ExtendedKeyUsage)
    return (
        usage if isinstance(usage, x509.KeyUsage) else None,
        purposes if isinstance(purposes, x509.ExtendedKeyUsage) else None,
    )


def _private(pem: bytes, passphrase: str | None) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, passphrase.encode() if passphrase is not None else None)
    except (ValueError, TypeError):  # a wrong passphrase; one that is missing, or that is not needed
        raise _refused("its key cannot be read with the passphrase that is set, or without one") from None


def _is_its_key(certificate: x509.Certificate, key: PrivateKeyTypes) -> None:
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _refused("its key is neither RSA nor elliptic-curve")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < WEAKEST_RSA:
        raise _refused(f"RSA with {key.key_size} bits is too short")
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise _refused("the key does not belong to it")


def _refused(why: str) -> Unsound:
    return Unsound(f"the signing certificate cannot be used: {why}", hint=RENEW)
