from __future__ import annotations

import io
import struct
from datetime import date

import openpyxl
import pytest

from gateway.extract.formats.office.sheet import AT_A_TIME
from gateway.model.inspection import GapKind, Where
from gateway.testing.canaries import CanaryDocument
from gateway.testing.canaries.spreadsheet import documents
from tests.unit.extract.reading import XML, archive, kinds, office, opened, texts

PLAIN = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c><c r="B1"><v>{}</v></c></row>'


def book(sheet: str, **parts: str) -> bytes:
    """Return a workbook with one sheet; further parts by name under `xl/`."""
    further = {f"xl/{name}.xml": XML + text for name, text in parts.items()}
    return office("xlsx", {"xl/worksheets/sheet1.xml": f"{XML}<worksheet>{sheet}</worksheet>", **further})


def rows(extraction_text: str) -> list[str]:
    return [line.rstrip("\t") for line in extraction_text.splitlines() if line.strip()]


@pytest.mark.parametrize("document", list(documents()), ids=lambda document: document.kind)
def test_every_canary_comes_out(document: CanaryDocument) -> None:
    extraction = opened(document.data, document.name)
    assert len(document.canaries) >= 36
    assert document.missing(texts(extraction)) == ()
    assert extraction.gaps == ()
    assert extraction.remarks == ()


def test_a_workbook_of_a_real_library() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["Name", "NHS number", "Born", "Sort code", "Member"])
    sheet.append(["A & B", 9434765919, date(1980, 1, 31), 10203, True])
    sheet["D2"].number_format = "00-00-00"
    sheet["B3"], sheet["B3"].number_format = 9434765919, "000 000 0000"
    hidden = made.create_sheet("Away")
    hidden.sheet_state, hidden["A1"] = "veryHidden", "AWAYTEXT"
    target = io.BytesIO()
    made.save(target)
    extraction = opened(target.getvalue(), "x.xlsx")
    assert rows(texts(extraction, Where.BODY)) == [
        "Name\tNHS number\tBorn\tSort code\tMember",
        "A & B\t9434765919\t31/01/1980\t01-02-03\tTRUE",
        "\t943 476 5919",
    ]
    assert "AWAYTEXT" in texts(extraction, Where.HIDDEN)
    assert "AWAYTEXT" not in texts(extraction, Where.BODY)
    assert extraction.gaps == ()


SHOWN = {
    "a number with an exponent": ("9.434765919E9", "0", "9434765919"),
    "a whole number with decimals": ("9434765919.0", "0", "9434765919"),
    "a fraction": ("3.25", "0", "3.25"),
    "a date": ("29221", "1", "01/01/1980"),
    "a date and a time": ("29221.75", "1", "01/01/1980 18:00"),
    "a date without a year": ("29221", "5", "01/01/1980"),
    "a sort code": ("10203", "2", "01-02-03"),
    "an NHS number": ("9434765919", "3", "943 476 5919"),
    "an NHS number in places that may be empty": ("9434765919", "4", "943 476 5919"),
    "digits beyond those that a workbook keeps": ("12345678901234567890", "0", "12345678901234567890"),
    "a style that is not there": ("7", "99", "7"),
    "no number": ("x", "1", "x"),
}
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00\\-00\\-00"/><numFmt numFmtId="165" '
    'formatCode="000\\ 000\\ 0000;@"/><numFmt numFmtId="166" formatCode="###\\ ###\\ ####"/><numFmt numFmtId="167" '
    'formatCode="[$-809]dd\\ mmm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs></styleSheet>'
)


@pytest.mark.parametrize(("value", "style", "shown"), SHOWN.values(), ids=SHOWN.keys())
def test_a_number_reads_as_it_is_shown(value: str, style: str, shown: str) -> None:
    data = book(f'<sheetData><row><c r="A1" s="{style}"><v>{value}</v></c></row></sheetData>', styles=STYLES)
    assert rows(texts(opened(data, "x.xlsx"), Where.BODY)) == [shown]


def test_days_are_counted_as_the_workbook_says() -> None:
    cell = '<sheetData><row><c r="A1" s="1"><v>27759</v></c></row></sheetData>'
    data = book(cell, styles=STYLES, workbook='<workbook><workbookPr date1904="1"/></workbook>')
    assert rows(texts(opened(data, "x.xlsx"), Where.BODY)) == ["01/01/1980"]


SPLIT = {
    "rich text": "<c r='A1' t='inlineStr'><is><r><t>943 4</t></r><r><rPr><b/></rPr><t>76 5919</t></r></is></c>",
    "rich shared string": "<c r='A1' t='s'><v>0</v></c>",
    "an escape": "<c r='A1' t='str'><v>943_x0020_476 5919</v></c>",
    "a reference": "<c r='A1' t='str'><v>943&#32;476 5919</v></c>",
}


