from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gateway.extract.formats.office97.word97_text import Mark, marks_of
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.legacy import documents
from tests.unit.extract.legacy import compound, segments, word
from tests.unit.extract.reading import kinds, opened, texts

TIKA = Path("../shared/corpora/tika_extraction")
HIDDEN, DELETED = b"\x3c\x08\x01", b"\x00\x08\x01"
needs_tika = pytest.mark.skipif(not TIKA.is_dir(), reason="the corpus tika_extraction is not here")


@pytest.fixture(scope="module")
def canaries() -> CanaryDocument:
    return next(document for document in documents() if document.kind == "doc")


def test_every_canary_comes_out(canaries: CanaryDocument) -> None:
    extraction = opened(canaries.data, canaries.name)
    missing = [canary.place for canary in canaries.missing(texts(extraction))]
    assert [place for place in missing if place != "picture"] == []
    assert len(canaries.canaries) >= 35
    assert kinds(extraction) <= {GapKind.IMAGE_NOT_READ}  # the picture, where there is no reader


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("body", Where.BODY),
        ("cell of a table in a table", Where.BODY),
        ("header of the first page", Where.HEADER),
        ("footer of even pages", Where.FOOTER),
        ("watermark", Where.WATERMARK),
        ("footnote", Where.NOTE),
        ("endnote", Where.NOTE),
        ("comment", Where.COMMENT),
        ("author of a comment", Where.COMMENT),
        ("text box", Where.TEXTBOX),
        ("text box in a header", Where.TEXTBOX),
        ("hidden text", Where.HIDDEN),
        ("tracked deletion", Where.TRACKED),
        ("author of a deletion", Where.TRACKED),
        ("tracked insertion", Where.BODY),
        ("target of a link", Where.FIELD),
        ("bookmark", Where.HIDDEN),
        ("property: title", Where.PROPERTY),
        ("custom property", Where.PROPERTY),
        ("label: MSIP_Label name", Where.LABEL),
        ("label: bjDocumentSecurityLabel", Where.LABEL),
        ("embedded workbook", Where.BODY),
    ],
)
def test_a_canary_is_where_it_stood(canaries: CanaryDocument, place: str, where: Where) -> None:
    word_there = next(canary.word for canary in canaries.canaries if canary.place == place)
    assert any(word_there in text for text in segments(canaries.data, where))


def test_no_mark_up_splits_an_identifier(canaries: CanaryDocument) -> None:
    body = texts(opened(canaries.data), Where.BODY)
    for last, what in enumerate(("split", "bookmarked", "deleted", "hidden", "noted", "commented", "field"), 5919):
        assert f"{what} 943476{last} " in body


def test_a_number_over_two_pieces_of_a_fast_save_is_whole() -> None:
    data = word(["first 943", b"476", "5919 last", b" \x80\x93"])
    assert segments(data, Where.BODY) == ["first 9434765919 last €“"]
    assert opened(data).gaps == ()


def test_each_story_stands_where_its_count_says() -> None:
    stories = ["BODY\r", "NOTE\r", "HEAD\r", "ANNO\r", "ENDN\r", "BOXX\r", "HBOX\r"]
    data = word(["".join(stories)], [5, 5, 5, 0, 5, 5, 5, 5])
    extraction = opened(data)
    assert texts(extraction, Where.BODY) == "BODY\n"
    assert texts(extraction, Where.COMMENT) == "ANNO\n"
    assert texts(extraction, Where.NOTE).split() == ["NOTE", "ENDN"]
    assert texts(extraction, Where.TEXTBOX).split() == ["BOXX", "HBOX"]
    assert "HEAD" in texts(extraction, Where.HEADER)


def test_headers_are_told_by_their_place_in_the_list() -> None:
    text = "bodys" + "".join(f"{kind}\r" for kind in ("EH", "OH", "EF", "OF", "FH", "FF"))
    bounds = [0, 0, 0, 0, 0, 0, 0, 3, 6, 9, 12, 15, 18, 20]
    data = word([text], [5, 0, 18], {11: struct.pack(f"<{len(bounds)}L", *bounds)})
    assert "".join(segments(data, Where.HEADER)).split() == ["EH", "OH", "FH"]
    assert "".join(segments(data, Where.FOOTER)).split() == ["EF", "OF", "FF"]


