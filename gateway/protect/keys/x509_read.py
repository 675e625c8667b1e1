"""Reads X.509 certificates from what people send: PEM, DER, and the certificates of a PKCS#7 file or signature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from gateway.protect.keys.addresses import canonical_all
from gateway.protect.keys.rules import refused

LARGEST: Final = 1 << 20  # bytes
FOR_MAIL: Final = frozenset({ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
"""With which certificates, lists and answers may be signed."""

MOST: Final = 20  # certificates in one file: one and its chain are rarely more than five
PEM: Final = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CERTIFICATE|TRUSTED CERTIFICATE|PKCS7|CMS)-----")
PRIVATE: Final = re.compile(rb"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")
SEQUENCE: Final = 0x30
CAPABILITIES: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.15")  # smimeCapabilities (RFC 8551 2.5.2, RFC 4262)
AES256_GCM: Final = bytes.fromhex("060960864801650304012e")  # id-aes256-GCM, 2.16.840.1.101.3.4.1.46 (RFC 5084), in DER
E = TypeVar("E", bound=x509.ExtensionType)
PLAIN_ADDRESS: Final = re.compile(r"[^<>\s@]+@[^<>\s@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One recipient's certificate, and the authorities' certificates that came with it."""

    certificate: x509.Certificate
    between: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the certificate, in capitals."""
        return self.certificate.fingerprint(SHA256()).hex().upper()

    @property
    def takes_gcm(self) -> bool:
        """Whether it says that its owner reads AES-256-GCM."""
        return takes_gcm(self.certificate)

    @property
    def pem(self) -> bytes:
        """How it is kept: the certificate first, then those between it and an authority."""
        return b"".join(each.public_bytes(Encoding.PEM) for each in (self.certificate, *self.between))


def looks_like_x509(data: bytes) -> bool:
    """Say whether this is to be read as X.509: PEM of such a kind, or a DER sequence, which no OpenPGP packet is."""
    return PEM.search(data) is not None or data[:1] == bytes([SEQUENCE])


def certificates(data: bytes) -> list[x509.Certificate]:
    """Return all certificates in a file, each once; `NotSealed` when there is none or a private key."""
    if len(data) > LARGEST:
        raise refused("it is larger than 1 MiB")
    if PRIVATE.search(data):
        raise refused("it holds a private key, which must never leave its owner")
    found = list(dict.fromkeys(_load(data)))
    if not found:
        raise refused("there is no certificate in it that can be read")
    if len(found) > MOST:
        raise refused(f"there are more than {MOST} certificates in it")
    return found


def read_one(versions: Sequence[bytes]) -> Read:
    """Return the one recipient's certificate in these files, and what else is in them; `NotSealed`."""
    found = list(dict.fromkeys(each for data in versions for each in certificates(data)))
    recipients = [each for each in found if not is_authority(each)]
    if not recipients:
        raise refused("it is the certificate of an authority, not of a recipient")
    if len(recipients) > 1:
        raise refused(f"there are {len(recipients)} recipients' certificates in it, not one")
    return Read(certificate=recipients[0], between=tuple(each for each in found if each is not recipients[0]))


def each_recipient(data: bytes) -> list[bytes]:
    """Return every recipient's certificate in a file apart, each with all authorities' certificates beside it."""
    found = certificates(data)
    between = tuple(each for each in found if is_authority(each))
    return [Read(certificate=each, between=between).pem for each in found if not is_authority(each)]


def is_authority(certificate: x509.Certificate) -> bool:
    """Say whether a certificate may issue others (basicConstraints, RFC 5280 section 4.2.1.9)."""
    constraints = extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    """Return an extension's value, None where it is absent; `NotSealed` where the extensions cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise refused("its extensions cannot be read") from None


def alternative_addresses(certificate: x509.Certificate) -> frozenset[str]:
    """Return the addresses among its alternative names (rfc822Name), in lower case."""
    names = extension(certificate, x509.SubjectAlternativeName)
    return _plain(names.get_values_for_type(x509.RFC822Name)) if names is not None else frozenset()


def subject_addresses(certificate: x509.Certificate) -> frozenset[str]:
    """Return the addresses in its subject, where older certificates have them (RFC 8550 section 3)."""
    attributes = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    return _plain([str(each.value) for each in attributes])


def takes_gcm(certificate: x509.Certificate) -> bool:
    """Say whether its capabilities name AES-256-GCM."""
    with suppress(x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        said = certificate.extensions.get_extension_for_oid(CAPABILITIES).value
        return isinstance(said, x509.UnrecognizedExtension) and AES256_GCM in _entries(said.value)
    return False


def subject_key_id(certificate: x509.Certificate) -> bytes:
    """Return the subject key identifier, empty where it has none."""
    with suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value
        return found.digest if isinstance(found, x509.SubjectKeyIdentifier) else b""
    return b""


def _plain(addresses: Sequence[str]) -> frozenset[str]:
    return canonical_all(each for each in addresses if each.isascii() and PLAIN_ADDRESS.fullmatch(each))


def _load(data: bytes) -> list[x509.Certificate]:
    try:
        found = _load_pem(data) if PEM.search(data) else _load_der(data)
        for each in found:  # the library reads these when they are first asked for, and raises then
            _ = (each.subject, each.issuer, each.serial_number, each.not_valid_before_utc, each.not_valid_after_utc)
            _ = each.extensions
    except Exception:  # noqa: BLE001 - hostile input: whatever the reader raises, this is no certificate
        raise refused("it cannot be read as a certificate") from None
    return found


def _load_pem(data: bytes) -> list[x509.Certificate]:
    plain = data.replace(b"-----BEGIN CMS-", b"-----BEGIN PKCS7-").replace(b"-----END CMS-", b"-----END PKCS7-")
    found = pkcs7.load_pem_pkcs7_certificates(plain) if b"-----BEGIN PKCS7-----" in plain else []
    return found + (x509.load_pem_x509_certificates(data) if b"CERTIFICATE-----" in data else [])


def _load_der(data: bytes) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(data)


def _entries(der: bytes) -> list[bytes]:
    """Return the identifiers, in DER, that a list of capabilities begins its entries with."""
    found = []
    body = _content(der, SEQUENCE)[0]
    while body:
        entry, body = _content(body, SEQUENCE)
        found.append(entry[: 2 + entry[1]] if len(entry) > 1 else b"")
    return found


def _content(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the first value, which must have this tag, and what follows it; `ValueError`."""
    if len(der) < 2 or der[0] != tag:  # noqa: PLR2004 - a tag and a length
        raise ValueError("not the expected value")
    size, start = der[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[2:start])
    if start + size > len(der):
        raise ValueError("cut short")
    return der[start : start + size], der[start + size :]