@pytest.mark.parametrize("cell", SPLIT.values(), ids=SPLIT.keys())
def test_mark_up_does_not_split_an_identifier(cell: str) -> None:
    strings = "<sst><si><r><t>943</t></r><r><rPr><color rgb='FFFF0000'/></rPr><t> 476 5919</t></r></si></sst>"
    for quoted in (cell, cell.replace("'", '"')):
        data = book(f"<sheetData><row>{quoted}</row></sheetData>", sharedStrings=strings)
        assert rows(texts(opened(data, "x.xlsx"), Where.BODY)) == ["943 476 5919"]


def test_codes_do_not_split_a_header() -> None:
    header = (
        '<headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12 943 '
        "&amp;B476&amp;K01+000 59&amp;U19&amp;RPage &amp;P A&amp;&amp;B</oddHeader>"
        "</headerFooter>"
    )
    assert texts(opened(book(header), "x.xlsx"), Where.HEADER).split("\n") == ["", " 943 476 5919", "Page ", " A&B", ""]


def test_what_is_hidden_is_told_from_what_shows() -> None:
    data = book(
        '<cols><col min="2" max="2" hidden="1"/></cols><sheetData><row r="1"><c r="A1" t="str"><v>NHS number</v></c>'
        '<c r="B1"><v>9434765919</v></c></row><row r="2" hidden="1"><c r="A2" t="str"><v>HIDDENROW</v></c></row>'
        '<row r="3" ht="0" customHeight="1"><c r="A3" t="str"><v>FLATROW</v></c></row></sheetData>'
    )
    extraction = opened(data, "x.xlsx")
    assert rows(texts(extraction, Where.BODY)) == ["NHS number"]
    assert rows(texts(extraction, Where.HIDDEN)) == ["NHS number\t9434765919", "HIDDENROW", "FLATROW"]


@pytest.mark.parametrize(
    "odd", ["<x/>", "TEXT", "<c r='B9'><v>7</v></c>", "<!-- remark -->", '<c r="B9"><v>7</v><extLst/></c>', "\n  "]
)
def test_rows_read_the_same_by_pattern_and_by_parser(odd: str) -> None:
    many = "".join(PLAIN.format(f"Person {n} &amp; Co", n + 0.5) for n in range(50))
    plain = opened(book(f"<sheetData>{many}</sheetData>"), "x.xlsx")
    parsed = opened(book(f"<sheetData>{many}{odd}</sheetData>"), "x.xlsx")
    assert rows(texts(parsed))[:50] == rows(texts(plain)) == [f"Person {n} & Co\t{n + 0.5}" for n in range(50)]
    if odd == "TEXT":
        assert "TEXT" in texts(parsed)


def test_strings_that_no_cell_shows_come_out() -> None:
    strings = "<sst><si><t>SHOWN</t></si><si><t>UNSHOWN</t></si></sst>"
    extraction = opened(
        book('<sheetData><row><c r="A1" t="s"><v>0</v></c></row></sheetData>', sharedStrings=strings), "x.xlsx"
    )
    assert texts(extraction, Where.BODY).strip() == "SHOWN"
    assert texts(extraction, Where.HIDDEN) == "UNSHOWN"


def test_a_pivot_cache_keeps_numbers_too() -> None:
    cache = '<pivotCacheRecords><r><s v="NHS number"/><n v="9434765919"/><x v="3"/></r></pivotCacheRecords>'
    extraction = opened(book("<sheetData/>", **{"pivotCache/pivotCacheRecords1": cache}), "x.xlsx")
    assert rows(texts(extraction, Where.HIDDEN)) == ["NHS number\t9434765919"]


def test_two_cells_at_the_ends_of_the_sheet_cost_nothing() -> None:
    data = book(
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
        '<c r="XFD1048576" t="str"><v>943 476 5919</v></c></row></sheetData>'
    )
    assert "943 476 5919" in texts(opened(data, "x.xlsx"), Where.BODY)


def record(number: int, body: bytes = b"") -> bytes:
    """Return one record ([MS-XLSB] 2.1.4)."""
    numbered = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    size, sized = len(body), b""
    while size > 127:
        sized, size = sized + bytes([size & 0x7F | 0x80]), size >> 7
    return numbered + sized + bytes([size]) + body