def test_hidden_and_deleted_text_stand_apart() -> None:
    data = word(["943XX476YY5919\r"], formatting=[(3, 5, HIDDEN), (8, 10, DELETED)])
    assert segments(data, Where.BODY) == ["9434765919\n"]
    assert segments(data, Where.HIDDEN, "vanish") == ["XX"]
    assert segments(data, Where.TRACKED) == ["YY"]


def test_a_symbol_is_the_character_that_it_shows() -> None:
    symbol = b"\x09\x6a\3\0" + struct.pack("<H", 0xF000 + ord("7"))
    assert segments(word(["94347659(9\r"], formatting=[(8, 9, symbol)]), Where.BODY) == ["9434765979\n"]


def test_field_codes_stand_apart_even_within_one_another() -> None:
    text = "943\x13 HYPERLINK \x13 INNER \x14x\x15 \x14476\x155919\r"
    assert segments(word([text]), Where.BODY) == ["9434765919\n"]
    assert "HYPERLINK" in segments(word([text]), Where.FIELD)[0]
    assert "INNER" in segments(word([text]), Where.FIELD)[0]


def test_rows_and_cells_are_separated() -> None:
    assert segments(word(["label\x07value\x07\x07next\x07\x07"]), Where.BODY) == ["label\tvalue\t\nnext\t\n"]


def test_text_left_over_between_pieces_is_found() -> None:
    data = word(["kept ", "OLDTEXT 943 476 5919", "kept"])
    table = struct.pack("<LLL", 0, 5, 9) + struct.pack("<HLH", 0, 1024, 0) + struct.pack("<HLH", 0, 1024 + 54, 0)
    edited = word(["kept ", "OLDTEXT 943 476 5919", "kept"], [9], {33: b"\2" + struct.pack("<L", len(table)) + table})
    assert "OLDTEXT" in texts(opened(data), Where.BODY)
    assert segments(edited, Where.BODY) == ["kept kept"]
    assert segments(edited, Where.HIDDEN, "left over") == ["OLDTEXT 943 476 5919"]


def test_word_95_is_read_in_its_code_page() -> None:
    text = "OFFICIAL \u0416\u0443\u043a".encode("cp1251")
    document = bytearray(1024) + text
    document[:4] = b"\xdc\xa5\x65\0"
    struct.pack_into("<H", document, 6, 0x419)
    struct.pack_into("<LL", document, 24, 1024, 1024 + len(text))
    struct.pack_into("<L", document, 52, len(text))
    assert segments(compound({"WordDocument": bytes(document)}), Where.BODY) == ["OFFICIAL \u0416\u0443\u043a"]


def test_a_broken_piece_table_is_a_gap_and_the_letters_come_out() -> None:
    broken = word(["943 476 5919 in the body"], structures={33: b"\2" + struct.pack("<L", 100) + b"\xff" * 100})
    extraction = opened(broken)
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert "943 476 5919" in texts(extraction)


@pytest.mark.parametrize(
    ("grpprl", "marks"),
    [
        (b"\x3c\x08\x00", []),
        (b"\x3c\x08\x81", [Mark.HIDDEN]),
        (b"\x08\xd6\x03abc\x3c\x08\x01", [Mark.HIDDEN]),  # behind a property of any length
        (b"\x43\x4a\x18\x00\x00\x08\x01", [Mark.DELETED]),
        (b"\x3c\x08", []),
    ],
)
def test_marks_are_read_off_properties(grpprl: bytes, marks: list[Mark]) -> None:
    assert [mark for mark, _ in marks_of(grpprl)] == marks


@needs_tika
@pytest.mark.parametrize(
    ("name", "where", "text"),
    [
        ("plain/testWORD.doc", Where.BODY, "Sample Word Document"),
        ("plain/testWORD_various.doc", Where.TEXTBOX, "Here is a text box"),
        ("plain/testWORD_various.doc", Where.NOTE, "This is a footnote"),
        ("plain/testWORD_various.doc", Where.FOOTER, "This is the footer text"),
        ("hidden_text_places/testComment.doc", Where.COMMENT, "Here is a comment"),
        ("hidden_text_places/testComment.doc", Where.COMMENT, "Michael McCandless"),
        ("hidden_text_places/testWORD_custom_props.doc", Where.PROPERTY, "MyStringValue"),
        ("corrupt_or_bomb/testException2.doc", Where.BODY, "Lorentz force"),
    ],
)
def test_documents_of_other_people_are_read_in_full(name: str, where: Where, text: str) -> None:
    extraction = opened((TIKA / name).read_bytes(), name)
    assert text in texts(extraction, where)
    assert extraction.gaps == ()
