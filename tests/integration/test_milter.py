"""The milter front end with a real Postfix: what the gateway takes is Postfix's no more, and nothing passes it by."""

from __future__ import annotations

import smtplib
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

import pytest

from gateway.errors import StorageFull
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.milter import MilterDoor
from gateway.intake.smtp_limits import Limits
from gateway.intake.smtp_lobby import Terms
from tests.integration.postfix import Postfix, refusing_port, smtp_source, wait_until
from tests.integration.reception import Reception
from tests.integration.sink import Sink

pytestmark = [pytest.mark.network, pytest.mark.needs("postfix"), pytest.mark.timeout(300)]
SERVICE = "127.0.0.1:{port} inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:{milter}\n"
SETTINGS = {"milter_default_action": "tempfail", "milter_protocol": "6", "relayhost": "[127.0.0.1]:{sink}"}
HEAD = "From: a@force.police.uk\r\nDate: Sun, 29 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@client.example>\r\n"
"""All that Postfix would add for a client of its own machine."""
BODY = HEAD + "Subject: one\r\n\ttwo\r\nX-Odd:no space\r\n\r\n.dot\r\n" + "x" * 900 + "\r\nend\r\n"


class Behind(Reception):
    """A milter front end instead of an SMTP door."""

    def __init__(self, terms: Terms | None = None) -> None:
        super().__init__()
        accept = Acceptor(MainDoor(self.transfers, self.vault, self.clock), hostname="gw.example", clock=self.clock)
        self.milter = MilterDoor(accept, "127.0.0.1", 0, terms=terms or Terms())

    def __enter__(self) -> Self:
        self.milter.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.milter.stop()

    @property
    def port(self) -> int:
        return int(self.milter.address[1])


@pytest.fixture
def behind() -> Iterator[Behind]:
    with Behind() as running:
        yield running


def offer(postfix: Postfix, content: str = BODY, *, sender: str = "a@force.police.uk") -> tuple[int, bytes]:
    """Send one message and return the answer to it."""
    with smtplib.SMTP(*postfix.address, local_hostname="client.example", timeout=60) as client:
        client.ehlo()
        client.mail(sender, ["RET=HDRS", "ENVID=Qq314"])
        client.rcpt("b@nhs.net", ["NOTIFY=SUCCESS"])
        client.rcpt("c@partner.example")
        return client.data(content.encode())


def test_what_the_gateway_takes_is_no_longer_postfix_own(behind: Behind) -> None:
    with Sink() as sink, Postfix(SERVICE, SETTINGS, milter=behind.port, sink=sink.port) as postfix:
        code, _ = offer(postfix)
        assert code == 250
        wait_until(lambda: "milter-discard" in postfix.log())
        assert postfix.waiting() == 0
    assert sink.messages == []
    [transfer] = behind.admitted
    assert [each.recipient for each in transfer.deliveries] == ["b@nhs.net", "c@partner.example"]
    assert transfer.sender == "a@force.police.uk"
    assert behind.sent(transfer) == BODY.encode()
    assert b"from client.example ([127.0.0.1])" in behind.content(transfer)
    assert (transfer.returns, transfer.envelope_id) == ("HDRS", "Qq314")
    assert transfer.deliveries[0].notify == {"SUCCESS"}


def test_the_null_sender_and_many_messages_on_many_connections(behind: Behind) -> None:
    with Sink() as sink, Postfix(SERVICE, SETTINGS, milter=behind.port, sink=sink.port) as postfix:
        assert offer(postfix, sender="")[0] == 250
        smtp_source(postfix.address, 50, sessions=8)
        assert postfix.waiting() == 0
    assert sink.messages == []
    assert len(behind.admitted) == 51


def test_a_message_with_nothing_in_it_is_still_one(behind: Behind) -> None:
    with Sink() as sink, Postfix(SERVICE, SETTINGS, milter=behind.port, sink=sink.port) as postfix:
        assert offer(postfix, HEAD + "\r\n")[0] == 250
    [transfer] = behind.admitted
    assert behind.sent(transfer) == HEAD.encode() + b"\r\n"


def test_a_full_disk_is_answered_while_the_client_waits(behind: Behind) -> None:
    behind.transfers.failure = StorageFull("no room")
    with Sink() as sink, Postfix(SERVICE, SETTINGS, milter=behind.port, sink=sink.port) as postfix:
        code, answer = offer(postfix)
        assert (code, answer[:5]) == (452, b"4.3.1")
        assert postfix.waiting() == 0
    assert sink.messages == []
    assert behind.admitted == []


def test_what_is_too_large_is_refused_for_good() -> None:
    with (
        Behind(Terms(max_size=5000)) as small,
        Sink() as sink,
        Postfix(SERVICE, SETTINGS, milter=small.port, sink=sink.port) as postfix,
    ):
        code, answer = offer(postfix, "Subject: x\r\n\r\n" + "line\r\n" * 2000)
        assert (code, answer[:5]) == (552, b"5.3.4")
        assert offer(postfix)[0] == 250
    assert len(small.admitted) == 1
    assert sink.messages == []


