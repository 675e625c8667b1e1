"""What a sender wrote, as mail programs send it, without what those quote."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotAccepted
from gateway.intake.answer import LARGEST, answer
from gateway.intake.automatic import is_automatic
from gateway.record.letter import LANGUAGES

WROTE: Final = "The court asks for it by Friday."
NOTICE: Final = "--- Write your answer above this line ---\n\nWhat happened: your message has not been sent."


def mail(text: str, html: str = "") -> bytes:
    message = EmailMessage()
    message["Subject"] = "Re: Not sent"
    message.set_content(text) if text else None
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


QUOTES: Final = {
    "thunderbird": "On 29/11/2026 08:00, gateway@council.example wrote:\n> " + NOTICE.replace("\n", "\n> "),
    "gmail": "On Sun, 29 Nov 2026 at 08:00, The Gateway <gateway@council.example>\nwrote:\n\n> " + NOTICE,
    "outlook": "________________________________\nFrom: gateway@council.example\nSent: 29 November\n" + NOTICE,
    "outlook-plain": "-----Original Message-----\nFrom: gateway@council.example\n" + NOTICE,
    "outlook-mac": "From: The Gateway <gateway@council.example>\nDate: Sunday\n" + NOTICE,
    "signature": "-- \nJ Smith\nExampleshire Council",
    "welsh": "Ar Sul, 29 Tach 2026 am 08:00, ysgrifennodd gateway@council.example:\n> " + NOTICE,
    "unquoted": NOTICE,
    "nothing": "",
}


@pytest.mark.parametrize("quoted", QUOTES.values(), ids=QUOTES)
def test_what_is_quoted_is_not_what_was_said(quoted: str) -> None:
    assert answer(mail(f"{WROTE}\n\nIt is case 114.\n\n{quoted}\n")) == [WROTE, "It is case 114."]
    assert answer(mail(quoted or "\n")) == []


def test_the_line_that_notices_ask_to_write_above_ends_it_in_every_language() -> None:
    for say in LANGUAGES.values():
        assert answer(mail(f"{WROTE}\n> {say.write_above}\nmore")) == [WROTE]


def test_a_page_alone_is_read_as_its_words() -> None:
    page = f"<html><head><style>p {{x}}</style></head><body><p>{WROTE}</p><div>It is&nbsp;<b>urgent</b>.</div>"
    page += "<script>alert(1)</script><blockquote>--- Write your answer above this line ---<p>What happened</p>"
    assert answer(mail("", page)) == [WROTE, "It is urgent."]


def test_words_come_before_the_page_with_the_same() -> None:
    assert answer(mail(WROTE, "<p>another</p>")) == [WROTE]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252"])
def test_letters_of_other_character_sets_are_read(charset: str) -> None:
    message = EmailMessage()
    message.set_content("Zoë asks for it", charset=charset, cte="base64")
    assert answer(message.as_bytes()) == ["Zoë asks for it"]


def test_what_is_too_large_is_not_read() -> None:
    with pytest.raises(NotAccepted, match="too large"):
        answer(b"x" * (LARGEST + 1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Content-Type: text/plain; charset=nobody-knows\r\n\r\nwords\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 2000,
        b"Content-Type: text/plain; " + b"a*0=b; " * 100_000 + b"\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff\xff=\r\n",
        b"Content-Type: image/png\r\n\r\n\x89PNG",
        b"Content-Type: text/html\r\n\r\n" + b"<" * 100_000,
    ],
    ids=["empty", "charset", "boundaries", "parameters", "nested", "base64", "picture", "angles"],
)  # fmt: skip
def test_hostile_mail_is_refused_or_says_little(raw: bytes) -> None:
    try:
        said = answer(raw)
    except NotAccepted:
        return
    assert sum(map(len, said)) <= len(raw)


@given(st.binary(max_size=2_000))
def test_no_bytes_break_it(raw: bytes) -> None:
    try:
        said = answer(raw)
    except NotAccepted:
        return
    assert all(line.strip() for line in said)


@pytest.mark.parametrize(
    ("field", "automatic"),
    [
        ("Subject: x", False),
        ("Auto-Submitted: no", False),
        ("Auto-Submitted: No (really)", False),
        ("Auto-Submitted: auto-replied", True),
        ("auto-submitted:\r\n Auto-Generated; owner-email=x", True),
        ("Auto-Submitted: of-no-known-kind", True),
        ("Precedence: BULK", True),
        ("Precedence: list", True),
        ("Precedence: junk", True),
        ("Precedence: first-class", False),
    ],
)
def test_machines_are_known_by_what_they_say_of_themselves(field: str, *, automatic: bool) -> None:
    assert is_automatic(f"From: a@b.example\r\n{field}\r\n\r\nAuto-Submitted: auto-replied\r\n".encode()) is automatic
