"""Rich Text Format 1.9.1: every destination, each where it stood; what a reader joins is joined."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.extract import Aids, Extraction, Limits
from gateway.extract.walk import extract
from gateway.model.inspection import Segment, Where
from gateway.testing.canaries.rich_text import documents, ole1, package
from gateway.testing.compound import compound
from gateway.testing.sealed import sealed
from gateway.worker.ocr import open_reader
from tests.unit.extract.reading import EXTRACTORS, kinds, opened, texts

CORPUS = Path("../shared/corpora/tika_extraction")
NUMBER = "9434765919"
READER = open_reader()


def rtf(body: str, top: str = "") -> bytes:
    return (r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}}" + top + r"\pard " + body + "}").encode(
        "latin-1"
    )


def read(body: str, top: str = "") -> Extraction:
    extraction = opened(rtf(body, top), "letter.rtf")
    assert extraction.gaps == ()
    return extraction


def body(text: str, top: str = "") -> str:
    return texts(read(text, top), Where.BODY)


def named(extraction: Extraction, name: str) -> list[Segment]:
    return [each for part in extraction.parts for each in part.segments if each.name == name]


def test_a_canary_in_every_place_comes_out() -> None:
    (document,) = documents()
    assert len(document.canaries) >= 70
    extraction = opened(document.data, document.name)
    assert [canary.place for canary in document.missing(texts(extraction))] == ["picture"]
    assert {gap.detail for gap in extraction.gaps} == {"picture: no reader"}


def test_the_canary_in_a_picture_comes_out_where_pictures_are_read() -> None:
    (document,) = documents()
    with sealed():
        extraction = extract(document.name, document.data, Limits(), EXTRACTORS, Aids(reader=READER))
    assert extraction.gaps == ()
    assert document.missing(texts(extraction)) == ()


PLACES = {
    "header": Where.HEADER, "headerf": Where.HEADER, "footerl": Where.FOOTER, "footnote": Where.NOTE,
    "endnote": Where.NOTE, "comment": Where.COMMENT, "comment author": Where.COMMENT, "hidden text": Where.HIDDEN,
    "tracked deletion": Where.TRACKED, "moved away": Where.TRACKED, "tracked insertion": Where.BODY,
    "revision author": Where.TRACKED, "link target": Where.FIELD, "field result": Where.BODY, "text box": Where.TEXTBOX,
    "old text box": Where.TEXTBOX, "watermark": Where.WATERMARK, "property title": Where.PROPERTY,
    "custom property": Where.PROPERTY, "document variable": Where.PROPERTY, "Purview label": Where.LABEL,
    "Boldon James label": Where.LABEL, "bookmark": Where.HIDDEN, "alternative text": Where.HIDDEN,
    "package label": Where.ATTACHMENT_NAME, "formula": Where.FORMULA, "index entry": Where.HIDDEN,
}  # fmt: skip


@pytest.mark.parametrize("place", sorted(PLACES))
def test_each_stands_where_it_stood(place: str) -> None:
    (document,) = documents()
    (word,) = (canary.word for canary in document.canaries if canary.place == place)
    extraction = opened(document.data, document.name)
    found = {each.where for part in extraction.parts for each in part.segments if word in each.text}
    assert found == {PLACES[place]}


SPLITS = [
    r"943{\b 476}5919",
    r"943\b 476\b0 5919",
    "943\r\n476\n5919",
    r"943{\cf1\highlight2 476}{\i 5919}",
    r"943{\*\bkmkstart here}476{\*\bkmkend here}5919",
    r"943{\v secret}476{\deleted gone}5919",
    r"943{\revised 476}5919",
    r"943{\footnote note}476{\super\chftn}5919",
    r"943{\*\atrfstart 1}476{\*\atrfend 1}{\*\atnid AB}\chatn{\*\annotation comment}5919",
    r"943{\field{\*\fldinst REF x}{\fldrslt 476}}5919",
    r"943\-476\zwj 5919",
    r"943{\*\xmlopen\xmlns1{\factoidname City}}476{\*\xmlclose}5919",
    r"943{\shp{\*\shpinst{\sp{\sn wzName}{\sv Box}}{\shptxt box\par}}}4765919",
    r"943{\xe{index}}476{\*\unheard of}5919",
    r"943{\pict\wmetafile8 }4765919",
    r"9\u52?3\'34\uc0\u55 6\uc2\u53 xx919",
    r"943{\upr{999}{\*\ud{476}}}5919",
    r"943{\lang1033\fs24\insrsid123 476}{\rtlch\ltrch\loch\f0 5919}",
]


@pytest.mark.parametrize("split", SPLITS)
def test_markup_inside_a_paragraph_separates_nothing(split: str) -> None:
    assert NUMBER in body(split).split()


@pytest.mark.parametrize("apart", [r"943\par 476", r"943\line 476", r"943\cell 476", r"943\tab 476", r"943\sect 476",
                                   "943\\\n476", r"943\page 476", r"943\row 476"])  # fmt: skip
def test_what_a_reader_sees_apart_is_apart(apart: str) -> None:
    assert body(apart).split() == ["943", "476"]


def test_a_row_is_a_line_and_its_cells_have_tabs_between_them() -> None:
    table = r"\trowd\intbl Sort code\cell 20-00-00\cell\row \intbl Account\cell 55779911\cell\row"
    assert body(table).splitlines() == ["Sort code\t20-00-00\t", "Account\t55779911\t"]


def test_hidden_runs_join_unless_text_stands_between_them() -> None:
    joined = read(r"a{\v 943}{\v\b 476}{\v 5919}b")
    assert texts(joined, Where.HIDDEN).split().count(NUMBER) == 1
    assert texts(read(r"{\v one}x{\v two}"), Where.HIDDEN).split()[:1] != ["onetwo"]


@pytest.mark.parametrize(
    ("written", "top", "seen"),
    [
        (r"caf\'e9 \'80", "", "café €"),
        (r"{\f1 \'cf\'f0\'e8}", r"{\fonttbl{\f1\fcharset204 A;}}", "При"),
        (r"{\f1 \'93\'fa\'96\'7b}", r"{\fonttbl{\f1\fcharset128 A;}}", "日本"),
        (r"{\f1 \'93\'fa\'96{\b }{\f1 \'7b}}", r"{\fonttbl{\f1\fcharset128 A;}}", "日\N{EN DASH}{"),
        (r"{\f1 \'83A}", r"{\fonttbl{\f1\fcharset128 A;}}", "ア"),
        (r"\u8364?\u-4064?", "", "€\uf020"),
        (r"\u-10179?\u-8704?", "", "😀"),
        (r"\ansicpg65001\f7 \'c3\'a9", "", "é"),
        (r"\mac\f7\'8e", "", "é"),
        (r"\lquote x\rquote\emdash\bullet", "", "\u2018x\u2019\u2014•"),
        ("raw caf\xe9", "", "raw café"),
        (r"\{\}\\~\~", "", "{}\\~\u00a0"),
    ],
)
def test_characters_are_those_of_their_code_page(written: str, top: str, seen: str) -> None:
    assert seen in body(written, top)


def test_a_code_page_that_nobody_knows_is_a_gap_where_it_is_used() -> None:
    assert opened(rtf(r"\ansicpg57002\f7 plain"), "a.rtf").gaps == ()
    assert {gap.detail for gap in opened(rtf(r"\ansicpg57002\f7 \'e9"), "a.rtf").gaps} == {"code page"}


def test_labels_are_labels_and_properties_have_names() -> None:
    top = r"{\*\userprops{\propname X-Protective-Marking}\proptype30{\staticval OFFICIAL}{\propname Ref}{\staticval 7}}"
    extraction = read("x", top)
    assert [(each.where, each.text) for each in named(extraction, "X-Protective-Marking")] == [
        (Where.LABEL, "OFFICIAL")
    ]
    assert [(each.where, each.text) for each in named(extraction, "Ref")] == [(Where.PROPERTY, "7")]


def test_a_shape_written_twice_for_old_programs_counts_once() -> None:
    shape = r"{\shp{\*\shpinst{\shptxt NHS 1\par}}{\shprslt{\*\do\dptxbx{\dptxbxtext NHS 1\par}}}}"
    assert texts(read(shape)).count("NHS 1") == 1


def test_html_within_is_read_as_html_and_as_rtf_shows_it() -> None:
    text = (
        r"{\rtf1\ansi\fromhtml1 {\*\htmltag84 <b title=\'22secret\'22>}943\htmlrtf {\b\htmlrtf0 476\htmlrtf }\htmlrtf0"
    )
    text += r"{\*\htmltag92 </b>}5919{\*\htmltag64}\htmlrtf{}\par\htmlrtf0 }"
    extraction = opened(text.encode(), "body.rtf")
    html = next(part for part in extraction.parts if part.part.endswith("body.html"))
    assert "943476" in texts(extraction, Where.BODY)
    assert [NUMBER in each.text for each in html.segments if each.where is Where.BODY] == [True]
    assert "secret" in texts(extraction, Where.HIDDEN)


def test_a_file_in_a_package_is_opened_under_its_name() -> None:
    data = ole1("Package", package("plan.txt", "C:\\plan.txt", b"the plan")).hex()
    extraction = read(rf"{{\object\objemb{{\*\objdata {data}}}}}")
    assert [part.part for part in extraction.parts][1:] == ["letter.rtf/1/plan.txt"]
    assert "the plan" in texts(extraction)


def test_a_compound_object_is_opened() -> None:
    store = compound({"MsoDataStore": {"A": {"Item": b"<?xml version='1.0'?><a>case 7</a>"}}})
    extraction = opened(rtf(rf"{{\*\datastore {ole1('Msxml2', store).hex()}}}"), "a.rtf")
    assert [part.media_type for part in extraction.parts][1:2] == ["application/x-ole-storage"]


def test_bitmaps_get_the_header_that_rtf_leaves_out() -> None:
    header = bytes.fromhex("28000000020000000200000001001800000000001000000000000000000000000000000000000000")
    extraction = opened(rtf(rf"{{\pict\dibitmap0 {(header + bytes(16)).hex()}}}"), "a.rtf")
    assert extraction.parts[1].media_type == "image/bmp"


def test_a_picture_written_in_binary_is_the_same_picture() -> None:
    png = bytes.fromhex("89504e470d0a1a0a") + b"{\\}"
    data = rtf(r"{\pict\pngblip\bin11 @@@@@@@@@@@ }after").replace(b"@" * 11, png)
    extraction = opened(data, "a.rtf")
    assert extraction.parts[1].media_type == "image/png"
    assert "after" in texts(extraction, Where.BODY)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    ("name", "strings"),
    [
        ("plain/testRTF.rtf", ["Test d\u2019indexation Word"]),
        ("plain/testRTFHexEscapeInsideWord.rtf", ["ESP\u00cdRITO"]),
        ("corrupt_or_bomb/testRTFCorruptListOverride.rtf", ["Apple", "George Formby"]),
        ("plain/testRTFVarious.rtf", ["Here is a text box", "ゾルゲと尾崎", "𐌲𐌿𐍄𐌹𐍃𐌺", "Row 1 Col 1\tRow 1 Col 2"]),
    ],
)
def test_real_documents_come_out_whole(name: str, strings: list[str]) -> None:
    extraction = opened((CORPUS / name).read_bytes(), name)
    assert [each for each in strings if each not in texts(extraction)] == []
    assert not kinds(extraction) - {"unsupported"}
