"""Commands that are meant to be read in two ways, too long, too early, or by somebody in the middle."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from gateway.intake.smtp_lobby import Terms
from gateway.intake.smtp_tls import DoorTls
from tests.integration.reception import Reception
from tests.integration.wire import Wire

pytestmark = pytest.mark.network

ENVELOPE = b"MAIL FROM:<admin@force.police.uk>\r\nRCPT TO:<victim@nhs.net>\r\n"
FORGED = ENVELOPE + b"DATA\r\nSubject: forged\r\n\r\nforged\r\n.\r\n"


@pytest.fixture
def reception() -> Iterator[Reception]:
    with Reception() as open_reception:
        yield open_reception


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Reception]:
    leaf = trustme.CA().issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "mail.pem")
    (tmp_path / "mail.key").touch(0o600)
    (tmp_path / "mail.key").write_bytes(leaf.private_key_pem.bytes())
    with Reception(terms=Terms(tls=DoorTls(tmp_path / "mail.pem", tmp_path / "mail.key"))) as open_reception:
        yield open_reception


def everything(wire: Wire) -> list[str]:
    """Return every reply until the door hangs up."""
    replies = []
    try:
        while reply := wire.reply():
            replies.append(reply)
    except ConnectionResetError:  # there was more to read when it hung up
        pass
    return replies


@pytest.mark.parametrize("ending", [b"\n", b"\r \n", b"\n\r\n"], ids=repr)
def test_a_command_that_ends_otherwise_is_refused_and_what_follows_is_not_read(
    reception: Reception, ending: bytes
) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.write(b"NOOP" + ending + FORGED + b"QUIT\r\n")
        assert everything(wire)[0].startswith("500 5.5.2")
    assert not reception.admitted


@pytest.mark.parametrize(
    "line",
    [b"NO\0OP", b"NOOP\r", b"MAIL FROM:<a\0@b.example>", b"MAIL FROM:<a@b.example>\0", b"EHLO a\x07b", b"EHLO a\tb"],
    ids=repr,
)
def test_control_characters_in_a_command(reception: Reception, line: bytes) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.write(line + b"\r\n")
        assert wire.reply() == "500 5.5.2 control characters in a command"
        assert wire.say("NOOP").startswith("250 2.0.0")


def test_a_command_that_is_too_long_is_refused_and_the_session_goes_on(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say(f"MAIL FROM:<{'a' * 4096}@b.example>") == "500 5.5.6 the command is too long"
        assert wire.say("NOOP").startswith("250")


@pytest.mark.parametrize("length", [65_537, 300_000])
def test_a_command_that_does_not_end_ends_the_session(reception: Reception, length: int) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        with suppress(BrokenPipeError, ConnectionResetError):  # it may hang up before all of it was said
            wire.write(b"MAIL FROM:<" + b"a" * length)
        assert everything(wire) in (["500 5.5.6 the command is too long"], [])


def test_content_before_it_was_asked_for_is_not_read_as_commands(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.write(ENVELOPE + b"DATA\r\n" + FORGED)
        replies = everything(wire)
    assert [each[:3] for each in replies] == ["250", "250", "503"]
    assert not reception.admitted


def test_commands_injected_before_tls_are_not_read_after_it(secured: Reception) -> None:
    with Wire(secured.address) as wire:
        wire.say("EHLO client.example")
        wire.write(b"STARTTLS\r\n" + ENVELOPE)
        assert [each[:9] for each in everything(wire)] == ["503 5.5.0"]


def test_commands_injected_after_the_answer_and_before_the_handshake_break_it(secured: Reception) -> None:
    with socket.create_connection(secured.address, timeout=30) as plain:
        plain.recv(1000)
        plain.sendall(b"EHLO client.example\r\n")
        plain.recv(1000)
        plain.sendall(b"STARTTLS\r\n")
        assert plain.recv(1000).startswith(b"220 2.0.0")
        plain.sendall(ENVELOPE)
        with pytest.raises((ssl.SSLError, OSError)):
            ssl._create_unverified_context().wrap_socket(plain)  # noqa: S323 - whose certificate it is does not matter
    with Wire(secured.address) as wire:
        assert wire.say("NOOP").startswith("250")


def test_a_browser_made_to_talk_to_the_door_says_nothing_to_it(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.write(b"POST / HTTP/1.1\r\nHost: gateway:2525\r\nContent-Length: 200\r\n\r\n" + FORGED)
        replies = everything(wire)
    assert not reception.admitted
    assert all(each[:1] == "5" for each in replies)


def test_a_client_that_speaks_tls_to_the_plain_port_is_refused(reception: Reception) -> None:
    with socket.create_connection(reception.address, timeout=30) as plain, pytest.raises((ssl.SSLError, OSError)):
        ssl._create_unverified_context().wrap_socket(plain)  # noqa: S323 - the same
    with Wire(reception.address) as wire:
        assert wire.say("NOOP").startswith("250")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("NONSENSE\x41", "500 5.5.2"),
        ("", "500 5.5.2"),
        ("\u00e9", "500 5.5.2"),
        ("DATA", "503 5.5.1"),
        ("RCPT TO:<a@nhs.net>", "503 5.5.1"),
        ("EXPN all", "502 5.5.1"),
        ("VRFY root", "252 2.5.0"),
        ("HELP", "214 2.0.0"),
        ("NOOP x", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("RSET x", "501 5.5.4"),
        ("QUIT x", "501 5.5.4"),
        ("EHLO", "501 5.5.4"),
        ("HELO", "501 5.5.4"),
        ("AUTH PLAIN x", "503 5.5.1"),
        ("STARTTLS", "503 5.5.1"),
        ("BDAT 5 LAST", "500 5.5.2"),
        ("ETRN x", "500 5.5.2"),
        ("XCLIENT ADDR=1.2.3.4", "500 5.5.2"),
        ("MAIL FROM:<a@b.example> X-Y=1", "555 5.5.4"),
    ],
)
def test_every_reply_has_its_code_and_quotes_nothing(reception: Reception, command: str, answer: str) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.write(command.encode() + b"\r\n")
        reply = wire.reply()
    assert reply.startswith(answer)
    assert "NONSENSE" not in reply
    assert "root" not in reply


def test_nothing_but_a_greeting_comes_before_mail(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        assert wire.say("MAIL FROM:<a@b.example>") == "503 5.5.1 say EHLO first"
        assert wire.say("HELO client.example") == "250 gw.example"
        assert wire.say("MAIL FROM:<a@b.example>") == "250 2.1.0 Ok"
        assert wire.say("MAIL FROM:<a@b.example>").startswith("503 5.5.1")
        assert wire.say("DATA") == "554 5.5.1 no valid recipients"


def test_an_origin_cannot_be_forged_into_the_trace_field() -> None:
    with Reception(xforward_peers=("127.0.0.1",)) as listed, Wire(listed.address) as wire:
        wire.say("EHLO client.example")
        for forged in ("ADDR=1.2.3.4+0D+0AX: y", "ADDR=not-an-address", "NAME=a+00b"):
            assert wire.say(f"XFORWARD {forged}").startswith("501 5.5.4")
        assert wire.say("XFORWARD ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE] NAME=[UNAVAILABLE]").startswith("250")
        assert wire.say("XFORWARD HELO=a+0D+0AX-Forged:+20yes").startswith("250"), "its client may have said anything"
        wire.say("MAIL FROM:<a@b.example>")
        wire.say("RCPT TO:<b@nhs.net>")
        wire.say("DATA")
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
        assert listed.content(listed.admitted[0]).startswith(b"Received: from unknown ([unknown])\r\n")
