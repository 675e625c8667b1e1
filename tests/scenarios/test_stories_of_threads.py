"""What mail keeps on its way: its signature, its thread, and its place beside what was sent before."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.testing.documents import mail
from tests.integration.passage import EXTENSIONS, behind_trace, unstuffed
from tests.integration.sink import Sink
from tests.integration.test_pass_through import FIELDS, signed, verifies
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway, wait_for, write_config
from tests.scenarios.test_stories_of_mail_admins import NURSE, channels, running

COLLEAGUE = "colleague@exampleshire.example"
pytestmark = [pytest.mark.network, pytest.mark.needs("7z"), pytest.mark.needs("gpg")]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink(extensions=EXTENSIONS) as opened:
        yield opened


@pytest.fixture
def gateway(tmp_path: Path, sink: Sink) -> Iterator[Gateway]:
    with running(write_config(tmp_path / "home", channels=channels(sink.port))) as started:
        yield started


def letter(to: str, subject: str, *fields: str, body: str = "See you on Tuesday.\n") -> bytes:
    return "".join(f"{field}\r\n" for field in fields).encode() + mail(STAFF, to, subject, body)


def received(gateway: Gateway) -> list[dict[str, object]]:
    """Return the facts of every first entry in the ledger."""
    entries = gateway.ask_json("ledger", "show")
    return [each["facts"] for each in entries if each["event"] == "transfer:received"]


def test_a_signed_mail_goes_through_and_its_signature_verifies_at_the_next_hop(gateway: Gateway, sink: Sink) -> None:
    key = rsa.generate_private_key(65537, 2048)
    raw = signed(letter(FRIEND, "Minutes of the garden show"), key, (b"relaxed", b"simple"), FIELDS)
    gateway.mail(raw)
    gateway.settled(1)
    (arrived,) = map(unstuffed, sink.messages)
    assert behind_trace(arrived) == raw
    assert verifies(arrived, key)


def test_a_mail_that_was_sent_again_is_delivered_again_and_both_records_say_so(gateway: Gateway, sink: Sink) -> None:
    raw = letter(FRIEND, "Minutes of the garden show", "Message-ID: <1@pc.exampleshire.example>")
    first, second = gateway.mail(raw), gateway.mail(raw)
    gateway.mail(raw.replace(b"Tuesday", b"Wednesday"))
    gateway.settled(3)
    assert len(sink.messages) == 3
    assert [facts.get("repeats") for facts in received(gateway)] == [None, first, None]
    told = [json.loads(line) for line in gateway.log.read_text().splitlines() if '"transfer:received"' in line]
    assert [(each["transfer"], each.get("repeats")) for each in told][:2] == [(first, None), (second, first)]


def test_what_continues_a_protected_mail_is_protected_whatever_it_says(gateway: Gateway, sink: Sink) -> None:
    """The first goes by verified TLS as it is, under the id that its sender's program gave it (S3 4.4, M15)."""
    gateway.mail(letter(NURSE, "PROTECT - PERSONAL: ward", "Message-ID: <1@pc.exampleshire.example>"), to=NURSE)
    gateway.settled(1)
    gateway.mail(letter(FRIEND, "Re: ward", "In-Reply-To: <1@PC.exampleshire.example>", "Message-ID: <2@pc>"))
    gateway.mail(letter(FRIEND, "Another matter", "In-Reply-To: <unknown@pc>", "Message-ID: <3@pc>"))
    gateway.settled(3)
    plain, sealed = sorted(sink.messages, key=len)
    assert b"Another matter" in plain
    assert b"Tuesday" not in sealed
    outside = email.message_from_bytes(unstuffed(sealed), policy=email.policy.default)
    assert str(outside["References"]).split() == ["<1@PC.exampleshire.example>", "<2@pc>"]

    # the recipient answers what they got; the answer to that answer names both
    thread = f"References: {outside['References']} {outside['Message-ID']} <9@partner.example>"
    gateway.mail(letter(FRIEND, "Re: Secure message", thread, "In-Reply-To: <9@partner.example>"))
    gateway.settled(4)
    wait_for(lambda: len(sink.messages) == 3, "the third message")
    assert b"Tuesday" not in sink.messages[-1]


def test_what_machines_inside_wrote_stays_inside(gateway: Gateway, sink: Sink) -> None:
    raw = letter(COLLEAGUE, "[encrypt] Ward", "X-Originating-IP: [10.1.2.3]", "Bcc: boss@exampleshire.example")
    gateway.mail(raw, to=COLLEAGUE)
    gateway.mail(raw, to=NURSE)
    gateway.settled(2)
    (inside,) = map(unstuffed, sink.messages)
    (outside,) = [path.read_bytes() for path in gateway.delivered()]
    without_blind = raw.replace(b"Bcc: boss@exampleshire.example\r\n", b"")
    assert behind_trace(inside) == without_blind
    wanted = without_blind.replace(b"X-Originating-IP: [10.1.2.3]\r\n", b"").replace(b"[encrypt] Ward", b"Ward")
    assert behind_trace(outside) == wanted
