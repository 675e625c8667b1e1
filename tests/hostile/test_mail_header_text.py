"""Header text that was made to hurt is read all the same, and nothing goes that only looks like a field."""

from __future__ import annotations

import pytest

from gateway.intake.trace import subject
from gateway.model.header_text import decoded
from gateway.protect import compose
from gateway.protect.outward import INTERNAL, Outward
from gateway.protect.readable import decoded as readable

BROKEN = {
    "a character set whose name is not ASCII": "=?caf\u00e9?q?x?=",
    "a character set of replacement letters": "=?u" + "\ufffd" * 100 + "?q?x?=",
    "an unknown character set": "=?x-nobody?q?x?=",
    "a codec that gives no text": "=?zlib?b?eJw=?=",
    "bytes that the set does not have": "=?utf-8?b?////?=",
    "padding that is missing": "=?utf-8?b?QQ?= =?utf-8?b?Q?=",
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN)
def test_a_broken_encoded_word_stays_as_it_stands(said: str) -> None:
    assert decoded(said) == said
    assert subject(f"Subject: {said}\r\n\r\nx\r\n".encode()) == said
    assert readable(said)


def test_a_line_that_is_no_field_is_not_taken_out_for_its_first_word() -> None:
    for line in (b"Bcc", b"bcc hidden@elsewhere.example", b"X-Originating-IP", b"Delivered-To"):
        message = b"Received: x\r\n" + line + b"\r\nSubject: y\r\n\r\nz\r\n"
        assert compose.pass_through(message) == message
        assert Outward(fields=INTERNAL, labels=True)(message) == message
    assert compose.pass_through(b"Bcc: h@e.example\r\nSubject: y\r\n\r\nz\r\n") == b"Subject: y\r\n\r\nz\r\n"
