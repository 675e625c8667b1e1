from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gateway.extract.formats.office97.excel97_formulas import formula_words
from gateway.extract.formats.office97.excel97_strings import SharedStrings
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.legacy import documents
from tests.unit.extract.legacy import book, chars, compound, label, number, record, segments, stream
from tests.unit.extract.reading import kinds, opened, texts

TIKA = Path("../shared/corpora/tika_extraction")
needs_tika = pytest.mark.skipif(not TIKA.is_dir(), reason="the corpus tika_extraction is not here")


@pytest.fixture(scope="module")
def canaries() -> CanaryDocument:
    return next(document for document in documents() if document.kind == "xls")


def test_every_canary_comes_out(canaries: CanaryDocument) -> None:
    extraction = opened(canaries.data, canaries.name)
    missing = [canary.place for canary in canaries.missing(texts(extraction))]
    assert [place for place in missing if place != "picture"] == []
    assert len(canaries.canaries) >= 28
    assert kinds(extraction) <= {GapKind.IMAGE_NOT_READ}  # the picture, where there is no reader


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("cell", Where.BODY),
        ("rich text", Where.BODY),
        ("result of a formula", Where.BODY),
        ("letters in a number format", Where.BODY),
        ("string in a formula", Where.FORMULA),
        ("constant of a defined name", Where.FORMULA),
        ("choice of a validation list", Where.FORMULA),
        ("prompt of a validation", Where.HIDDEN),
        ("defined name", Where.HIDDEN),
        ("hidden row", Where.HIDDEN),
        ("hidden column", Where.HIDDEN),
        ("hidden sheet", Where.HIDDEN),
        ("name of a hidden sheet", Where.HIDDEN),
        ("comment", Where.COMMENT),
        ("author of a comment", Where.COMMENT),
        ("header, centre", Where.HEADER),
        ("footer", Where.FOOTER),
        ("text box", Where.TEXTBOX),
        ("title of a chart", Where.CHART),
        ("target of a link", Where.HIDDEN),
        ("label: MSIP_Label name", Where.LABEL),
        ("embedded document", Where.BODY),
    ],
)
def test_a_canary_is_where_it_stood(canaries: CanaryDocument, place: str, where: Where) -> None:
    word_there = next(canary.word for canary in canaries.canaries if canary.place == place)
    assert any(word_there in text for text in segments(canaries.data, where))


def test_coloured_letters_and_patterns_leave_an_identifier_whole(canaries: CanaryDocument) -> None:
    body = texts(opened(canaries.data), Where.BODY)
    assert "9434765919" in body
    assert "label\t9434765919" in body
    assert "40-12-34" in body
    assert "29/02/1980" in body


def test_cells_of_a_row_stand_on_one_line() -> None:
    data = book(label(0, 0, "NHS") + number(0, 1, 9434765919) + label(1, 0, "\u0416") + number(1, 1, 1.5))
    assert segments(data, Where.BODY) == ["NHS\t9434765919\n\u0416\t1.5"]


def test_hidden_rows_columns_and_sheets_are_hidden() -> None:
    row = record(0x208, struct.pack("<HHHHHHHH", 1, 0, 9, 0, 0, 0, 0x20, 0))
    column = record(0x7D, struct.pack("<HHHHHH", 2, 2, 0, 0, 1, 0))
    cells = label(0, 0, "SEEN") + label(0, 2, "COLUMN") + label(1, 0, "ROW")
    data = book(column + row + cells, label(0, 0, "SHEET"), states=[0, 2])
    assert segments(data, Where.BODY) == ["SEEN"]
    hidden = "\n".join(segments(data, Where.HIDDEN))
    assert {"COLUMN", "ROW", "SHEET", "S1"} <= set(hidden.split())


def test_dates_count_from_1904_where_the_workbook_says_so() -> None:
    date = record(0xE0, struct.pack("<HHHH", 0, 14, 0, 0) + bytes(12))
    since_1900, since_1904 = (
        book(number(0, 0, 29280), shared=date),
        book(number(0, 0, 27818), shared=record(0x22, b"\1\0") + date),
    )
    assert segments(since_1900, Where.BODY) == ["29/02/1980"]
    assert segments(since_1904, Where.BODY) == ["29/02/1980"]


def test_a_shared_string_may_be_cut_anywhere_and_change_its_width() -> None:
    first = struct.pack("<LL", 3, 3) + chars("one") + struct.pack("<HB", 10, 0) + b"94347"
    pieces = [first, b"\1" + "65919".encode("utf-16-le") + chars("three")]
    assert SharedStrings(pieces).texts == ["one", "9434765919", "three"]
    shared = record(0xFC, pieces[0]) + record(0x3C, pieces[1])
    cell = record(0xFD, struct.pack("<HHHL", 0, 0, 0, 1))
    assert segments(book(cell, shared=shared), Where.BODY) == ["9434765919"]
    assert segments(book(cell, shared=shared), Where.HIDDEN, "unused strings") == ["one\nthree"]


def test_rich_strings_with_runs_over_a_cut_do_not_lose_the_next() -> None:
    rich = struct.pack("<HBH", 3, 8, 2) + b"abc"
    pieces = [struct.pack("<LL", 2, 2) + rich + bytes(3), bytes(5) + chars("next")]
    assert SharedStrings(pieces).texts == ["abc", "next"]


def test_a_string_that_there_is_not_is_a_gap() -> None:
    cell = record(0xFD, struct.pack("<HHHL", 0, 0, 0, 7))
    assert kinds(opened(book(cell))) == {GapKind.CORRUPT}


