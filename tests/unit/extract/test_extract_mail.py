from __future__ import annotations

import base64
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from gateway.extract.formats.mail.headers import words
from gateway.model.inspection import GapKind, RemarkKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.message import documents
from tests.unit.extract.reading import archive, kinds, opened, texts


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Café Owner <a@example.org>"
    made["To"] = "b@example.org"
    made["Subject"] = "OFFICIAL-SENSITIVE: Müller " + "long " * 30 + "end"
    made["X-Protective-Marking"] = "VER=2018.1, SEC=PROTECTED"
    made.set_content("plain body café\n")
    made.add_alternative("<html><body>943 <b>476</b> 5919</body></html>", subtype="html")
    return made


def test_headers_are_decoded_and_named() -> None:
    extraction = opened(bytes(message()), "m.eml")
    named = {s.name: s for s in extraction.parts[0].segments if s.name}
    assert named["Subject"].where is Where.SUBJECT
    assert named["Subject"].text.startswith("OFFICIAL-SENSITIVE: Müller long")
    assert named["Subject"].text.endswith("end")
    assert named["X-Protective-Marking"].where is Where.LABEL
    assert "Café Owner" in named["From"].text


def test_both_alternatives_are_read() -> None:
    extraction = opened(bytes(message()), "m.eml")
    assert "plain body café" in texts(extraction, Where.BODY)
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert [part.part for part in extraction.parts] == ["m.eml", "m.eml/1/body.html"]
    assert extraction.gaps == ()


def test_attachments_messages_and_what_stands_around_them_are_read() -> None:
    made = message()
    made.add_attachment(archive({"plan/secret.txt": b"INARCHIVE"}), "application", "zip", filename="Plän.zip")
    made.add_attachment(message())
    made.preamble, made.epilogue = "PREAMBLETEXT", "EPILOGUETEXT"
    extraction = opened(bytes(made), "m.eml")
    everything = texts(extraction)
    assert [word for word in ("INARCHIVE", "PREAMBLETEXT", "EPILOGUETEXT", "Plän.zip") if word not in everything] == []
    parts = [part.part for part in extraction.parts]
    assert "m.eml/2/Plän.zip/1/secret.txt" in parts
    assert "m.eml/3/message.eml" in parts
    assert len([s for p in extraction.parts for s in p.segments if s.where is Where.SUBJECT]) == 2


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("=?utf-8?B?Y2Fmw6k=?= =?iso-8859-1?Q?_cr=E8me?=", "café crème"),
        ("plain", "plain"),
        ("=?x-nothing?Q?caf=E9?=", "café"),
        ("folded\r\n value", "folded value"),
        ("caf\udce9", "café"),
        ("=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="),
    ],
)
def test_header_words(raw: str, shown: str) -> None:
    assert words(raw) == shown


def test_a_body_that_will_not_decode_is_a_gap() -> None:
    raw = b"From: a@b\nSubject: x\nContent-Transfer-Encoding: base64\nContent-Type: text/plain\n\n!!!notbase64###\n"
    assert kinds(opened(raw, "m.eml")) == {GapKind.CORRUPT}
    raw = b"From: a@b\nSubject: x\nContent-Transfer-Encoding: x-own\nContent-Type: text/plain\n\nreadable\n"
    extraction = opened(raw, "m.eml")
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert "readable" in texts(extraction)


def der(tag: int, *content: bytes) -> bytes:
    """Return an element of DER."""
    return bytes([tag, len(b"".join(content))]) + b"".join(content)


def enveloped() -> bytes:
    """Return CMS EnvelopedData without recipients (RFC 5652 6.1), said to be in AES-256-CBC."""
    cipher = der(0x30, der(6, bytes.fromhex("60864801650304012a")), der(4, bytes(16)))
    content = der(0x30, der(6, bytes.fromhex("2a864886f70d010701")), cipher, der(0x80, bytes(range(32))))
    data = der(0x30, der(2, b"\0"), der(0x31), content)
    return der(0x30, der(6, bytes.fromhex("2a864886f70d010703")), der(0xA0, data))


def test_encrypted_mail_is_a_gap() -> None:
    pgp = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    pgp["From"], pgp["Subject"] = "a@example.org", "x"
    pgp.attach(MIMEText("Version: 1", "plain"))
    assert kinds(opened(bytes(pgp), "m.eml")) == {GapKind.ENCRYPTED}
    smime = MIMEApplication(enveloped(), "pkcs7-mime", smime_type="enveloped-data", name="smime.p7m")
    smime["From"], smime["Subject"] = "a@example.org", "x"
    extraction = opened(bytes(smime), "m.eml")
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.ENCRYPTED, "AES-256")]


def test_a_message_in_base64_within_a_message_is_opened() -> None:
    inner = base64.encodebytes(bytes(message())).decode()
    raw = f"From: a@b\nSubject: x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}"
    assert "943 476 5919" in texts(opened(raw.encode(), "m.eml"))


