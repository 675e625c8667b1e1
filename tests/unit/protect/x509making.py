"""Makes X.509 authorities, certificates and lists of revocations for tests: good ones, and bad ones of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
ADDRESS = "alice@partner.example"
ENCIPHER, AGREE, SIGN, ISSUE = "key_encipherment", "key_agreement", "digital_signature", "key_cert_sign"
GCM = bytes.fromhex("300d300b0609608648016503040 12e".replace(" ", ""))
"""SMIMECapabilities that name id-aes256-GCM and nothing else."""
CAPABILITIES = x509.ObjectIdentifier("1.2.840.113549.1.9.15")
MAIL, TLS = ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SERVER_AUTH

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Extension: TypeAlias = tuple[x509.ExtensionType, bool]


@cache
def rsa_key(bits: int = 2048, which: int = 0) -> rsa.RSAPrivateKey:
    """Return an RSA key; the same one for the same `which`, because making them is slow."""
    del which
    return rsa.generate_private_key(65537, bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def usage(*what: str) -> Extension:
    flags = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**flags, **dict.fromkeys(what, True)}), True


def name(text: str, mail: str = "") -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, text)]
    return x509.Name([*attributes, *([x509.NameAttribute(NameOID.EMAIL_ADDRESS, mail)] if mail else [])])


def names(*addresses: str) -> Extension:
    return x509.SubjectAlternativeName([x509.RFC822Name(each) for each in addresses]), False


def purposes(*what: x509.ObjectIdentifier) -> Extension:
    return x509.ExtendedKeyUsage(what), False


def points_at(*, lists: str = "", responder: str = "") -> list[Extension]:
    """Return the extensions that say where revocations can be looked up."""
    found: list[Extension] = []
    if lists:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        found.append((x509.CRLDistributionPoints([point]), False))
    if responder:
        oid = x509.oid.AuthorityInformationAccessOID.OCSP
        access = x509.AccessDescription(oid, x509.UniformResourceIdentifier(responder))
        found.append((x509.AuthorityInformationAccess([access]), False))
    return found


class Authority:
    """Somebody who issues certificates and lists of revocations."""

    def __init__(
        self,
        title: str = "Root",
        parent: Authority | None = None,
        length: int | None = None,
        more: Sequence[Extension] = (),
    ) -> None:
        self.key = ec_key()
        self.title = title
        parent = parent or self
        extensions = [(x509.BasicConstraints(ca=True, path_length=length), True), usage(ISSUE, "crl_sign"), *more]
        self.certificate = make(self.key, name(title), parent.key, name(parent.title), extensions, days=(-400, 4000))

    def issue(
        self,
        key: Key | None = None,
        extensions: Sequence[Extension] | None = None,
        *,
        subject: x509.Name | None = None,
        days: tuple[float, float] = (-10, 300),
    ) -> x509.Certificate:
        """Issue an ordinary certificate for mail, unless told otherwise."""
        key = key or rsa_key()
        ordinary = [usage(ENCIPHER if isinstance(key, rsa.RSAPrivateKey) else AGREE), names(ADDRESS), purposes(MAIL)]
        wanted = ordinary if extensions is None else extensions
        return make(key, subject or name("Alice"), self.key, name(self.title), wanted, days=days)

    def ordinary(self, *more: Extension) -> x509.Certificate:
        """Issue an ordinary certificate with some more extensions."""
        return self.issue(None, [usage(ENCIPHER), names(ADDRESS), purposes(MAIL), *more])

    def revoke(
        self, *certificates: x509.Certificate, days: tuple[float, float] = (-1, 7), more: Sequence[Extension] = ()
    ) -> x509.CertificateRevocationList:
        """Return a list with these certificates revoked."""
        start, end = (NOW + timedelta(days=each) for each in days)
        builder = x509.CertificateRevocationListBuilder().issuer_name(name(self.title))
        builder = builder.last_update(start).next_update(end)
        for each in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(each.serial_number).revocation_date(start).build()
            builder = builder.add_revoked_certificate(entry)
        for value, critical in more:
            builder = builder.add_extension(value, critical)
        return builder.sign(self.key, hashes.SHA256())


def make(
    key: Key,
    subject: x509.Name,
    issuer_key: Key,
    issuer: x509.Name,
    extensions: Sequence[Extension],
    *,
    days: tuple[float, float],
) -> x509.Certificate:
    """Return a certificate with exactly these extensions and a subject key identifier."""
    start, end = (NOW + timedelta(days=each) for each in days)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    for value, critical in (*extensions, (identifier, False)):
        builder = builder.add_extension(value, critical)
    is_edwards = isinstance(issuer_key, ed25519.Ed25519PrivateKey)
    return builder.sign(issuer_key, None if is_edwards else hashes.SHA256())


def self_signed(*extensions: Extension) -> x509.Certificate:
    key = rsa_key()
    return make(key, name("Alice"), key, name("Alice"), [usage(ENCIPHER), names(ADDRESS), *extensions], days=(-10, 300))


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def private_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def trust(folder: Path, *authorities: Authority, lists: Sequence[x509.CertificateRevocationList] = ()) -> Path:
    """Write a folder of authorities and lists, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(authorities):
        (folder / f"{number}.pem").write_bytes(pem(each.certificate))
    for number, revoked in enumerate(lists):
        (folder / f"{number}.crl").write_bytes(revoked.public_bytes(Encoding.DER))
    return folder
