"""Headers that are meant to take the gateway's memory or its time, or to make a reader of them fail."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Final

import pytest

from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.header import LARGEST, top
from gateway.intake.message import Message
from gateway.model.transfer import Transfer
from tests.unit.intake.memory_store import HandClock, MemoryTransfers, MemoryVault

SIZE: Final = LARGEST - 100
LONGEST: Final = 5.0  # seconds of a processor for one message; it takes half a second, and took up to 25
MOST_MEMORY: Final = 80 << 20  # bytes for the megabyte of header that is let in; it took up to 250


def filled(name: str, unit: str) -> bytes:
    """Return a field of this name as long as a header may be."""
    return f"{name}: {unit * (SIZE // len(unit))}\r\n".encode("latin-1")


def many(field: str) -> bytes:
    """Return as many of a field as a header may hold."""
    return f"{field}\r\n".encode("latin-1") * (SIZE // (len(field) + 2))


ATTACKS: Final = {
    "a-subject-folded-at-every-letter": filled("Subject", "\r\n a"),
    "a-subject-of-empty-lines": filled("Subject", "\r\n ") + b"x\r\n",
    "words-that-never-end": filled("Subject", "=?a?q?x"),
    "words-within-words": filled("Subject", "=?a?q?"),
    "a-reason-of-words-that-never-end": filled("X-Transfer-Reason", "=?a?q?x"),
    "many-reasons": many("X-Transfer-Reason: =?a?q?x =?a?q?x"),
    "an-endless-consent": filled("X-Transfer-Consent", "=?a?q?x"),
    "an-endless-password": filled("X-Gateway-Password", "=?a?q?x"),
    "many-passwords": many("X-Gateway-Password: =?a?q?x"),
    "an-endless-word-of-a-machine": filled("Auto-Submitted", "=?a?q?x"),
    "an-endless-precedence": filled("Precedence", "=?a?q?x"),
    "an-endless-priority": filled("X-Priority", "=?a?q?x"),
    "many-priorities": many("Importance: =?a?q?x"),
    "many-hops": many("Received:"),
    "a-hop-without-end": filled("Received", "\r\n by x"),
    "comments-within-comments": filled("To", "("),
    "quotation-marks": filled("Cc", '"'),
    "routes": filled("To", "<@a,"),
    "groups": filled("To", "a:"),
    "many-addresses": filled("To", "a@b,"),
    "many-fields-of-addresses": many('To: "a'),
    "brackets-that-never-close": filled("References", "<"),
    "many-references": filled("References", "<a@b>"),
    "a-conversation-without-end": many("In-Reply-To: a@b"),
    "an-id-without-end": filled("Message-ID", "<a@b"),
}


def taken(content: bytes) -> tuple[str, list[Transfer]]:
    """Return the reply to a message, and what became of it."""
    transfers = MemoryTransfers()
    acceptor = Acceptor(MainDoor(transfers, MemoryVault(), HandClock()), hostname="gw.example", clock=HandClock())
    reply = acceptor(
        Message(
            sender="clerk@council.example", recipients=("a@partner.example",), content=content,
            client="192.0.2.1", helo="pc", dsn={}, dsn_recipients=(),
        )
    )  # fmt: skip
    return reply, list(transfers.kept.values())


def measured(content: bytes, now: Callable[[], float]) -> float:
    """Return how much of something it takes to answer a message, accepted or refused for good."""
    begun = now()
    reply, _ = taken(content)
    assert reply.startswith(("250 2.0.0 ", "554 5.")), reply
    return now() - begun


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_largest_header_takes_neither_time_nor_memory(attack: str) -> None:
    content = ATTACKS[attack] + b"\r\nbody\r\n"
    assert measured(content, time.thread_time) < LONGEST
    tracemalloc.start()
    try:
        measured(content, time.thread_time)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


ENDLESS: Final = {
    "many-fields": many("X-A: b") + many("X-C: d"),
    "one-folded-field": filled("Subject", "\r\n a") * 40,
    "one-line": b"a" * 2_000_000,
}


@pytest.mark.parametrize("endless", ENDLESS)
@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\nbody\r\n"], ids=["none", "no-body", "body"])
def test_a_larger_one_is_refused_for_good_before_it_is_read(endless: str, end: bytes) -> None:
    begun = time.thread_time()
    assert taken(ENDLESS[endless] + end) == ("554 5.6.0 the header of the message is too large", [])
    assert time.thread_time() - begun < 1


def test_one_byte_decides() -> None:
    line = b"X-A: " + b"b" * (LARGEST - 7) + b"\r\n"
    for body in (b"", b"\r\n", b"\r\n" + b"c" * 2_000_000):
        assert top(line + body) == line
        assert taken(line + body)[0].startswith("250 ")
        assert taken(b"X" + line + body)[0].startswith("554 ")


NAMES: Final = (
    "Subject", "To", "Cc", "References", "In-Reply-To", "Message-ID", "Importance", "Priority", "X-Priority",
    "Auto-Submitted", "Precedence", "X-Transfer-Reason", "X-Gateway-Password",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "word",
    [
        b"=?utf-8\xff?q?a?=", b"=?\xe2\x80\xa8?b?YQ==?=", b"=?klingon?q?a?=", b"=?undefined?q?a?=", b"=?idna?q?xn--a?=",
        b"=?punycode?q?-=FF?=", b"=?zlib?b?YQ==?=", b"=?utf-8?b?Y?=", b"=?\x01?q?=00?=", b"=?unicode_escape?q?=5CN{a?=",
    ],
    ids=range(10),
)  # fmt: skip
def test_a_broken_word_is_taken_as_it_stands_and_not_put_off(name: str, word: bytes) -> None:
    reply, admitted = taken(name.encode() + b": " + word + b"\r\n\r\nbody\r\n")
    assert reply.startswith("250 2.0.0 ")
    assert len(admitted) == 1
