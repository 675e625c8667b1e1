"""X.509 certificates, each with the verdict it must get: a table of what is sealed for and what is not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.errors import NotSealed
from gateway.protect.keys.rules import KeyRules, Revocation
from gateway.protect.keys.x509 import JudgedX509, X509Judge
from tests.unit.protect.x509making import (
    ADDRESS,
    AGREE,
    CAPABILITIES,
    ENCIPHER,
    GCM,
    MAIL,
    NOW,
    SIGN,
    TLS,
    Authority,
    ec_key,
    name,
    names,
    pem,
    private_pem,
    purposes,
    rsa_key,
    self_signed,
    trust,
    usage,
)


class Still:
    """A clock that stands an hour after the certificates were made."""

    def now(self) -> datetime:
        return NOW + timedelta(hours=1)

    def monotonic(self) -> float:
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A certificate with the house it comes to, and what must be said of it; empty for one that is taken."""

    data: bytes
    refusal: str = ""
    rules: KeyRules = KeyRules()  # noqa: RUF009 - frozen
    lists: tuple[x509.CertificateRevocationList, ...] = ()
    authorities: tuple[Authority, ...] | None = None


@cache
def root() -> Authority:
    return Authority("Root")


@cache
def between() -> Authority:
    return Authority("Between", root())


def chained(*more: x509.Certificate, authority: Authority) -> bytes:
    return pem(authority.issue(), *more)


def constrained(domain: str) -> bytes:
    limits = x509.NameConstraints([x509.RFC822Name(domain)], None), True
    authority = Authority("Limited", root(), more=[limits])
    return chained(authority.certificate, authority=authority)


def beyond_its_domain() -> bytes:
    """An authority for one domain names another one's address where name constraints do not look: in the subject."""
    limits = x509.NameConstraints([x509.RFC822Name("elsewhere.example")], None), True
    authority = Authority("Limited", root(), more=[limits])
    return pem(authority.issue(None, [usage(ENCIPHER)], subject=name("Alice", ADDRESS)), authority.certificate)


def too_long() -> bytes:
    short = Authority("Short", root(), length=0)
    below = Authority("Below", short)
    return chained(below.certificate, short.certificate, authority=below)


def for_tls_only() -> bytes:
    authority = Authority("Web", root(), more=[purposes(TLS)])
    return chained(authority.certificate, authority=authority)


def revoked_by_list() -> Exhibit:
    certificate = root().issue()
    return Exhibit(data=pem(certificate), lists=(root().revoke(certificate),), refusal="it was revoked on")


def revoked_in_an_old_list() -> Exhibit:
    certificate = root().issue()
    old = root().revoke(certificate, days=(-20, -10))
    return Exhibit(data=pem(certificate), lists=(old,), refusal="it was revoked on")


def revoked_between() -> Exhibit:
    lists = (root().revoke(between().certificate), between().revoke())
    data = chained(between().certificate, authority=between())
    return Exhibit(data=data, lists=lists, refusal="the certificate of its issuer was revoked")


def stale(rules: KeyRules, refusal: str = "") -> Exhibit:
    return Exhibit(data=pem(root().issue()), lists=(root().revoke(days=(-20, -10)),), rules=rules, refusal=refusal)


def list_of(forger: Authority, refusal: str = "") -> Exhibit:
    """A list that revokes the certificate, or clears it, with the authority's name and another one's signature."""
    certificate = root().issue()
    rules = KeyRules(revocation=Revocation.REQUIRED) if refusal else KeyRules()
    return Exhibit(data=pem(certificate), lists=(forger.revoke(certificate),), rules=rules, refusal=refusal)


