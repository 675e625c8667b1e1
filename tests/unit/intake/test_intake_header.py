"""What is read of a header once is what looking for each field anew would find."""

from __future__ import annotations

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted
from gateway.intake.header import LARGEST, VALUE, Header, head, top, values

PIECES: Final = (b"To", b"to", b"Cc", b"X-To", b":", b" :", b" ", b"\t", b"\r\n", b"\r\n ", b"\n", b"\r", b"a@b")
HEADERS: Final = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@given(content=HEADERS)
def test_fields_are_those_that_begin_a_line_with_the_name(content: bytes) -> None:
    form = re.compile(rb"^(?=((?:To|Cc)[ \t]*:(" + VALUE + rb")))", re.IGNORECASE | re.MULTILINE)
    end = re.search(rb"\r\n\r\n|\A\r\n", content)
    expected = [found[1] for found in form.findall(content[: end.start()] if end else content)]
    assert values(content, b"to", b"cc") == expected
    assert values(content, b"cc", b"to") == expected
    assert values(head(content), b"to", b"cc") == expected
    assert values(top(content), b"to", b"cc") == expected


@given(content=HEADERS)
def test_a_header_is_the_bytes_that_it_was_read_from(content: bytes) -> None:
    whole, ended = head(content), top(content)
    assert content.startswith(ended)
    assert ended.startswith(whole)
    assert ended.removeprefix(whole) in {b"", b"\r\n"}
    assert head(whole) is whole
    assert head(ended) is ended


@pytest.mark.parametrize(
    ("content", "is_taken"),
    [
        (b"X: " + b"x" * (LARGEST - 3), True),
        (b"X: " + b"x" * (LARGEST - 5) + b"\r\n\r\nbody", True),
        (b"X: " + b"x" * (LARGEST - 4) + b"\r\n\r\nbody", False),
        (b"X: " + b"x" * LARGEST, False),
        (b"\r\n" + b"x" * LARGEST, True),
    ],
)
def test_a_header_has_a_bound(content: bytes, is_taken: bool) -> None:  # noqa: FBT001 - a table
    if is_taken:
        assert isinstance(top(content), Header)
    else:
        with pytest.raises(NotAccepted):
            top(content)