def test_a_gateway_that_is_away_lets_nothing_pass() -> None:
    with (
        refusing_port() as port,
        Sink() as sink,
        Postfix(SERVICE, SETTINGS, milter=port, sink=sink.port) as postfix,
    ):
        with smtplib.SMTP(*postfix.address, timeout=60) as client:
            client.ehlo()
            answers = [client.mail("a@force.police.uk")[0], client.rcpt("b@nhs.net")[0]]
            assert any(code // 100 == 4 for code in answers)
        assert postfix.waiting() == 0
    assert sink.messages == []


HOSTILE = {
    "a length of nothing": struct.pack("!I", 0),
    "a length beyond all bounds": struct.pack("!I", 0xFFFFFFFF),
    "an answer instead of an offer": struct.pack("!I", 1) + b"c",
    "an offer cut short": struct.pack("!I", 3) + b"O\0\0",
    "an old version": struct.pack("!I", 13) + b"O" + struct.pack("!III", 2, 0x1FF, 0x1FFFFF),
    "no leading space": struct.pack("!I", 13) + b"O" + struct.pack("!III", 6, 0x1FF, 0xFF),
    "http": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_whoever_speaks_something_else_is_hung_up_on(behind: Behind, attack: str) -> None:
    with socket.create_connection(("127.0.0.1", behind.port), timeout=30) as raw, suppress(ConnectionError):
        raw.sendall(HOSTILE[attack])
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(100) == b""
    with Sink() as sink, Postfix(SERVICE, SETTINGS, milter=behind.port, sink=sink.port) as postfix:
        assert offer(postfix)[0] == 250
    assert len(behind.admitted) == 1


OFFER = b"O" + struct.pack("!III", 6, 0x1FF, 0x1FFFFF)
HELLO = [OFFER, b"Cclient.example\x004\x00\x19192.0.2.7\0", b"Hclient.example\0"]
ENVELOPE = [b"M<a@force.police.uk>\0", b"R<b@nhs.net>\0"]
CONTENT = [b"LSubject\0 half\0", b"N", b"Bhalf of it\r\n"]


def speak(behind: Behind, packets: list[bytes]) -> list[bytes]:
    """Say all of it at once and hang up; return the packets that came back."""
    heard, answers = b"", []
    address = ("127.0.0.1", behind.port)
    with socket.create_connection(address, timeout=30) as raw, suppress(OSError):  # hung up on before the end
        raw.sendall(b"".join(struct.pack("!I", len(each)) + each for each in packets))
        raw.shutdown(socket.SHUT_WR)
        while more := raw.recv(1000):
            heard += more
    while heard:
        (length,) = struct.unpack("!I", heard[:4])
        answers.append(heard[4 : 4 + length])
        heard = heard[4 + length :]
    return answers[1:]  # without the answer to the offer


def test_half_a_message_is_nobodys(behind: Behind) -> None:
    assert speak(behind, [*HELLO, *ENVELOPE, *CONTENT]) == []
    assert behind.admitted == []


def test_one_client_s_name_is_not_the_next_one_s(behind: Behind) -> None:
    second = [b"Cunknown\0U", *ENVELOPE, *CONTENT, b"E", b"Q"]
    assert speak(behind, [*HELLO, *ENVELOPE, *CONTENT, b"E", b"K", *second]) == [b"d", b"d"]
    first, other = behind.admitted
    assert b"from client.example ([192.0.2.7])" in behind.content(first)
    assert b"client.example" not in behind.content(other).partition(b"Subject:")[0]


def test_a_machine_that_is_no_client_is_hung_up_on() -> None:
    with Behind(Terms(clients=())) as closed:
        assert speak(closed, [*HELLO, *ENVELOPE, *CONTENT, b"E", b"Q"]) == []
    assert closed.admitted == []


REFUSED = {
    "a sender of somebody else's": (Terms(senders=frozenset({"council.example"})), ENVELOPE, b"550 5.7.1"),
    "a malformed sender": (Terms(), [b"M<a@@b>\0", b"R<b@nhs.net>\0"], b"553 5.1.7"),
    "a malformed recipient": (Terms(), [*ENVELOPE, b"R<b@@c>\0"], b"553 5.1.3"),
    "too many recipients": (Terms(limits=Limits(recipients=2)), [*ENVELOPE, *([b"R<c@nhs.net>\0"] * 3)], b"452 4.5.3"),
    "a disk without room": (Terms(has_room=lambda _size: False), ENVELOPE, b"452 4.3.1"),
    "no memory": (Terms(limits=Limits(in_flight=10)), ENVELOPE, b"452 4.3.1"),
    "no recipient": (Terms(), ENVELOPE[:1], b"503 5.5.1"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_the_terms_of_the_mail_door_hold_here_too(why: str) -> None:
    terms, envelope, reply = REFUSED[why]
    with Behind(terms) as behind:
        [answer] = speak(behind, [*HELLO, *envelope, *CONTENT, b"E", b"Q"])
    assert answer[:10] == b"y" + reply
    assert behind.admitted == []


def test_a_bare_line_feed_is_refused(behind: Behind) -> None:
    [answer] = speak(behind, [*HELLO, *ENVELOPE, b"N", b"Bone\ntwo\r\n", b"E", b"Q"])
    assert answer[:11] == b"y550 5.6.11"


def test_recipients_beyond_all_bounds_cost_no_memory() -> None:
    with Behind() as behind:
        assert speak(behind, [*HELLO, ENVELOPE[0], b"R<" + b"x" * 100_000 + b"@nhs.net>\0", b"E"]) == []


def test_an_idle_mail_server_does_not_hold_up_the_end(behind: Behind) -> None:
    with socket.create_connection(("127.0.0.1", behind.port), timeout=30) as raw:
        raw.sendall(struct.pack("!I", len(OFFER)) + OFFER)
        assert len(raw.recv(17)) == 17
        behind.milter.stop()
        assert raw.recv(1) == b""
