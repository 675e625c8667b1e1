from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted
from gateway.intake.address import distinct, normalised, normalised_sender


@pytest.mark.parametrize(
    ("untrusted", "expected"),
    [
        ("Alice.Smith@NHS.Net", "Alice.Smith@nhs.net"),
        ("o'brien+x@example.org", "o'brien+x@example.org"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        ("a@[IPv6:::1]", "a@[ipv6:::1]"),
        ("info@Bücher.example", "info@xn--bcher-kva.example"),
        ("jörg@example.org", "jörg@example.org"),
        ("a@host_1.corp", "a@host_1.corp"),
    ],
)
def test_the_domain_has_one_spelling_and_the_name_keeps_its_own(untrusted: str, expected: str) -> None:
    assert normalised(untrusted) == expected


@pytest.mark.parametrize(
    "untrusted",
    [
        "",
        "<>",
        "alice",
        "alice@",
        "@nhs.net",
        " alice@nhs.net",
        "alice@nhs.net ",
        "alice@nhs.net\n",
        "alice@nhs.net\r\nRCPT TO:<eve@example.org>",
        "al ice@nhs.net",
        "alice@nhs.net.",
        "alice@.nhs.net",
        "alice@nhs..net",
        "alice@-nhs.net",
        "alice@nhs.net/../x",
        '"alice@nhs.net"@example.org',
        "alice@nhs.net@example.org",
        "<alice@nhs.net>",
        "alice\0@nhs.net",
        "alice\u202e@nhs.net",
        "alice\udc80@nhs.net",
        "alice@nhs\u3002\u3002net",
        "a" * 250 + "@nhs.net",
    ],
)
def test_what_other_programs_might_read_differently_is_refused(untrusted: str) -> None:
    with pytest.raises(NotAccepted) as refused:
        normalised(untrusted)
    assert "alice" not in str(refused.value)


def test_the_null_sender_is_the_empty_string() -> None:
    assert normalised_sender("<>") == ""
    assert normalised_sender("") == ""
    assert normalised_sender("A@B.example") == "A@b.example"


def test_each_recipient_counts_once_in_order_of_first_mention() -> None:
    assert distinct(["b@X.org", "a@x.org", "b@x.ORG", "B@x.org"]) == ("b@x.org", "a@x.org", "B@x.org")


@given(st.text(max_size=300))
def test_normalising_is_idempotent_or_refuses(untrusted: str) -> None:
    try:
        once = normalised(untrusted)
    except NotAccepted:
        return
    assert normalised(once) == once


@given(st.from_regex(r"[A-Za-z0-9._'+\-]{1,30}@([a-z0-9]{1,10}\.){1,3}[a-z]{2,8}", fullmatch=True))
def test_ordinary_addresses_pass_in_any_case_of_their_domain(address: str) -> None:
    local, _, domain = address.rpartition("@")
    assert normalised(f"{local}@{domain.upper()}") == address
