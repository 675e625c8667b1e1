"""Messages that two programs read in two ways: what they hide is found, or there is a gap."""

from __future__ import annotations

import base64
import gzip

import pytest

from gateway.extract.formats.mail.structure import STRUCTURAL
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import kinds, opened, texts

SECRET = "RESTRICTED\r\n\r\nPatient NHS number 943 476 5919\r\n"
TOP = "From: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\nMIME-Version: 1.0\r\n"
CORRUPT, UNSUPPORTED = GapKind.CORRUPT, GapKind.UNSUPPORTED


def coded(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


FILE = (
    "--bar\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    "--bar\r\nContent-Type: application/octet-stream; name=plan.txt\r\n"
    f"Content-Transfer-Encoding: base64\r\n\r\n{coded(SECRET)}--bar--\r\n"
)
MIXED = "Content-Type: multipart/mixed; boundary=bar\r\n"


def leaf(head: str, body: str) -> str:
    """Return a message with one body part whose headers are `head`."""
    return f"{TOP}{MIXED}\r\n--bar\r\n{head}\r\n{body}\r\n--bar--\r\n"


STRUCTURES = {
    "two boundaries": f"{TOP}Content-Type: multipart/mixed; boundary=foo; boundary=bar\r\n\r\n{FILE}",
    "two boundaries, the first used": f"{TOP}Content-Type: multipart/mixed; boundary=bar; boundary=foo\r\n\r\n{FILE}",
    "two content types": f"{TOP}Content-Type: text/plain\r\n{MIXED}\r\n{FILE}",
    "two content types, the multipart first": f"{TOP}{MIXED}Content-Type: text/plain\r\n\r\n{FILE}",
    "two transfer encodings": (
        f"{TOP}Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{coded(SECRET)}"
    ),
    "two dispositions": leaf("Content-Disposition: inline\r\nContent-Disposition: attachment; filename=x\r\n", "hello"),
    "two MIME versions": f"{TOP}MIME-Version: 2.0\r\n{MIXED}\r\n{FILE}",
    "a space before the colon": f"{TOP}Content-Type : multipart/mixed; boundary=bar\r\n\r\n{FILE}",
    "a comment before the boundary": f"{TOP}Content-Type: multipart/mixed; (x) boundary=bar\r\n\r\n{FILE}",
    "a line that is no header": f"{TOP}garbage line\r\n{MIXED}\r\n{FILE}",
    "a folded line of spaces": f"{TOP}X: y\r\n \r\n{MIXED}\r\n{FILE}",
    "a boundary in two pieces": (
        f'{TOP}Content-Type: multipart/mixed;\r\n boundary*0="b"; boundary*1="ar"\r\n\r\n{FILE}'
    ),
    "a boundary with an escape": f'{TOP}Content-Type: multipart/mixed; boundary="b\\ar"\r\n\r\n{FILE}',
    "a boundary with a space at its end": f'{TOP}Content-Type: multipart/mixed; boundary="bar "\r\n\r\n{FILE}',
    "no boundary": f"{TOP}Content-Type: multipart/mixed\r\n\r\n{FILE}",
    "an empty boundary": f'{TOP}Content-Type: multipart/mixed; boundary=""\r\n\r\n{FILE}',
    "another boundary than declared": f"{TOP}Content-Type: multipart/mixed; boundary=foo\r\n\r\n{FILE}",
    "parts after the last boundary": (
        f"{TOP}{MIXED}\r\n--bar\r\nContent-Type: text/plain\r\n\r\nhello\r\n--bar--\r\n{FILE}"
    ),
    "parts before the first boundary": (
        f"{TOP}{MIXED}\r\n--foo\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{coded(SECRET)}\r\n{FILE}"
    ),
    "a line that only begins as the boundary": leaf("", f"hello\r\n--barn\r\n\r\n{SECRET}"),
    "a carriage return alone": f"{TOP}X: y\r{MIXED}\r\n{FILE}",
    "a blank line before the headers": f"\r\n{TOP}{MIXED}\r\n{FILE}",
    "a multipart in base64": (f"{TOP}Content-Transfer-Encoding: base64\r\n{MIXED}\r\n{coded(FILE)}"),
    "a message in base64": (
        f"{TOP}Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded(TOP + SECRET)}"
    ),
    "a message in quoted-printable": (
        f"{TOP}Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "Subject: x\r\n\r\nRESTR=\r\nICTED\r\n\r\nNHS number 943 =34=37=36 5919\r\n"
    ),
    "a content type without a subtype": f"{TOP}Content-Type: multipart; boundary=bar\r\n\r\n{FILE}",
}


@pytest.mark.parametrize("raw", STRUCTURES.values(), ids=STRUCTURES.keys())
def test_a_structure_with_two_readings_is_a_gap_and_read_as_it_stands(raw: str) -> None:
    extraction = opened(raw.encode(), "m.eml")
    assert CORRUPT in kinds(extraction)
    bare = [s.text for p in extraction.parts for s in p.segments if s.where is Where.HIDDEN and s.name == "raw"]
    assert raw.replace("\r\n", "\n") in [text.replace("\r\n", "\n") for text in bare]


@pytest.mark.parametrize("header", STRUCTURAL)
def test_a_marking_under_a_repeated_header_is_found_as_well(header: str) -> None:
    raw = f"{TOP}{header}: text/plain\r\n{header}: image/png\r\n\r\n{SECRET}"
    extraction = opened(raw.encode(), "m.eml")
    assert CORRUPT in kinds(extraction)
    assert "RESTRICTED" in texts(extraction)


def test_both_transfer_encodings_are_tried() -> None:
    extraction = opened(STRUCTURES["two transfer encodings"].encode(), "m.eml")
    assert SECRET.strip() in texts(extraction)


@pytest.mark.parametrize("kind", ["message/partial", "message/external-body"])
def test_a_message_that_is_elsewhere_in_part_is_a_gap(kind: str) -> None:
    raw = f'{TOP}Content-Type: {kind}; id="x@y"; number=2; total=2\r\n\r\n{coded(SECRET)}'
    assert UNSUPPORTED in kinds(opened(raw.encode(), "m.eml"))


CHARSETS = [
    "cp037",
    "utf-16",
    "utf-16-be",
    "utf-32",
    "utf-7",
    "hz",
    "iso-2022-jp",
    "cp500",
    "shift_jis",
    "x-imap4-modified-utf7",
]
UNLISTED = {"cp037", "utf-32", "utf-7", "hz", "cp500", "x-imap4-modified-utf7", "utf-16-be"}


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "text/plain; name=note.txt"])
@pytest.mark.parametrize("charset", CHARSETS)
def test_a_declared_charset_does_not_hide_what_the_bytes_say(charset: str, kind: str) -> None:
    padded = SECRET + " " * (-len(SECRET) % 4)
    raw = f"{TOP}Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded(padded)}"
    extraction = opened(raw.encode(), "m.eml")
    assert "RESTRICTED" in texts(extraction, Where.BODY)
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert (UNSUPPORTED in kinds(extraction)) is (charset in UNLISTED)


