from __future__ import annotations

import io

import docx
import pytest

from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import archive, kinds, office, opened, texts, word

XML = '<?xml version="1.0"?>'
RUN = "<w:r><w:t>{}</w:t></w:r>"
SPLIT = {
    "colour run": "<w:r><w:t>943 </w:t></w:r><w:r><w:rPr><w:color w:val='FF0000'/></w:rPr><w:t>476 5919</w:t></w:r>",
    "bookmark": "<w:r><w:t>943 4</w:t></w:r><w:bookmarkStart w:name='_GoBack'/><w:r><w:t>76 5919</w:t></w:r>",
    "comment range": "<w:r><w:t>943 4</w:t></w:r><w:commentRangeStart w:id='1'/><w:r><w:t>76 5919</w:t></w:r>",
    "content control": "<w:r><w:t>943 </w:t></w:r><w:sdt><w:sdtPr><w:alias w:val='title'/></w:sdtPr><w:sdtContent>"
    "<w:r><w:t>476</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t> 5919</w:t></w:r>",
    "tracked deletion": "<w:r><w:t>943 4</w:t></w:r><w:del><w:r><w:delText>GONE</w:delText></w:r></w:del>"
    "<w:r><w:t>76 5919</w:t></w:r>",
    "tracked insertion": "<w:r><w:t>943 4</w:t></w:r><w:ins><w:r><w:t>76 5</w:t></w:r></w:ins>"
    "<w:r><w:t>919</w:t></w:r>",
    "field": "<w:r><w:t>943 4</w:t></w:r><w:r><w:instrText> SEQ x </w:instrText></w:r><w:r><w:t>76 5919</w:t></w:r>",
    "text box": "<w:r><w:t>943 4</w:t></w:r><w:r><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>BOXED</w:t></w:r>"
    "</w:p></w:txbxContent></v:textbox></w:pict></w:r><w:r><w:t>76 5919</w:t></w:r>",
    "hidden run": "<w:r><w:t>943 4</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>UNSEEN</w:t></w:r>"
    "<w:r><w:t>76 5919</w:t></w:r>",
    "footnote mark": "<w:r><w:t>943 476 59</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r>"
    "<w:r><w:t>19</w:t></w:r>",
    "page break mark": "<w:r><w:t>943 4</w:t><w:lastRenderedPageBreak/><w:t>76 5919</w:t></w:r>",
}


@pytest.mark.parametrize("runs", SPLIT.values(), ids=SPLIT.keys())
def test_mark_up_does_not_split_an_identifier(runs: str) -> None:
    extraction = opened(word(f"<w:p>{runs}</w:p>"), "x.docx")
    assert texts(extraction, Where.BODY) == "943 476 5919\n"
    assert extraction.gaps == ()


def test_a_no_break_hyphen_is_a_hyphen() -> None:
    body = "<w:p><w:r><w:t>40</w:t><w:noBreakHyphen/><w:t>12</w:t><w:noBreakHyphen/><w:t>34</w:t></w:r></w:p>"
    assert texts(opened(word(body), "x.docx"), Where.BODY) == "40-12-34\n"


def test_what_is_taken_out_of_the_text_stands_elsewhere() -> None:
    body = "".join(f"<w:p>{runs}</w:p>" for runs in SPLIT.values())
    extraction = opened(word(body), "x.docx")
    assert "GONE" in texts(extraction, Where.TRACKED)
    assert "BOXED" in texts(extraction, Where.TEXTBOX)
    assert "UNSEEN" in texts(extraction, Where.HIDDEN)
    assert "SEQ x" in texts(extraction, Where.FIELD)
    assert "title" in texts(extraction, Where.HIDDEN)


def test_paragraphs_and_cells_are_separated() -> None:
    cell = f"<w:tc><w:p>{RUN}</w:p></w:tc>"
    row = f"<w:tr>{cell.format('Sort code')}{cell.format('40-12-34')}</w:tr>"
    body = f"<w:p>{RUN.format('one')}</w:p><w:p>{RUN.format('two')}</w:p><w:tbl>{row}</w:tbl>"
    assert texts(opened(word(body), "x.docx"), Where.BODY) == "one\ntwo\nSort code\t40-12-34\n"


def test_every_place_of_a_document() -> None:
    paragraph = f"<w:p>{RUN}</w:p>"
    data = word(
        paragraph.format("BODYTEXT"),
        header1=paragraph.format("OFFICIAL-SENSITIVE")
        + "<w:p><w:r><w:pict><v:shape><v:textpath string='DRAFTMARK'/></v:shape></w:pict></w:r></w:p>",
        footer2=paragraph.format("FOOTTEXT"),
        footnotes=paragraph.format("NOTETEXT"),
        comments=f"<w:comment w:author='AUTHORNAME'>{paragraph.format('COMMENTTEXT')}</w:comment>",
    )
    extraction = opened(data, "x.docx")
    assert texts(extraction, Where.BODY) == "BODYTEXT\n"
    assert texts(extraction, Where.HEADER) == "OFFICIAL-SENSITIVE\n"
    assert texts(extraction, Where.WATERMARK).strip() == "DRAFTMARK"
    assert texts(extraction, Where.FOOTER) == "FOOTTEXT\n"
    assert texts(extraction, Where.NOTE) == "NOTETEXT\n"
    assert texts(extraction, Where.COMMENT) == "COMMENTTEXT\n"
    assert "AUTHORNAME" in texts(extraction, Where.HIDDEN)


