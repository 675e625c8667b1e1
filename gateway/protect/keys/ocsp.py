"""Asks an authority's responder about one certificate (OCSP, RFC 6960; the light profile of RFC 5019)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.errors import TryLater
from gateway.protect.keys.said import Answer, Kept
from gateway.protect.keys.web import Request, Web
from gateway.protect.keys.x509_read import HASHES, extension

LARGEST: Final = 64 << 10  # bytes
SKEW: Final = timedelta(minutes=5)
WITHOUT_END: Final = timedelta(days=1)  # how long an answer counts that does not say until when
NOT_ITS: Final = "the responder's answer is not signed by its authority"


def ask_responder(
    url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime, *, web: Web, kept: Kept
) -> Answer:
    """Return what the responder says, from what is kept while that counts; raises `TryLater`."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303 - RFC 5019 2.1.1: it names the issuer, and protects nothing
    body = asked.build().public_bytes(Encoding.DER)
    question = url.encode() + b"\0" + body
    before = kept.read(question)
    if before is not None:
        answer = judge_answer(before, certificate, issuer, now)
        if answer.is_good or answer.revoked_at is not None:
            return answer
    kept.refuse_if_failed(question, now)
    headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
    request = Request(url=url, most=LARGEST, schemes=frozenset({"http", "https"}), body=body, headers=headers)
    try:
        data = web.fetch(request)
    except TryLater:
        kept.failed(question, now)
        raise
    answer = judge_answer(data or b"", certificate, issuer, now)
    if answer.is_good or answer.revoked_at is not None:
        kept.write(question, data or b"")
    return answer


def judge_answer(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer:
    """Return what an answer says, once it is known to be about this certificate, of today, and its authority's."""
    try:
        answer = ocsp.load_der_ocsp_response(data)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Answer(trouble="the responder does not say")
        about = [each for each in answer.responses if _is_about(each, certificate, issuer)]
        if not about:
            return Answer(trouble="the responder speaks of another certificate")
        return _verdict(about[0], now) if _is_its(answer, issuer, now) else Answer(trouble=NOT_ITS)
    except Exception:  # noqa: BLE001 - hostile input: whatever the reader raises, this is no answer
        return Answer(trouble="the responder's answer cannot be read")


def _verdict(said: ocsp.OCSPSingleResponse, now: datetime) -> Answer:
    if said.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        return Answer(revoked_at=said.revocation_time_utc or said.this_update_utc)
    end = said.next_update_utc or said.this_update_utc + WITHOUT_END
    if end <= now or said.this_update_utc > now + SKEW:
        return Answer(trouble="the responder's answer has run out")
    if said.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Answer(is_good=True, until=end)
    return Answer(trouble="the responder does not know it")


def _is_about(said: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Compare what an answer names with what a request of ours would name, by the same hash."""
    ours = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, said.hash_algorithm).build()
    theirs = (said.serial_number, said.issuer_key_hash, said.issuer_name_hash)
    return theirs == (ours.serial_number, ours.issuer_key_hash, ours.issuer_name_hash)


def _is_its(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """Say whether the authority signed the answer, or somebody whom it appointed to (RFC 6960 section 4.2.2.2)."""
    return _signed(answer, issuer) or any(
        _is_appointed(each, issuer, now) and _signed(answer, each) for each in answer.certificates[:5]
    )


def _is_appointed(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    purposes = extension(signer, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
        return False
    if not signer.not_valid_before_utc <= now <= signer.not_valid_after_utc:
        return False
    try:
        signer.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    algorithm = signer.signature_hash_algorithm
    return algorithm is not None and algorithm.name in HASHES


def _signed(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    if algorithm is None or algorithm.name not in HASHES:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
