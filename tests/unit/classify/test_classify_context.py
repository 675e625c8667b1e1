"""What stands before a value: its label, or the header of its column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.context import Label, column_header

LABEL = Label.of(r"nhs(?:[ _-]?(?:number|no))?|case ref")


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("NHS number: 123", "label"),
        ("NHS NO 123", "label"),
        ("NHS\n123", "label"),
        ("NHS number of the patient: 123", ""),
        ("his NHS number is recorded as 123", "label"),
        ("case ref (file no.) 123", "label"),
        ("BNHS 123", ""),
        ("\u00e9NHS 123", ""),
        ("NHS number unknown, telephone 123", ""),
        ("NHS number 99 123", ""),
        ("patientNhsNumber: 123", "label"),
        ('nhs-number",\n                    "value": "123', "label"),
        ("name,nhs_number\nA,123", "column"),
        ('name,"NHS, number"\n"A, B",123', "column"),
        ("Name\tNHS No\t\n\n\nA\t123\t", "column"),
        ("name;nhs no;town\r\nA;123;B", "column"),
        ("| name | NHS no |\n|---|---|\n| A | 123 |", "column"),
        ("name,nhs_number\nA,B\n\n\n\n\n\n\nC,123", ""),
        ("name,nhs_number\nsome prose without a delimiter\nC,123", ""),
        ("a,b\n123,c", ""),
        ("123", ""),
    ],
)
def test_a_label_or_a_column_is_evidence(text: str, evidence: str) -> None:
    assert LABEL.evidence(text, text.index("123")) == evidence


def test_words_in_capitals_are_refused_for_they_would_never_be_found() -> None:
    with pytest.raises(ValueError, match="small letters"):
        Label.of("NHS")
    assert Label.of(r"nhs\D?").names("NHS")


def test_near_is_on_either_side() -> None:
    text = "x" * 50 + " nhs " + "123" + " " * 20 + "case ref"
    start = text.index("123")
    assert LABEL.is_near(text, start, start + 3, 10)
    assert Label.of("case ref").is_near(text, start, start + 3, 40)
    assert not Label.of("case ref").is_near(text, start, start + 3, 10)


CELLS = st.lists(
    st.text(st.sampled_from("abc 1\u00e9"), max_size=5).map(lambda cell: cell or "x"), min_size=3, max_size=3
)


@given(
    st.sampled_from(",;|\t"),
    st.lists(st.text(st.sampled_from("abcd"), min_size=1, max_size=6), min_size=3, max_size=3),
    st.lists(CELLS, min_size=1, max_size=20),
    st.data(),
)
def test_every_cell_has_the_header_of_its_column(
    delimiter: str, header: list[str], rows: list[list[str]], data: st.DataObject
) -> None:
    lines = [delimiter.join(row) for row in [header, *rows]]
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, 2))
    start = sum(len(line) + 1 for line in lines[: row + 1]) + sum(len(cell) + 1 for cell in rows[row][:column])
    text = "\n".join(lines)
    assert column_header(text, start) == header[column]
    assert column_header(text, data.draw(st.integers(0, len(lines[0])))) == ""


@pytest.mark.parametrize(
    "text",
    [
        "\tStaff list\nName\tNHS number\nA\t123",
        "Staff list\t\n\tof May\nName\tNHS number\nA\t123",
        "Staff list,\nname,nhs_number\nA,123",
    ],
)
def test_a_title_above_a_table_is_not_its_header(text: str) -> None:
    assert LABEL.evidence(text, text.index("123")) == "column"