def test_files_written_into_the_body_are_opened() -> None:
    raw = b"From: a@b\nSubject: x\n\nsee\nbegin 644 note.txt\n#0V%T\n`\nend\n"
    extraction = opened(raw, "m.eml")
    assert extraction.parts[1].part == "m.eml/1/note.txt"
    assert texts(extraction, Where.BODY).endswith("Cat")


def test_a_mail_folder_is_split() -> None:
    one = b"From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b\nSubject: one\n\nFIRST\n\n"
    extraction = opened(one + one.replace(b"FIRST", b"SECOND"), "box")
    assert extraction.parts[0].media_type == "application/mbox"
    assert "FIRST" in texts(extraction)
    assert "SECOND" in texts(extraction)


LINE = b"From root@pc-17 Sun Nov 22 09:30:00 2026\r\n"
PASSED = (
    b"Received: from pc-17 ([192.0.2.1])\r\n\tby gw.example (secure-transfer-gateway) with ESMTP id t-1;\r\n\tdate\r\n"
)


def carrying(content: bytes) -> bytes:
    """Return a message, as it stands behind our trace field, with an archive attached that holds this."""
    made = MIMEMultipart(boundary="b")
    made["Subject"] = "x"
    made.attach(MIMEText("hello\n"))
    made.attach(MIMEApplication(archive({"plan.txt": content}), name="plan.zip"))
    return bytes(made).replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "begins", [b"\r\nTo: friend@partner.example\r\nFrom: a@b\r\n\r\n", b"  folded\r\n\r\n", b"words\r\n"]
)
def test_a_message_without_a_field_of_its_own_is_a_message_all_the_same(begins: bytes) -> None:
    extraction = opened(PASSED + begins + b"SECRET\r\n", "message.eml")
    assert extraction.parts[0].media_type == "message/rfc822"
    assert "SECRET" in texts(extraction)


def test_a_message_that_was_handed_over_with_the_line_of_a_mail_folder_is_read_as_the_message() -> None:
    extraction = opened(LINE + PASSED + carrying(b"SECRET"), "message.eml")
    assert [part.media_type for part in extraction.parts][:2] == ["message/rfc822", "application/zip"]
    assert (extraction.gaps, extraction.remarks) == ((), ())
    assert "SECRET" in texts(extraction)
    assert "root@pc-17" in texts(extraction, Where.MAIL_HEADER)
    assert texts(extraction, Where.SUBJECT) == "x"


def test_where_more_such_lines_follow_it_is_read_as_the_message_and_as_the_folder() -> None:
    two = LINE + PASSED + carrying(b"FIRST") + b"\r\n" + LINE + carrying(b"SECOND")
    extraction = opened(two, "message.eml")
    assert extraction.parts[0].media_type == "message/rfc822"
    assert RemarkKind.SEVERAL_TYPES in {remark.kind for remark in extraction.remarks}
    assert "FIRST" in texts(extraction)
    assert "SECOND" in texts(extraction)
    cut = LINE + PASSED + carrying(b"THIRD").replace(b"hello\r\n", b"hello\r\n\r\n" + LINE)
    assert "THIRD" in texts(opened(cut, "message.eml")), "what hides it from one reading is seen by the other"


def test_a_second_such_line_is_odd_enough_for_a_gap() -> None:
    assert GapKind.CORRUPT in kinds(opened(LINE + PASSED + LINE + carrying(b"x"), "message.eml"))


@pytest.mark.parametrize("coding", ["7bit", "8bit", "binary", "", "none-that-is-known"])
def test_letters_that_came_as_eight_bits_are_read_as_they_are(coding: str) -> None:
    said = "Mr D\u0175r \u2013 \u201cPROTECT\u201d \u00a35"
    head = f"From: a@b\nSubject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {coding}\n"
    assert said in texts(opened(f"{head}\n{said}\n".encode(), "m.eml"), Where.BODY)


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "utf-16-be"])
def test_a_charset_that_makes_nonsense_of_plain_words_hides_none(charset: str) -> None:
    raw = f"From: a@b\nSubject: x\nContent-Type: text/plain; charset={charset}\n\nRESTRICTED\n\n".encode()
    assert "RESTRICTED" in texts(opened(raw + b"The plan \xff\xff is here\n", "m.eml"))


def test_a_charset_that_hides_text_is_obeyed() -> None:
    raw = b"From: a@b\nSubject: x\nContent-Type: text/plain; charset=utf-7; name=a.txt\n\n+ADkANAAz- 476 5919\n"
    assert "943 476 5919" in texts(opened(raw, "m.eml"))


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


def test_lines_that_flow_are_joined_as_their_reader_joins_them() -> None:
    plain = b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nREST \r\nRICTED\r\n"
    assert "RESTRICTED" in texts(opened(b"From: a@b.example\r\nSubject: x\r\n" + plain, "x.eml"))
