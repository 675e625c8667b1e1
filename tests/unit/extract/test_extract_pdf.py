from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from gateway.extract.formats.pdf.edges import repeated
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import kinds, opened, texts

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
CORPUS = Path("../shared/corpora/pdf_encryption")


def pages(*texts_of_pages: str, header: str = "", number: bool = False) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.setTitle("TITLETEXT")
    for count, text in enumerate(texts_of_pages, 1):
        if header:
            canvas.drawString(72, 800, header + (f" page {count}" if number else ""))
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def edited(data: bytes, lock: pikepdf.Encryption | None = None) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.docinfo["/MSIP_Label_1a2b_Name"] = "Restricted"
        document.attachments["note.txt"] = b"943 476 5919"
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Contents="NOTETEXT", Rect=[0, 0, 9, 9]
        )
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([note]))
        field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="Name", V="FIELDVALUE")
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[document.make_indirect(field)])
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.launchURL('SCRIPTTEXT')")
        with document.open_metadata(update_docinfo=False) as metadata:
            metadata["dc:subject"] = ["XMPTEXT"]
        document.save(target, encryption=lock)
    return target.getvalue()


def test_pages_and_everything_beside_them() -> None:
    extraction = opened(edited(pages("943 476 5919", "second")), "x.pdf")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert "\f" in texts(extraction, Where.BODY)
    assert "NOTETEXT" in texts(extraction, Where.ANNOTATION)
    assert "FIELDVALUE" in texts(extraction, Where.FIELD)
    assert "SCRIPTTEXT" in texts(extraction, Where.HIDDEN)
    assert texts(extraction, Where.LABEL) == "Restricted"
    assert "TITLETEXT" in texts(extraction, Where.PROPERTY)
    assert "XMPTEXT" in texts(extraction, Where.PROPERTY)
    assert [part.part for part in extraction.parts] == ["x.pdf", "x.pdf/1/note.txt"]
    assert texts(extraction, Where.ATTACHMENT_NAME) == "note.txt"
    assert extraction.gaps == ()


def test_edge_lines_are_headers_only_where_they_repeat() -> None:
    marked = opened(pages("one", "two", "three", header="OFFICIAL-SENSITIVE", number=True), "x.pdf")
    assert texts(marked, Where.HEADER) == "OFFICIAL-SENSITIVE page 1"
    assert texts(opened(pages("one", header="OFFICIAL"), "x.pdf"), Where.HEADER) == ""
    assert texts(opened(pages("one", "two", "three"), "x.pdf"), Where.HEADER) == ""


@pytest.mark.parametrize(("bearing", "count", "is_header"), [(2, 4, True), (2, 5, False), (1, 1, False), (1, 2, False)])
def test_half_of_the_pages_and_two_at_least(bearing: int, count: int, *, is_header: bool) -> None:
    lines = ["MARK\na\nb\nc\nd\ne\nf"] * bearing + [f"{'xyzuv'[i]}\n" * 8 for i in range(count - bearing)]
    headers = [segment.text for segment in repeated(lines) if segment.where is Where.HEADER]
    assert any("MARK" in text for text in headers) is is_header


def test_a_picture_of_a_page_is_a_gap() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawImage(ImageReader(io.BytesIO(PIXEL)), 0, 0, 500, 700)
    canvas.showPage()
    canvas.drawString(72, 700, "text")
    canvas.save()
    extraction = opened(target.getvalue(), "x.pdf")
    assert [(gap.kind, gap.detail[:6]) for gap in extraction.gaps] == [(GapKind.IMAGE_NOT_READ, "page 1")]


def test_a_blank_page_is_no_gap() -> None:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(target)
    assert opened(target.getvalue(), "x.pdf").gaps == ()


def test_a_locked_file_is_a_gap_and_an_empty_password_is_read() -> None:
    locked = opened(edited(pages("943 476 5919"), pikepdf.Encryption(owner="o", user="u")), "x.pdf")
    assert [(gap.kind, gap.detail) for gap in locked.gaps] == [(GapKind.ENCRYPTED, "AES-256")]
    assert texts(locked) == ""
    readable = opened(edited(pages("943 476 5919"), pikepdf.Encryption(owner="o", user="")), "x.pdf")
    assert "943 476 5919" in texts(readable, Where.BODY)
    assert readable.gaps == ()


def test_a_cut_file_is_a_gap_or_text() -> None:
    data = pages("943 476 5919")
    for end in range(20, len(data), 97):
        extraction = opened(data[:end], "x.pdf")
        assert extraction.gaps or texts(extraction).strip(), end


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus pdf_encryption is not here")
def test_other_peoples_locked_files() -> None:
    manifest = (CORPUS / "manifest.tsv").read_text().splitlines()[1:]
    for file, _, verdict, *_ in (line.split("\t") for line in manifest):
        extraction = opened((CORPUS / file).read_bytes(), file)
        if verdict.startswith("NEEDS"):
            assert kinds(extraction) == {GapKind.ENCRYPTED}, file
        else:
            assert texts(extraction, Where.BODY).strip() or extraction.gaps, file
            assert GapKind.ENCRYPTED not in kinds(extraction), file
