"""Every place of a PDF where words can hide, by its canaries; and what lies before and behind the file."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from gateway.extract import Aids, Limits
from gateway.extract.walk import extract
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.pdf import documents, saved
from gateway.testing.sealed import sealed
from gateway.worker.ocr import open_reader
from tests.unit.extract.reading import EXTRACTORS, kinds, opened, texts

DOCUMENTS = {document.name: document for document in documents()}
PLAIN = [name for name in DOCUMENTS if name != "pictures.pdf"]
NOT_HIDDEN = {
    Where.ANNOTATION: (
        "rich text", "stamp's appearance", "appearance of a state", "note", "author", "subject", "popup", "free text",
        "watermark", "text over a redaction",
    ),
    Where.FIELD: (
        "field name", "value", "default value", "tooltip", "appearance of a field", "option's export value",
        "option shown", "button's value", "value as a stream", "rich value", "reason of a signature", "XFA value",
    ),
    Where.LABEL: ("Purview label", "Boldon James label", "Purview label in XMP"),
    Where.PROPERTY: ("title", "keywords", "property of one's own", "XMP", "XMP of a page"),
    Where.ATTACHMENT_NAME: ("name of a file", "description"),
    Where.TRACKED: ("page text of an earlier revision",),
    Where.HEADER: ("repeated header",),
    Where.FOOTER: ("repeated footer",),
}  # fmt: skip


def where_is(document: CanaryDocument, place: str) -> set[Where]:
    word = next(canary.word for canary in document.canaries if canary.place == place)
    extraction = opened(document.data, document.name)
    return {segment.where for part in extraction.parts for segment in part.segments if word in segment.text}


@pytest.mark.parametrize("name", PLAIN)
def test_every_canary_comes_out(name: str) -> None:
    document = DOCUMENTS[name]
    extraction = opened(document.data, document.name)
    assert [canary.place for canary in document.missing(texts(extraction))] == []
    assert extraction.gaps == ()


def test_there_are_more_places_than_any_other_reader_knows() -> None:
    assert sum(len(document.canaries) for document in DOCUMENTS.values()) >= 80


@pytest.mark.parametrize(
    ("where", "place"), [(where, place) for where, places in NOT_HIDDEN.items() for place in places]
)
def test_each_says_where_it_stood(where: Where, place: str) -> None:
    document = next(
        each for each in DOCUMENTS.values() if any(canary.place == place for canary in each.canaries)
    )  # fmt: skip
    assert where in where_is(document, place)


def test_words_in_pictures_are_read() -> None:
    reader = open_reader()
    if reader is None:
        pytest.skip("Tesseract is not here")
    document = DOCUMENTS["pictures.pdf"]
    with sealed():
        extraction = extract(document.name, document.data, Limits(), EXTRACTORS, Aids(reader=reader))
    assert [canary.place for canary in document.missing(texts(extraction, Where.OCR))] == []
    assert extraction.gaps == ()


def test_words_in_pictures_are_gaps_where_nobody_reads() -> None:
    assert kinds(opened(DOCUMENTS["pictures.pdf"].data, "x.pdf")) == {GapKind.IMAGE_NOT_READ}


def one_page(content: bytes) -> pikepdf.Pdf:
    document = pikepdf.new()
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page = Dictionary(
        Type=Name.Page, MediaBox=Array([0, 0, 600, 800]), Contents=document.make_stream(content),
        Resources=Dictionary(Font=Dictionary(F=font, G=font)),
    )  # fmt: skip
    document.pages.append(pikepdf.Page(document.make_indirect(page)))
    return document


@pytest.mark.parametrize(
    "content",
    [
        b"(943) Tj (476) Tj (5919) Tj",
        b"[(943) -5 (476) 5 (5919)] TJ",
        b"(943) Tj 1 0 0 rg (476) Tj 0 g (5919) Tj",
        b"(943) Tj /Span BMC (476) Tj EMC /P <</MCID 0>> BDC (5919) Tj EMC",
        b"(943) Tj /G 12 Tf (476) Tj 3 Tr (5919) Tj",
        b"(9\\0643) Tj <343736> Tj (59\\\n19) Tj",
        b"(943) Tj ET BT /F 12 Tf 70.02 700 Td (476) Tj ET BT /F 12 Tf 90.04 700 Td (5919) Tj",
    ],
    ids=["shows", "array", "colour", "marks", "font", "escapes", "text objects"],
)
def test_a_number_split_by_operators_is_joined(content: bytes) -> None:
    document = one_page(b"BT /F 12 Tf 50 700 Td " + content + b" ET")
    assert "9434765919" in texts(opened(saved(document), "x.pdf"), Where.BODY)


def test_a_number_split_by_rich_text_is_joined() -> None:
    document = one_page(b"")
    rich = "<body><p>943<b>476</b><span style='color:red'>5919</span></p><p>next &amp; last</p></body>"
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([0, 0, 9, 9]), RC=rich)
    document.pages[0].Annots = Array([document.make_indirect(note)])
    found = texts(opened(saved(document), "x.pdf"), Where.ANNOTATION)
    assert "9434765919\n" in found
    assert "next & last" in found


def test_letters_with_a_shadow_are_said_without_it() -> None:
    """Chrome prints `text-shadow` letter by letter, each twice; PDFium puts the letters in order of their places."""
    painted = b"BT /F1 16 Tf "
    for shift in (0.0, 1.5):
        for number, letter in enumerate("943 476 5919"):
            painted += b"1 0 0 1 %.2f %.2f Tm (%s) Tj " % (72 + 10 * number + shift, 700 - shift, letter.encode())
    target = io.BytesIO()
    one_page(painted + b"ET").save(target)
    found = texts(opened(target.getvalue()), Where.BODY)
    assert "994433" in found, "or PDFium has changed, and this can go"
    assert "943 476 5919" in found


def test_what_stands_before_and_behind_a_file_is_opened() -> None:
    data = b"X-JUNK-BEFORE: 1\n" + saved(one_page(b"BT /F 12 Tf 9 9 Td (PAGE) Tj ET")) + b"943 476 5919\n"
    extraction = opened(data, "x.pdf")
    assert {part.part for part in extraction.parts} == {"x.pdf", "x.pdf/1/before-start", "x.pdf/2/after-end"}
    assert "943 476 5919" in texts(extraction)
    assert opened(saved(one_page(b"")) + b"\r\n\0\0 \n", "x.pdf").gaps == ()


def test_a_linearised_file_has_no_earlier_revision() -> None:
    target = io.BytesIO()
    one_page(b"BT /F 12 Tf 9 9 Td (ONCE) Tj ET").save(target, linearize=True)
    extraction = opened(target.getvalue(), "x.pdf")
    assert target.getvalue().count(b"%%EOF") == 2
    assert texts(extraction).count("ONCE") == 1
    assert [part.part for part in extraction.parts] == ["x.pdf"]
    assert extraction.gaps == ()


def test_a_file_within_that_is_not_packed_is_no_earlier_revision() -> None:
    document = one_page(b"BT /F 12 Tf 9 9 Td (OUTER) Tj ET")
    document.attachments["inner.pdf"] = saved(one_page(b"BT /F 12 Tf 9 9 Td (INNER) Tj ET"))
    target = io.BytesIO()
    document.save(target, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
    assert target.getvalue().count(b"%%EOF") == 2
    extraction = opened(target.getvalue(), "x.pdf")
    assert texts(extraction, Where.BODY).splitlines() == ["OUTER", "INNER"]
    assert texts(extraction, Where.TRACKED) == ""


def test_what_hangs_nowhere_is_read() -> None:
    document = one_page(b"")
    document.Root.Own = document.make_stream(b"943 476 5919 as a stream of its own")
    document.Root.Packed = document.make_stream(bytes(range(256)))
    extraction = opened(saved(document), "x.pdf")
    assert "943 476 5919" in texts(extraction, Where.HIDDEN)
    assert kinds(extraction) == {GapKind.UNSUPPORTED}


def test_sounds_and_models_are_gaps() -> None:
    document = one_page(b"")
    document.Root.S = document.make_stream(b"\0\1", Type=Name.Sound, R=8000)
    document.Root.M = document.make_stream(b"\0\1", Type=Name("/3D"), Subtype=Name.U3D)
    gaps = opened(saved(document), "x.pdf").gaps
    assert sorted(gap.detail for gap in gaps) == ["3D", "sound"]
