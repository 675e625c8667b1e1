"""TLS and log-in at the mail door, with clients of other makers: Python's smtplib, openssl, swaks."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from gateway.errors import Unsound
from gateway.intake.smtp_accounts import Accounts, make_line
from gateway.intake.smtp_limits import Limits
from gateway.intake.smtp_lobby import Terms
from gateway.intake.smtp_tls import DoorTls
from tests.integration.postfix import wait_until
from tests.integration.reception import Reception
from tests.integration.wire import Wire

pytestmark = pytest.mark.network

NAME, PASSWORD = "ward-printer", "correct horse battery"
LINE = make_line(NAME, PASSWORD)
BODY = "Subject: x\r\n\r\nx\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def put(certificate: trustme.LeafCert, folder: Path) -> tuple[Path, Path]:
    chain, key = folder / "mail.pem", folder / "mail.key"
    chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    key.touch(0o600)
    key.write_bytes(certificate.private_key_pem.bytes())
    return chain, key


def renew(authority: trustme.CA, folder: Path) -> None:
    """Put another certificate in its place, at another time as files have it, which is not exact."""
    before = (folder / "mail.pem").stat().st_mtime_ns
    wait_until(lambda: time.time_ns() - before > 50_000_000)
    put(authority.issue_cert("localhost"), folder)


@pytest.fixture
def terms(authority: trustme.CA, tmp_path: Path) -> Terms:
    """STARTTLS and log-in for anybody; nobody may send without."""
    accounts = tmp_path / "accounts"
    accounts.touch(0o600)
    accounts.write_text(LINE)
    tls = DoorTls(*put(authority.issue_cert("localhost"), tmp_path))
    internal = frozenset({"force.police.uk"})
    return Terms(clients=(), accounts=Accounts(accounts), internal=internal, tls=tls)


@pytest.fixture
def door(terms: Terms) -> Iterator[Reception]:
    with Reception(terms=terms, tls_at=("127.0.0.1", 0)) as reception:
        yield reception


def begin(client: smtplib.SMTP, context: ssl.SSLContext) -> smtplib.SMTP:
    client._host = "localhost"  # type: ignore[attr-defined]  # the name that its certificate must have
    client.starttls(context=context)
    return client


def test_starttls_and_log_in_open_the_door(door: Reception, trusting: ssl.SSLContext) -> None:
    with smtplib.SMTP("localhost", door.address[1], timeout=60) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features, "never in clear"
        begin(client, trusting)
        client.ehlo()
        assert "starttls" not in client.esmtp_features
        assert client.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
        client.login(NAME, PASSWORD)
        client.sendmail("a@force.police.uk", ["b@nhs.net"], BODY)
    [transfer] = door.admitted
    assert b"with ESMTPSA id" in door.content(transfer)
    assert transfer.account == f"smtp:{NAME}"


def test_tls_from_the_first_byte(door: Reception, trusting: ssl.SSLContext) -> None:
    assert door.door.tls_address
    with smtplib.SMTP_SSL("localhost", door.door.tls_address[1], timeout=60, context=trusting) as client:
        client.ehlo()
        assert "starttls" not in client.esmtp_features
        client.user, client.password = NAME, PASSWORD
        client.auth("LOGIN", client.auth_login)
        client.sendmail("a@force.police.uk", ["b@nhs.net"], BODY)
    assert len(door.admitted) == 1


@pytest.mark.needs("swaks")
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_swaks_logs_in_and_sends(door: Reception, mechanism: str) -> None:
    words = f"swaks --server 127.0.0.1:{door.address[1]} -tls -f a@force.police.uk -t b@nhs.net --auth {mechanism}"
    who = ["--auth-user", NAME, "--auth-password", PASSWORD]
    done = subprocess.run([*words.split(), *who], capture_output=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout.decode()
    assert len(door.admitted) == 1


@pytest.mark.parametrize(("version", "is_taken"), [("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False)])
def test_openssl_gets_tls_1_2_and_later_only(door: Reception, version: str, *, is_taken: bool) -> None:
    words = ["openssl", "s_client", "-starttls", "smtp", version, "-cipher", "DEFAULT:@SECLEVEL=0", "-connect"]
    done = subprocess.run(
        [*words, f"127.0.0.1:{door.address[1]}"], input=b"QUIT\n", capture_output=True, timeout=100, check=False
    )
    assert (b"Cipher is (NONE)" not in done.stdout) is is_taken
    with Wire(door.address) as wire:
        assert wire.say("NOOP").startswith("250"), "a handshake that failed harms nobody else"


def test_nobody_sends_without_log_in_and_nobody_logs_in_in_clear(door: Reception) -> None:
    with Wire(door.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say("AUTH PLAIN AHdhcmQAcGFzcw==").startswith("538 5.7.11")
        assert wire.say("MAIL FROM:<a@force.police.uk>").startswith("530 5.7.0")


def test_where_tls_is_required_nothing_is_taken_before_it(terms: Terms, trusting: ssl.SSLContext) -> None:
    with Reception(terms=replace(Terms(tls_required=True), tls=terms.tls)) as door:
        with Wire(door.address) as wire:
            wire.say("EHLO client.example")
            assert wire.say("MAIL FROM:<a@b.example>") == "530 5.7.0 say STARTTLS first"
        with smtplib.SMTP("localhost", door.address[1], timeout=60) as client:
            begin(client, trusting)
            client.sendmail("a@b.example", ["b@nhs.net"], BODY)
    assert len(door.admitted) == 1


def test_a_client_that_is_not_listed_is_told_so_where_nobody_logs_in() -> None:
    with Reception(terms=Terms(clients=())) as door, Wire(door.address) as wire:
        assert wire.greeting.startswith("554 5.7.1")
        assert wire.reply() == ""


def test_who_logs_in_sends_as_the_organisation_or_as_nobody(door: Reception, trusting: ssl.SSLContext) -> None:
    with smtplib.SMTP("localhost", door.address[1], timeout=60) as client:
        begin(client, trusting)
        client.login(NAME, PASSWORD)
        assert client.mail("a@elsewhere.example")[0] == 550
        assert client.mail("")[0] == 250


def test_wrong_passwords_are_counted_and_no_name_is_logged(
    door: Reception, trusting: ssl.SSLContext, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for number in range(11):
        with smtplib.SMTP("localhost", door.address[1], timeout=60) as client:
            begin(client, trusting)
            client.ehlo()
            client.user, client.password = f"marker-{number}" if number % 2 else NAME, "marker-password"
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                client.auth("PLAIN", client.auth_plain)
            answers.append(refused.value.smtp_code)
    assert answers == [535] * 10 + [454]
    said = "".join(capfd.readouterr())
    assert "marker" not in said
    assert NAME not in said


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["AUTH"], "504 5.5.4"),
        (["AUTH GSSAPI"], "504 5.5.4"),
        (["AUTH PLAIN not-base64"], "501 5.5.2"),
        (["AUTH PLAIN AAAA"], "501 5.5.2"),
        (["AUTH PLAIN", "*"], "501 5.7.0"),
        (["AUTH LOGIN", "*"], "501 5.7.0"),
        (["AUTH LOGIN =", "="], "535 5.7.8"),
        (["AUTH PLAIN b3RoZXIAd2FyZC1wcmludGVyAHg="], "501 5.5.2"),  # to act as somebody else
        (["AUTH PLAIN", "A" * 70_000], "500 5.5.6"),
    ],
)
def test_log_ins_that_are_malformed_have_their_answer(
    door: Reception, trusting: ssl.SSLContext, lines: list[str], answer: str
) -> None:
    client = begin(smtplib.SMTP("localhost", door.address[1], timeout=60), trusting)
    client.ehlo()
    answers = [client.docmd(line) for line in lines]
    client.close()
    code, text = answers[-1]
    assert f"{code} {text.decode()}".startswith(answer)


def test_accounts_that_cannot_be_read_let_nobody_in(door: Reception, trusting: ssl.SSLContext, tmp_path: Path) -> None:
    (tmp_path / "accounts").chmod(0o644)
    with smtplib.SMTP("localhost", door.address[1], timeout=60) as client:
        begin(client, trusting)
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(NAME, PASSWORD)
    assert refused.value.smtp_code == 454


def test_what_comes_before_tls_counts_no_more(door: Reception, trusting: ssl.SSLContext) -> None:
    with smtplib.SMTP("localhost", door.address[1], timeout=60) as client:
        client.ehlo()
        begin(client, trusting)
        assert client.docmd("MAIL FROM:<a@force.police.uk>")[0] == 503, "nobody said EHLO over TLS"
        assert client.docmd("STARTTLS")[0] == 503


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    terms: Terms, door: Reception, authority: trustme.CA, trusting: ssl.SSLContext, tmp_path: Path
) -> None:
    def serial(port: int) -> object:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            return (secured.getpeercert() or {})["serialNumber"]

    assert terms.tls
    assert door.door.tls_address
    port = door.door.tls_address[1]
    first = serial(port)
    renew(authority, tmp_path)
    terms.tls.refresh()
    second = serial(port)
    assert first != second
    (tmp_path / "mail.pem").write_text("-----BEGIN CERTIFICATE-----\nbroken")
    terms.tls.refresh()
    assert serial(port) == second
    put(authority.issue_cert("localhost"), tmp_path)
    (tmp_path / "mail.key").chmod(0o644)
    terms.tls.refresh()
    assert serial(port) == second


def test_the_door_looks_for_a_renewed_certificate_by_itself(
    terms: Terms, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert terms.tls
    monkeypatch.setattr("gateway.intake.mail.LOOK_EVERY", 0.05)
    before = terms.tls._seen
    with Reception(terms=terms):
        renew(authority, tmp_path)
        wait_until(lambda: terms.tls and terms.tls._seen != before)


def test_files_that_will_not_do_stop_the_start(authority: trustme.CA, tmp_path: Path) -> None:
    chain, key = put(authority.issue_cert("localhost"), tmp_path)
    key.chmod(0o640)
    with pytest.raises(Unsound, match="mode 0640"):
        DoorTls(chain, key)
    key.chmod(0o600)
    key.write_bytes(authority.issue_cert("localhost").private_key_pem.bytes())
    with pytest.raises(Unsound, match="cannot use the certificate"):
        DoorTls(chain, key)
    with pytest.raises(Unsound, match="cannot be read"):
        DoorTls(tmp_path / "missing", key)


def test_connections_that_never_say_hello_count_too(terms: Terms, trusting: ssl.SSLContext) -> None:
    crowded = replace(terms, limits=Limits(per_client=2))
    with Reception(terms=crowded, tls_at=("127.0.0.1", 0)) as door:
        assert door.door.tls_address
        silent = [socket.create_connection(door.door.tls_address, timeout=60) for _ in range(3)]
        assert silent[2].recv(100) == b"", "turned away without a word: TLS comes first"
        for each in silent:
            each.close()
        wait_until(lambda: is_let_in(door, trusting))


def is_let_in(door: Reception, trusting: ssl.SSLContext) -> bool:
    assert door.door.tls_address
    try:
        with smtplib.SMTP_SSL("localhost", door.door.tls_address[1], timeout=60, context=trusting) as client:
            return client.noop()[0] == 250
    except OSError:  # turned away: the door has not seen yet that the others are gone
        return False
