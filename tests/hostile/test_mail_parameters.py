"""Parts with so many parameters that the standard library would read them for hours, or so many parts: all refuse."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted, NotSealed
from gateway.intake.answer import answer
from gateway.model.parameters import LONGEST, MOST, are_readable
from gateway.model.verdict import Obligation
from gateway.protect.bodies import bodies
from gateway.protect.keys.mail import found_in
from gateway.protect.marking import marked
from gateway.protect.neutral import neutral
from gateway.protect.readable import readable

SIZE: Final = 900_000
SECONDS: Final = 3.0  # of a processor; what it took was not waited for
LONGEST_NAME: Final = b"".join(b" name*%d*=%s;\r\n" % (number, b"%41" * 20) for number in range(43))
MARKS: Final = frozenset({Obligation.MARK_SUBJECT, Obligation.MARK_HEADER})
TOP: Final = b"From: a@b.example\r\nSubject: x\r\n"

FIELDS: Final = {
    "parameters": b"Content-Type: text/plain" + b";a=b" * (SIZE // 4),
    "semicolons": b"content-TYPE : text/plain" + b";" * SIZE,
    "quotation-marks": b"Content-Type: text/plain;" + b'";' * (SIZE // 2),
    "pieces": b"Content-Type: text/plain" + b"".join(b"; name*%d*=a" % number for number in range(60_000)),
    "folded": b"Content-Disposition: attachment" + b";\r\n\ta=b" * (SIZE // 8),
    "folded-otherwise": b"Content-Disposition: attachment" + b";\n a=b" * (SIZE // 7),
    "few-and-long": b"Content-Type: text/plain" + (b"; a=" + b"b" * (SIZE // 90)) * 90,
    "boundaries": b"Content-Type: multipart/mixed; boundary=a" + b";a=b" * (SIZE // 4),
}
PLACES: Final = {
    "on-top": lambda field: TOP + field + b"\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n",
    "first": lambda field: field + b"\r\n" + TOP + b"\r\nx\r\n",
    "behind-a-bare-return": lambda field: TOP + b"X: y\r" + field + b"\r\n\r\nx\r\n",
    "in-a-part": lambda field: (
        TOP + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" + field + b"\r\n\r\nx\r\n--a--\r\n"
    ),
}  # fmt: skip
READERS: Final[dict[str, Callable[[bytes], object]]] = {
    "an-answer": answer,
    "a-person": readable,
    "who-marks": lambda message: marked(message, "OFFICIAL", MARKS),
    "who-takes-names-out": lambda message: neutral(message, "y"),
    "who-finds-keys": lambda message: found_in(message, "the message"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("field", FIELDS)
def test_nobody_reads_them(field: str, place: str, reader: str) -> None:
    message = PLACES[place](FIELDS[field])
    begun = time.thread_time()
    with pytest.raises((NotSealed, NotAccepted)):
        READERS[reader](message)
    assert time.thread_time() - begun < SECONDS


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "boundaries"])
def test_a_text_that_is_marked_is_not_read_behind_them(field: str) -> None:
    begun = time.thread_time()
    with pytest.raises(NotSealed):
        bodies(PLACES["in-a-part"](FIELDS[field]))
    assert time.thread_time() - begun < SECONDS


@pytest.mark.parametrize(
    "message",
    [
        TOP + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"<p style='a: b;'>;" * 10_000,
        TOP + b"Content-Type: application/pdf;\r\n" + LONGEST_NAME + b" x=y\r\n\r\nx",
        TOP + b"\r\nContent-Type is a field; " + b"it has parameters; " * 1000,
        b"To: " + b";" * 1000 + b"\r\nContent-Type: text/plain\r\n\r\nx",
    ],
    ids=["a-page", "the-longest-name", "a-text", "another-field"],
)  # fmt: skip
def test_what_programs_write_is_read(message: bytes) -> None:
    assert are_readable(message)
    assert readable(message).text


@given(st.integers(0, 2 * MOST), st.integers(0, 2 * LONGEST), st.sampled_from([b"", b"\r\n ", b"\r\t", b"\n "]))
def test_bounds_are_those_of_one_field(semicolons: int, length: int, fold: bytes) -> None:
    field = b"Content-Type:" + fold + b";" * semicolons + b"a" * length
    fits = semicolons <= MOST and len(field) <= LONGEST
    for message in (field, field + b"\r\n\r\nx", b"X: y\r\n" + field, field + b"\nX: " + b";" * 1000):
        assert are_readable(message) is fits


@pytest.mark.parametrize("delimiter", [b"--a\r\n", b"--a\n", b"\r\n--a\r\n\r\n"])
def test_a_part_of_too_many_parts_is_refused_at_once(delimiter: bytes) -> None:
    begin = TOP + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    begun = time.thread_time()
    with pytest.raises(NotSealed):
        bodies(begin + delimiter * (SIZE // len(delimiter)) + b"--a--\r\n")
    assert time.thread_time() - begun < SECONDS


@pytest.mark.parametrize("text", [b"content-", b"\ncontent-", b"\rContent-Type:", b"\r\nContent-Type: x", b"\n"])
def test_to_look_for_them_takes_no_time(text: bytes) -> None:
    begun = time.thread_time()
    are_readable(text * (10_000_000 // len(text)))
    assert time.thread_time() - begun < SECONDS
