"""Numbers of police, courts and prisons: what counts, what does not, and the Ministry of Justice's own examples."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.detectors.cro_number import parse_cro
from gateway.classify.detectors.pnc_id import parse_pnc
from gateway.classify.police import full_year
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import CORPORA, best, findings

LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
COUNTED = [
    ("PNC_ID", "PNC: 2002/0073319Z"),
    ("PNC_ID", "PNC ID 02/73319Z"),
    ("PNC_ID", "PNC number 0273319Z"),  # no stroke
    ("PNC_ID", "PNC/02/73319Z"),
    ("PNC_ID", "PNCID: 02/73319A"),  # fails its check letter: it is typed by hand
    ("PNC_ID", "name,pnc_id\nA,20020073319Z"),
    ("PNC_ID", "2002/0073319Z was arrested"),
    ("PNC_ID", "taken into custody, 02/73319Z"),
    ("PNC_ID", "Police National Computer: 1979/0163001b"),
    ("CRO_NUMBER", "CRO: 65656/91H"),
    ("CRO_NUMBER", "CRO No. 065656/91H"),
    ("CRO_NUMBER", "CRO SF05/482703J"),
    ("CRO_NUMBER", "SF05/482703J"),  # nothing else looks like this
    ("CRO_NUMBER", "CRO number: 65656/91A"),  # fails
    ("CRO_NUMBER", "surname\tCRO\nA\t65656/91H"),
    ("CRO_NUMBER", "the defendant, fingerprints under 65656/91H"),
    ("PRISON_NUMBER", "NOMS: A1234BC"),
    ("PRISON_NUMBER", "Prison number: A1234BC"),
    ("PRISON_NUMBER", "NOMS No. (if known): A1234BC"),
    ("PRISON_NUMBER", "HMP number A1234BC"),
    ("PRISON_NUMBER", "prisoner A1234BC was moved"),
    ("PRISON_NUMBER", "NOMIS ID a1234bc"),
    ("PRISON_NUMBER", "Name,NOMS No,Wing\nA,A1234BC,B"),
    ("ARREST_SUMMONS", "ASN: 12/3456/01/123456A"),
    ("ARREST_SUMMONS", "Arrest/Summons Number 1234560100000123456A"),
    ("CASE_URN", "URN 55AB1234523"),
    ("CASE_URN", "PTI URN: 55 AB 12345 23"),
    ("PROBATION_NUMBER", "CRN: X123456"),
    ("PROBATION_NUMBER", "Delius case number D001022"),
    ("COURT_CASE", "Case number: T20237123"),
    ("COURT_CASE", "Crown Court at Leeds, T20237123"),
    ("COURT_CASE", "Case No. ZW21C00123"),
    ("COURT_CASE", "Family Court hearing ZW21C00123"),
    ("COURT_CASE", "Claim no: E12YX345"),
    ("COURT_CASE", "claim number 1AB23456"),
    ("COURT_CASE", "Employment Tribunal case number 2301234/2020"),
    ("COURT_CASE", "case_no,party\nZW21C00123,A"),
]
NOT_COUNTED = [
    ("PNC_ID", "flat 24/7A is free"),
    ("PNC_ID", "the ratio 12/3456B in the table"),
    ("PNC_ID", "PNC: pending"),
    ("PNC_ID", "2002/0073319A"),  # fails and has no label
    ("PNC_ID", "planning application 23/01234A"),
    ("PNC_ID", "see a/2002/0073319Z"),
    ("PNC_ID", "PNC check 1842/0073319Z"),  # no such year
    ("CRO_NUMBER", "65656/91A"),
    ("CRO_NUMBER", "standard BS 7671/18A applies"),
    ("CRO_NUMBER", "macro 12/34A"),
    ("CRO_NUMBER", "cross 1/18"),
    ("PRISON_NUMBER", "product A1234BC in stock"),
    ("PRISON_NUMBER", "the prison numbers 1200 people"),
    ("PRISON_NUMBER", "NOMS A1234BCD"),
    ("PRISON_NUMBER", "NOMS policy. Order part A1234BC"),
    ("ARREST_SUMMONS", "basn 12/3456/01/123456A"),
    ("CASE_URN", "burn 55AB1234523"),
    ("CASE_URN", "parcel 55AB1234523"),
    ("PROBATION_NUMBER", "on probation until X123456"),
    ("PROBATION_NUMBER", "CRN: 12345678"),  # a company's registration number
    ("COURT_CASE", "[2023] EWCA Civ 123"),  # published
    ("COURT_CASE", "R v Smith [2019] UKSC 12, [2020] EWHC 1234 (Admin)"),
    ("COURT_CASE", "part T20237123 in blue"),
    ("COURT_CASE", "reference ZW21C00123"),
    ("COURT_CASE", "serial E12YX345"),
    ("COURT_CASE", "in any case numbers 2301234/2020 matter"),
]


@pytest.mark.parametrize(("entity", "text"), COUNTED)
def test_counted(entity: str, text: str) -> None:
    assert best(text, entity) >= COUNTS_FROM


@pytest.mark.parametrize(("entity", "text"), NOT_COUNTED)
def test_not_counted(entity: str, text: str) -> None:
    assert best(text, entity) < COUNTS_FROM


def test_the_published_examples_of_police_numbers() -> None:
    path = CORPORA / "moj_pnc_cro_vectors" / "pnc_cro.tsv"
    if not path.exists():
        pytest.skip("needs the corpus moj_pnc_cro_vectors")
    with path.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            parsed = (parse_pnc if row["scheme"] == "PNC" else parse_cro)(row["value"])
            assert (parsed[0] if parsed and parsed[1] else "") == row["canonical"], row


@given(st.integers(1950, 2049), st.integers(1, 9_999_999), st.integers(1, 22), st.booleans())
def test_a_labelled_pnc_id_is_sure_and_with_another_letter_it_still_counts(
    year: int,
    serial: int,
    shift: int,
    short: bool,  # noqa: FBT001 - drawn
) -> None:
    place = int(f"{year % 100:02}{serial:07}") % 23
    written = f"{year % 100:02}/{serial}" if short else f"{year}/{serial:07}"
    assert best(f"PNC ID: {written}{LETTERS[place]}", "PNC_ID") == 0.95
    assert best(f"PNC ID: {written}{LETTERS[(place + shift) % 23]}", "PNC_ID") == 0.6
    parsed = parse_pnc(written + LETTERS[place])
    assert parsed == (f"{year}/{serial:07}{LETTERS[place]}", True)
    assert full_year(f"{year % 100:02}") == str(year)


def test_one_value_however_it_is_written() -> None:
    forms = ("02/73319Z", "2002/0073319Z", "0273319z", "20020073319Z")
    assert {parse_pnc(form) for form in forms} == {("2002/0073319Z", True)}


@given(st.text(max_size=20))
def test_anything_at_all_is_a_number_or_none(text: str) -> None:
    for parse in (parse_pnc, parse_cro):
        parsed = parse(text)
        assert parsed is None or parsed[0][-1].isalpha()


def test_hostile_many_labels_and_no_numbers_take_no_time() -> None:
    text = "PNC, CRN, URN, NOMS, case no, ASN;\n" * 20_000  # a header on every line
    assert not findings(text, "PNC_ID")
