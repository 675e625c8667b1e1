"""Outlook messages ([MS-OXMSG]): every storage, every property, messages and objects within; MAPI's RTF and HTML."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import olefile
import pytest

from gateway.extract import Extraction, Limits
from gateway.extract.formats.code_pages import CODECS, FONT_CHARSETS, codec_of
from gateway.extract.formats.outlook.mapi_icon import icon_words
from gateway.extract.formats.outlook.rtf_compressed import NotCompressedRtf, TooMuch, decompressed
from gateway.model.inspection import GapKind, Segment, Where
from gateway.testing.canaries.outlook import (
    BINARY,
    HEADER_SET,
    INTEGER,
    LABEL,
    STRING,
    STRING_SETS,
    TIME,
    UNICODE,
    Values,
    documents,
    names,
    streams,
)
from gateway.testing.compound import Tree, compound
from tests.unit.extract.reading import kinds, opened, texts

CORPUS = Path("../shared/corpora/tika_extraction")
NUMBER = "9434765919"
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
WXYZ = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def message(properties: Values, **storages: Tree) -> bytes:
    return compound({**streams(properties, 32), **storages})


def read(properties: Values, **storages: Tree) -> Extraction:
    return opened(message(properties, **storages), "letter.msg")


def called(extraction: Extraction, name: str) -> list[Segment]:
    return [each for part in extraction.parts for each in part.segments if each.name == name]


def test_a_canary_in_every_place_comes_out() -> None:
    document = next(document for document in documents() if document.kind == "msg")
    assert len(document.canaries) >= 40
    extraction = opened(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()


PLACES = {
    "subject": Where.SUBJECT, "body": Where.BODY, "subject in the headers": Where.SUBJECT, "to": Where.MAIL_HEADER,
    "marking in the headers": Where.LABEL, "sender in the headers": Where.MAIL_HEADER, "Purview label": Where.LABEL,
    "recipient's name": Where.MAIL_HEADER, "bcc": Where.MAIL_HEADER, "protective marking property": Where.LABEL,
    "Boldon James label": Where.LABEL, "long name": Where.ATTACHMENT_NAME, "category": Where.PROPERTY,
    "place of an appointment": Where.PROPERTY, "label of a message within": Where.LABEL,
    "subject of a message within": Where.SUBJECT,
}  # fmt: skip


@pytest.mark.parametrize("place", sorted(PLACES))
def test_each_stands_where_it_stood(place: str) -> None:
    document = next(document for document in documents() if document.kind == "msg")
    (word,) = (canary.word for canary in document.canaries if canary.place == place)
    extraction = opened(document.data, document.name)
    found = {each.where for part in extraction.parts for each in part.segments if word in each.text}
    assert found == {PLACES[place]}


def test_messages_within_are_parts_of_their_own_at_any_depth() -> None:
    inmost: Tree = streams({(0x1000, UNICODE): f"inmost {NUMBER}"}, 24)
    for _ in range(5):
        attachment: Tree = {**streams({(0x3001, UNICODE): "fwd"}, 8), "__substg1.0_3701000D": inmost}
        inmost = {**streams({(0x0037, UNICODE): "outer"}, 24), "__attach_version1.0_#00000000": attachment}
    attachment = {**streams({}, 8), "__substg1.0_3701000D": inmost}
    extraction = read({}, **{"__attach_version1.0_#00000000": attachment})
    assert extraction.gaps == ()
    assert len(extraction.parts) == 7
    assert NUMBER in texts(extraction, Where.BODY)


def test_beyond_the_depth_that_limits_allow_is_a_gap() -> None:
    attachment: Tree = {**streams({}, 8), "__substg1.0_3701000D": streams({(0x1000, UNICODE): "deep"}, 24)}
    data = message({}, **{"__attach_version1.0_#00000000": attachment})
    assert kinds(opened(data, "a.msg", Limits(depth=0))) == {GapKind.TOO_DEEP}


def test_named_properties_go_by_their_names() -> None:
    named = names([(STRING_SETS, LABEL), (HEADER_SET, "X-Note"), (STRING_SETS, "Ref")])
    properties: Values = {(0x8000, UNICODE): "OFFICIAL", (0x8001, UNICODE): "note", (0x8002, INTEGER): 4765919}
    extraction = read(properties, **{"__nameid_version1.0": named})
    assert [(each.where, each.text) for each in called(extraction, LABEL)] == [(Where.LABEL, "OFFICIAL")]
    assert [(each.where, each.text) for each in called(extraction, "X-Note")] == [(Where.MAIL_HEADER, "note")]
    assert [each.text for each in called(extraction, "Ref")] == ["4765919"]


def test_a_birthday_is_read_as_the_day_it_is() -> None:
    day = (1980 - 1601) * 365 + 91  # leap days between 1601 and 1980
    extraction = read({(0x3A42, TIME): day * 24 * 60 * 60 * 10_000_000})
    assert "Birthday 01/01/1980" in texts(extraction)


@pytest.mark.parametrize(("value", "words"), [(0, False), (2, True), (3, True)])
def test_how_private_a_message_is_called_is_read(value: int, *, words: bool) -> None:
    assert bool(called(read({(0x0036, INTEGER): value}), "Sensitivity")) is words


def test_8_bit_strings_are_in_the_code_page_of_the_message() -> None:
    assert "Привет" in texts(read({(0x1000, STRING): "Привет".encode("cp1251"), (0x3FFD, INTEGER): 1251}))


def test_the_html_body_is_read_in_the_code_page_that_the_message_names() -> None:
    html = "<p>Привет</p>".encode("koi8-r")
    assert "Привет" in texts(read({(0x1013, BINARY): html, (0x3FDE, INTEGER): 20866}), Where.BODY)


def test_headers_are_read_as_those_of_mail_are() -> None:
    text = "Subject: =?utf-8?q?caf=C3=A9?=\r\nX-Long: one\r\n two\r\n\r\nleft over"
    extraction = read({(0x007D, UNICODE): text})
    assert texts(extraction, Where.SUBJECT) == "café"
    assert "one two" in texts(extraction, Where.MAIL_HEADER)
    assert "left over" in texts(extraction, Where.HIDDEN)


def test_a_file_in_a_property_of_bytes_is_opened() -> None:
    pdf = b"%PDF-1.4 " + bytes(2000)
    extraction = read({(0x65FF, BINARY): pdf})
    assert [part.media_type for part in extraction.parts][1:] == ["application/pdf"]


def test_words_among_bytes_come_out() -> None:
    extraction = read({(0x0041, BINARY): bytes(24) + "Anna Smith".encode("utf-16-le") + bytes(4) + b"anna@example.org"})
    assert {"Anna Smith", "anna@example.org"} <= set(texts(extraction).splitlines())


def test_a_message_under_rights_management_is_encrypted() -> None:
    file = streams(
        {(0x3701, BINARY): bytes.fromhex("76e80460c411e386") + bytes(60), (0x3707, UNICODE): "message.rpmsg"}, 8
    )
    assert kinds(read({}, **{"__attach_version1.0_#00000000": file})) == {GapKind.ENCRYPTED}


def test_the_specification_s_examples_of_compressed_rtf() -> None:
    assert decompressed(HELLO, 1000) == rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
    assert decompressed(WXYZ, 1000) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_what_is_no_compressed_rtf_is_said_to_be_none() -> None:
    with pytest.raises(NotCompressedRtf):
        decompressed(b"\1" * 40, 1000)
    with pytest.raises(TooMuch):
        decompressed(struct.pack("<II4sI", 0, 0, b"LZFu", 0) + b"\xff" + b"\0\x0f" * 8 + b"\xff" + b"\0\x0f" * 8, 200)


def test_the_icon_of_an_attachment_says_its_words_and_nothing_more() -> None:
    text = struct.pack("<IHH", 0, 0x0521, 4) + b"plan" + bytes(4)
    record = struct.pack("<I", len(text) // 2) + text[4:]
    icon = bytes.fromhex("010009000003") + bytes(12) + record + struct.pack("<IH", 3, 0)
    assert icon_words(icon, "") == "plan"
    assert icon_words(icon + b"more", "") is None
    assert icon_words(b"\x89PNG", "") is None


def test_python_knows_every_code_page() -> None:
    assert all("a".encode(codec) for codec in CODECS.values())
    assert all(codec_of(page) for page in FONT_CHARSETS.values())


def test_what_is_written_for_tests_olefile_reads_without_complaint() -> None:
    with olefile.OleFileIO(
        io.BytesIO(message({(0x1000, UNICODE): "x" * 9000})), raise_defects=olefile.DEFECT_UNSURE
    ) as file:
        assert file.parsing_issues == []
        assert file.openstream("__substg1.0_1000001F").read() == ("x" * 9000).encode("utf-16-le")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_a_real_message_with_a_message_and_a_pdf_in_it() -> None:
    extraction = opened((CORPUS / "embedded/testMSG_att_msg.msg").read_bytes(), "a.msg")
    assert extraction.gaps == ()
    types = [part.media_type for part in extraction.parts]
    assert types.count("application/vnd.ms-outlook") == 2
    assert "application/pdf" in types
    said = texts(extraction)
    assert all(
        each in said for each in ("Test email with 1 msg attachment", "Blah blah blah", "smbprn.00009008.KdcPjl")
    )