def test_the_result_of_a_formula_and_what_it_is_made_of() -> None:
    tokens = b"\x17\6\0" + b"SECRET" + b"\x1e\x39\x30" + b"\x08"
    cell = struct.pack("<HHH", 0, 0, 0) + bytes(6) + b"\xff\xff" + bytes(6) + struct.pack("<H", len(tokens)) + tokens
    data = book(record(6, cell) + record(0x207, chars("RESULT")))
    assert segments(data, Where.BODY) == ["RESULT"]
    assert segments(data, Where.FORMULA) == ["SECRET\n12345"]


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (b"\x24\x17\5\0\0\x17\3\0abc", "abc"),  # a reference that looks like a string
        (b"\x19\x40\x17\1\x17\3\0abc", "abc"),  # an attribute before a string
        (b"\x1f" + struct.pack("<d", 9434765919.0), "9434765919"),
        (b"\x17\7\0one\0two", "one\ntwo"),
        (b"\x17\2\1" + "\u0416\u03a9".encode("utf-16-le"), "\u0416\u03a9"),
        (b"\x7f unknown token", " unknown token"),
        (b"\x17", ""),
    ],
)
def test_formulas_are_read_token_by_token(tokens: bytes, words: str) -> None:
    assert formula_words(tokens).strip() == words.strip()


def test_headers_are_free_of_their_codes() -> None:
    header = record(0x14, chars('&L&"Arial,Bold"&12OFFICIAL&CPage &P&R&K00-01FSENSITIVE'))
    assert [text.split() for text in segments(book(header), Where.HEADER)] == [["OFFICIAL", "Page", "SENSITIVE"]]


def test_headers_of_first_and_even_pages_are_read() -> None:
    content = bytes(28) + struct.pack("<H4H", 3, 4, 0, 5, 0) + chars("EVEN") + chars("FIRST")
    assert segments(book(record(0x89C, content)), Where.HEADER) == ["EVEN\nFIRST"]


def test_a_comment_and_a_text_box_are_told_apart() -> None:
    def box(kind: int, text: str) -> bytes:
        thing = record(0x5D, struct.pack("<HHHHH", 0x15, 18, kind, 1, 0) + bytes(16))
        return (
            thing
            + record(0x1B6, bytes(10) + struct.pack("<HH", len(text), 0) + bytes(4))
            + record(0x3C, b"\0" + text.encode())
        )

    note = record(0x1C, struct.pack("<HHHH", 0, 0, 0, 1) + chars("AUTHOR"))
    data = book(box(0x19, "COMMENT") + box(6, "BOX") + note)
    assert segments(data, Where.COMMENT) == ["COMMENT", "AUTHOR"]
    assert segments(data, Where.TEXTBOX) == ["BOX"]


def test_the_cells_of_an_external_link_are_read() -> None:
    cached = struct.pack("<BBH", 1, 0, 0) + b"\2" + chars("EXTERNAL") + b"\1" + struct.pack("<d", 401234.0)
    shared = record(0x1AE, struct.pack("<H", 1) + chars("\1other.xls") + chars("Sheet1")) + record(0x5A, cached)
    hidden = "\n".join(segments(book(b"", shared=shared), Where.HIDDEN))
    assert {"EXTERNAL", "401234"} <= set(hidden.split())
    assert "other.xls" in hidden


def test_excel_5_is_read_in_its_code_page() -> None:
    text = "\u0416\u0443\u043a".encode("cp1251")
    begin, page = record(0x809, b"\0\5\5\0" + bytes(4)), record(0x42, struct.pack("<H", 1251))
    cell = record(0x204, struct.pack("<HHHH", 0, 0, 0, len(text)) + text)
    note = record(0x1C, struct.pack("<HHH", 0, 0, len(text)) + text)
    sheet = record(0x809, b"\0\5\x10\0" + bytes(4)) + cell + note + record(10)
    data = compound({"Book": begin + page + record(10) + sheet})
    assert segments(data, Where.BODY) == ["\u0416\u0443\u043a"]
    assert segments(data, Where.COMMENT) == ["\u0416\u0443\u043a"]


def test_both_workbooks_of_a_double_file_are_read() -> None:
    data = compound({"Workbook": stream(label(0, 0, "NEW")), "Book": stream(label(0, 0, "OLD"))})
    assert segments(data, Where.BODY) == ["NEW", "OLD"]


def test_pivot_caches_are_read() -> None:
    data = compound({"Workbook": stream(b""), "_SX_DB_CUR/0001": record(0xCD, chars("CACHED"))})
    assert "CACHED" in texts(opened(data), Where.HIDDEN)
    assert opened(data).gaps == ()


def test_a_cut_record_is_a_gap() -> None:
    whole = stream(label(0, 0, "TEXT" * 50))
    assert opened(compound({"Workbook": whole})).gaps == ()
    assert kinds(opened(compound({"Workbook": whole[:-30]}))) == {GapKind.CORRUPT}


@needs_tika
@pytest.mark.parametrize(
    ("name", "where", "text"),
    [
        ("plain/testEXCEL_5.xls", Where.BODY, "Written and saved in Microsoft Excel X for Mac Service Release 1"),
        ("hidden_text_places/testEXCEL_headers_footers.xls", Where.HEADER, "Header - For Internal Use Only"),
        ("hidden_text_places/testEXCEL_headers_footers.xls", Where.FOOTER, "Footer - Author: John Smith"),
        ("hidden_text_places/testEXCEL_headers_footers.xls", Where.BODY, "John Smith50"),
    ],
)
def test_workbooks_of_other_people_are_read_in_full(name: str, where: Where, text: str) -> None:
    extraction = opened((TIKA / name).read_bytes(), name)
    assert text in texts(extraction, where)
    assert extraction.gaps == ()
