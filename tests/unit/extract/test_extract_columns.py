"""A value stands under the header of its column, whatever cells are empty or missing before it, in every format."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import docx
import openpyxl
import pptx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from gateway.classify.context import column_header
from gateway.extract.formats.columns import WIDEST, column_number
from gateway.extract.formats.html.plain import plain_page
from gateway.model.inspection import Where
from gateway.testing.canaries.opendocument_parts import SPACES
from tests.unit.extract.legacy import book as old_book
from tests.unit.extract.legacy import chars, label
from tests.unit.extract.legacy import record as old_record
from tests.unit.extract.reading import XML, archive, opened, texts, word
from tests.unit.extract.test_extract_spreadsheets import binary_workbook, book, cell, record, rows, wide

Rows = Sequence[Sequence[str]]
HEADERS = ("Name", "Blank", "Sort code", "Born", "Nothing", "Phone")
ROWS: Rows = (
    ("Alan", "", "sc1", "", "", "ph1"),  # in the middle
    ("", "", "", "born2", "", "ph2"),  # at the start
    ("", "", "sc3", "", "", ""),  # at both ends
    ("", "", "", "", "", ""),  # all of them
    ("Eve", "", "sc5", "born5", "", "ph5"),  # whole columns: the second and the fifth
)
TABLE: Rows = (HEADERS, *ROWS)


def openpyxl_xlsx(table: Rows) -> bytes:
    made, target = openpyxl.Workbook(), io.BytesIO()
    for number, row in enumerate(table, 1):
        for column, value in enumerate(row, 1):
            if value:
                made.active.cell(number, column, value)
    made.save(target)
    return target.getvalue()


def parsed_xlsx(table: Rows) -> bytes:
    """Return a workbook with a comment in its sheet, so that the parser reads it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(openpyxl_xlsx(table))) as made, zipfile.ZipFile(target, "w") as package:
        for name in made.namelist():
            package.writestr(name, made.read(name).replace(b"</sheetData>", b"<!-- odd --></sheetData>"))
    return target.getvalue()


def xlsb(table: Rows) -> bytes:
    sheet = b""
    for number, row in enumerate(table):
        sheet += record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0))
        sheet += b"".join(record(6, cell(column, wide(value))) for column, value in enumerate(row) if value)
    return archive({**binary_workbook(), "xl/worksheets/sheet1.bin": sheet})


def xls(table: Rows) -> bytes:
    cells = [(number, column, value) for number, row in enumerate(table) for column, value in enumerate(row) if value]
    return old_book(b"".join(label(*each) for each in cells))


def shared_xls(table: Rows) -> bytes:
    """Return a workbook whose cells are of the kind that is read at once."""
    cells = [(number, column, value) for number, row in enumerate(table) for column, value in enumerate(row) if value]
    strings = struct.pack("<LL", len(cells), len(cells)) + b"".join(chars(value) for *_, value in cells)
    sheet = b"".join(
        old_record(0xFD, struct.pack("<HHHL", number, column, 0, at)) for at, (number, column, _) in enumerate(cells)
    )
    return old_book(sheet, shared=old_record(0xFC, strings))


def open_document(kind: str, table: Rows, odd: str = "", cell: str = "table-cell") -> bytes:
    """Return an OpenDocument file; in one with something odd the parser reads the rows."""
    lines = ""
    for row in table:
        lines += "<table:table-row>"
        for value, alike in groupby(row):
            times = len(list(alike))
            if kind == "spreadsheet" and not value and times > 1:
                lines += f'<table:{cell} table:number-columns-repeated="{times}"/>'
            else:
                lines += f"<table:table-cell><text:p>{value}</text:p></table:table-cell>" * times
        lines += f"{odd}</table:table-row>"
    content = (
        f"{XML}<office:document-content {SPACES}><office:body><office:{kind}><table:table>{lines}</table:table>"
        f"</office:{kind}></office:body></office:document-content>"
    )
    return archive({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content})


def word_document(table: Rows, *, hidden: bool = False) -> bytes:
    """Return a Word document; one with hidden text is read by the parser."""
    made, target = docx.Document(), io.BytesIO()
    grid = made.add_table(len(table), len(table[0]))
    for number, row in enumerate(table):
        for column, value in enumerate(row):
            grid.cell(number, column).text = value
    made.add_paragraph().add_run("after").font.hidden = hidden
    made.save(target)
    return target.getvalue()