@pytest.mark.parametrize("charset", ["cp037", "utf-16", "utf-7"])
def test_a_declared_charset_that_the_bytes_obey_is_obeyed(charset: str) -> None:
    raw = f"{TOP}Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    extraction = opened((raw + coded(SECRET.encode(charset))).encode(), "m.eml")
    assert "943 476 5919" in texts(extraction, Where.BODY)


@pytest.mark.parametrize("where", ["<meta charset=cp037>", '<meta http-equiv=x content="text/html; charset=utf-16">'])
def test_a_page_that_declares_a_charset_does_not_hide_its_bytes(where: str) -> None:
    page = f"<html><head>{where}</head><body><p>RESTRICTED</p><p>943 <b>476</b> 5919</p></body></html> "
    extraction = opened((page + " " * (len(page) % 2)).encode(), "p.html")
    assert "943 476 5919" in texts(extraction, Where.BODY)


def test_a_byte_order_mark_before_plain_text_does_not_hide_it() -> None:
    for mark in (b"\xff\xfe", b"\xfe\xff"):
        extraction = opened(mark + SECRET.encode() + b" " * (len(SECRET) % 2), "x.txt")
        assert "943 476 5919" in texts(extraction, Where.BODY)
    assert opened(b"\xff\xfe\x00\x00" + SECRET.encode(), "x.txt").gaps != ()


PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)
BOXES = {"a picture": PNG, "a gzip": gzip.compress(SECRET.encode() * 3), "a program": b"\x7fELF" + bytes(range(256))}


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "text/x-anything"])
@pytest.mark.parametrize("content", BOXES.values(), ids=BOXES.keys())
def test_binary_declared_as_text_without_a_name_is_opened_as_what_it_is(content: bytes, kind: str) -> None:
    raw = leaf(f"Content-Type: {kind}\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n",
               coded(content))  # fmt: skip
    extraction = opened(raw.encode(), "m.eml")
    assert extraction.gaps != () or "943 476 5919" in texts(extraction, Where.BODY)


@pytest.mark.parametrize("fold", ["=\r\n", "= \r\n", "=\t \r\n"])
def test_a_soft_line_break_with_spaces_behind_it_joins(fold: str) -> None:
    raw = f"{TOP}Content-Transfer-Encoding: quoted-printable\r\n\r\nRESTR{fold}ICTED\r\n\r\n943 476 {fold}5919\r\n"
    extraction = opened(raw.encode(), "m.eml")
    assert "RESTRICTED" in texts(extraction)
    assert "943 476 5919" in texts(extraction)


def test_a_space_behind_the_transfer_encoding_does_not_hide_the_content() -> None:
    raw = f"{TOP}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64 \r\n\r\n{coded(SECRET)}"
    assert "943 476 5919" in texts(opened(raw.encode(), "m.eml"))


def test_base64_with_a_second_text_behind_its_padding_is_a_gap() -> None:
    raw = f"{TOP}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbA==\r\n{coded(SECRET)}"
    extraction = opened(raw.encode(), "m.eml")
    assert CORRUPT in kinds(extraction)


@pytest.mark.parametrize("first", ["X.y: 1\r\n", "garbage\r\n", "Content-Type : text/plain\r\n"])
def test_a_message_that_does_not_begin_as_one_is_read_as_one_all_the_same(first: str) -> None:
    extraction = opened(f"{first}{MIXED}\r\n{FILE}".encode(), "m.eml")
    assert CORRUPT in kinds(extraction) or "943 476 5919" in texts(extraction)


PLAIN = {
    "plain": f"{TOP}\r\nhello\r\n",
    "multipart": f"{TOP}{MIXED}\r\nThis is a message in MIME format.\r\n{FILE}",
    "quoted": f'{TOP}Content-Type: multipart/mixed;\r\n\tboundary="----=_Part_1.2?3"; type="a/b";\r\n\r\n'
    '------=_Part_1.2?3\r\nContent-Type: text/plain; charset="utf-8"; format=flowed; delsp=yes\r\n'
    "Content-Transfer-Encoding: 8BIT\r\n\r\ncafé\r\n------=_Part_1.2?3--\r\n",
    "bare token with equals": f"{TOP}Content-Type: multipart/mixed; boundary=--=_a=b\r\n\r\n"
    "----=_a=b\r\n\r\nhello\r\n----=_a=b--\r\n",
    "repeated alike": f"{TOP}MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Type: TEXT/plain\r\n\r\nx\r\n",
    "both names": leaf("Content-Disposition: attachment; filename=\"a.txt\"; filename*=utf-8''a.txt\r\n", "hello"),
    "not closed": f"{TOP}{MIXED}\r\n--bar\r\n\r\nhello\r\n",
    "windows": f"{TOP}Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\x92\r\n",
}  # fmt: skip


@pytest.mark.parametrize("raw", PLAIN.values(), ids=PLAIN.keys())
def test_ordinary_messages_have_no_gap(raw: str) -> None:
    encoded = raw.encode("latin-1" if "\x92" in raw else "utf-8")
    extraction = opened(encoded, "m.eml")
    assert extraction.gaps == ()
    assert not any(part.part.endswith("second-reading.txt") for part in extraction.parts)
