"""SMTP smuggling and other dialogues meant to be read in two ways (CVE-2023-51764 to -51766, CVE-2024-27305)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reception import Reception
from tests.integration.wire import Wire

pytestmark = pytest.mark.network

SMUGGLED = b"MAIL FROM:<admin@force.police.uk>\r\nRCPT TO:<victim@nhs.net>\r\nDATA\r\nSubject: forged\r\n\r\nforged"


@pytest.fixture
def reception() -> Iterator[Reception]:
    with Reception() as open_reception:
        yield open_reception


@pytest.mark.parametrize(
    "ending",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\r\n.\r\r\n",
        b"\r\n\0.\r\n",
        b"\r\n.\0\r\n",
        b"\0\r\n.\n",
        b"\n.\r",
    ],
)
def test_no_other_end_of_data_ends_the_message_and_the_whole_is_refused(reception: Reception, ending: bytes) -> None:
    with Wire(reception.address) as wire:
        wire.begin()
        answer = wire.send(b"Subject: outer\r\n\r\nouter" + ending + SMUGGLED)
        assert answer.startswith("550 5.6.11")
        assert wire.say("NOOP").startswith("250")
    assert not reception.admitted


@pytest.mark.parametrize("poison", [b"\r", b"\n", b"\0", b"\r\r", b"\n\r"])
@pytest.mark.parametrize("place", [b"Subject: a%bb\r\n\r\nx", b"Subject: a\r\n\r\nx%by", b"Subject: a\r\n\r\n%bx"])
def test_a_bare_cr_lf_or_a_nul_anywhere_is_refused(reception: Reception, place: bytes, poison: bytes) -> None:
    with Wire(reception.address) as wire:
        wire.begin()
        assert wire.send(place % poison).startswith("550 5.6.11")
    assert not reception.admitted


@pytest.mark.parametrize(
    "address",
    [
        "a@nhs.net\0",
        "a b@nhs.net",
        '"a@nhs.net"@evil.example',
        "a@nhs.net@evil.example",
        "a@nhs.net.",
        "postmaster",
        "",
        "a@nhs.net\x0bRCPT",
    ],
)
def test_an_address_with_two_readings_is_refused_and_the_others_go_on(reception: Reception, address: str) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        wire.say("MAIL FROM:<a@force.police.uk>")
        assert wire.say(f"RCPT TO:<{address}>")[:1] == "5"
        assert wire.say("RCPT TO:<good@nhs.net>").startswith("250")
        assert wire.say("DATA").startswith("354")
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
    [transfer] = reception.admitted
    assert [delivery.recipient for delivery in transfer.deliveries] == ["good@nhs.net"]


def test_a_source_route_does_not_hide_the_recipient(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.begin(recipient="@relay.example:real@nhs.net")
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
    assert [delivery.recipient for delivery in reception.admitted[0].deliveries] == ["real@nhs.net"]


def test_eight_bit_commands_and_floods_of_nonsense_end_in_a_refusal(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say("MAIL FROM:<\xff@b.example>")[:1] == "5"
        assert wire.say("MAIL FROM:<a@b.example> SMTPUTF8=yes")[:1] == "5"
        assert wire.say("MAIL FROM:<" + "a" * 5000 + "@b.example>")[:1] == "5"
        assert [wire.say("NONSENSE")[:3] for _ in range(5)][-1] == "502"
        assert wire.reply() == ""


def test_the_length_of_a_line_is_bounded(reception: Reception) -> None:
    with Reception(max_size=8 << 20) as roomy, Wire(roomy.address) as wire:
        wire.begin()
        assert wire.send(b"Subject: x\r\n\r\n" + b"y" * (2 << 20)).startswith("500")
        wire.begin()
        assert wire.send(b"Subject: x\r\n\r\nx").startswith("250")
        assert len(roomy.admitted) == 1
    assert not reception.admitted


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(reception: Reception) -> None:
    with Wire(reception.address) as wire:
        wire.begin()
        wire.write(b"Subject: x\r\n\r\nhalf a mess")
    with Wire(reception.address) as wire:
        wire.begin()
        assert wire.send(b"Subject: y\r\n\r\nx").startswith("250")
    [transfer] = reception.admitted
    assert reception.sent(transfer) == b"Subject: y\r\n\r\nx\r\n"
