from __future__ import annotations

import hashlib
import io

import docx
import pytest

from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.word import documents
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
    "control of plain text": "<w:r><w:t>943 4</w:t></w:r><w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>"
    "<w:r><w:t>76"
    "</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t> 5919</w:t></w:r>",
    "fraction": "<w:r><w:t>943 4</w:t></w:r><m:oMath><m:f><m:num><m:r><m:t>76</m:t></m:r></m:num></m:f></m:oMath>"
    "<w:r><w:t> 5919</w:t></w:r>",
    "proofing": "<w:r><w:t>943 4</w:t></w:r><w:proofErr w:type='spellStart'/><w:r><w:t>76 5919</w:t></w:r>",
    "smart tag": "<w:r><w:t>943 4</w:t></w:r><w:smartTag w:element='x'><w:r><w:t>76</w:t></w:r></w:smartTag>"
    "<w:r><w:t> 5919</w:t></w:r>",
    "web-hidden run": "<w:r><w:t>943 4</w:t></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:t>76 5919</w:t></w:r>",
    "sessions": "<w:r w:rsidR='00AB12CD'><w:t>943 4</w:t></w:r><w:r w:rsidRPr='00AB12CE'><w:t>76 5919</w:t></w:r>",
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
    assert texts(extraction, Where.COMMENT).split() == ["COMMENTTEXT", "AUTHORNAME"]


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
        "word/document.xml": (
            f'<?xml version="1.0"?><w:document xmlns:w="w"><w:p>{RUN.format("x")}</w:p></w:document>'
        ),
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
    assert [gap.part for gap in extraction.gaps] == ["x.docx/1/thumbnail.jpeg"]  # a picture, and nobody here to read it


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
    assert [word for word in ("UNUSED", "PROMPTTEXT") if word not in hidden] == []
    assert texts(extraction, Where.PROPERTY) == "SHEETNAME"
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
    assert texts(extraction, Where.PROPERTY) == "application/vnd.oasis.opendocument.text"
    assert [(s.name, s.text) for s in extraction.parts[0].segments if s.where is Where.LABEL] == [
        ("Classification", "SECRET"),
    ]


def test_what_is_embedded_is_opened_in_turn() -> None:
    inner = word(f"<w:p>{RUN.format('943 476 5919')}</w:p>")
    parts: dict[str, bytes | str] = {
        "word/document.xml": '<?xml version="1.0"?><w:document xmlns:w="w"/>',
        "word/embeddings/Inner.docx": inner,
        "word/embeddings/noise.bin": bytes(range(256)),
    }
    extraction = opened(office("docx", parts), "x.docx")
    assert "943 476 5919" in texts(extraction)
    assert [part.part for part in extraction.parts][:2] == ["x.docx", "x.docx/1/Inner.docx"]
    assert [(gap.part, gap.kind) for gap in extraction.gaps] == [("x.docx/2/noise.bin", GapKind.UNSUPPORTED)]


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


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert len(document.canaries) >= 45
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


def change(kind: str, text: str, element: str = "t") -> str:
    return f"<w:{kind} w:author='AUTHOR'><w:r><w:{element}>{text}</w:{element}></w:r></w:{kind}>"


BEFORE = {
    "insertion between": RUN.format("943 4") + change("ins", "NEW") + RUN.format("76 5919"),
    "deletion at the end": RUN.format("943 476 ") + change("del", "5919", "delText"),
    "replacement": RUN.format("943 ") + change("del", "476", "delText") + change("ins", "000") + RUN.format(" 5919"),
    "replacement, the new first": RUN.format("943 ")
    + change("ins", "000")
    + change("del", "476", "delText")
    + RUN.format(" 5919"),
    "two deletions": change("del", "943", "delText") + RUN.format(" 476 ") + change("del", "5919", "delText"),
    "moved away": RUN.format("943 ") + change("moveFrom", "476") + RUN.format(" 5919"),
    "inserted and deleted again": RUN.format("943 ")
    + (f"<w:ins w:author='x'>{change('del', 'GONE', 'delText')}<w:r><w:t>NEW</w:t></w:r></w:ins>")
    + RUN.format("476 5919"),
}