REQUIRED = KeyRules(revocation=Revocation.REQUIRED)
LONE = KeyRules(self_signed=True)
EXHIBITS: dict[str, Callable[[], Exhibit]] = {
    "RSA-2048": lambda: Exhibit(data=pem(root().issue())),
    "RSA-2048 in DER": lambda: Exhibit(data=root().issue().public_bytes(Encoding.DER)),
    "P-256": lambda: Exhibit(data=pem(root().issue(ec_key()))),
    "P-384": lambda: Exhibit(data=pem(root().issue(ec_key(ec.SECP384R1())))),
    "P-521": lambda: Exhibit(data=pem(root().issue(ec_key(ec.SECP521R1())))),
    "no purposes": lambda: Exhibit(data=pem(root().issue(None, [usage(ENCIPHER), names(ADDRESS)]))),
    "no usage": lambda: Exhibit(data=pem(root().issue(None, [names(ADDRESS)]))),
    "address in the subject": lambda: Exhibit(
        data=pem(root().issue(None, [usage(ENCIPHER)], subject=name("Alice", ADDRESS)))
    ),
    "a certificate between": lambda: Exhibit(data=chained(between().certificate, authority=between())),
    "a certificate between, in PKCS#7": lambda: Exhibit(
        data=pkcs7.serialize_certificates([between().issue(), between().certificate], Encoding.DER)
    ),
    "within its authority's domain": lambda: Exhibit(data=constrained("partner.example")),
    "a list of today": lambda: Exhibit(data=pem(root().issue()), lists=(root().revoke(),), rules=REQUIRED),
    "an old list": lambda: stale(KeyRules()),
    "revoked by a list that is not its authority's": lambda: list_of(Authority("Root")),
    "self-signed, where that is allowed": lambda: Exhibit(data=pem(self_signed()), rules=LONE),
    # ----------------------------------------------------------------------------------------------- refused
    "expired": lambda: Exhibit(data=pem(root().issue(days=(-30, -1))), refusal="it has expired on"),
    "not yet valid": lambda: Exhibit(data=pem(root().issue(days=(1, 30))), refusal="it is not valid before"),
    "signs only": lambda: Exhibit(
        data=pem(root().issue(None, [usage(SIGN), names(ADDRESS)])), refusal="keyEncipherment is not set"
    ),
    "EC that signs only": lambda: Exhibit(
        data=pem(root().issue(ec_key(), [usage(SIGN), names(ADDRESS)])), refusal="keyAgreement is not set"
    ),
    "for TLS only": lambda: Exhibit(
        data=pem(root().issue(None, [usage(ENCIPHER), names(ADDRESS), purposes(TLS)])), refusal="it is not for mail"
    ),
    "issuer for TLS only": lambda: Exhibit(data=for_tls_only(), refusal="an issuer is not for mail"),
    "RSA-1024": lambda: Exhibit(data=pem(root().issue(rsa_key(1024))), refusal="RSA with 1024 bits is too short"),
    "brainpool": lambda: Exhibit(
        data=pem(root().issue(ec_key(ec.BrainpoolP256R1()))), refusal="its curve brainpoolP256r1 is not taken"
    ),
    "Ed25519": lambda: Exhibit(
        data=pem(root().issue(ed25519.Ed25519PrivateKey.generate(), [names(ADDRESS)])),
        refusal="its key cannot encrypt",
    ),
    "no address": lambda: Exhibit(data=pem(root().issue(None, [usage(ENCIPHER)])), refusal="it names no mail address"),
    "unknown authority": lambda: Exhibit(
        data=pem(Authority("Elsewhere").issue()), refusal="not issued by an authority trusted here"
    ),
    "an authority of the same name": lambda: Exhibit(
        data=pem(Authority("Root").issue()), refusal="signature does not match"
    ),
    "no authorities": lambda: Exhibit(
        data=pem(root().issue()), authorities=(), refusal="no authorities are trusted here"
    ),
    "self-signed": lambda: Exhibit(data=pem(self_signed()), refusal="it is self-signed"),
    "self-signed and allowed, with an extension nobody knows": lambda: Exhibit(
        data=pem(self_signed((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True))),
        rules=LONE,
        refusal="unaccounted-for critical extensions",
    ),
    "the certificate between is missing": lambda: Exhibit(
        data=pem(between().issue()), refusal="a certificate between them is missing"
    ),
    "path too long": lambda: Exhibit(data=too_long(), refusal="path length"),
    "issuer is no authority": lambda: Exhibit(data=issued_by_a_recipient(), refusal="recipients' certificates in it"),
    "outside its authority's domain": lambda: Exhibit(
        data=constrained("elsewhere.example"), refusal="name constraints"
    ),
    "outside its authority's domain, in the subject": lambda: Exhibit(
        data=beyond_its_domain(), refusal="it names no mail address"
    ),
    "an extension nobody knows, and critical": lambda: Exhibit(
        data=pem(root().ordinary((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True))),
        refusal="unaccounted-for critical extensions",
    ),
    "revoked by a list": revoked_by_list,
    "revoked by a list that is old": revoked_in_an_old_list,
    "its issuer was revoked": revoked_between,
    "an old list, where one is required": lambda: stale(REQUIRED, "the list of its authority has run out"),
    "no list, where one is required": lambda: Exhibit(
        data=pem(root().issue()), rules=REQUIRED, refusal="nobody says whether it was revoked"
    ),
    "cleared by a list that is not its authority's": lambda: list_of(Authority("Root"), "not signed by its authority"),
    "an authority": lambda: Exhibit(data=pem(root().certificate), refusal="the certificate of an authority"),
    "two recipients": lambda: Exhibit(
        data=pem(root().issue(), root().issue()), refusal="there are 2 recipients' certificates in it"
    ),
    "a private key beside it": lambda: Exhibit(
        data=pem(root().issue()) + private_pem(rsa_key()), refusal="it holds a private key"
    ),
    "too large": lambda: Exhibit(data=b"0" * ((1 << 20) + 1), refusal="it is larger than 1 MiB"),
    "no certificate": lambda: Exhibit(data=b"0\x82 nothing", refusal="it cannot be read as a certificate"),
}


