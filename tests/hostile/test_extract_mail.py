"""Mail that hides: in structure, in encodings, in headers; and other people's broken mail."""

from __future__ import annotations

import base64
import csv
from pathlib import Path

import pytest

from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import kinds, opened, texts

CORPUS = Path("../shared/corpora/mail_parser_fixtures")
TOP = "From: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\nMIME-Version: 1.0\r\n"
SECRET = "RESTRICTED\r\n\r\nPatient NHS number 943 476 5919\r\n"


def coded(text: str) -> str:
    return base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")


def attachments(name: str) -> int:
    """Return how many files came out of a message: parts within, and files read where they stand."""
    extraction = opened((CORPUS / name).read_bytes(), "m.eml")
    return sum(
        segment.where is Where.ATTACHMENT_NAME and segment.name == ""
        for p in extraction.parts
        for segment in p.segments
    )


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus mail_parser_fixtures is not here")
def test_there_are_never_fewer_attachments_than_python_finds() -> None:
    with (CORPUS / "cpython_baseline.tsv").open(encoding="utf-8") as rows:
        expected = {row["file"]: int(row["attachments"] or 0) for row in csv.DictReader(rows, delimiter="\t")}
    found = {name: attachments(name) for name in expected}
    assert len(expected) > 50
    assert {name: (found[name], least) for name, least in expected.items() if found[name] < least} == {}


LABELS = {
    "X-Protective-Marking: VER=2018.1, NS=gov.au, SEC=PROTECTED": "SEC=PROTECTED",
    "X-Classification: OFFICIAL-SENSITIVE": "OFFICIAL-SENSITIVE",
    "x-titus-classification: SECRET": "SECRET",
    "X-TITUS-Metadata-40: " + base64.b64encode(b'{"Classification":"SECRET","By":"x"}').decode(): '"SECRET"',
    "X-BJ-Label: RESTRICTED": "RESTRICTED",
    "X-Microsoft-Classification: Confidential": "Confidential",
    "X-MS-Exchange-Organization-Classification: x": "x",
    "msip_labels: MSIP_Label_1a2b_Enabled=True;\r\n MSIP_Label_1a2b_Name=OFFICIAL": "MSIP_Label_1a2b_Name=OFFICIAL",
    'SIO-Label: marking*0="NATO SEC"; marking*1="RET"; type=":ess"': 'marking="NATO SECRET"',
    "X-SIO-Label: SECRET": "SECRET",
    "X-Council-Marking: =?utf-8?q?PRO?= =?utf-8?q?TECT?=": "PROTECT",
}


@pytest.mark.parametrize(("header", "said"), LABELS.items())
def test_a_label_in_a_header_is_a_label(header: str, said: str) -> None:
    assert said in texts(opened(f"{TOP}{header}\r\n\r\nhello\r\n".encode(), "m.eml"), Where.LABEL)


def test_the_address_in_a_label_is_no_address_of_the_body() -> None:
    raw = f"{TOP}X-Protective-Marking: SEC=PROTECTED, ORIGIN=jo@example.org\r\n\r\nhello\r\n"
    extraction = opened(raw.encode(), "m.eml")
    assert "@" not in texts(extraction, Where.LABEL)
    assert "jo@example.org" in texts(extraction, Where.MAIL_HEADER)


def body(head: str, content: str) -> bytes:
    return f"{TOP}{head}\r\n\r\n{content}".encode()


FOOTER = "_______________\r\nlist mailing list\r\nhttp://list.example.org/\r\n"


def test_a_footer_behind_base64_is_read_and_is_no_gap() -> None:
    extraction = opened(body("Content-Transfer-Encoding: base64", coded(SECRET) + FOOTER), "m.eml")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert "list.example.org" in texts(extraction, Where.HIDDEN)
    assert extraction.gaps == ()


@pytest.mark.parametrize(
    "second", [coded(SECRET), coded(SECRET).replace("U", "-U"), coded(SECRET).replace("\r\n", "*\r\n")]
)
def test_a_second_text_behind_base64_is_a_gap(second: str) -> None:
    assert GapKind.CORRUPT in kinds(opened(body("Content-Transfer-Encoding: base64", f"aGVsbG8=\r\n{second}"), "m.eml"))


def test_a_multipart_in_quoted_printable_is_read_both_ways() -> None:
    parts = "--b\r\nContent-Type: text/plain\r\n\r\nx =39=34=33 476 5919\r\n--b--\r\n"
    head = "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: quoted-printable"
    extraction = opened(body(head, parts), "m.eml")
    assert "943 476 5919" in texts(extraction)
    assert "=39=34=33" in texts(extraction)
    assert extraction.gaps == ()