def wide(text: str) -> bytes:
    """Return a string with its count."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(column: int, value: bytes, style: int = 0) -> bytes:
    """Return the body of a cell."""
    return struct.pack("<II", column, style) + value


def binary_workbook() -> dict[str, bytes | str]:
    """Return the parts of a binary workbook."""
    row = record(0, struct.pack("<IIHBB", 0, 0, 300, 0, 0))
    hidden_row = record(0, struct.pack("<IIHBB", 1, 0, 300, 0, 0x10))
    styles = record(44, struct.pack("<H", 164) + wide("00-00-00")) + record(617)
    styles += record(47, bytes(4)) + record(47, struct.pack("<HH", 0, 164)) + record(618)
    formula = struct.pack("<HI", 0, 10) + b"\x17" + struct.pack("<H", 6) + "SECRET".encode("utf-16-le")
    sheet = (
        row
        + record(7, cell(0, struct.pack("<I", 0)))
        + record(5, cell(1, struct.pack("<d", 9434765919.0)))
        + record(2, cell(2, struct.pack("<I", 10203 << 2 | 2), 1))
        + record(8, cell(3, wide("RESULT") + formula))
        + record(4, cell(4, b"\1"))
        + record(2, cell(5, struct.pack("<I", 325 << 2 | 3)))
        + hidden_row
        + record(6, cell(0, wide("HIDDENROW")))
        + record(479, struct.pack("<H", 0) + wide("&CPROTECT") + wide("&CFOOTTEXT") + 4 * b"\xff\xff\xff\xff")
        + record(494, struct.pack("<IIII", 0, 0, 0, 0) + wide("rId1") + wide("PLACE") + wide("TIPTEXT") + wide(""))
    )
    types = (
        '<Types><Override PartName="/xl/workbook.bin" '
        'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
    )
    links = '<Relationships><Relationship Id="rId2" Target="worksheets/sheet2.bin"/></Relationships>'
    return {
        "[Content_Types].xml": types,
        "xl/_rels/workbook.bin.rels": XML + links,
        "xl/workbook.bin": record(153, bytes(8))
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("People"))
        + record(156, struct.pack("<II", 2, 2) + wide("rId2") + wide("Away"))
        + record(39, bytes(9) + wide("NAMED")),
        "xl/sharedStrings.bin": record(159, bytes(8)) + record(19, b"\0" + wide("NHS number")),
        "xl/styles.bin": styles,
        "xl/worksheets/sheet1.bin": sheet,
        "xl/worksheets/sheet2.bin": row + record(6, cell(0, wide("AWAYTEXT"))),
        "xl/comments1.bin": record(632, wide("AUTHORNAME")) + record(637, b"\0" + wide("Bemerkung für 943 476 5919")),
    }


def test_a_binary_workbook() -> None:
    extraction = opened(archive(binary_workbook()), "x.xlsb")
    assert rows(texts(extraction, Where.BODY)) == ["NHS number\t9434765919\t01-02-03\tRESULT\tTRUE\t3.25"]
    assert texts(extraction, Where.PROPERTY).split() == ["People", "Away"]
    assert texts(extraction, Where.HEADER).strip() == "PROTECT"
    assert texts(extraction, Where.FOOTER).strip() == "FOOTTEXT"
    hidden, said = texts(extraction, Where.HIDDEN), texts(extraction, Where.FORMULA)
    assert [word for word in ("HIDDENROW", "AWAYTEXT") if word not in hidden] == []
    assert [word for word in ("SECRET", "NAMED", "PLACE", "TIPTEXT") if word not in said] == []
    assert texts(extraction, Where.COMMENT).split("\n") == ["AUTHORNAME", "Bemerkung für 943 476 5919"]
    assert extraction.gaps == ()


def test_a_damaged_binary_workbook_is_a_gap_and_its_strings_are_kept() -> None:
    parts = binary_workbook()
    sheet = parts["xl/worksheets/sheet1.bin"]
    assert isinstance(sheet, bytes)
    extraction = opened(archive({**parts, "xl/worksheets/sheet1.bin": sheet[:-3]}), "x.xlsb")
    assert kinds(extraction) == {GapKind.CORRUPT}
    assert "HIDDENROW" in texts(extraction)


def test_a_large_sheet_is_read_in_stretches_and_loses_no_row() -> None:
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1} {0}</t></is></c><c r="B{0}"><v>{0}</v></c></row>'
    sheet = "".join(row.format(number, "words " * 30) for number in range(1, 20_001))
    assert len(sheet) > AT_A_TIME
    said = rows(texts(opened(book(f"<sheetData>{sheet}</sheetData>"), "x.xlsx"), Where.BODY))
    assert [line.rpartition("\t")[2] for line in said] == [str(number) for number in range(1, 20_001)]