def slides(table: Rows) -> bytes:
    made, target = pptx.Presentation(), io.BytesIO()
    slide = made.slides.add_slide(made.slide_layouts[6])
    grid = slide.shapes.add_table(len(table), len(table[0]), 0, 0, 9_000, 9_000).table
    for number, row in enumerate(table):
        for column, value in enumerate(row):
            grid.cell(number, column).text = value
    made.save(target)
    return target.getvalue()


def page(table: Rows, cell: str = "<td>{}</td>", row: str = "<tr>{}</tr>", after: str = "") -> bytes:
    lines = "".join(row.format("".join(map(cell.format, each))) for each in table)
    return f"<html><body><p>before</p><table>{lines}</table>{after}</body></html>".encode()


def spanned_page(table: Rows, after: str = "") -> bytes:
    """Return a page in which empty cells that follow one another are one."""
    lines = ""
    for row in table:
        lines += "<tr>"
        for value, alike in groupby(row):
            lines += f'<td colspan="{len(list(alike))}">{value}</td>'
        lines += "</tr>"
    return f"<html><body><table>{lines}</table>{after}</body></html>".encode()


def rtf(table: Rows) -> bytes:
    edges = "".join(rf"\cellx{1000 * number}" for number in range(1, len(table[0]) + 1))
    lines = ""
    for row in table:
        cells = "".join(rf"{value}\cell " for value in row)
        lines += rf"\trowd{edges}\pard\intbl {cells}\row "
    return rf"{{\rtf1\ansi {lines}\pard after\par}}".encode()