def issued_by_a_recipient() -> bytes:
    """Mallory has an ordinary certificate, and issues one for Alice's address with it."""
    mallory = Authority("Mallory", root())
    honest = root().issue(mallory.key, [usage(AGREE), names("mallory@elsewhere.example")], subject=name("Mallory"))
    return pem(mallory.issue(), honest)


def judge(exhibit: Exhibit, folder: Path) -> JudgedX509:
    authorities = (root(),) if exhibit.authorities is None else exhibit.authorities
    place = trust(folder / "authorities", *authorities, lists=exhibit.lists) if authorities else None
    rules = KeyRules(authorities=place, self_signed=exhibit.rules.self_signed, revocation=exhibit.rules.revocation)
    return X509Judge(Still(), rules, cache=folder / "revocation").judge(exhibit.data)


def test_there_are_enough_of_them() -> None:
    assert len(EXHIBITS) >= 40


@pytest.mark.parametrize("title", EXHIBITS)
def test_each_gets_its_verdict(title: str, tmp_path: Path) -> None:
    exhibit = EXHIBITS[title]()
    if exhibit.refusal:
        with pytest.raises(NotSealed, match=r"this certificate may not be used: .") as refused:
            judge(exhibit, tmp_path)
        assert exhibit.refusal in refused.value.message
    else:
        judged = judge(exhibit, tmp_path)
        assert judged.addresses == {ADDRESS}
        assert not judged.takes_gcm


def test_an_issuer_that_is_no_authority_is_no_link(tmp_path: Path) -> None:
    """The same attack as above, with the false issuer among the trusted: it still may not issue."""
    mallory = Authority("Mallory", root())
    honest = root().issue(mallory.key, [usage(AGREE), names("m@elsewhere.example")], subject=name("Mallory"))
    place = trust(tmp_path / "authorities", root())
    (place / "mallory.pem").write_bytes(pem(honest))
    with pytest.raises(NotSealed, match="its chain to an authority does not hold"):
        X509Judge(Still(), KeyRules(authorities=place), cache=tmp_path).judge(pem(mallory.issue()))


