"""SVG pictures, and XML of any vocabulary; Office documents in one XML file."""

from __future__ import annotations

import base64

import pytest

from gateway.extract import media
from gateway.model.inspection import GapKind, Where
from tests.unit.extract.reading import XML, kinds, opened, texts

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
SVG = 'xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.parametrize("start", [XML, "", "<!-- c -->", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">'])
def test_a_drawing_is_told_and_read(start: str) -> None:
    extraction = opened(f"{start}<svg {SVG}><title>T</title><text>943 476 5919</text></svg>".encode(), "x.svg")
    assert extraction.parts[0].media_type == media.SVG
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()
    assert extraction.remarks == ()


@pytest.mark.parametrize(
    "split",
    ["943 <tspan>476</tspan> 5919", "<tspan>943 </tspan><tspan>476</tspan> 5919", "943 <a href='x'><b>476</b></a> 5919",
     "943 4<!-- c -->76 5919", "943 47<?p i?>6 5919", "943 <![CDATA[476]]> 5919", "943 <unknown>476</unknown> 5919",
     "&#57;43 476 5919"],
)  # fmt: skip
def test_mark_up_within_a_text_separates_nothing(split: str) -> None:
    assert "943 476 5919" in texts(opened(f"{XML}<svg {SVG}><text>{split}</text></svg>".encode(), "x.svg"), Where.BODY)


def test_elements_separate_where_there_is_no_text_between_them() -> None:
    extraction = opened(f"{XML}<r><Sort>40-12-34</Sort><NhsNumber>9434765919</NhsNumber></r>".encode(), "x.xml")
    assert texts(extraction, Where.BODY) == "40-12-34\n\n9434765919"
    assert "NhsNumber: 9434765919" in texts(extraction, Where.HIDDEN)


def test_a_picture_in_a_drawing_is_a_part() -> None:
    drawing = f'{XML}<svg {SVG} xmlns:l="l"><image l:href="data:image/png;base64,{PNG}"/></svg>'
    assert [part.media_type for part in opened(drawing.encode(), "x.svg").parts] == [media.SVG, "image/png"]


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "gb2312", "utf-16", "big5"])
def test_the_declared_encoding_is_obeyed(encoding: str) -> None:
    wide = "".join(chr(0xFF10 + int(digit)) for digit in "9434765919")
    text = f"<?xml version='1.0' encoding='{encoding}'?><a>{wide}</a>"
    assert wide in texts(opened(text.encode(encoding), "x.xml"), Where.BODY)


def test_entities_of_a_drawing_program_are_words_and_others_are_refused() -> None:
    plain = f'{XML}<!DOCTYPE svg [<!ENTITY who "RESTRICTED">]><svg {SVG}><text>&who;</text></svg>'
    extraction = opened(plain.encode(), "x.svg")
    assert "RESTRICTED" in texts(extraction, Where.BODY)
    assert extraction.gaps == ()
    for entity in ('e "&a;&a;"', 'e SYSTEM "file:///etc/passwd"', '% e SYSTEM "x"', f'e "{"x" * 200}"'):
        refused = opened(f"{XML}<!DOCTYPE a [<!ENTITY {entity}>]><a>943 476 5919</a>".encode(), "x.xml")
        assert kinds(refused) == {GapKind.CORRUPT}
        assert "943 476 5919" in texts(refused)


def test_what_is_not_well_formed_is_read_as_it_stands() -> None:
    extraction = opened(f"{XML}<a>943 <b>476</b> 5919<c>".encode(), "x.xml")
    assert "943 476 5919" in texts(extraction, Where.HIDDEN)
    assert extraction.gaps == ()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
FLAT = f"""{XML}<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">
<pkg:part pkg:name="/word/document.xml" pkg:contentType="{MAIN}"><pkg:xmlData><w:document xmlns:w="{WORD}"><w:body><w:p>
<w:r><w:t>943 </w:t></w:r><w:r><w:t>476 5919</w:t></w:r></w:p></w:body></w:document></pkg:xmlData></pkg:part>
<pkg:part pkg:name="/word/embeddings/note.txt" pkg:contentType="text/plain"><pkg:binaryData>Uk\nVTVFJJQ1RFRA==
</pkg:binaryData></pkg:part></pkg:package>"""


def test_a_package_in_one_file_is_read_as_the_package() -> None:
    extraction = opened(FLAT.encode(), "x.xml")
    assert extraction.parts[1].media_type == media.DOCX
    assert "943 476 5919" in texts(extraction, Where.BODY)
    assert "RESTRICTED" in texts(extraction)
    assert extraction.gaps == ()


SHEET = f"""{XML}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="ss"><Worksheet><Table>
<Row><Cell><Data>NHS number</Data></Cell><Cell ss:Formula="=A1"><Data>943 476 5919</Data></Cell></Row></Table>
</Worksheet></Workbook>"""


def test_a_sheet_of_2003_keeps_its_rows() -> None:
    extraction = opened(SHEET.encode(), "x.xml")
    assert "NHS number\t943 476 5919" in texts(extraction, Where.BODY)
    assert texts(extraction, Where.FORMULA) == "=A1"