@pytest.mark.parametrize("runs", BEFORE.values(), ids=BEFORE.keys())
def test_a_number_that_was_whole_before_tracked_changes_comes_out_whole(runs: str) -> None:
    extraction = opened(word(f"<w:p>{runs}</w:p>"), "x.docx")
    before = [s.text for s in extraction.parts[0].segments if s.where is Where.TRACKED and s.name == "before"]
    assert before == ["943 476 5919\n"]
    assert "943 476 5919" not in texts(extraction, Where.BODY)


def test_paragraphs_that_were_one_before_or_are_one_now_are_read_as_one() -> None:
    mark = "<w:pPr><w:rPr><w:{} w:author='x'/></w:rPr></w:pPr>"
    split = f"<w:p>{mark.format('ins')}{RUN.format('943 476')}</w:p><w:p>{RUN.format(' 5919')}</w:p>"
    extraction = opened(word(split), "x.docx")
    assert "943 476 5919" in texts(extraction, Where.TRACKED)
    assert texts(extraction, Where.BODY) == "943 476\n 5919\n"
    joined = (
        f"<w:p>{mark.format('del')}{RUN.format('943 476')}</w:p>"
        f"<w:p>{RUN.format(' 5919')}</w:p><w:p>{RUN.format('x')}</w:p>"
    )
    extraction = opened(word(joined), "x.docx")
    assert texts(extraction, Where.BODY) == "943 476 5919\nx\n"
    assert texts(extraction, Where.TRACKED) == "943 476\n 5919\n"


def test_an_ordinary_paragraph_has_no_other_reading() -> None:
    body = (
        f"<w:p>{RUN.format('kept')}</w:p><w:p>{change('ins', 'all new')}</w:p>"
        f"<w:p>{change('del', 'gone', 'delText')}</w:p>"
    )
    extraction = opened(word(body), "x.docx")
    assert texts(extraction, Where.TRACKED).split() == ["gone", "AUTHOR"]


def test_symbols_are_the_characters_that_they_show() -> None:
    run = "<w:r><w:t>943 476 591</w:t><w:sym w:font='Symbol' w:char='F039'/></w:r>"
    assert texts(opened(word(f"<w:p>{run}</w:p>"), "x.docx"), Where.BODY) == "943 476 5919\n"


