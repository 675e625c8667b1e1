from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.header import head
from gateway.intake.smtp_lines import is_unambiguous
from gateway.intake.trace import is_looping, subject, trace, with_trace

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def field(helo: str = "client.example", client: str = "192.0.2.1") -> bytes:
    return trace(helo=helo, client=client, hostname="gw.example", transfer_id="t-1", at=AT)


def test_the_trace_field_is_one_that_mail_programs_read() -> None:
    message = email.message_from_bytes(field() + b"Subject: x\r\n\r\nbody\r\n", policy=email.policy.default)
    assert message["Received"].replace("\t", " ") == (
        "from client.example ([192.0.2.1]) by gw.example (secure-transfer-gateway) with ESMTP id t-1;"
        " Sun, 22 Nov 2026 07:00:00 +0000"
    )
    assert message["Subject"] == "x"


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_greeting_breaks_out_of_the_trace_field(helo: str, client: str) -> None:
    raw = field(helo, client)
    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r") == 3
    assert [line[:1] for line in raw.split(b"\r\n")] == [b"R", b"\t", b"\t", b""]


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (b"", b"Subject: x\r\n"),
        (b"From a@b.example Sun Nov 22 07:00:00 2026\r\n", b"Subject: x\r\n"),
        (b"From \r\n", b"X-Y :\r\nSubject: x\r\n"),
        (b"", b"From a@b.example Sun Nov 22 07:00:00 2026\r\nno field\r\n"),
        (b"", b"From the desk of our chairman\r\n"),
        (b"", b"From : a@b.example\r\nSubject: x\r\n"),
        (b"", b"from a@b.example\r\nSubject: x\r\n"),
    ],
)
def test_the_trace_field_stands_below_the_line_of_a_mail_folder_and_above_all_else(line: bytes, header: bytes) -> None:
    made = with_trace(line + header, field())
    assert made == line + field() + header
    message = email.message_from_bytes(made + b"\r\nbody\r\n", policy=email.policy.compat32)
    assert "id t-1;" in message["Received"]
    assert (message.get_unixfrom() or "").encode() == line.removesuffix(b"\r\n")
    assert is_looping(made + with_trace(line + header, field()) + field(), "gw.example")


def test_fifty_hops_pass_and_fifty_one_do_not() -> None:
    hop = b"Received: from a by b;\r\n\tSun, 22 Nov 2026 07:00:00 +0000\r\n"
    assert not is_looping(hop * 50 + b"\r\nbody", "gw.example")
    assert is_looping(hop * 51 + b"\r\nbody", "gw.example")
    assert is_looping(hop.upper() * 51 + b"\r\nbody", "gw.example")
    assert not is_looping(b"Subject: x\r\n\r\n" + hop * 60, "gw.example")


def test_the_third_return_to_this_gateway_is_a_loop() -> None:
    assert not is_looping(field() * 2 + b"\r\n", "gw.example")
    assert is_looping(field() * 3 + b"\r\n", "gw.example")
    assert not is_looping(field() * 3 + b"\r\n", "other.example")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Subject: plain\r\n\r\n", "plain"),
        (b"From: a@b\r\nSUBJECT:  folded\r\n over lines\r\nTo: c@d\r\n\r\n", "folded over lines"),
        (b"Subject: =?utf-8?B?w6l0w6k=?= =?iso-8859-1?Q?_caf=E9?=\r\n\r\n", "été café"),
        (b"Subject: caf\xc3\xa9\r\n\r\n", "café"),
        (b"Subject: caf\xe9\r\n\r\n", "caf\xe9"),
        (b"Subject: =?klingon?B?w6l0w6k=?=\r\n\r\n", "=?klingon?B?w6l0w6k=?="),
        (b"Subject: =?utf-8?B?a?=\r\n\r\n", "=?utf-8?B?a?="),
        (b"From: a@b\r\n\r\nSubject: in the body\r\n", ""),
        (b"\r\nSubject: in the body\r\n", ""),
        (b"", ""),
    ],
)
def test_the_subject_is_decoded_as_far_as_it_can_be(raw: bytes, expected: str) -> None:
    assert subject(raw) == expected


@given(st.binary(max_size=200))
def test_no_header_stops_the_reader(raw: bytes) -> None:
    text = subject(b"Subject: =?utf-8?Q?x?=" + raw)
    assert "\n" not in text
    assert "\r" not in text
    assert raw.startswith(head(raw))


@pytest.mark.parametrize("content", [b"", b"a\r\nb\r\n", b"\r\n\r\n"])
def test_whole_line_endings_are_read_in_one_way(content: bytes) -> None:
    assert is_unambiguous(content)


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\r\nb\r\n", b"a\n\rb\r\n", b"a\0b\r\n"])
def test_any_other_is_ambiguous(content: bytes) -> None:
    assert not is_unambiguous(content)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b".", b"\0"]), max_size=12).map(b"".join))
def test_counting_agrees_with_the_definition(content: bytes) -> None:
    rest = content.replace(b"\r\n", b"")
    assert is_unambiguous(content) is (b"\r" not in rest and b"\n" not in rest and b"\0" not in rest)
