"""A message that goes unsealed and must say nothing outside: no subject, no file name, and the content as it was."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.protect.bodies import leaves
from gateway.protect.neutral import neutral

SUBJECT = "Secure message from Council [t-1]"
HEAD = (
    b"From: a@council.example\r\n"
    b"Subject: Anna\r\n"
    b"Thread-Topic: Anna\r\n"
    b"Thread-Index: AdAnna==\r\n"
    b"Keywords: Anna\r\n"
    b"Comments: about\r\n Anna\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n'
    b"\r\n"
    b"--b\r\n"
    b"\r\n"
    b"hello  \r\n"
)
END = b"--b--\r\n"


def attached(*fields: bytes, content: bytes = b"D\xc3\xa9j\xc3\xa0  \r\n\r\n") -> bytes:
    return b"--b\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + content + b"\r\n"


def names(message: bytes) -> list[str | None]:
    return [part.get_filename() for part in email.message_from_bytes(message).walk() if part.get_filename()]


def content_of(message: bytes) -> list[tuple[str, bytes]]:
    return leaves(email.message_from_bytes(message, policy=email.policy.compat32))


@pytest.mark.parametrize(
    "fields",
    [
        (b"Content-Disposition: attachment; filename=Anna.DOCX",),
        (b'Content-Type: application/pdf; name="Anna.docx"; x=y',),
        (b"Content-Type: text/plain; charset=utf-8;\r\n\tname=\"Anna's.docx\"",
         b"Content-Disposition: attachment;\r\n filename=\"Anna's.docx\"; size=3"),
        (b"Content-Disposition: attachment; filename*=utf-8''Anna%20Gr%C3%BCn.docx",),
        (b"Content-Disposition: attachment; filename*0=Anna; filename*1=.docx",),
        (b"Content-Disposition: attachment; filename==?utf-8?q?Anna=2Edocx?=",),
        (b'Content-Type: application/pdf; name="=?utf-8?b?QW5uYS5kb2N4?="',),
        (b"Content-Disposition: inline; name=Anna.docx", b"Content-Description: Anna"),
        (b'content-disposition: attachment; filename="Anna\xc3\xa9.docx"',),
    ],
)  # fmt: skip
def test_names_and_subject_say_nothing_and_content_stays(fields: tuple[bytes, ...]) -> None:
    message = HEAD + attached(*fields) + END
    done = neutral(message, SUBJECT)
    assert b"Anna" not in done
    assert b"QW5uYS5kb2N4" not in done
    assert names(done) == ["document-1.docx"] or b'name="document-1.docx"' in done
    assert content_of(done) == content_of(message)
    assert done.endswith(b"\r\n\r\nD\xc3\xa9j\xc3\xa0  \r\n\r\n\r\n--b--\r\n")
    parsed = email.message_from_bytes(done)
    assert parsed.get_all("Subject") == [SUBJECT]
    assert not {"thread-topic", "thread-index", "keywords", "comments"} & {name.lower() for name in parsed}


def test_each_name_is_another_and_other_parameters_stay() -> None:
    first = b"Content-Type: text/calendar; method=REQUEST; name=Anna.ics"
    message = HEAD + attached(first) + attached(b"Content-Disposition: attachment; filename=Anna") + END
    done = neutral(message, SUBJECT)
    assert names(done) == ["document-1.ics", "document-2"]
    assert b'method="REQUEST"' in done or b"method=REQUEST" in done
    assert neutral(done, SUBJECT) == done


def test_what_has_no_names_keeps_every_byte_behind_its_header() -> None:
    message = HEAD + END
    assert neutral(message, SUBJECT).partition(b"\r\n\r\n")[2] == message.partition(b"\r\n\r\n")[2]


def test_a_message_of_the_standard_library_is_read_by_it_as_before() -> None:
    made = EmailMessage()
    made["Subject"] = "Anna"
    made.set_content("hello")
    made.add_alternative("<p>hello</p>", subtype="html")
    made.add_attachment(b"\0\1", maintype="image", subtype="png", filename="Anna Grün, Müller & Söhne " * 6 + ".png")
    done = neutral(made.as_bytes(policy=email.policy.SMTP), SUBJECT)
    assert names(done) == ["document-1.png"]
    assert b"Anna" not in done


SIGNED = (
    b"Subject: x\r\n"
    b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="b"\r\n'
    b"\r\n"
    b"--b\r\n%b\r\n\r\nhello\r\n"
    b"--b\r\n"
    b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
    b"Content-Disposition: attachment; filename=smime.p7s\r\n"
    b"\r\n"
    b"AAAA\r\n"
    b"--b--\r\n"
)


def test_what_is_signed_goes_only_where_nothing_in_it_has_a_name() -> None:
    good = SIGNED % b"Content-Type: text/plain"
    assert neutral(good, SUBJECT).partition(b"\r\n\r\n")[2] == good.partition(b"\r\n\r\n")[2]
    with pytest.raises(NotSealed, match="signed or encrypted"):
        neutral(SIGNED % b"Content-Type: text/plain; name=Anna.txt", SUBJECT)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (attached(b"Content-Type: message/rfc822", content=b"Subject: Anna\r\n\r\nx\r\n"), "its own subject"),
        (attached(b"Content-Type: message/global", content=b"Subject: Anna\r\n\r\nx\r\n"), "its own subject"),
        (attached(b"Content-Type: a/b; name=x", b"Content-Type: a/b; name=y"), "says twice"),
        (attached(b"Content-Type: multipart/mixed; name=Anna"), "told apart"),
        (attached(b"Content-Disposition: \xc3\xa9; filename=Anna"), "not well formed"),
    ],
)
def test_a_name_or_subject_that_cannot_be_taken_out_for_sure_holds_it(part: bytes, said: str) -> None:
    with pytest.raises(NotSealed, match=said):
        neutral(HEAD + part + END, SUBJECT)


PIECES = st.lists(
    st.sampled_from(
        [b"--b\r\n", b"--b--\r\n", b"\r\n", b"text\r\n", b"Content-Type: text/plain; name=Anna.txt\r\n",
         b"Content-Disposition: attachment; filename=Anna.txt\r\n", b"Content-Description: Anna\r\n", b" folded\r\n",
         b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"Subject: Anna\r\n",
         b"Content-Disposition: attachment; filename*0=An; filename*1=na\r\n"]
    ),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(PIECES)
def test_whatever_stands_there_no_name_shows_and_no_content_changes(pieces: bytes) -> None:
    try:
        done = neutral(HEAD + pieces, SUBJECT)
    except NotSealed:
        return
    assert not any("Anna" in str(name) for name in names(done))
    assert content_of(done) == content_of(HEAD + pieces)