def test_indented_xml_separates_nothing_within_a_paragraph() -> None:
    run = "\n    <w:r>\n      <w:t>{}</w:t>\n    </w:r>"
    body = f"\n  <w:p>{run.format('943 ')}{run.format('476 5919')}\n  </w:p>\n" * 20
    assert texts(opened(word(body), "x.docx"), Where.BODY).split("\n")[0] == "943 476 5919"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_part_in_another_encoding_of_unicode(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else "utf-16"
    body = f"<w:p>{RUN.format('943 ')}{RUN.format('476 5919')}</w:p>"
    xml = f'<?xml version="1.0" encoding="{declared}"?><w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'
    extraction = opened(office("docx", {"word/document.xml": xml.encode(encoding)}), "x.docx")
    assert texts(extraction, Where.BODY) == "943 476 5919\n"
    assert extraction.gaps == ()


PLAIN = "<w:p w:rsidR='00AB12CD'><w:pPr><w:jc w:val='left'/></w:pPr>{}</w:p>"


@pytest.mark.parametrize(
    "special",
    [
        "",
        "<w:r><w:tab/></w:r>",
        "<w:r><w:br w:type='page'/></w:r>",
        "<w:bookmarkStart w:name='_GoBack'/>",
        f"<w:tbl><w:tr>{2 * '<w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc>'}</w:tr></w:tbl>",
        "<w:r><w:t>&amp;&lt;</w:t></w:r>",
        "<w:p/><w:p></w:p>",
    ],
)
def test_plain_parts_read_the_same_with_and_without_the_parser(special: str) -> None:
    around = PLAIN.format(RUN.format("some words ") + RUN.format("more")) * 20
    inner = (
        special if special.startswith(("<w:tbl", "<w:p")) else PLAIN.format(RUN.format("x") + special + RUN.format("y"))
    )
    document = f"<w:document xmlns:w='w'><w:body>{around}{inner}{around}<w:sectPr/></w:body></w:document>"
    plain = opened(office("docx", {"word/document.xml": XML + document}), "x.docx")
    parsed = opened(office("docx", {"word/document.xml": XML + "<!-- not plain -->" + document}), "x.docx")
    assert texts(plain, Where.BODY) == texts(parsed, Where.BODY)


def test_a_plain_part_that_is_broken_is_a_gap_all_the_same() -> None:
    around = PLAIN.format(RUN.format("943 476 5919")) * 40
    for broken in ("</w:q>", "&unknown;", "<w:p", "\xff"):
        document = (
            f"{XML}<w:document xmlns:w='w'><w:body>{around}<w:p><w:r><w:t>{broken}</w:t>"
            "</w:r></w:p></w:body></w:document>"
        )
        extraction = opened(office("docx", {"word/document.xml": document.encode("latin-1")}), "x.docx")
        assert kinds(extraction) == {GapKind.CORRUPT}, broken
        assert "943 476 5919" in texts(extraction)


def test_a_part_that_was_read_before_says_the_same_again() -> None:
    styles = '<w:style w:type=\'character\' w:customStyle="1"><w:name w:val="OWNSTYLE"/></w:style>'
    for _ in range(2):
        extraction = opened(word("<w:p/>", styles=styles), "x.docx")
        assert texts(extraction, Where.HIDDEN) == "OWNSTYLE"
        changed = opened(word("<w:p/>", styles=styles.replace("OWN", "OTHER")), "x.docx")
        assert texts(changed, Where.HIDDEN) == "OTHERSTYLE"


def test_the_machinery_of_a_package_is_silent() -> None:
    made = docx.Document()
    made.add_paragraph("words")
    target = io.BytesIO()
    made.save(target)
    said = {segment.name: segment.text for segment in opened(target.getvalue(), "x.docx").parts[0].segments}
    assert not [name for name in said if "rels" in name or "itemProps" in name or "Content_Types" in name]
    assert not [text for text in said.values() if "schemas." in text]


def test_fonts_within_are_passed_over_and_what_is_no_font_is_not() -> None:
    tables = b"glyf" + bytes(4) + (28).to_bytes(4, "big") + (100).to_bytes(4, "big")
    font = b"\0\1\0\0" + (1).to_bytes(2, "big") + bytes(6) + tables + bytes(100)
    key = "{01020304-0506-0708-090A-0B0C0D0E0F10}"
    veil = bytes.fromhex(key.strip("{}").replace("-", ""))[::-1] * 2
    veiled = bytes(one ^ other for one, other in zip(font[:32], veil, strict=True)) + font[32:]
    table = f"{XML}<w:fonts xmlns:w='w'><w:font><w:embedRegular w:fontKey=\"{key}\"/></w:font></w:fonts>"
    parts: dict[str, bytes | str] = {
        "word/fontTable.xml": table,
        "word/fonts/font1.odttf": veiled,
        "word/fonts/a.ttf": font,
    }
    assert opened(office("docx", parts), "x.docx").gaps == ()
    for hiding in (font + b"943 476 5919 and more", veiled + b"943 476 5919 and more"):
        assert opened(office("docx", {**parts, "word/fonts/b.odttf": hiding}), "x.docx").gaps != ()


def test_what_a_program_leaves_behind_a_thumbnail_is_no_gap_and_words_are() -> None:
    picture = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"
    for behind, is_seen in ((b"\x08\0\0\t9&<\xd1" * 9, False), (b"943 476 5919 behind the picture", True)):
        extraction = opened(office("pptx", {"docProps/thumbnail.jpeg": picture + behind}), "x.pptx")
        handed_on = picture + behind if is_seen else picture
        assert extraction.parts[1].sha256 == hashlib.sha256(handed_on).hexdigest()
