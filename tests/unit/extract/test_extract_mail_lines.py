"""A message whose body lines are set aside is the message that the standard library makes of it."""

from __future__ import annotations

import email
import email.policy
import random
from email.message import Message
from typing import Any

from gateway.extract.formats.mail.lines import parsed
from gateway.testing.canaries.message import documents
from gateway.testing.sizeable import message

PIECES = (
    b"\r", b"\n", b"\r\n", b"--", b":", b" ", b"From x\n", b"Content-Type: multipart/mixed; boundary=x\n", b"--x\n",
    b"--x--\n", b"Content-Type: message/rfc822\n", b"\n\n", b"Content-Type: message/delivery-status\n\n", b"\xff",
    b"words\nand words\n", b"one\rtwo\rthree\r\n", b"\ninside\ninside\n",
)  # fmt: skip


def told(part: Message) -> tuple[Any, ...]:
    """Return all that a parsed message says."""
    payload = part.get_payload()
    inside = [told(each) for each in payload if isinstance(each, Message)] if isinstance(payload, list) else payload
    defects = [type(defect) for defect in part.defects]
    return list(part.raw_items()), part.preamble, part.epilogue, defects, part.get_unixfrom(), inside


def same(data: bytes) -> bool:
    """Say whether both readings are one."""
    return told(parsed(data)) == told(email.message_from_bytes(data, policy=email.policy.compat32))


def test_canaries_and_an_everyday_message_are_parsed_alike() -> None:
    assert same(message())
    assert all(same(document.data) for document in documents())


def test_messages_thrown_together_are_parsed_alike() -> None:
    made = random.Random(3)  # noqa: S311 - the same every time
    for _ in range(3_000):
        data = b"Subject: x\n" + b"".join(made.choice(PIECES) for _ in range(made.randint(1, 16)))
        assert same(data), data
