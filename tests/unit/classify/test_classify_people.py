"""How many people a transfer is about, at least."""

from __future__ import annotations

import pytest

from tests.unit.classify.classifying import classify


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("nothing", None),
        ("12 High Street, London SW1A 1AA", None),
        ("NHS number 943 476 5919, again NHS number 9434765919", 1),
        ("NINO: AB123456C; NINO: ab 12 34 56; NINO: CE123456D", 2),
        ("NHS number 9434765919, born 1/2/1980\nborn 1/2/1981", 2),
    ],
)
def test_people_are_counted_by_what_one_person_has_one_of(text: str, number: int | None) -> None:
    assert classify(text).people == number