def test_a_text_box_written_twice_is_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>943 476 5919</w:t></w:r></w:p></w:txbxContent>"
    twice = f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    body = f"<w:p><w:r><mc:AlternateContent>{twice}</mc:AlternateContent></w:r></w:p>"
    assert texts(opened(word(body), "x.docx")).count("943 476 5919") == 1


def test_properties_and_labels() -> None:
    custom = (
        '<?xml version="1.0"?><Properties xmlns:vt="urn:vt"><property name="bjDocumentSecurityLabel">'
        '<vt:lpwstr>UNCLASSIFIED</vt:lpwstr></property><property name="MSIP_Label_1a2b_Name"><vt:lpwstr>Restricted'
        '</vt:lpwstr></property><property name="Client"><vt:lpwstr>ACME</vt:lpwstr></property></Properties>'
    )
    info = '<?xml version="1.0"?><clbl:labelList xmlns:clbl="u"><clbl:label id="{9c}" enabled="1"/></clbl:labelList>'
    core = '<?xml version="1.0"?><c xmlns:dc="d"><dc:title>TITLETEXT</dc:title></c>'
    parts = {
        "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="w"><w:p>{RUN.format("x")}</w:p></w:document>',
        "docProps/custom.xml": custom,
        "docProps/core.xml": core,
        "docMetadata/LabelInfo.xml": info,
    }
    segments = opened(office("docx", parts), "x.docx").parts[0].segments
    named = {(segment.where, segment.name): segment.text for segment in segments}
    assert named[Where.LABEL, "MSIP_Label_1a2b_Name"] == "Restricted"
    assert named[Where.LABEL, "bjDocumentSecurityLabel"] == "UNCLASSIFIED"
    assert named[Where.PROPERTY, "Client"] == "ACME"
    assert named[Where.PROPERTY, "title"] == "TITLETEXT"
    assert named[Where.LABEL, "LabelInfo"] == "id={9c}; enabled=1"


def test_a_document_of_a_real_library() -> None:
    made = docx.Document()
    made.core_properties.subject = "SUBJECTTEXT"
    made.sections[0].header.paragraphs[0].text = "PROTECT - PERSONAL"
    paragraph = made.add_paragraph("943 ")
    paragraph.add_run("476").bold = True
    paragraph.add_run(" 5919")
    made.add_table(1, 2).cell(0, 1).text = "CELLTEXT"
    target = io.BytesIO()
    made.save(target)
    extraction = opened(target.getvalue(), "x.docx")
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert "CELLTEXT" in texts(extraction, Where.BODY)
    assert texts(extraction, Where.HEADER) == "PROTECT - PERSONAL\n"
    assert "SUBJECTTEXT" in texts(extraction, Where.PROPERTY)
    assert extraction.gaps == ()


SHEET = """<?xml version="1.0"?><worksheet><sheetData>
<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c></row>
<row><c><v>9.434765919E9</v></c><c s="1"><v>401234</v></c><c s="2"><v>29221</v></c></row>
<row><c><f>SUM(A1:SECRETSHEET!A2)</f><v>3.5</v></c><c t="str"><f>"a"</f><v>shown</v></c></row></sheetData>
<headerFooter><oddHeader>&amp;C&amp;"Arial,Bold"&amp;12PROTECT</oddHeader></headerFooter>
<dataValidations><dataValidation prompt="PROMPTTEXT"/></dataValidations></worksheet>"""
STRINGS = """<?xml version="1.0"?><sst><si><t>NHS number</t></si><si><r><t>Sort </t></r><r><t>code</t></r></si>
<si><t>UNUSED</t></si></sst>"""
STYLES = """<?xml version="1.0"?><styleSheet><numFmts><numFmt numFmtId="164" formatCode="00\\-00\\-00"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>"""


