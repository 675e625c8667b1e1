"""CSV and its kin: a label and its value on one line, a row on one row."""

from __future__ import annotations

import pytest

from gateway.extract import media
from gateway.model.inspection import Where
from tests.unit.extract.reading import opened, texts

ROWS = [["Name", "NHS number", "Note"], ["Jo", "943 476 5919", "one\ntwo"], ["Al", "401 023 2137", 'a "b"; c, d|e']]
SHOWN = 'Name\tNHS number\tNote\nJo\t943 476 5919\tone two\nAl\t401 023 2137\ta "b"; c, d|e\n'


def table(separator: str) -> str:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    return "".join(f"{separator.join(row)}\r\n" for row in quoted)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_cells_are_separated_by_tabs_and_rows_by_lines(separator: str, encoding: str) -> None:
    extraction = opened(table(separator).encode(encoding), "x.csv")
    assert texts(extraction, Where.BODY) == SHOWN
    assert extraction.parts[0].media_type == (media.TSV if separator == "\t" else media.CSV)
    assert extraction.gaps == ()
    assert extraction.remarks == ()


def test_a_quotation_mark_that_nobody_closed_swallows_no_row() -> None:
    rows = "a,b,c\n" * 12 + 'x,"open,y\n' + "1,943 476 5919,3\n" * 4_000
    assert "\n1,943 476 5919,3\n" in texts(opened(rows.encode(), "x.csv"), Where.BODY)


def test_prose_with_commas_is_prose() -> None:
    text = "Dear all, thank you, and so on.\nWe met.\nBest, Jo\n"
    extraction = opened(text.encode(), "x.txt")
    assert extraction.parts[0].media_type == media.TEXT
    assert texts(extraction, Where.BODY) == text


def test_a_large_table_is_read_whole() -> None:
    rows = "Name,Number,Note\n" + "".join(f"Person {n},{n},x\n" for n in range(20_000)) + "Last,943 476 5919,y\n"
    assert "Last\t943 476 5919\ty\n" in texts(opened(rows.encode(), "x.csv"), Where.BODY)
