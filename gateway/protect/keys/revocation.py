"""Whether a certificate was revoked: lists that lie beside the authorities, and, where the operator wants it, asked.

A list counts when its issuer signed it and it is of today. What an old list revokes stays revoked; what it does not
name is not known. Authorities are asked only about certificates whose chain holds, so an address that is asked was
vouched for by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import AuthorityInformationAccessOID

from gateway.errors import NotSealed, TryLater
from gateway.protect.keys.ocsp import ask_responder
from gateway.protect.keys.rules import Revocation, day, refused
from gateway.protect.keys.said import Answer, Kept
from gateway.protect.keys.web import Request, Web
from gateway.protect.keys.x509_chain import read_list
from gateway.protect.keys.x509_read import HASHES, extension, is_authority

LARGEST: Final = 20 << 20  # bytes; the largest lists of public authorities are about half of that
SKEW: Final = timedelta(minutes=5)
UNKNOWN: Final = Answer()
STALE: Final = "the list of its authority has run out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of looking: until when that holds, and what could not be looked at."""

    until: tuple[datetime, ...] = ()
    remarks: tuple[str, ...] = ()


class Revocations:
    """Looks for revocations; `cache` keeps what was fetched until it runs out."""

    def __init__(self, mode: Revocation, cache: Path, *, web: Web | None = None) -> None:
        self._mode = mode
        self._kept = Kept(cache)
        self._web = web or Web()

    def look(
        self, chain: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList], now: datetime
    ) -> Said:
        """Look at every certificate of a chain but its end. Raises `NotSealed` where one was revoked.

        Where authorities must be asked (`required`), not to know is refused too.
        """
        until: list[datetime] = []
        remarks: list[str] = []
        for certificate, issuer in pairwise(chain):
            whose = "the certificate of its issuer" if is_authority(certificate) else "it"
            answer = self._one(certificate, issuer, lists, now)
            if answer.revoked_at is not None:
                raise refused(f"{whose} was revoked on {day(answer.revoked_at)}")
            if answer.is_good and answer.until is not None:
                until.append(answer.until)
            elif not answer.is_good and self._mode is Revocation.REQUIRED:
                raise refused(f"nobody says whether {whose} was revoked ({answer.trouble or 'no list, no responder'})")
            elif not answer.is_good and (answer.trouble or self._mode is not Revocation.OFF):
                remarks.append(f"not known whether {whose} was revoked: {answer.trouble or 'no list, no responder'}")
        if remarks:
            until.append(now + timedelta(minutes=10))  # whoever could not be asked is asked again
        return Said(until=tuple(until), remarks=tuple(remarks))

    def _one(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        lists: Sequence[x509.CertificateRevocationList],
        now: datetime,
    ) -> Answer:
        answers = [judge_list(each, certificate, issuer, now) for each in lists if each.issuer == certificate.issuer]
        local = _best(answers)
        if local.is_good or local.revoked_at is not None or self._mode is Revocation.OFF:
            return local
        for answer in self._asked(certificate, issuer, now):
            if answer.is_good or answer.revoked_at is not None:
                return answer
            local = answer if answer.trouble else local
        return local

    def _asked(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Iterator[Answer]:
        """Ask the responders that the certificate names, then fetch the lists."""
        for url in responders(certificate):
            try:
                yield ask_responder(url, certificate, issuer, now, web=self._web, kept=self._kept)
            except (TryLater, NotSealed) as trouble:
                yield Answer(trouble=trouble.message)
        for url in list_addresses(certificate):
            try:
                yield self._fetched(url, certificate, issuer, now)
            except (TryLater, NotSealed) as trouble:
                yield Answer(trouble=trouble.message)

    def _fetched(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer:
        kept = self._kept.read(url.encode())
        if kept is not None:
            answer = judge_list(read_list(kept, "a list kept"), certificate, issuer, now)
            if answer.is_good or answer.revoked_at is not None:
                return answer
        self._kept.refuse_if_failed(url.encode(), now)
        try:
            data = self._web.fetch(Request(url=url, most=LARGEST, schemes=frozenset({"http", "https"})))
        except TryLater:
            self._kept.failed(url.encode(), now)
            raise
        if data is None:
            return Answer(trouble="its authority has no list where it says")
        answer = judge_list(read_list(data, "the list of its authority"), certificate, issuer, now)
        if answer.is_good or answer.revoked_at is not None:
            self._kept.write(url.encode(), data)
        return answer


def judge_list(
    revoked: x509.CertificateRevocationList, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Answer:
    """Return what a list says of a certificate (RFC 5280 section 6.3, without delta and indirect lists)."""
    if not _is_signed_by(revoked, issuer):
        return Answer(trouble="the list is not signed by its authority")
    entry = revoked.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is not None:
        return Answer(revoked_at=entry.revocation_date_utc)
    trouble = _limits(revoked, certificate)
    if trouble:
        return Answer(trouble=trouble)
    end = revoked.next_update_utc
    if end is None or end <= now or revoked.last_update_utc > now + SKEW:
        return Answer(trouble=STALE)
    return Answer(is_good=True, until=end)


def _is_signed_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    usage = extension(issuer, x509.KeyUsage)
    if revoked.issuer != issuer.subject or (usage is not None and not usage.crl_sign):
        return False
    try:
        algorithm = revoked.signature_hash_algorithm
        is_signed = revoked.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # it raises TypeError for the others
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return is_signed and (algorithm is None or algorithm.name in HASHES)


def _limits(revoked: x509.CertificateRevocationList, certificate: x509.Certificate) -> str:
    """Return why a list that does not name a certificate says nothing of it; empty where it does."""
    try:
        extensions = list(revoked.extensions)
    except (ValueError, x509.DuplicateExtension):
        return "the list cannot be read"
    for each in extensions:
        if isinstance(each.value, x509.IssuingDistributionPoint):
            if not _is_for(each.value, certificate):
                return "the list is for other certificates"
        elif each.critical or isinstance(each.value, x509.DeltaCRLIndicator):
            return "the list is of a kind that is not taken"
    return ""


def _is_for(point: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    if point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs:
        return False
    if point.only_contains_ca_certs if not is_authority(certificate) else point.only_contains_user_certs:
        return False
    if point.full_name is None:
        return point.relative_name is None
    here = {each.value for each in point.full_name if isinstance(each, x509.UniformResourceIdentifier)}
    return bool(here & set(list_addresses(certificate)))


def _best(answers: Sequence[Answer]) -> Answer:
    """Return the revocation if there is one, else what is good, else the first trouble."""
    ranked = sorted(answers, key=lambda each: (each.revoked_at is None, not each.is_good))
    return ranked[0] if ranked else UNKNOWN


def list_addresses(certificate: x509.Certificate) -> list[str]:
    """Return where the certificate says that the lists of its authority are."""
    points = extension(certificate, x509.CRLDistributionPoints)
    whole = [point for point in points or () if not point.reasons and not point.crl_issuer]
    names = [name for point in whole for name in point.full_name or ()]
    urls = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return [url for url in urls if _is_web(url)][:3]


def responders(certificate: x509.Certificate) -> list[str]:
    """Return where the certificate says that its authority answers (OCSP)."""
    access = extension(certificate, x509.AuthorityInformationAccess)
    return [
        each.access_location.value
        for each in access or ()
        if each.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
        and _is_web(each.access_location.value)
    ][:2]


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))
