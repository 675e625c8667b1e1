from __future__ import annotations

import io

import pptx
import pytest

from gateway.model.inspection import Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.slides import documents
from tests.unit.extract.reading import office, opened, texts

SPACES = 'xmlns:p="p" xmlns:a="a" xmlns:m="m" xmlns:mc="mc" xmlns:a14="x" xmlns:r="r"'
RUN = "<a:r><a:t>{}</a:t></a:r>"
SPLIT = {
    "coloured run": RUN.format("943 4") + "<a:r><a:rPr lang='en-GB' b='1'><a:solidFill><a:srgbClr val='FF0000'/>"
    "</a:solidFill></a:rPr><a:t>76 5919</a:t></a:r>",
    "link": RUN.format("943 4")
    + ("<a:r><a:rPr><a:hlinkClick r:id='x' tooltip='TIP'/></a:rPr><a:t>76 5919</a:t></a:r>"),
    "field": RUN.format("943 4") + "<a:fld type='slidenum'><a:rPr/><a:t>76</a:t></a:fld>" + RUN.format(" 5919"),
    "end of paragraph": RUN.format("943 476 5919") + "<a:endParaRPr lang='en-GB'/>",
    "equation": RUN.format("943 4")
    + "<a14:m><m:oMath><m:r><m:t>76</m:t></m:r></m:oMath></a14:m>"
    + RUN.format(" 5919"),
}


def slide(inside: str, attributes: str = "") -> bytes:
    """Return a presentation with one slide that holds this."""
    xml = f'<?xml version="1.0"?><p:sld {SPACES}{attributes}><p:cSld><p:spTree>{inside}</p:spTree></p:cSld></p:sld>'
    return office("pptx", {"ppt/slides/slide1.xml": xml})


def box(*paragraphs: str) -> str:
    """Return a shape."""
    return f"<p:sp><p:txBody>{''.join(f'<a:p>{each}</a:p>' for each in paragraphs)}</p:txBody></p:sp>"


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert len(document.canaries) >= 27
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


@pytest.mark.parametrize("runs", SPLIT.values(), ids=SPLIT.keys())
@pytest.mark.parametrize("beside", ["", box(*["other words"] * 50)], ids=["short", "long"])
def test_mark_up_does_not_split_an_identifier(runs: str, beside: str) -> None:
    extraction = opened(slide(box(runs) + beside), "x.pptx")
    assert "943 476 5919" in texts(extraction, Where.BODY).split("\n")
    assert extraction.gaps == ()


def test_shapes_and_paragraphs_and_cells_are_separated() -> None:
    cell = f"<a:tc><a:txBody><a:p>{RUN}</a:p></a:txBody></a:tc>"
    table = (
        f"<p:graphicFrame><a:tbl><a:tr>{cell.format('Sort code')}{cell.format('40-12-34')}"
        "</a:tr></a:tbl></p:graphicFrame>"
    )
    extraction = opened(slide(box(RUN.format("one"), RUN.format("two")) + box(RUN.format("three")) + table), "x.pptx")
    assert texts(extraction, Where.BODY) == "one\ntwo\nthree\nSort code\t40-12-34\n"


@pytest.mark.parametrize("said", ['show="0"', "show='false'"])
def test_a_hidden_slide_is_hidden_text(said: str) -> None:
    extraction = opened(slide(box(RUN.format("943 476 5919")), f" {said}"), "x.pptx")
    assert texts(extraction, Where.HIDDEN).strip() == "943 476 5919"
    assert texts(extraction, Where.BODY) == ""


def test_what_moves_is_no_text() -> None:
    moving = "<p:timing><p:attrName>ppt_y</p:attrName><p:attrName>style.visibility</p:attrName></p:timing>"
    assert texts(opened(slide(box(RUN.format("words")) + moving), "x.pptx")).strip() == "words"


def test_a_form_for_older_programs_is_read_when_it_says_something_else() -> None:
    forms = "<mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>"
    same = opened(slide(forms.format(box(RUN.format("943 476 5919")), box(RUN.format("943 476 5919")))), "x.pptx")
    assert texts(same).count("943 476 5919") == 1
    other = opened(slide(forms.format(box(RUN.format("words")), box(RUN.format("943 476 5919")))), "x.pptx")
    assert texts(other, Where.HIDDEN).strip() == "943 476 5919"


def test_a_presentation_of_a_real_library() -> None:
    made = pptx.Presentation()
    page = made.slides.add_slide(made.slide_layouts[1])
    page.shapes.title.text = "TITLETEXT"
    paragraph = page.placeholders[1].text_frame.paragraphs[0]
    for piece in ("943 ", "476", " 5919"):
        paragraph.add_run().text = piece
    page.notes_slide.notes_text_frame.text = "NOTESTEXT"
    target = io.BytesIO()
    made.save(target)
    extraction = opened(target.getvalue(), "x.pptx")
    assert texts(extraction, Where.BODY).split("\n")[:2] == ["TITLETEXT", "943 476 5919"]
    assert "NOTESTEXT" in texts(extraction, Where.NOTE)
    assert "Click to edit" in texts(extraction, Where.HEADER)
    assert [gap.part for gap in extraction.gaps] == ["x.pptx/1/thumbnail.jpeg"]  # a picture, and nobody here to read it
