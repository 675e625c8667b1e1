"""Pages, subjects and parts made to cost time or memory: work grows as their size does, or they are refused."""

from __future__ import annotations

import time

import pytest

from gateway.errors import NotSealed
from gateway.model.verdict import Obligation
from gateway.protect.bodies import bodies
from gateway.protect.duties import MARKS
from gateway.protect.html_text import as_shown, place_for_block, shown
from gateway.protect.marking import marked

SIZE = 200_000
PAGES = {
    "tags that never end": "<a" * SIZE,
    "comments that never end": "<!--" * SIZE,
    "quotes that never end": "<a '" * SIZE,
    "scripts that never end": "<script>" * SIZE,
    "angles": "<" * SIZE,
    "closed tags": "<a>" * SIZE,
    "closed comments": "<!---->" * SIZE,
    "bodies": "<body>" * SIZE,
    "references": "&#57;" * SIZE,
    "declarations": "<!x>" * SIZE,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_in_time_that_grows_as_it_does(name: str) -> None:
    page = PAGES[name]
    begun = time.perf_counter()
    for read in (place_for_block, shown, lambda source: list(as_shown(source))):
        try:
            read(page)
        except NotSealed:
            continue
    assert time.perf_counter() - begun < 60, "a square of this size takes hours"


def nested(depth: int) -> bytes:
    message = b"Content-Type: text/plain\r\n\r\nhello\r\n"
    for number in range(depth):
        boundary = b"b%d" % number
        head = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
        message = head + b"--" + boundary + b"\r\n" + message + b"--" + boundary + b"--\r\n"
    return b"Subject: x\r\n" + message


def test_parts_nested_too_deep_are_refused() -> None:
    assert len(bodies(nested(10))) == 1
    with pytest.raises(NotSealed, match="too deep"):
        bodies(nested(40))


def test_thousands_of_parts_and_subjects_are_marked_in_a_moment() -> None:
    parts = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\npart %d\r\n" % number for number in range(5_000))
    many = b"Subject: x\r\n" * 500 + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"
    begun = time.perf_counter()
    done = marked(many, "PROTECT", MARKS)
    assert done.count(b"[PROTECT]") == 500
    assert time.perf_counter() - begun < 60, "a square of this size takes hours"


def test_a_subject_of_encoded_words_only_is_marked_or_refused_in_a_moment() -> None:
    words = b" ".join([b"=?utf-8?q?a?="] * 2_000)
    begun = time.perf_counter()
    done = marked(b"Subject: " + words + b"\r\n\r\n", "PROTECT", frozenset({Obligation.MARK_SUBJECT}))
    assert done.startswith(b"Subject: [PROTECT]")
    assert time.perf_counter() - begun < 60
