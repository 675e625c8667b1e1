"""The chain from a recipient's certificate to an authority that the operator trusts (RFC 5280, RFC 8550)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gateway.errors import NotFound, NotSealed
from gateway.protect.keys.rules import refused
from gateway.protect.keys.x509_read import FOR_MAIL

ENDINGS: Final = frozenset({".pem", ".crt", ".cer", ".der"})
DEPTH: Final = 8  # authorities between
Look: TypeAlias = tuple[tuple[str, int, int], ...]
"""Names, times of change in nanoseconds, and sizes."""

NO_ISSUER: Final = "no interior errors"
"""How the library says that it found nobody who could have issued a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """The certificates that chains must lead to, and the lists of revocations that lie beside them."""

    certificates: tuple[x509.Certificate, ...] = ()
    lists: tuple[x509.CertificateRevocationList, ...] = ()

    @classmethod
    def read(cls, place: Path | None) -> Authorities:
        """Read a file of certificates with the `.crl` files beside it, or a folder of both; `NotFound`, `NotSealed`."""
        if place is None:
            return cls()
        if not place.exists():
            raise NotFound(f"there are no authorities at {place}", hint="correct 'authorities' under 'keys'")
        folder = place if place.is_dir() else place.parent
        files = [place] if place.is_file() else [path for path in _files(folder) if path.suffix.lower() in ENDINGS]
        lists = [path for path in _files(folder) if path.suffix.lower() == ".crl"]
        return cls(
            certificates=tuple(each for path in files for each in _certificates(path)),
            lists=tuple(read_list(path.read_bytes(), str(path)) for path in lists),
        )


def look_at(place: Path | None) -> Look:
    """Return what the files of the authorities look like: another look, another judgement."""
    if place is None or not place.exists():
        return ()
    files = [place, *_files(place if place.is_dir() else place.parent)]
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)


def _files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _certificates(path: Path) -> list[x509.Certificate]:
    data = path.read_bytes()
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except Exception:  # noqa: BLE001 - as below: the reader has many ways to say it
        raise NotSealed(f"{path} cannot be read as certificates of authorities", hint="correct or remove it") from None


def read_list(data: bytes, name: str) -> x509.CertificateRevocationList:
    """Return a list of revocations, PEM or DER; `NotSealed`."""
    try:
        found = x509.load_pem_x509_crl(data) if b"-----BEGIN" in data else x509.load_der_x509_crl(data)
        # the library reads these when they are first asked for, and raises then
        _ = (found.issuer, found.last_update_utc, found.next_update_utc)
    except Exception:  # noqa: BLE001 - hostile input: whatever the reader raises, this is no list
        raise NotSealed(f"{name} cannot be read as a list of revocations", hint="fetch it again") from None
    return found


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Say whether a certificate was issued by its own key."""
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def chain_to(
    certificate: x509.Certificate, between: Sequence[x509.Certificate], authorities: Authorities, now: datetime
) -> tuple[x509.Certificate, ...]:
    """Return the chain, the recipient's certificate first; `NotSealed` with the reason when none holds."""
    if not authorities.certificates:
        raise refused("no authorities are trusted here; 'authorities' under 'keys' in the configuration names them")
    builder = PolicyBuilder().store(Store(list(authorities.certificates))).time(now).max_chain_depth(DEPTH)
    verifier = builder.extension_policies(
        ca_policy=ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_issue)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _is_for_mail),
        ee_policy=ExtensionPolicy.permit_all(),
    ).build_client_verifier()  # a client, because it is not asked for a host name; the purpose is checked by us
    try:
        return tuple(verifier.verify(certificate, list(between)).chain)
    except VerificationError as error:
        raise refused(_reason(str(error))) from None
    except ValueError:  # an extension of some certificate that cannot be read
        raise refused("a certificate in its chain cannot be read") from None


def _may_issue(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("an issuer may not issue certificates (keyCertSign)")


def _is_for_mail(_policy: Policy, _certificate: x509.Certificate, purposes: x509.ExtendedKeyUsage | None) -> None:
    if purposes is not None and not FOR_MAIL & set(purposes):
        raise ValueError("an issuer is not for mail (extendedKeyUsage)")


def _reason(said: str) -> str:
    """Return why no chain holds, in our words where we have them."""
    plain = said.partition(" (encountered processing")[0].removeprefix("validation failed: ")
    if NO_ISSUER in plain:
        return "it was not issued by an authority trusted here, or a certificate between them is missing"
    return f"its chain to an authority does not hold: {plain.rpartition('candidates exhausted: ')[2]}"
