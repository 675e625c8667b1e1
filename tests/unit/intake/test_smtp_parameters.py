"""Arguments of MAIL, RCPT and XFORWARD: the right ones are read, all others are refused with their code."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.smtp_parameters import read_mail, read_recipient, read_xforward, xtext
from gateway.intake.smtp_replies import Refusal


def test_a_sender_with_everything() -> None:
    given = "FROM: <A@B.example> size=1000 BODY=8BITMIME SMTPUTF8 ret=HDRS ENVID=Qq+2B1 AUTH=<>"
    sender = read_mail(given)
    assert (sender.address, sender.size, sender.utf8) == ("A@b.example", 1000, True)
    assert sender.dsn == {"RET": "HDRS", "ENVID": "Qq+2B1"}, "the case of an identifier is its sender's"


def test_the_null_sender_and_nothing_else() -> None:
    sender = read_mail("FROM:<>")
    assert (sender.address, sender.size, sender.utf8, sender.dsn) == ("", 0, False, {})


def test_a_recipient_with_everything() -> None:
    given = "TO:<b@nhs.net> NOTIFY=success,DELAY ORCPT=rfc822;Bob+2B1@NHS.net"
    assert read_recipient(given, utf8=False) == (
        "b@nhs.net",
        {"NOTIFY": "success,DELAY", "ORCPT": "rfc822;Bob+2B1@NHS.net"},
    )


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        (None, "501 5.5.4"),
        ("<a@b.example>", "501 5.5.4"),
        ("FROM:a@b.example", "553 5.1.3"),
        ("FROM:<a@b.example>SIZE=1", "553 5.1.3"),
        ("FROM:<a@b..example>", "553 5.1.7"),
        ("FROM:<a@b.example> SIZE=x", "501 5.5.4"),
        ("FROM:<a@b.example> SIZE=", "501 5.5.4"),
        ("FROM:<a@b.example> SIZE", "501 5.5.4"),
        ("FROM:<a@b.example> SIZE=-1", "501 5.5.4"),
        ("FROM:<a@b.example> SIZE=\u0661", "501 5.5.4"),
        ("FROM:<a@b.example> SIZE=1 SIZE=2", "501 5.5.4"),
        ("FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4"),
        ("FROM:<a@b.example> SMTPUTF8=yes", "501 5.5.4"),
        ("FROM:<a@b.example> RET=ALL", "501 5.5.4"),
        ("FROM:<a@b.example> ENVID=", "501 5.5.4"),
        ("FROM:<a@b.example> ENVID=a+zz", "501 5.5.4"),
        ("FROM:<a@b.example> ENVID=a=b", "501 5.5.4"),
        (f"FROM:<a@b.example> ENVID={'x' * 101}", "501 5.5.4"),
        ("FROM:<a@b.example> MTRK=1", "555 5.5.4"),
        ("FROM:<j\u00fcrgen@b.example>", "553 5.6.7"),
        ("FROM:<a@b\u00fccher.example>", "553 5.6.7"),
    ],
)
def test_a_sender_that_is_refused(argument: str | None, answer: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_mail(argument)
    assert refused.value.reply.startswith(answer)


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        ("TO:<>", "553 5.1.3"),
        ("TO:<a@nhs.net> NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("TO:<a@nhs.net> NOTIFY=ALWAYS", "501 5.5.4"),
        ("TO:<a@nhs.net> NOTIFY=SUCCESS,SUCCESS", "501 5.5.4"),
        ("TO:<a@nhs.net> NOTIFY=SUCCESS,", "501 5.5.4"),
        ("TO:<a@nhs.net> ORCPT=bob@nhs.net", "501 5.5.4"),
        ("TO:<a@nhs.net> ORCPT=rfc822;", "501 5.5.4"),
        (f"TO:<a@nhs.net> ORCPT=rfc822;{'x' * 501}", "501 5.5.4"),
        ("TO:<a@nhs.net> SIZE=1", "555 5.5.4"),
        ("TO:<a@nhs.net> ORCPT=utf-8;j\u00fcrgen@nhs.net", "553 5.6.7"),
        ("TO:<j\u00fcrgen@nhs.net>", "553 5.6.7"),
    ],
)
def test_a_recipient_that_is_refused(argument: str, answer: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_recipient(argument, utf8=False)
    assert refused.value.reply.startswith(answer)


def test_an_international_recipient_is_taken_with_smtputf8() -> None:
    assert read_recipient("TO:<j\u00fcrgen@b\u00fccher.example>", utf8=True)[0] == "j\u00fcrgen@b\u00fccher.example"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("NAME=spike.example ADDR=192.0.2.7 PROTO=ESMTP", {"NAME": "spike.example", "ADDR": "192.0.2.7"}),
        ("ADDR=IPV6:2001:DB8::7", {"ADDR": "2001:db8::7"}),
        ("NAME=[UNAVAILABLE] ADDR=[unavailable]", {"NAME": "", "ADDR": ""}),
        ("HELO=[192.0.2.7]", {"HELO": "[192.0.2.7]"}),
        ("HELO=MY+20PC ADDR=192.0.2.7", {"HELO": "", "ADDR": "192.0.2.7"}),
        ("HELO=J+C3+BCRGEN", {"HELO": ""}),
        ("HELO=a+0D+0Ab", {"HELO": ""}),
        ("HELO=a+3Cb", {"HELO": ""}),
        ("IDENT=a+3Db", {"IDENT": "a=b"}),
    ],
)
def test_what_is_forwarded(argument: str, said: dict[str, str]) -> None:
    assert said.items() <= read_xforward(argument).items()


@pytest.mark.parametrize(
    "argument",
    [
        None,
        "",
        "ADDR",
        "ADDR=relay.example",
        "ADDR=1.2.3",
        "LOGIN=x",
        "NAME=a+00",
        "ADDR=x=y",
    ],
)
def test_what_nobody_may_forward(argument: str | None) -> None:
    with pytest.raises(Refusal, match=r"^501 5\.5\.4"):
        read_xforward(argument)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_xtext_is_decoded_as_it_was_encoded(plain: str) -> None:
    encoded = "".join(each if "!" <= each <= "~" and each not in "+=" else f"+{ord(each):02X}" for each in plain)
    assert xtext(encoded) == plain


@given(st.text(max_size=60))
def test_any_argument_is_read_or_refused(argument: str) -> None:
    for read in (read_mail, lambda each: read_recipient(each, utf8=True), read_xforward):
        for keyword in ("", "FROM:<", "TO:<a@nhs.net> "):
            with suppress(Refusal):
                read(keyword + argument)
