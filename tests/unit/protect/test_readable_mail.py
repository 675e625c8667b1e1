from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from hypothesis import given
from hypothesis import strategies as st

from gateway.protect.readable import NO_TEXT, readable


def letter() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "José <jose@council.example>"
    message["To"] = "alice@partner.example"
    message["Date"] = "Sun, 22 Nov 2026 09:30:00 +0000"
    message["Subject"] = "Änne: plan"
    message.set_content("Dear Alice,\nthe plan — attached.\n")
    return message


def test_headers_and_text_are_readable() -> None:
    read = readable(letter().as_bytes())
    assert "From: José <jose@council.example>\r\n" in read.heading
    assert "Subject: Änne: plan" in read.heading
    assert read.text.endswith("Dear Alice,\r\nthe plan — attached.\r\n")
    assert read.attachments == ()


def test_attachments_come_byte_for_byte() -> None:
    message = letter()
    message.add_alternative("<p>Dear Alice</p>", subtype="html")
    message.add_attachment(b"a\nb\r\nc\r", maintype="text", subtype="csv", filename="Änne list.csv")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="pdf", filename="plan.pdf")
    message.add_attachment("notes\n", filename="notes.txt")
    read = readable(message.as_bytes())
    assert [name for name, _ in read.attachments] == [
        "part of the message.html",
        "Änne list.csv",
        "plan.pdf",
        "notes.txt",
    ]
    assert read.attachments[1][1] == b"a\nb\r\nc\r"
    assert read.attachments[2][1] == bytes(range(256))


def test_an_attached_message_stays_a_message() -> None:
    message = letter()
    message.add_attachment(letter())
    (name, content), *more = readable(message.as_bytes()).attachments
    assert (name, more) == ("part of the message.eml", [])
    assert "the plan — attached.".encode() in content
    assert content.startswith(b"From: ")


def test_a_message_of_html_alone_says_where_its_text_is() -> None:
    message = EmailMessage(policy=SMTP)
    message.set_content("<p>Dear Alice</p>", subtype="html")
    read = readable(message.as_bytes())
    assert NO_TEXT in read.text
    assert [name for name, _ in read.attachments] == ["part of the message.html"]


def test_a_charset_that_does_not_exist_does_not_stop_anything() -> None:
    read = readable(b"Content-Type: text/plain; charset=klingon\r\nSubject: =?klingon?b?eA==?=\r\n\r\nd\xe9j\xe0\r\n")
    assert "déjà" in read.text


def test_a_header_is_one_line() -> None:
    read = readable(b"Subject: =?utf-8?q?a=0D=0AFrom:_boss@council.example?=\r\n\r\nhello\r\n")
    assert read.heading == "Subject: a From: boss@council.example"


@given(st.binary(max_size=400))
def test_any_bytes_can_be_read(message: bytes) -> None:
    read = readable(message)
    assert read.text.endswith("\r\n")
    read.text.encode("utf-8", "surrogatepass")


@given(st.binary(max_size=100), st.sampled_from(["multipart/mixed; boundary=x", "message/rfc822", "text/plain"]))
def test_any_body_can_be_read(body: bytes, kind: str) -> None:
    message = f"Content-Type: {kind}\r\n\r\n".encode() + b"--x\r\n" + body + b"\r\n--x\r\n" + body
    assert readable(message).text.endswith("\r\n")
