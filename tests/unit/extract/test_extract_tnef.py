"""TNEF ([MS-OXTNEF]): winmail.dat with every attribute, and the MAPI properties in it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries.outlook import (
    APPOINTMENT,
    BINARY,
    OBJECT,
    STRING_SETS,
    UNICODE,
    attribute,
    documents,
    properties,
    winmail,
)
from tests.unit.extract.reading import kinds, opened, texts

CORPUS = Path("../shared/corpora/tika_extraction")
BEGINS = attribute(2, 0x00069002, bytes(14))
MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def test_a_canary_in_every_place_comes_out() -> None:
    document = next(document for document in documents() if document.kind == "tnef")
    assert len(document.canaries) >= 8
    extraction = opened(document.data, document.name)
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()


def test_subject_body_recipients_and_labels_stand_where_they_belong() -> None:
    row = properties({(0x3001, UNICODE): "Anna", (0x39FE, UNICODE): "anna@example.org"})
    own = properties(
        {(0x8001, UNICODE): "OFFICIAL", (0x8002, UNICODE): "Room 1"},
        {0x8001: (STRING_SETS, "X-Protective-Marking"), 0x8002: (APPOINTMENT, 0x8208)},
    )
    extraction = opened(
        winmail(
            attribute(1, 0x00018004, b"the subject\0"),
            attribute(1, 0x0002800C, b"the body\0"),
            attribute(1, 0x00069003, own),
            attribute(1, 0x00069004, struct.pack("<I", 2) + row + row),
        )
    )
    assert texts(extraction, Where.SUBJECT) == "the subject"
    assert texts(extraction, Where.BODY) == "the body"
    assert texts(extraction, Where.LABEL) == "OFFICIAL"
    assert texts(extraction, Where.MAIL_HEADER).splitlines() == ["Anna\tanna@example.org"] * 2
    assert "Room 1" in texts(extraction, Where.PROPERTY)


def test_attachments_come_under_their_long_names() -> None:
    extraction = opened(
        winmail(
            *(BEGINS, attribute(2, 0x00018010, b"PLAN~1.TXT\0"), attribute(2, 0x0006800F, b"the plan")),
            attribute(2, 0x00069005, properties({(0x3707, UNICODE): "the long plan.txt"})),
            *(BEGINS, attribute(2, 0x00018010, b"b.txt\0"), attribute(2, 0x0006800F, b"the second")),
        ),
        "winmail.dat",
    )
    assert [part.part for part in extraction.parts][1:] == ["winmail.dat/1/the long plan.txt", "winmail.dat/2/b.txt"]
    assert {"PLAN~1.TXT", "the long plan.txt", "b.txt"} <= set(texts(extraction, Where.ATTACHMENT_NAME).splitlines())


def test_an_attachment_without_its_beginning_is_read_all_the_same() -> None:
    assert "the plan" in texts(opened(winmail(attribute(2, 0x0006800F, b"the plan"))))


def test_two_contents_of_one_attachment_are_both_read() -> None:
    data = winmail(
        BEGINS, attribute(2, 0x0006800F, b"shown"), attribute(2, 0x00069005, properties({(0x3701, BINARY): b"hidden"}))
    )
    assert {"shown", "hidden"} <= set(texts(opened(data)).splitlines())


def test_messages_within_are_opened_at_any_depth() -> None:
    inmost = winmail(attribute(1, 0x0002800C, b"inmost\0"))
    for _ in range(4):
        inmost = winmail(BEGINS, attribute(2, 0x00069005, properties({(0x3701, OBJECT): MESSAGE + inmost})))
    extraction = opened(inmost)
    assert extraction.gaps == ()
    assert "inmost" in texts(extraction, Where.BODY)


def test_several_values_of_one_property_all_come_out() -> None:
    values = struct.pack("<IHHI", 1, 0x101F, 0x3A58, 2)
    for text in ("Ann", "Ben"):
        raw = text.encode("utf-16-le") + b"\0\0"
        values += struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)
    assert {"Ann", "Ben"} <= set(texts(opened(winmail(attribute(1, 0x00069003, values)))).splitlines())


@pytest.mark.parametrize("page", [1252, 1251])
def test_8_bit_text_is_in_the_code_page_that_the_file_names(page: int) -> None:
    word = {1252: "café", 1251: "Привет"}[page]
    data = attribute(1, 0x00069007, struct.pack("<II", page, 0)) + attribute(1, 0x0002800C, word.encode(f"cp{page}"))
    assert texts(opened(winmail(data)), Where.BODY) == word


def test_a_length_that_cannot_be_is_a_gap_and_the_words_behind_it_are_read() -> None:
    broken = attribute(1, 0x0002800C, b"x")[:5] + b"\xff\xff\xff\x7f" + b"words behind it"
    extraction = opened(winmail(attribute(1, 0x00018004, b"subject\0")) + broken)
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert {"subject", "words behind it"} <= set(texts(extraction).splitlines())


def test_properties_that_break_off_are_a_gap_and_those_before_are_read() -> None:
    whole = properties({(0x0037, UNICODE): "subject", (0x1000, UNICODE): "body text"})
    extraction = opened(winmail(attribute(1, 0x00069003, whole[:-6])))
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert "subject" in texts(extraction, Where.SUBJECT)
    assert "body" in texts(extraction)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_a_real_winmail_with_five_files() -> None:
    extraction = opened((CORPUS / "embedded/testWINMAIL.dat").read_bytes(), "winmail.dat")
    names = {part.part.rpartition("/")[2] for part in extraction.parts}
    assert {"quick.doc", "quick.html", "quick.pdf", "quick.txt", "quick.xml", "body.rtf"} <= names
    assert "This is a test message" in texts(extraction, Where.SUBJECT)
