"""Revocation over the network: lists and responders of an authority, honest, silent, old, slow and forged."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.errors import NotSealed
from gateway.protect.keys import revocation, web
from gateway.protect.keys.rules import KeyRules, Revocation
from gateway.protect.keys.said import Kept
from gateway.protect.keys.x509 import JudgedX509, X509Judge
from gateway.system.clock import MachineClock
from tests.integration.authority_server import Server, serving
from tests.integration.postfix import free_port
from tests.unit.protect.x509making import (
    ADDRESS,
    ENCIPHER,
    MAIL,
    NOW,
    TLS,
    Authority,
    Key,
    ec_key,
    make,
    name,
    names,
    pem,
    points_at,
    private_pem,
    purposes,
    rsa_key,
    trust,
    usage,
)

pytestmark = pytest.mark.network

LATER = NOW + timedelta(hours=1)


class Still:
    """A clock that can be moved."""

    def __init__(self, moment: datetime = LATER) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def root() -> Authority:
    return Authority("Root")


def judge_in(
    folder: Path, root: Authority, mode: Revocation = Revocation.REQUIRED, clock: Still | None = None
) -> X509Judge:
    rules = KeyRules(authorities=trust(folder / "authorities", root), revocation=mode)
    return X509Judge(clock or Still(), rules, cache=folder / "revocation")


def listing(make_list: Callable[[], bytes]) -> Callable[[str, bytes], tuple[int, bytes, dict[str, str]]]:
    return lambda _path, _body: (200, make_list(), {})


def der(revoked: x509.CertificateRevocationList) -> bytes:
    return revoked.public_bytes(Encoding.DER)


@contextmanager
def with_list(
    root: Authority, make_list: Callable[[x509.Certificate], bytes]
) -> Iterator[tuple[x509.Certificate, Server]]:
    """Issue a certificate that says where the list of its authority is, and serve a list there."""
    held: list[x509.Certificate] = []
    with serving(listing(lambda: make_list(held[0]))) as server:
        held.append(root.ordinary(*points_at(lists=f"{server.url}/root.crl")))
        yield held[0], server


def test_a_fetched_list_clears_and_is_kept_until_it_runs_out(tmp_path: Path, root: Authority) -> None:
    clock = Still()
    with with_list(root, lambda _: der(root.revoke())) as (certificate, server):
        judge = judge_in(tmp_path, root, clock=clock)
        first = judge.judge(pem(certificate))
        assert first.until == NOW + timedelta(days=7)
        assert first.remarks == ()
        judge_in(tmp_path, root, clock=clock).judge(pem(certificate))
        assert len(server.asked) == 1, "another process finds it kept"
        clock.moment = NOW + timedelta(days=8)
        with pytest.raises(NotSealed, match="run out"):
            judge.judge(pem(certificate))
        assert len(server.asked) == 2, "and asks again once it has run out"


def test_a_fetched_list_revokes(tmp_path: Path, root: Authority) -> None:
    with (
        with_list(root, lambda certificate: der(root.revoke(certificate))) as (certificate, _),
        pytest.raises(NotSealed, match="it was revoked on"),
    ):
        judge_in(tmp_path, root).judge(pem(certificate))


def test_nothing_is_asked_where_that_is_off(tmp_path: Path, root: Authority) -> None:
    with with_list(root, lambda certificate: der(root.revoke(certificate))) as (certificate, server):
        judged = judge_in(tmp_path, root, Revocation.OFF).judge(pem(certificate))
    assert server.asked == []
    assert judged.remarks == ()
    assert not (tmp_path / "revocation").exists()


POINT = x509.IssuingDistributionPoint
BAD_LISTS: dict[str, tuple[Callable[[Authority], bytes], str]] = {
    "no list": (lambda _: b"not a list", "cannot be read as a list"),
    "nothing": (lambda _: b"", "cannot be read as a list"),
    "old": (lambda root: der(root.revoke(days=(-9, -2))), "has run out"),
    "of tomorrow": (lambda root: der(root.revoke(days=(1, 9))), "has run out"),
    "forged": (lambda _: der(Authority("Root").revoke()), "not signed by its authority"),
    "of another": (lambda _: der(Authority("Other").revoke()), "not signed by its authority"),
    "for authorities only": (lambda root: der(limited(root, only_contains_ca_certs=True)), "for other certificates"),
    "some reasons only": (
        lambda root: der(limited(root, only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))),
        "for other certificates",
    ),
    "a part of it": (
        lambda root: der(limited(root, full_name=[x509.UniformResourceIdentifier("http://x.example/2.crl")])),
        "for other certificates",
    ),
    "delta": (lambda root: der(root.revoke(more=[(x509.DeltaCRLIndicator(1), True)])), "of a kind that is not taken"),
    "unknown and critical": (
        lambda root: der(
            root.revoke(more=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True)])
        ),
        "of a kind that is not taken",
    ),
}


def limited(root: Authority, **given: object) -> x509.CertificateRevocationList:
    nothing: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return root.revoke(more=[(POINT(**(nothing | given)), True)])  # type: ignore[arg-type]  # a table of attacks


@pytest.mark.parametrize("title", BAD_LISTS)
def test_a_list_that_says_nothing(tmp_path: Path, root: Authority, title: str) -> None:
    """Where lists are required it is refused, where they are wanted it is remarked on."""
    make_list, trouble = BAD_LISTS[title]
    with with_list(root, lambda _: make_list(root)) as (certificate, _):
        with pytest.raises(NotSealed, match="nobody says whether it was revoked") as refused:
            judge_in(tmp_path, root).judge(pem(certificate))
        assert trouble in refused.value.message
        judged = judge_in(tmp_path / "wanted", root, Revocation.WHEN_REACHABLE).judge(pem(certificate))
    assert trouble in judged.remarks[0]
    assert judged.until <= LATER + timedelta(minutes=10), "and it is looked at again soon"


def test_a_list_for_its_own_place_counts(tmp_path: Path, root: Authority) -> None:
    held: list[str] = []

    def here() -> bytes:
        place = [x509.UniformResourceIdentifier(held[0])]
        return der(limited(root, full_name=place, only_contains_user_certs=True))

    with serving(listing(here)) as server:
        held.append(f"{server.url}/root.crl")
        certificate = root.ordinary(*points_at(lists=held[0]))
        assert judge_in(tmp_path, root).judge(pem(certificate)).remarks == ()


def test_what_is_kept_is_not_believed_without_its_signature(tmp_path: Path, root: Authority) -> None:
    with with_list(root, lambda certificate: der(root.revoke(certificate))) as (certificate, server):
        url = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name
        assert url is not None
        Kept(tmp_path / "revocation").write(url[0].value.encode(), der(Authority("Root").revoke()))
        with pytest.raises(NotSealed, match="it was revoked on"):
            judge_in(tmp_path, root).judge(pem(certificate))
        assert len(server.asked) == 1


def test_who_does_not_answer_is_not_asked_all_the_time(tmp_path: Path, root: Authority) -> None:
    clock = Still()
    with serving(lambda _path, _body: (503, b"", {})) as server:
        certificate = root.ordinary(*points_at(lists=f"{server.url}/root.crl"))
        judge = judge_in(tmp_path, root, Revocation.WHEN_REACHABLE, clock)
        for _ in range(3):
            assert "not known whether" in judge.judge(pem(certificate)).remarks[0]
        assert len(server.asked) == 1
        clock.moment += timedelta(minutes=11)
        judge.judge(pem(certificate))
        assert len(server.asked) == 2


def test_a_slow_authority_is_left(tmp_path: Path, root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends a byte at a time, each within any limit for a single read."""
    monkeypatch.setattr(web, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        certificate = root.ordinary(*points_at(lists=f"http://127.0.0.1:{listener.getsockname()[1]}/x.crl"))
        import threading  # noqa: PLC0415 - used here only

        def drip() -> None:
            stream, _ = listener.accept()
            with stream:
                try:
                    for _ in range(800):
                        stream.sendall(b"H")
                        time.sleep(0.1)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        with pytest.raises(NotSealed, match="could not be asked"):
            judge_in(tmp_path, root).judge(pem(certificate))
        assert time.monotonic() - started < 60
        thread.join()


def test_too_large_a_list_is_left(tmp_path: Path, root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "LARGEST", 100)
    with (
        with_list(root, lambda _: der(root.revoke())) as (certificate, _),
        pytest.raises(NotSealed, match="could not be asked"),
    ):
        judge_in(tmp_path, root).judge(pem(certificate))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://user@127.0.0.1/", "http://[/"])
def test_other_places_are_not_asked(tmp_path: Path, root: Authority, url: str) -> None:
    certificate = root.ordinary(*points_at(lists=url))
    with pytest.raises(NotSealed, match="nobody says whether it was revoked"):
        judge_in(tmp_path, root).judge(pem(certificate))


def test_nobody_is_asked_about_a_certificate_of_a_stranger(tmp_path: Path, root: Authority) -> None:
    """Otherwise whoever sends a certificate chooses whom this machine talks to."""
    with with_list(Authority("Stranger"), lambda _: b"") as (certificate, server):
        with pytest.raises(NotSealed, match="not issued by an authority"):
            judge_in(tmp_path, root).judge(pem(certificate))
        assert server.asked == []


class Responder:
    """Answers about one authority's certificates, with a status and a signer of choice."""

    def __init__(
        self,
        root: Authority,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
        *,
        signer: tuple[x509.Certificate, Key] | None = None,
        about: x509.Certificate | None = None,
        days: tuple[float, float] = (-0.5, 1),
    ) -> None:
        self.root, self.status, self.about, self.days = root, status, about, days
        self.signer = signer or (root.certificate, root.key)
        self.certificate: x509.Certificate | None = None

    def __call__(self, _path: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        asked = ocsp.load_der_ocsp_request(body)
        certificate = self.about or self.certificate
        assert certificate is not None
        assert asked.serial_number == (self.certificate or certificate).serial_number
        is_revoked = self.status is ocsp.OCSPCertStatus.REVOKED
        answer = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate,
            issuer=self.root.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303 - what responders use
            cert_status=self.status,
            this_update=NOW + timedelta(days=self.days[0]),
            next_update=NOW + timedelta(days=self.days[1]),
            revocation_time=NOW - timedelta(days=3) if is_revoked else None,
            revocation_reason=None,
        )
        signer, key = self.signer
        answer = answer.responder_id(ocsp.OCSPResponderEncoding.HASH, signer).certificates([signer])
        content = answer.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        return 200, content, {"Content-Type": "application/ocsp-response"}


def asked(folder: Path, root: Authority, responder: Responder, mode: Revocation = Revocation.REQUIRED) -> JudgedX509:
    with serving(responder) as server:
        certificate = root.ordinary(*points_at(responder=server.url))
        responder.certificate = certificate
        judge = judge_in(folder, root, mode)
        judged = judge.judge(pem(certificate))
        judge.judge(pem(certificate))
        assert len(server.asked) == 1, "the answer is kept"
        return judged


def appointed(
    root: Authority, *extensions: object, days: tuple[float, float] = (-2, 10)
) -> tuple[x509.Certificate, Key]:
    key = ec_key()
    return root.issue(key, list(extensions), subject=name("Responder"), days=days), key  # type: ignore[arg-type]  # as given


def test_a_responder_clears(tmp_path: Path, root: Authority) -> None:
    assert asked(tmp_path, root, Responder(root)).until == NOW + timedelta(days=1)


def test_a_responder_that_the_authority_appointed_clears(tmp_path: Path, root: Authority) -> None:
    signer = appointed(root, purposes(ExtendedKeyUsageOID.OCSP_SIGNING))
    assert asked(tmp_path, root, Responder(root, signer=signer)).remarks == ()


def test_a_responder_revokes(tmp_path: Path, root: Authority) -> None:
    with pytest.raises(NotSealed, match="it was revoked on"):
        asked(tmp_path, root, Responder(root, ocsp.OCSPCertStatus.REVOKED))


BAD_RESPONDERS: dict[str, tuple[Callable[[Authority], Responder], str]] = {
    "does not know": (lambda root: Responder(root, ocsp.OCSPCertStatus.UNKNOWN), "does not know it"),
    "old": (lambda root: Responder(root, days=(-9, -2)), "has run out"),
    "of tomorrow": (lambda root: Responder(root, days=(1, 3)), "has run out"),
    "about another certificate": (lambda root: Responder(root, about=root.issue()), "speaks of another certificate"),
    "signed by a stranger": (
        lambda root: Responder(root, signer=appointed(Authority("Root"), purposes(ExtendedKeyUsageOID.OCSP_SIGNING))),
        "not signed by its authority",
    ),
    "signed by a recipient": (lambda root: Responder(root, signer=appointed(root, purposes(MAIL))), "not signed by"),
    "signed by a web server": (lambda root: Responder(root, signer=appointed(root, purposes(TLS))), "not signed by"),
    "signed by one whose time is over": (
        lambda root: Responder(root, signer=appointed(root, purposes(ExtendedKeyUsageOID.OCSP_SIGNING), days=(-9, -1))),
        "not signed by its authority",
    ),
}


@pytest.mark.parametrize("title", BAD_RESPONDERS)
def test_a_responder_that_says_nothing(tmp_path: Path, root: Authority, title: str) -> None:
    make_responder, trouble = BAD_RESPONDERS[title]
    with pytest.raises(NotSealed, match="nobody says whether it was revoked") as refused:
        asked(tmp_path, root, make_responder(root))
    assert trouble in refused.value.message


@pytest.mark.parametrize("content", [b"", b"\x30\x03\x0a\x01\x06", b"<html>", b"\x30\x80"])
def test_an_answer_that_is_none(tmp_path: Path, root: Authority, content: bytes) -> None:
    with serving(lambda _path, _body: (200, content, {})) as server:
        certificate = root.ordinary(*points_at(responder=server.url))
        with pytest.raises(NotSealed, match="nobody says whether it was revoked"):
            judge_in(tmp_path, root).judge(pem(certificate))


def test_where_the_responder_is_silent_the_list_is_fetched(tmp_path: Path, root: Authority) -> None:
    revoked = der(root.revoke())
    with serving(lambda path, _: (200, revoked, {}) if path == "/root.crl" else (503, b"", {})) as server:
        more = points_at(responder=f"{server.url}/ocsp", lists=f"{server.url}/root.crl")
        assert judge_in(tmp_path, root).judge(pem(root.ordinary(*more))).remarks == ()
        assert server.asked == ["/ocsp", "/root.crl"]


def test_a_certificate_between_is_asked_about_too(tmp_path: Path, root: Authority) -> None:
    with serving(listing(lambda: der(root.revoke(between.certificate)))) as server:
        between = Authority("Between", root, more=points_at(lists=f"{server.url}/root.crl"))
        certificate = between.issue()
        with pytest.raises(NotSealed, match="the certificate of its issuer was revoked"):
            judge_in(tmp_path, root, Revocation.WHEN_REACHABLE).judge(pem(certificate, between.certificate))


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("status", ["V", "R"])
def test_openssl_as_the_responder(tmp_path: Path, status: str) -> None:
    """The real neighbour: `openssl ocsp` answers from its own index."""
    root = Authority("Root")
    root.key = rsa_key(2048, 9)  # type: ignore[assignment]  # OpenSSL's responder signs with what it is given
    own = [(x509.BasicConstraints(ca=True, path_length=None), True), usage("key_cert_sign", "crl_sign")]
    root.certificate = make(root.key, name("Root"), root.key, name("Root"), own, days=(-400, 4000))
    port = free_port()
    extensions = [usage(ENCIPHER), names(ADDRESS), purposes(MAIL), *points_at(responder=f"http://127.0.0.1:{port}")]
    certificate = root.issue(None, extensions)
    (tmp_path / "ca.pem").write_bytes(pem(root.certificate))
    (tmp_path / "ca.key").write_bytes(private_pem(root.key))
    when = f"{NOW - timedelta(days=2):%y%m%d%H%M%SZ}" if status == "R" else ""
    end = f"{NOW + timedelta(days=300):%y%m%d%H%M%SZ}"
    serial = f"{certificate.serial_number:X}"
    serial = serial.rjust(len(serial) + len(serial) % 2, "0")
    (tmp_path / "index").write_text(f"{status}\t{end}\t{when}\t{serial}\tunknown\t/CN=Alice\n")
    words = ["openssl", "ocsp", "-port", str(port), "-index", "index", "-CA", "ca.pem", "-rsigner", "ca.pem"]
    words += ["-rkey", "ca.key", "-ndays", "2"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout is not None
            while b"waiting for" not in process.stdout.readline():
                assert process.poll() is None, "the responder does not listen"
            judge = judge_in(tmp_path, root, clock=Still(MachineClock().now()))  # the responder's answer is of now
            if status == "R":
                with pytest.raises(NotSealed, match="it was revoked on"):
                    judge.judge(pem(certificate))
            else:
                assert judge.judge(pem(certificate)).remarks == ()
        finally:
            process.kill()