def xml_2003(table: Rows) -> bytes:
    lines = "".join(
        "<Row>"
        + "".join(f'<Cell ss:Index="{n}"><Data>{value}</Data></Cell>' for n, value in enumerate(row, 1) if value)
        + "</Row>"
        for row in table
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return f'{XML}<Workbook xmlns="{space}" xmlns:ss="{space}"><Table>{lines}</Table></Workbook>'.encode()


HIDES = "<span hidden>x</span>"
FORMATS: Mapping[str, Callable[[Rows], bytes]] = {
    "xlsx": openpyxl_xlsx,
    "xlsx by the parser": parsed_xlsx,
    "xlsb": xlsb,
    "xls": xls,
    "xls with shared strings": shared_xls,
    "ods": lambda table: open_document("spreadsheet", table),
    "ods by the parser": lambda table: open_document("spreadsheet", table, "<table:table-cell odd='1'/>"),
    "ods with covered cells": lambda table: open_document("spreadsheet", table, cell="covered-table-cell"),
    "odt": lambda table: open_document("text", table),
    "docx": word_document,
    "docx by the parser": lambda table: word_document(table, hidden=True),
    "pptx": slides,
    "html": page,
    "html with a cell on each line": lambda table: page(table, "\n  <td>{}</td>", "\n <tr>{}\n </tr>"),
    "html with paragraphs in cells": lambda table: page(table, "<td><p>{}</p></td>"),
    "html with blanks in cells": lambda table: page(table, "<TD>\r\n\t{} </TD>"),
    "html by the parser": lambda table: page(table, "\n  <td>\n<div>{}</div></td>", "\n <tr>{}\n </tr>", HIDES),
    "html with wide cells": spanned_page,
    "html with wide cells by the parser": lambda table: spanned_page(table, HIDES),
    "rtf": rtf,
    "csv": lambda table: "".join(f"{','.join(row)}\r\n" for row in table).encode(),
    "xml of 2003": xml_2003,
}


def headers_of(data: bytes, values: Sequence[str]) -> list[str]:
    """Return the header under which each value stands."""
    text = texts(opened(data, "file"), Where.BODY)
    return [column_header(text, text.index(value)) for value in values]


@pytest.mark.parametrize("made", FORMATS.values(), ids=FORMATS.keys())
def test_a_value_stands_under_the_header_of_its_column(made: Callable[[Rows], bytes]) -> None:
    known = [(value, header) for row in ROWS for header, value in zip(HEADERS, row, strict=True) if value]
    assert headers_of(made(TABLE), [value for value, _ in known]) == [header for _, header in known]


def test_a_page_is_read_off_its_source_where_its_cells_are_wide_or_on_lines_of_their_own() -> None:
    assert plain_page(spanned_page(TABLE)) is not None
    assert plain_page(page(TABLE, "\n  <td>{}</td>", "\n <tr>{}\n </tr>")) is not None


@given(table=st.lists(st.lists(st.sampled_from(["", "", "x", "y z"]), min_size=4, max_size=4), min_size=1, max_size=5))
@example(table=[["", "", "x", ""], ["", "", "", "x"]])  # the next row begins one column after the end of this
def test_pattern_and_parser_keep_the_same_places(table: list[list[str]]) -> None:
    expected = [line for row in table if (line := "\t".join(row).rstrip("\t"))]
    sheet = ""
    for number, row in enumerate(table, 1):
        cells = (f'<c r="{"ABCD"[n]}{number}" t="str"><v>{value}</v></c>' for n, value in enumerate(row) if value)
        sheet += f'<row r="{number}">{"".join(cells)}</row>'
    for odd in ("", "<!-- odd -->"):
        assert rows(texts(opened(book(f"<sheetData>{sheet}{odd}</sheetData>"), "x.xlsx"), Where.BODY)) == expected
    for data in (page(table), page(table, after=HIDES)):
        said = texts(opened(data, "x.html"), Where.BODY).partition("before")[2]
        assert [line for line in said.split("\n") if line] == expected


@pytest.mark.parametrize("odd", ["", "<!-- odd -->"], ids=["by the pattern", "by the parser"])
def test_styled_empty_cells_at_the_end_of_a_row_are_dropped(odd: str) -> None:
    empty = '<c r="B1" s="1"/><c r="C1" s="1"/>'
    sheet = f'<row r="1"><c r="A1"><v>7</v></c>{empty}</row><row r="2"><c r="A2" s="1"/>{empty}</row>'
    data = book(f'<sheetData>{sheet}<row r="3">{empty}<c r="D3"><v>8</v></c></row>{odd}</sheetData>')
    assert texts(opened(data, "x.xlsx"), Where.BODY).rstrip("\n") == "7\n\t\t\t8"


@pytest.mark.parametrize("odd", ["", "<!-- odd -->"], ids=["by the pattern", "by the parser"])
def test_cells_out_of_order_and_beyond_the_last_column_come_out(odd: str) -> None:
    cells = "".join(f'<c r="{place}"><v>{n}</v></c>' for n, place in enumerate(("C1", "A1", "A1", "ZZZ1", "B1"), 1))
    data = book(f"<sheetData><row>{cells}</row>{odd}</sheetData>")
    assert texts(opened(data, "x.xlsx"), Where.BODY).split() == ["1", "2", "3", "4", "5"]


LAST = "XFD"
FAR: Mapping[str, bytes] = {
    "xlsx": book(f'<sheetData><row r="1"><c r="{LAST}1" t="str"><v>end</v></c></row></sheetData>'),
    "xlsx by the parser": book(f'<sheetData><row><c r="{LAST}1" t="str"><v>end</v></c></row><!-- x --></sheetData>'),
    "xls": old_book(label(0, 255, "end")),
    "ods": open_document("spreadsheet", [["", *[""] * 16_000, "end"]]),
    "ods by the parser": open_document("spreadsheet", [[*[""] * 16_000, "end"]], "<table:table-cell odd='1'/>"),
    "html": f"<table><tr><td colspan=9999></td><td>end</td><td>{'x' * 9}</td></tr></table>".encode(),
    "xml of 2003": xml_2003([[*[""] * 16_000, "end"]]),
    "xlsb": archive(
        {
            **binary_workbook(),
            "xl/worksheets/sheet1.bin": record(0, bytes(12)) + record(6, cell(0xFFFFFF, wide("end"))),
        }
    ),
}


@pytest.mark.parametrize("data", FAR.values(), ids=FAR.keys())
def test_a_cell_at_the_end_of_a_sheet_is_no_memory_bomb(data: bytes) -> None:
    text = texts(opened(data, "file"), Where.BODY)
    assert "\tend" in text
    assert text.count("\t") <= WIDEST + 1


def test_hidden_columns_keep_their_place_in_both_readings() -> None:
    columns = '<cols><col min="2" max="2" hidden="1"/></cols>'
    cells = (("A1", "Name"), ("B1", "Secret"), ("C1", "Born"), ("A2", "Al"), ("C2", "b2"), ("B3", "s3"), ("C3", "b3"))
    made = dict.fromkeys("123", "")
    for place, value in cells:
        made[place[1]] += f'<c r="{place}" t="str"><v>{value}</v></c>'
    sheet = "".join(f"<row>{row}</row>" for row in made.values())
    extraction = opened(book(f"{columns}<sheetData>{sheet}</sheetData>"), "x.xlsx")
    assert rows(texts(extraction, Where.BODY)) == ["Name\t\tBorn", "Al\t\tb2", "\t\tb3"]
    assert rows(texts(extraction, Where.HIDDEN)) == ["Name\tSecret\tBorn", "\ts3\tb3"]


def test_hidden_columns_of_an_old_workbook_keep_their_place() -> None:
    hidden = old_record(0x7D, struct.pack("<HHHHHH", 1, 2, 0, 0, 1, 0))
    cells = label(0, 0, "Name") + label(0, 2, "Secret") + label(0, 3, "Born") + label(1, 2, "s1") + label(1, 3, "b1")
    extraction = opened(old_book(hidden + cells), "x.xls")
    assert rows(texts(extraction, Where.BODY)) == ["Name\t\t\tBorn", "\t\t\tb1"]
    assert [line for line in rows(texts(extraction, Where.HIDDEN)) if "\t" in line] == ["\t\tSecret", "\t\ts1"]


def test_merged_cells_keep_their_place() -> None:
    made, target = docx.Document(), io.BytesIO()
    grid = made.add_table(3, 4)
    for number, row in enumerate((("Staff", "", "", ""), ("Name", "Ward", "Role", "Born"), ("Al", "w", "", "b1"))):
        for column, value in enumerate(row):
            grid.cell(number, column).text = value
    grid.cell(0, 0).merge(grid.cell(0, 3))
    grid.cell(2, 1).merge(grid.cell(2, 2))
    made.save(target)
    lines = rows(texts(opened(target.getvalue(), "x.docx"), Where.BODY))
    assert lines == ["Staff", "Name\tWard\tRole\tBorn", "Al\tw\t\tb1"]
    html = (
        "<table><tr><th colspan=4>Staff</th></tr><tr><td>Name<td>Ward<td>Role<td>Born</tr>"
        "<tr><td>Al<td colspan='2'>w<td>b1</tr></table>"
    )
    assert rows(texts(opened(html.encode(), "x.html"), Where.BODY)) == lines


def test_a_table_within_a_cell_has_rows_of_its_own() -> None:
    inner = "<table><tr><td></td><td>one</td></tr><tr><td>two</td></tr></table>"
    for after in ("", HIDES):
        said = texts(opened(page([["", inner, "three"]], after=after), "x.html"), Where.BODY).split()
        assert said[:4] == ["before", "one", "two", "three"]
    table = "<w:tbl><w:tr>{}</w:tr></w:tbl>"
    empty, full = "<w:tc><w:p/></w:tc>", "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    nested = f"<w:tc>{table.format(empty + full.format('one'))}<w:p/></w:tc>"
    body = table.format(full.format("zero")) + table.format(empty + nested + full.format("three"))
    for data in (word(body), word(body + "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r></w:p>")):
        assert rows(texts(opened(data, "x.docx"), Where.BODY))[0] == "zero"


def test_a_cell_outside_a_table_does_not_join_what_stands_around_it() -> None:
    data = b"<body><template>943 476 5919<td> two <td>\n three</td></template>"
    assert texts(opened(data, "x.html"), Where.HIDDEN).split()[:5] == ["943", "476", "5919", "two", "three"]


@pytest.mark.parametrize(
    ("reference", "number"), [("A1", 1), ("Z9", 26), ("AA1", 27), ("xfd1", 16_384), ("7", 0), ("", 0)]
)
def test_a_column_is_numbered_by_its_letters(reference: str, number: int) -> None:
    assert column_number(reference) == number
    assert not number or reference.upper().startswith(get_column_letter(number))
