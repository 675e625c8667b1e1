"""Judges recipients' X.509 certificates for S/MIME: its own word first, then the chain, then revocation.

The chain is built and checked by `cryptography.x509.verification` (signatures, validity, basicConstraints, path
length, name constraints, unknown critical extensions, weak algorithms), with the rules of mail in place of those of
TLS (RFC 8550): emailProtection rather than a purpose of TLS, mail addresses rather than host names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import PublicKeyAlgorithmOID

from gateway.protect.keys.revocation import Revocations
from gateway.protect.keys.rules import KeyRules, day, refused
from gateway.protect.keys.x509_chain import Authorities, Look, chain_to, is_self_signed, look_at
from gateway.protect.keys.x509_read import (
    FOR_MAIL,
    HASHES,
    Read,
    alternative_addresses,
    extension,
    read_one,
    subject_addresses,
    subject_key_id,
)
from gateway.system.clock import Clock

RSA_BITS: Final = 2048
CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedX509:
    """A certificate that may be sealed for, today.

    `pem` is the certificate alone, `kept` the same with those of its chain that came with it, `fingerprint` its SHA-256
    in capitals, `issuer_der` the issuer's name, `ski` the subject key identifier (empty where it has none).
    `algorithm` is `rsa` or `ec`, with `bits` of the modulus or curve.
    `takes_gcm`: the recipient is known to read AES-256-GCM. `until` is when the judgement may change by itself, `ends`
    when the certificate or its chain runs out. `remarks` say what could not be looked at.
    """

    pem: bytes
    kept: bytes
    fingerprint: str
    addresses: frozenset[str]
    issuer_der: bytes
    serial: int
    ski: bytes
    algorithm: str
    bits: int
    curve: str = ""
    takes_gcm: bool = False
    until: datetime
    ends: datetime
    remarks: tuple[str, ...] = ()

    @property
    def key_wrap(self) -> str:
        """How the content's key is wrapped: RSA by itself, or AES-256 under a key agreed with the recipient's."""
        return f"RSA-{self.bits}" if self.algorithm == "rsa" else f"AES-256 key wrap ({self.curve})"


class X509Judge:
    """Judges by the authorities that the operator trusts; `cache` keeps what they said about revocation."""

    def __init__(self, clock: Clock, rules: KeyRules, *, cache: Path, revocations: Revocations | None = None) -> None:
        self._clock = clock
        self._rules = rules
        self._revocations = revocations or Revocations(rules.revocation, cache)
        self._known: dict[str, tuple[Look, JudgedX509]] = {}

    def judge(self, data: bytes) -> JudgedX509:
        """Return what may be sealed for; `NotSealed` with the reason when nothing may.

        A good judgement is remembered until it may change by itself, or until the files of the authorities change.
        """
        now = self._clock.now()
        digest, look = hashlib.sha256(data).hexdigest(), look_at(self._rules.authorities)
        seen, known = self._known.pop(digest, (look, None))
        if known is None or seen != look or known.until <= now:
            known = self.judge_anew([data])
        self._known[digest] = (look, known)
        return known

    def judge_anew(self, versions: Sequence[bytes]) -> JudgedX509:
        """Return the judgement on one certificate, of which there are several files, each with others beside it."""
        now, read = self._clock.now(), read_one(versions)
        certificate = read.certificate
        algorithm, bits, curve = _key(certificate)
        _is_current(certificate, now)
        _is_for_mail(certificate, algorithm)
        _is_signed_well(certificate)
        chain, authorities = self._chain(read, now)
        said = self._revocations.look(chain, authorities.lists, now)
        addresses = _addresses(chain)
        if not addresses:
            raise refused("it names no mail address")
        ends = min(each.not_valid_after_utc for each in chain)
        return JudgedX509(
            pem=certificate.public_bytes(Encoding.PEM),
            kept=Read(certificate=certificate, between=tuple(each for each in read.between if each in chain)).pem,
            fingerprint=read.fingerprint,
            addresses=addresses,
            issuer_der=certificate.issuer.public_bytes(),
            serial=certificate.serial_number,
            ski=subject_key_id(certificate),
            algorithm=algorithm,
            bits=bits,
            curve=curve,
            takes_gcm=read.takes_gcm,
            until=min([ends, *said.until]),
            ends=ends,
            remarks=said.remarks,
        )

    def _chain(self, read: Read, now: datetime) -> tuple[tuple[x509.Certificate, ...], Authorities]:
        """Return the chain from the certificate to an authority, and the authorities; a self-signed one is its own."""
        authorities = Authorities.read(self._rules.authorities)
        is_lone = is_self_signed(read.certificate) and read.certificate not in authorities.certificates
        if is_lone and self._rules.self_signed:
            itself = Authorities(certificates=(read.certificate,))
            return chain_to(read.certificate, (), itself, now), authorities
        if is_lone:
            raise refused("it is self-signed, which the setting keys.self_signed does not allow")
        return chain_to(read.certificate, read.between, authorities, now), authorities


def _key(certificate: x509.Certificate) -> tuple[str, int, str]:
    """Return algorithm, bits and curve of its key; `NotSealed` for a key that cannot encrypt or is too weak."""
    try:
        key = certificate.public_key()
    except Exception:  # noqa: BLE001 - hostile input: whatever the reader raises, the key is not usable
        raise refused("its key cannot be read") from None
    if isinstance(key, rsa.RSAPublicKey):
        if certificate.public_key_algorithm_oid != PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5:
            raise refused("its RSA key is for signatures only (RSASSA-PSS)")
        if key.key_size < RSA_BITS:
            raise refused(f"RSA with {key.key_size} bits is too short")
        return "rsa", key.key_size, ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            raise refused(f"its curve {key.curve.name} is not taken (P-256, P-384 and P-521 are)")
        return "ec", key.curve.key_size, key.curve.name
    raise refused("its key cannot encrypt (neither RSA nor elliptic-curve Diffie-Hellman)")


def _is_current(certificate: x509.Certificate, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise refused(f"it is not valid before {day(certificate.not_valid_before_utc)}")
    if now > certificate.not_valid_after_utc:
        raise refused(f"it has expired on {day(certificate.not_valid_after_utc)}")


def _is_for_mail(certificate: x509.Certificate, algorithm: str) -> None:
    """Check keyUsage and extendedKeyUsage (RFC 8550 sections 4.4.2 and 4.4.4); what is absent limits nothing."""
    usage = extension(certificate, x509.KeyUsage)
    if usage is not None and not (usage.key_encipherment if algorithm == "rsa" else usage.key_agreement):
        wanted = "keyEncipherment" if algorithm == "rsa" else "keyAgreement"
        raise refused(f"its usage does not allow encryption ({wanted} is not set)")
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if purposes is not None and not FOR_MAIL & set(purposes):
        raise refused("it is not for mail (emailProtection is not among its purposes)")


def _is_signed_well(certificate: x509.Certificate) -> None:
    try:
        algorithm = certificate.signature_hash_algorithm
    except Exception:  # noqa: BLE001 - an algorithm that the library does not know
        raise refused("it is signed in a way that is not taken") from None
    if algorithm is not None and algorithm.name not in HASHES:
        raise refused(f"it is signed with {algorithm.name.upper()}, which is not taken")


def _addresses(chain: tuple[x509.Certificate, ...]) -> frozenset[str]:
    """Return the addresses that count. Those in the subject escape name constraints, so then they do not count."""
    named = alternative_addresses(chain[0])
    if named or any(extension(each, x509.NameConstraints) is not None for each in chain[1:]):
        return named
    return subject_addresses(chain[0])
