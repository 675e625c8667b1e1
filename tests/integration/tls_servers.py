"""Certificates of every kind that a mail server may show, by one authority of the tests, and what shows them."""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.deliver.tls import key_digest

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAULTS = ("another authority", "self-signed", "wrong name", "expired")


@dataclass(frozen=True)
class Certificates:
    """`folder` is where the authority's certificate is written; `host` the name that right certificates bear."""

    folder: Path
    host: str = "127.0.0.1"
    authority: trustme.CA = field(default_factory=trustme.CA)

    @cached_property
    def ca_file(self) -> Path:
        path = self.folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(path))
        return path

    @cached_property
    def good(self) -> trustme.LeafCert:
        return self.authority.issue_cert(self.host)

    def faulty(self, fault: str) -> trustme.LeafCert:
        if fault == "wrong name":
            return self.authority.issue_cert("other.example")
        if fault == "expired":
            return self.authority.issue_cert(self.host, not_before=LONG_AGO, not_after=LONG_AGO.replace(year=2002))
        if fault == "self-signed":
            own = trustme.CA()
            return trustme.LeafCert(own.private_key_pem.bytes(), own.cert_pem.bytes(), [])
        return trustme.CA().issue_cert(self.host)


def der_of(certificate: trustme.LeafCert) -> bytes:
    return x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes()).public_bytes(Encoding.DER)


def pin_of(certificate: trustme.LeafCert) -> str:
    return key_digest(der_of(certificate))


def server_side(certificate: trustme.LeafCert, *, oldest: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if oldest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that it is deprecated is why it is tried
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context
