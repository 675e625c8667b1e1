"""What mail admins live through: Postfix in front and behind, next hops that are slow, gone, or not to be trusted."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from gateway.testing.documents import docx, mail
from tests.integration.postfix import Postfix, free_port
from tests.integration.sink import Sink
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway, wait_for, write_config

pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]
SUBMISSION = "127.0.0.1:{port} inet n - n - - smtpd\n"
NURSE = "nurse@nhs.net"
NAME = "Featherstonehaugh"  # so long that no ciphertext and no Base64 shows it by chance
LETTER = docx(["Dear colleague,", "The plan is attached."], header="PROTECT - PERSONAL")


def channels(port: int, *, secure: str = "{kind: folder, path: delivered/secure-mail, trial: true}") -> str:
    """Return the channels of a gateway whose next hop listens on a port of the loopback."""
    hop = f"{{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}"
    return f"  internal: {hop}\n  secure-mail: {secure}\n  internet: {hop}"


@contextmanager
def running(config: Path) -> Iterator[Gateway]:
    gateway = Gateway(config)
    gateway.start()
    try:
        yield gateway
    finally:
        if gateway.is_running:
            gateway.stop()


def attachment(raw: bytes, ending: str) -> tuple[str, bytes]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.iter_attachments():
        name = part.get_filename() or ""
        if name.endswith(ending):
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return name, content
    raise AssertionError(f"no {ending} among the attachments")


@pytest.mark.needs("postfix")
def test_mail_walks_from_postfix_through_the_gateway_to_postfix(tmp_path: Path) -> None:
    with (
        Sink() as sink,
        Postfix(SUBMISSION, {"relayhost": "[127.0.0.1]:{sink}"}, sink=sink.port) as behind,
        running(write_config(tmp_path / "home", channels=channels(behind.address[1]))) as gateway,
        Postfix(SUBMISSION, {"relayhost": "[127.0.0.1]:{gateway}"}, gateway=gateway.port) as before,
        smtplib.SMTP(*before.address, timeout=60) as client,
    ):
        client.sendmail(STAFF, [FRIEND], mail(STAFF, FRIEND, "Minutes", "The show went well.\n.\nThe end\n"))
        client.sendmail(
            STAFF, [FRIEND], mail(STAFF, FRIEND, f"J {NAME}", "See attached.\n", [(f"J {NAME}.docx", LETTER)])
        )
        wait_for(lambda: len(sink.messages) == 2, "two messages behind the second Postfix")
        gateway.settled(2)
        plain, sealed = sorted(sink.messages, key=len)
        assert b"The show went well.\r\n..\r\nThe end\r\n" in plain
        assert NAME.encode() not in sealed
        assert LETTER not in sealed
        outside = email.message_from_bytes(sealed, policy=email.policy.default)
        assert "Exampleshire Council" in outside["Subject"]
        name, content = attachment(sealed, ".zip")
        (notice,) = gateway.notices()
    opened = opened_with_7z(tmp_path, name, content, notice)
    assert LETTER in opened.values()
    # the mail said nothing and its attachment is marked, so it is marked too, inside
    assert any(f"Subject: [OFFICIAL-SENSITIVE] J {NAME}".encode() in each for each in opened.values())


def opened_with_7z(folder: Path, name: str, content: bytes, notice: str) -> dict[str, bytes]:
    (folder / name).write_bytes(content)
    word = re.search(r"\n\n {4}(\S+)\n", notice)
    assert word
    assert word[1].encode() not in content
    subprocess.run(
        ["7z", "x", f"-o{folder / 'opened'}", str(folder / name)],
        input=f"{word[1]}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return {path.name: path.read_bytes() for path in (folder / "opened").iterdir()}


def test_a_next_hop_that_is_away_is_tried_again_and_nothing_is_lost(tmp_path: Path) -> None:
    port = free_port()
    with running(write_config(tmp_path, channels=channels(port))) as gateway:
        gateway.mail(mail(STAFF, FRIEND, "Minutes", "The show went well.\n"))
        wait_for(
            lambda: [e for e in gateway.ask_json("ledger", "show") if e["event"] == "delivery:deferred"], "a deferral"
        )
        assert gateway.states() == ["sealed"]
        with Sink(port=port) as sink:
            gateway.settled(1)
            assert gateway.states() == ["delivered"]
            assert len(sink.messages) == 1


def test_a_refusal_of_the_next_hop_ends_the_delivery_and_the_sender_is_told(tmp_path: Path) -> None:
    with (
        Sink(answers={"RCPT": "550 5.1.1 no such mailbox here"}) as sink,
        running(write_config(tmp_path, channels=channels(sink.port))) as gateway,
    ):
        gateway.mail(mail(STAFF, FRIEND, "Minutes", "The show went well.\n"))
        gateway.settled(1)
        assert gateway.states() == ["undeliverable"]
        (notice,) = gateway.notices()
        assert "no such mailbox here" in notice


def test_after_days_of_trying_the_sender_is_told(tmp_path: Path) -> None:
    config = write_config(tmp_path, channels=channels(free_port()), give_up_after="4 s")
    with running(config) as gateway:
        gateway.mail(mail(STAFF, FRIEND, "Minutes", "The show went well.\n"))
        gateway.settled(1)
        assert gateway.states() == ["undeliverable"]
        assert "The gateway has stopped trying" in gateway.notices()[0]


def tls_sink(authority: trustme.CA) -> Sink:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return Sink(tls=context)


def verified(port: int, ca_file: Path) -> str:
    return f"{{kind: smtp, host: 127.0.0.1, port: {port}, tls: verify, ca_file: {ca_file}}}"


def test_a_protect_mail_to_a_secure_domain_goes_over_verified_tls_and_the_ledger_says_so(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with tls_sink(authority) as sink:
        secure = channels(free_port(), secure=verified(sink.port, tmp_path / "ca.pem"))
        with running(write_config(tmp_path / "home", channels=secure)) as gateway:
            gateway.mail(mail(STAFF, NURSE, "Plan", "See attached.\n", [("plan.docx", LETTER)]), to=NURSE)
            (transfer,) = gateway.settled(1)
            assert transfer["deliveries"][0]["state"] == "delivered"
            assert attachment(sink.messages[0], "plan.docx")[1] == LETTER
            (receipt,) = [e for e in gateway.ask_json("ledger", "show") if e["event"] == "delivery:delivered"]
            assert receipt["facts"]["tls"].startswith("TLSv1.3")


def test_a_secure_domain_whose_certificate_is_false_gets_nothing(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "another-ca.pem"))
    with tls_sink(trustme.CA()) as sink:
        secure = channels(free_port(), secure=verified(sink.port, tmp_path / "another-ca.pem"))
        with running(write_config(tmp_path / "home", channels=secure)) as gateway:
            gateway.mail(mail(STAFF, NURSE, "Plan", "See attached.\n", [("plan.docx", LETTER)]), to=NURSE)
            wait_for(
                lambda: [e for e in gateway.ask_json("ledger", "show") if e["event"] == "delivery:deferred"],
                "a deferral",
            )
            (transfer,) = gateway.transfers()
            assert transfer["deliveries"][0]["route"] == "secure-mail"
            assert transfer["deliveries"][0]["state"] == "sealed"
            assert sink.messages == []


def test_a_secure_domain_that_goes_on_proving_nothing_gets_it_sealed_and_the_ledger_says_why(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "another-ca.pem"))
    with tls_sink(trustme.CA()) as sink:
        secure = channels(free_port(), secure=verified(sink.port, tmp_path / "another-ca.pem"))
        config = write_config(tmp_path / "home", channels=secure)
        config.write_text(config.read_text().replace("  give_up_after:", "  prove_within: 1 s\n  give_up_after:"))
        with running(config) as gateway:
            gateway.mail(mail(STAFF, NURSE, "Plan", "See attached.\n", [("plan.docx", LETTER)]), to=NURSE)
            gateway.settled(1)
            assert gateway.states() == ["delivered"]
            (message,) = sink.messages
            assert LETTER not in message
            assert b"PROTECT" not in message
            assert attachment(message, ".zip")[1].startswith(b"PK")
            happened = {entry["event"]: entry["facts"] for entry in gateway.ask_json("ledger", "show")}
            assert "certificate is not accepted" in happened["delivery:unproved"]["trouble"]
            assert happened["delivery:sealed"]["cipher"] == "AES-256"
            assert happened["delivery:delivered"]["tls"].endswith("not verified")


def test_notices_go_by_mail_where_a_channel_is_set_for_them(tmp_path: Path) -> None:
    with Sink() as sink:
        config = write_config(tmp_path, channels=channels(sink.port))
        config.write_text(config.read_text().replace("channel: folder\n", "channel: internal\n"))
        with running(config) as gateway:
            gateway.mail(mail(STAFF, FRIEND, "Plan", "See attached.\n", [("plan.docx", LETTER)]))
            gateway.settled(1)
            wait_for(lambda: len(sink.messages) == 2, "the sealed message and the notice")
            notice = next(each for each in sink.messages if b"Auto-Submitted" in each)
            sealed = next(each for each in sink.messages if b"Auto-Submitted" not in each)
            word = re.search(rb"\r\n\r\n {4}(\S+)\r\n", notice)
            assert word
            assert word[1] not in sealed
            assert f"RCPT TO:<{STAFF}>" in sink.commands
            assert sum(command.startswith("MAIL FROM:<>") for command in sink.commands) == 1


def test_a_null_sender_is_carried_and_never_answered(tmp_path: Path) -> None:
    with Sink() as sink, running(write_config(tmp_path, channels=channels(sink.port))) as gateway:
        gateway.mail(mail("postmaster@exampleshire.example", FRIEND, "Failure", "It failed.\n"), sender="")
        gateway.mail(mail("postmaster@exampleshire.example", FRIEND, "Failure", "RESTRICTED\n\nIt\n"), sender="")
        gateway.mail(mail("postmaster@exampleshire.example", FRIEND, "Failure", "PROTECT\n\nIt\n"), sender="")
        transfers = gateway.settled(3)
        assert sorted(gateway.states()) == ["delivered", "held", "held"], "a passphrase needs somebody to be told"
        assert [each["deliveries"][0]["method"] for each in transfers if each["state"] == "finished"] == ["none"]
        assert gateway.notices() == []