def test_a_workbook_reads_as_its_reader_sees_it() -> None:
    parts = {
        "xl/workbook.xml": f'{XML}<workbook><sheet name="SHEETNAME"/><definedName>NAMED</definedName></workbook>',
        "xl/worksheets/sheet1.xml": SHEET,
        "xl/sharedStrings.xml": STRINGS,
        "xl/styles.xml": STYLES,
        "xl/comments1.xml": f"{XML}<comments><text><r><t>943 </t></r><r><t>476</t></r></text></comments>",
    }
    extraction = opened(office("xlsx", parts), "x.xlsx")
    rows = [line.rstrip("\t") for line in texts(extraction, Where.BODY).splitlines() if line]
    assert rows[:2] == ["NHS number\tSort code\tinline", "9434765919\t40-12-34\t01/01/1980"]
    assert rows[2] == "3.5\tshown"
    assert texts(extraction, Where.HEADER).strip() == "PROTECT"
    assert "SECRETSHEET" in texts(extraction, Where.FORMULA)
    assert "943 476" in texts(extraction, Where.COMMENT)
    hidden = texts(extraction, Where.HIDDEN)
    assert [word for word in ("UNUSED", "PROMPTTEXT", "SHEETNAME") if word not in hidden] == []
    assert "NAMED" in texts(extraction, Where.FORMULA)
    assert extraction.gaps == ()


def test_a_presentation() -> None:
    run = "<a:r><a:t>{}</a:t></a:r>"
    shape = "<p:sp><p:nvSpPr>{}</p:nvSpPr><p:txBody><a:p>" + 2 * run + "</a:p></p:txBody></p:sp>"
    slide = shape.format("", "943 476 ", "5919") + shape.format("<p:ph type='ftr'/>", "OFFICIAL", "")
    xml = '<?xml version="1.0"?><p:x xmlns:p="p" xmlns:a="a">{}</p:x>'
    parts = {
        "ppt/slides/slide1.xml": xml.format(slide),
        "ppt/notesSlides/notesSlide1.xml": xml.format(shape.format("", "NOTES", "TEXT")),
        "ppt/slideMasters/slideMaster1.xml": xml.format(shape.format("", "MASTER", "")),
    }
    extraction = opened(office("pptx", parts), "x.pptx")
    assert texts(extraction, Where.BODY).strip() == "943 476 5919"
    assert texts(extraction, Where.FOOTER).strip() == "OFFICIAL"
    assert texts(extraction, Where.NOTE).strip() == "NOTESTEXT"
    assert texts(extraction, Where.HEADER).strip() == "MASTER"


def test_an_opendocument_text() -> None:
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>'
        "<text:p>943<text:s/><text:span>47</text:span><office:annotation><text:p>REMARK</text:p></office:annotation>"
        "6<text:s/>5919<text:note><text:p>FOOTNOTE</text:p></text:note></text:p></office:text></office:body>"
        "</office:document-content>"
    )
    header = "<style:header><text:p>PROTECT</text:p></style:header>"
    styles = f'{XML}<s xmlns:style="s" xmlns:text="t">{header}</s>'
    value = '<meta:user-defined meta:name="Classification">SECRET</meta:user-defined>'
    meta = f'{XML}<m xmlns:meta="m">{value}</m>'
    data = archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "styles.xml": styles,
            "meta.xml": meta,
        }
    )
    extraction = opened(data, "x.odt")
    assert texts(extraction, Where.BODY) == "943 476 5919\n"
    assert texts(extraction, Where.COMMENT).strip() == "REMARK"
    assert texts(extraction, Where.NOTE).strip() == "FOOTNOTE"
    assert texts(extraction, Where.HEADER).strip() == "PROTECT"
    assert [(s.name, s.text) for s in extraction.parts[0].segments if s.where is Where.PROPERTY] == [
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("Classification", "SECRET"),
    ]


def test_what_is_embedded_is_opened_in_turn() -> None:
    inner = word(f"<w:p>{RUN.format('943 476 5919')}</w:p>")
    parts: dict[str, bytes | str] = {
        "word/document.xml": '<?xml version="1.0"?><w:document xmlns:w="w"/>',
        "word/embeddings/Inner.docx": inner,
        "word/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(20),
    }
    extraction = opened(office("docx", parts), "x.docx")
    assert "943 476 5919" in texts(extraction)
    assert [part.part for part in extraction.parts][:2] == ["x.docx", "x.docx/1/Inner.docx"]
    assert [(gap.part, gap.kind) for gap in extraction.gaps] == [("x.docx/2/image1.png", GapKind.IMAGE_NOT_READ)]


def test_broken_xml_is_a_gap_and_its_bare_text_is_kept() -> None:
    extraction = opened(office("docx", {"word/document.xml": "<?xml version='1.0'?><w:p>943 476 5919</w:q>"}), "x.docx")
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert "943 476 5919" in texts(extraction)


def test_word_xml_in_one_file_is_walked() -> None:
    xml = (
        '<?xml version="1.0"?><pkg xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:p><w:r><w:t>943 '
        "</w:t></w:r><w:r><w:t>476 5919</w:t></w:r></w:p></pkg>"
    )
    assert texts(opened(xml.encode(), "x.xml"), Where.BODY) == "943 476 5919\n"