def test_what_the_sealing_needs_is_said(tmp_path: Path) -> None:
    certificate = root().ordinary((x509.UnrecognizedExtension(CAPABILITIES, GCM), False))
    judged = judge(Exhibit(data=pem(certificate, root().certificate)), tmp_path)
    assert judged.pem == pem(certificate)
    assert judged.serial == certificate.serial_number
    assert judged.issuer_der == certificate.issuer.public_bytes()
    assert (judged.algorithm, judged.bits, judged.key_wrap) == ("rsa", 2048, "RSA-2048")
    assert judged.ski == certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert judged.takes_gcm
    assert judged.ends == judged.until == certificate.not_valid_after_utc


@pytest.mark.parametrize("value", [b"", b"0", b"\x30\x80", GCM[:-1], b"\x30\x84\xff\xff\xff\xff", b"\x04\x00"])
def test_capabilities_that_cannot_be_read_say_nothing(tmp_path: Path, value: bytes) -> None:
    certificate = root().ordinary((x509.UnrecognizedExtension(CAPABILITIES, value), False))
    assert not judge(Exhibit(data=pem(certificate)), tmp_path).takes_gcm


def test_the_judgement_ends_with_the_list(tmp_path: Path) -> None:
    revoked = root().revoke()
    judged = judge(Exhibit(data=pem(root().issue()), lists=(revoked,)), tmp_path)
    assert judged.until == revoked.next_update_utc


def test_an_old_list_is_remarked_on(tmp_path: Path) -> None:
    assert "run out" in judge(stale(KeyRules()), tmp_path).remarks[0]


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("digest", ["sha1", "sha224"])
def test_a_weak_signature(tmp_path: Path, digest: str) -> None:
    """OpenSSL signs so; the library that makes the other exhibits does not."""
    (tmp_path / "ca.key").write_bytes(private_pem(root().key))
    (tmp_path / "ca.pem").write_bytes(pem(root().certificate))
    (tmp_path / "extensions").write_text(f"keyUsage=critical,keyEncipherment\nsubjectAltName=email:{ADDRESS}\n")
    _openssl(
        tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-subj", "/CN=Alice", "-out", "r"
    )
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions", f"-{digest}"]
    _openssl(tmp_path, "x509", "-req", "-in", "r", *signing, "-out", "weak.pem")
    with pytest.raises(NotSealed, match=f"signed with {digest.upper()}"):
        judge(Exhibit(data=(tmp_path / "weak.pem").read_bytes()), tmp_path)


@pytest.mark.needs("openssl")
def test_a_key_for_signatures_only(tmp_path: Path) -> None:
    (tmp_path / "ca.key").write_bytes(private_pem(root().key))
    (tmp_path / "ca.pem").write_bytes(pem(root().certificate))
    (tmp_path / "extensions").write_text(f"subjectAltName=email:{ADDRESS}\n")
    _openssl(tmp_path, "genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "k")
    _openssl(tmp_path, "req", "-new", "-key", "k", "-subj", "/CN=Alice", "-out", "r")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"]
    _openssl(tmp_path, "x509", "-req", "-in", "r", *signing, "-out", "pss.pem")
    with pytest.raises(NotSealed, match="for signatures only"):
        judge(Exhibit(data=(tmp_path / "pss.pem").read_bytes()), tmp_path)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def test_openssl_takes_what_we_take(tmp_path: Path) -> None:
    """The real neighbour finds the same chain good for mail."""
    (tmp_path / "ca.pem").write_bytes(pem(root().certificate))
    (tmp_path / "between.pem").write_bytes(pem(between().certificate))
    (tmp_path / "alice.pem").write_bytes(pem(between().issue()))
    verify = ["verify", "-purpose", "smimeencrypt", "-CAfile", "ca.pem", "-untrusted", "between.pem", "alice.pem"]
    _openssl(tmp_path, *verify)
    assert MAIL in between().issue().extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
