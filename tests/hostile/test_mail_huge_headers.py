"""Headers of nearly a megabyte, the largest that the mail door takes: every room reads them in time or holds them.

Times are those of the thread alone, so that a busy machine changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import thread_time
from typing import Final

import pytest

from gateway.errors import NotSealed
from gateway.extract import Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.intake import explanation
from gateway.intake.automatic import is_automatic
from gateway.intake.header import LARGEST, top
from gateway.intake.passwords import take_out
from gateway.intake.thread import own_digest, references
from gateway.intake.trace import is_looping, shown, subject
from gateway.intake.urgency import is_urgent
from gateway.model.inspection import GapKind
from gateway.model.subject import asks_for_encryption
from gateway.model.verdict import Obligation
from gateway.protect import compose
from gateway.protect.marking import marked
from gateway.protect.neutral import neutral
from gateway.protect.outward import INTERNAL, Outward, Trace
from gateway.protect.readable import readable
from gateway.protect.thread import threaded
from tests.unit.protect.sealing import NOW, RECIPIENT, SENDER

MOST: Final = 15.0  # seconds
ROOM: Final = LARGEST - 1_000
OUTSIDE: Final = compose.Head(sender=SENDER, recipient=RECIPIENT, subject="s", date=NOW, message_id="<m@x>")
MARKS: Final = frozenset({Obligation.MARK_SUBJECT, Obligation.MARK_HEADER, Obligation.MARK_BODY})
EXTRACTORS: Final = builtin()


def again(field: bytes) -> bytes:
    """Return a header full of one field."""
    return field * (ROOM // len(field))


def long(name: bytes, piece: bytes, end: bytes = b"") -> bytes:
    """Return one field full of one piece."""
    return name + piece * ((ROOM - len(name) - len(end)) // len(piece)) + end + b"\r\n"


HEADERS: Final = {
    "ten thousand fields": b"".join(b"X-%d: %s\r\n" % (number, b"v" * 85) for number in range(10_000)),
    "as many fields as there is room for": again(b"X: y\r\n"),
    "fields without a name": again(b":\r\n"),
    "lines that are no field": again(b"x\r\n"),
    "many fields that are not ASCII": again(b"X: \xe9\r\n"),
    "many subjects": again(b"Subject: [encrypt] x\r\n"),
    "many blind recipients": again(b"Bcc: x@y.example\r\n"),
    "many hops": again(b"Received: from a by b; Sun, 22 Nov 2026 09:30:00 +0000\r\n"),
    "many labels": again(b"X-Protective-Marking: OFFICIAL\r\n"),
    "one field": long(b"X-Long: ", b"a"),
    "one name": b"X" * ROOM + b": y\r\n",
    "one field on many lines": long(b"X-Long: a", b"\r\n b"),
    "a subject of many words": long(b"Subject: ", b"a "),
    "thousands of encoded words": long(b"Subject: ", b"=?utf-8?q?a?= "),
    "encoded words that never end": long(b"Subject: ", b"=?utf-8?q?"),
    "encoded words of no known set": long(b"Cc: ", b"=?x-nothing?q?a?= "),
    "accents in the wrong order": long(b"Subject: ", "\u0301\u0316".encode()),
    "comments in comments": b"Cc: " + b"(" * (ROOM // 2 - 50) + b")" * (ROOM // 2 - 50) + b" x@y.example\r\n",
    "comments in comments again and again": long(b"Reply-To: ", b"(" * 900 + b")" * 900, b" x@y.example"),
    "comments in what the message is": long(b"Content-Type: text/plain ", b"(a)"),
    "parameters": long(b"Content-Type: text/plain", b"; a=b"),
    "a label in pieces": long(b"X-Protective-Marking: ", b"m*1=a; "),
    "addresses": long(b"To: ", b"a@b.example, "),
    "ids": long(b"References: ", b"<a@b.example> "),
}


def seconds(task: Callable[[], object]) -> float:
    begun = thread_time()
    with suppress(NotSealed):
        task()
    return thread_time() - begun


def letter(header: bytes) -> bytes:
    return b"From: a@council.example\r\nTo: b@partner.example\r\n" + header + b"\r\nbody\r\n"


def taken_in(message: bytes) -> None:
    """Read a header as the mail door does."""
    header = top(message)
    is_looping(header, "gw.example")
    explanation.take_out(take_out(header)[0])
    asks_for_encryption(subject(header))
    for read in (shown, references, own_digest, is_urgent, is_automatic):
        read(header)


STEPS: Final[dict[str, Callable[[bytes], object]]] = {
    "taken in": taken_in,
    "passed through": compose.pass_through,
    "without what is internal": Outward(received=Trace.ANONYMISE, fields=INTERNAL, labels=True, wish=True),
    "in its thread": lambda message: threaded(OUTSIDE, message),
    "marked": lambda message: marked(message, "PROTECT", MARKS),
    "neutral": lambda message: neutral(message, "Secure message"),
    "as a person reads it": readable,
    "within a seal": lambda message: compose.protected(message, OUTSIDE),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_huge_header_keeps_no_room_waiting(header: str) -> None:
    message = letter(HEADERS[header])
    assert len(message.partition(b"\r\n\r\n")[0]) < LARGEST
    took = {name: seconds(lambda step=step: step(message)) for name, step in STEPS.items()}  # type: ignore[misc]  # bound now
    assert {name: round(each, 1) for name, each in took.items() if each > MOST} == {}


@pytest.mark.parametrize("header", HEADERS)
def test_nor_those_who_look_for_text_in_it(header: str) -> None:
    message = letter(HEADERS[header])
    assert seconds(lambda: extract("message.eml", message, Limits(), EXTRACTORS)) < MOST


@pytest.mark.parametrize("header", ["parameters", "comments in what the message is"])
def test_what_nobody_takes_apart_is_a_gap_and_read_as_it_stands(header: str) -> None:
    seen = extract("message.eml", letter(HEADERS[header]) + b"943 476 5919", Limits(), EXTRACTORS)
    assert [(gap.kind, gap.detail) for gap in seen.gaps] == [(GapKind.TOO_LARGE, "mime parameters")]
    assert any("943 476 5919" in segment.text for segment in seen.parts[0].segments)