def test_a_multipart_whose_boundary_is_in_quoted_printable_is_opened() -> None:
    parts = (
        f"--=62\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded(SECRET)}\r\n--=62--\r\n"
    )
    head = "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: quoted-printable"
    assert "943 476 5919" in texts(opened(body(head, parts), "m.eml"))


def test_a_charset_that_the_sender_did_not_know_is_no_gap() -> None:
    for charset in ("DEFAULT_CHARSET", "x-unknown", "unknown-8bit"):
        assert opened(body(f"Content-Type: text/plain; charset={charset}", SECRET), "m.eml").gaps == ()


WIDE = "".join(chr(0xFF10 + int(digit)) for digit in "9434765919")
JAPANESE = f"\u60a3\u8005\u756a\u53f7 {WIDE}"


@pytest.mark.parametrize("codec", ["shift_jis", "euc_jp", "gb18030", "iso2022_jp", "big5", "hz"])
def test_a_charset_that_nobody_declared_is_read_beside(codec: str) -> None:
    text = JAPANESE if codec not in {"big5", "hz"} else f"\u4e2d\u6587\u4e2d\u6587 {WIDE}"
    extraction = opened(text.encode(codec) + b"\n", "x.txt")
    assert WIDE in texts(extraction)


@pytest.mark.parametrize("label", ["x-sjis", "windows-31j", "ms_kanji", "csshiftjis"])
def test_labels_that_readers_know_and_python_does_not_are_obeyed(label: str) -> None:
    head = f"Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: base64"
    raw = body(head, base64.encodebytes(JAPANESE.encode("cp932")).decode())
    assert WIDE in texts(opened(raw, "m.eml"), Where.BODY)


def test_utf_7_and_ebcdic_hide_nothing() -> None:
    assert "943 476 5919" in texts(opened(b"NHS number +ADkANAAz- 476 5919", "x.txt"))
    prose = f"{SECRET} This is the letter of the council about the patient and the street".replace("\r\n", "\n")
    for codec in ("cp037", "cp500", "cp1140"):
        extraction = opened(prose.encode(codec), "x.txt")
        assert "943 476 5919" in texts(extraction, Where.BODY)
        assert extraction.gaps == ()


def test_a_charset_that_cannot_be_read_is_a_gap() -> None:
    assert kinds(opened(b"x \x1b$)A\x0e9C9I\x0f y", "x.txt")) == {GapKind.UNSUPPORTED}


def test_parameters_of_no_program_are_words() -> None:
    part = f'--b\r\nContent-Type: text/plain; x="{SECRET[:10]}"\r\n\r\nx\r\n--b--\r\n'
    raw = f"{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n{part}"
    assert "RESTRICTED" in texts(opened(raw.encode(), "m.eml"), Where.MAIL_HEADER)


def test_a_message_of_many_megabytes_is_read() -> None:
    lines = coded("0123456789" * 400_000)
    extraction = opened(body("Content-Transfer-Encoding: base64", lines + coded("x943 476 5919")), "m.eml")
    assert GapKind.CORRUPT in kinds(extraction) or "943 476 5919" in texts(extraction)


def test_files_without_an_end_cost_no_more_than_their_size() -> None:
    for line in ("begin 644 a\n", "=ybegin line=128 size=1 name=a\n", "-----BEGIN PGP MESSAGE-----\n"):
        extraction = opened(("see\n" + line * 40_000).encode(), "x.txt")
        assert line.strip() in texts(extraction, Where.BODY)


def test_yenc_is_opened() -> None:
    content = bytes((byte + 42) % 256 for byte in b"NHS number 943 476 5919")
    raw = b"=ybegin line=128 size=23 name=a.txt\r\n" + content + b"\r\n=yend size=23\r\n"
    assert "943 476 5919" in texts(opened(raw, "x.txt"), Where.BODY)


def test_two_hundred_thousand_encoded_words_in_a_subject_take_no_square_of_time() -> None:
    subject = b" ".join([b"=?utf-8?q?RES?=", b"=?utf-8?q?TRICTED?="] * 100_000)
    extraction = opened(b"From: a@example.org\r\nSubject: \xe9 " + subject + b"\r\n\r\nbody\r\n", "x.eml")
    assert "\xe9 RESTRICTEDRESTRICTED" in texts(extraction, Where.SUBJECT)


@pytest.mark.parametrize("before", [b"", b"X-Long: " + b"a long line\r\n " * 9_000 + b"\r\n"])
def test_a_header_longer_than_a_first_look_hides_no_mail(before: bytes) -> None:
    long = b"X-Filler: " + b"x" * 60_000 + b"\r\n"
    mail = b"From: a@example.org\r\n" + long + b"Subject: =?utf-8?q?RES?= =?utf-8?q?TRICTED?=\r\n\r\nbody\r\n"
    assert "RESTRICTED" in texts(opened(before + mail, "x"), Where.SUBJECT)
