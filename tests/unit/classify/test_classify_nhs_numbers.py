"""NHS, CHI and H&C numbers: ten digits that mean a patient, among all the ten digits that do not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nhs_number import constants, validate
from stdnum import isbn
from stdnum.gb import nhs as stdnum_nhs

from gateway.classify.checks import has_nhs_check_digit
from gateway.classify.detectors.nhs_number import is_issued
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import best, classify

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.inspection import Finding

TEN: Final = ("NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER")
SURE, MISTYPED = 0.95, 0.6
LABELLED = [
    ("NHS_NUMBER", SURE, "NHS number: 943 476 5919"),
    ("NHS_NUMBER", SURE, "NHS No. 943-476-5919"),
    ("NHS_NUMBER", SURE, "NHS Number\n9434765919"),  # on the line above
    ("NHS_NUMBER", SURE, "NHS number is given as 943.476.5919"),
    ("NHS_NUMBER", SURE, "name,nhs_number,town\nA,9434765919,B\n"),
    ("NHS_NUMBER", SURE, 'name,"NHS, number",town\n"A, B",9434765919,B\n'),
    ("NHS_NUMBER", SURE, "Name\tNHS No\tTown\nA\t943 476 5919\tB"),
    ("NHS_NUMBER", SURE, "| Name | NHS number |\n| --- | --- |\n| A | 9434765919 |"),
    ("NHS_NUMBER", SURE, '{"nhsNumber": "9434765919"}'),
    ("NHS_NUMBER", SURE, "nhsNumber: 9434765919"),
    ("NHS_NUMBER", SURE, '"system": "https://fhir.nhs.uk/Id/nhs-number",\n  "value": "9000000009"'),
    ("NHS_NUMBER", SURE, "system: https://fhir.nhs.uk/Id/nhs-number\nvalue: 9000000009"),
    ("NHS_NUMBER", SURE, "<NHSNumber>9434765919</NHSNumber>"),
    ("NHS_NUMBER", SURE, "patient_nhs_number=9434765919"),
    ("NHS_NUMBER", SURE, "NHS\u00a0number:\u00a0943\u200b\u2011476\u20115919"),
    ("NHS_NUMBER", SURE, "NHS number \uff19\uff14\uff13 \uff14\uff17\uff16 \uff15\uff19\uff11\uff19"),
    ("NHS_NUMBER", SURE, "NHS number (10 digits): 943 476 5919"),
    ("NHS_NUMBER", SURE, "NHS number of the patient: 943 476 5919"),
    ("NHS_NUMBER", SURE, "NHS no. (if known) 943 476 5919"),
    ("NHS_NUMBER", SURE, "Rhif GIG: 943 476 5919"),  # Welsh
    ("NHS_NUMBER", SURE, '<id root="2.16.840.1.113883.2.1.4.1" extension="9434765919"/>'),
    ("NHS_NUMBER", SURE, "PID|1||9434765919^^^NHS^NH||DOE^JANE"),
    ("NHS_NUMBER", SURE, "NHS/CHI number: 943 476 5919"),  # in England's range
    ("CHI_NUMBER", SURE, "NHS/CHI number: 060 723 0002"),
    ("HC_NUMBER", SURE, "HSC Number: 320 000 0015"),
    ("NHS_NUMBER", MISTYPED, "NHS number of the patient: 943 476 5918"),
    ("NHS_NUMBER", SURE, "NHS number 0607230002"),  # in Scotland's range, but called an NHS number
    ("NHS_NUMBER", MISTYPED, "NHS Number: 678 901 2345"),  # fails the check digit: letters do
    ("NHS_NUMBER", MISTYPED, "NHS Number: 123 456 7890"),  # so do numbers that somebody made up
    ("NHS_NUMBER", MISTYPED, "name,nhs_number\nA,9434765918\n"),
    ("CHI_NUMBER", SURE, "CHI: 0607230002"),
    ("CHI_NUMBER", SURE, "CHI No 060 723 0002"),
    ("CHI_NUMBER", SURE, "Community Health Index number 0607230002"),
    ("CHI_NUMBER", SURE, "Name\tCHI Number\nA\t0607230002"),
    ("CHI_NUMBER", MISTYPED, "CHI number: 0101010010"),
    ("HC_NUMBER", SURE, "H&C number: 320 000 0015"),
    ("HC_NUMBER", SURE, "HCN 3200000015"),
    ("HC_NUMBER", SURE, "Health and Care Number: 3200000015"),
    ("HC_NUMBER", SURE, "name,h&c no\nA,3200000015\n"),
    ("HC_NUMBER", MISTYPED, "H & C No. 3200000014"),
]
COUNTED = [
    "patient J. Smith, 9434765919, seen today",
    "patient ID 9434765919",
    "AB 12 34 56 C is the NINO, 943 476 5919 the other",
    "NHS numbers: 943 476 5919, 401 023 2137 and 987 654 4321",
    "400 000 0632\n401 023 2137\n600 000 0154\n",  # a column without a header
    "A,AB123456C,4010232137\n",  # beside a second identifier
    "A,6175550103,4000000632\nB,6175550104,4010232137\nC,6175550105,6000000154\n",  # a column among others
    "NHS numbers\n6789012345\n4567890123\n",
    "NHS numbers:\n- 678 901 2345\n- 456 789 0123\n",
    "Surname NHS No Ward\nDoe 4010232137 6\nRoe 4000000632 7\n",  # out of a PDF
    "Enter your NHS number\n(it is on any letter that the trust has sent to you before today)\n401 023 2137",
    "Re: NHS Number 678 901 2345.\n\n\nPage 2 of 2, 6789012345",  # the same again, far from its label
]
LOOSE = [  # behind a label only
    (0.85, "NHS No: 943 476\n5919\nWard 6"),  # over the end of a line
    (0.85, "NHS No.\n943\n476 5919"),
    (0.85, "NHS number: 943  476  5919"),
    (0.85, "NHS number: 94 3476 5919"),
    (0.85, "NHS number: 9 4 3 4 7 6 5 9 1 9"),
    (0.85, "NHS number: 943 4T6 S919"),  # as character recognition has it
    (0.85, "NHS number: 943 476 59l9"),
    (0.6, "NHS number: 943 476 591O"),  # fails the check digit, in the usual groups
    (0.6, "NHS number: 943 476\n5918"),
]
NOT_COUNTED = [
    "NHS number: 94 3476 5918",  # neither the groups nor the check digit
    "NHS number: SO BIG IS IT",  # all letters that are taken for digits
    "NHS No: 943 476 591\n12 High Street",
    "Your NHS number has ten digits, for example 485 777 3456",
    "NHS numbers are a format like 485 777 3456; there are others",
    "call 617-555-0102 today",  # passes the check digit
    "patient's work phone 617-555-0102",
    "the hospital, 617-555-0102, is open",
    "patient line: (617) 555 0102",
    "reference 9434765919 of the parcel",
    "NHS number 000 000 0000",
    "NHS number 111 111 1111",
    "the serial is 1234567890, patient",
    "9876543210 for patients",  # passes the check digit, in the range of test patients
    "Lab sample 1766711031 (not an NHS number)",
    "Lab sample 4010232137 (not an NHS number)",  # passes the check digit
    "This is not an NHS number: 401 023 2137",
    "4010232137, which is not a valid NHS number",
    "ISBN 1861007442\nISBN 1861007450\nISBN 1861003013",
    "4003001024 a book\n4003001032 a book\n4003001040 a book\nISBN-10 only",
    "see /a?id=9434765919 and /a?id=4010232137 and /a?id=6022140762",
    "NHS number: 943 476 591",
    "for 6175550103, 4010232137, 6175550104, 6175550105",
    "1601000017 1701000013 logged in the ward",  # seconds since 1970 begin with a day and a month
]


@pytest.mark.parametrize(("entity", "confidence", "text"), LABELLED)
def test_labelled(entity: str, confidence: float, text: str) -> None:
    assert [(each.entity, each.confidence) for each in ten(text)] == [(entity, confidence)]


@pytest.mark.parametrize(("confidence", "text"), LOOSE)
def test_a_label_makes_up_for_odd_groups_and_slips(confidence: float, text: str) -> None:
    assert [(each.entity, each.confidence) for each in ten(text)] == [("NHS_NUMBER", confidence)]
    assert not [each for each in ten(text.replace("NHS", "Lot")) if each.confidence >= COUNTS_FROM]


def test_every_number_of_a_list_with_bullets_is_named() -> None:
    found = ten("NHS numbers of those affected: 943 476 5918, 401 023 2138\n")
    assert [each.confidence for each in found] == [MISTYPED, MISTYPED]
    assert len(ten("NHS numbers:\n- 678 901 2345\n- 456 789 0123\n* 234 567 8901\n")) == 3


@pytest.mark.parametrize("text", COUNTED)
def test_counted(text: str) -> None:
    assert max(each.confidence for each in ten(text)) >= COUNTS_FROM


@pytest.mark.parametrize("text", NOT_COUNTED)
def test_not_counted(text: str) -> None:
    assert not [each for each in ten(text) if each.confidence >= COUNTS_FROM]


def test_a_label_names_every_number_of_its_list_and_nothing_in_the_next_cell() -> None:
    assert len(ten("NHS numbers: 943 476 5919, 401 023 2137 and 987 654 4321")) == 3
    table = "NHS number,order\n9434765919,1000000009\n4010232137,1000000008\n"
    assert [each.start for each in ten(table)] == [17, 39]


def test_what_stands_on_the_line_below_has_no_label() -> None:
    assert len(ten("NHS number: 943 476 5919\n617 555 0103\n")) == 1
    assert len(ten("NHS numbers\n943 476 5919\n617 555 0103\n")) == 2


def test_a_range_and_a_cue_tell_a_number_without_a_label() -> None:
    assert best("CHI 123 of the patient in Scotland, 0607230002", "CHI_NUMBER") >= COUNTS_FROM
    assert best("Northern Ireland patient 3200000015", "HC_NUMBER") >= COUNTS_FROM
    assert best("patient 3200000015", "NHS_NUMBER") >= COUNTS_FROM


@given(st.integers(0, 999_999_999), st.sampled_from(TEN), st.text(st.sampled_from("abc ghi,.\n…é"), max_size=30))
def test_every_labelled_number_is_sure_and_with_a_broken_digit_it_counts(nine: int, entity: str, around: str) -> None:
    check = validate.calculate_checksum(f"{nine:09}") or 0
    assume(check < 10)
    number = f"{nine:09}{check}"
    assume(len(set(number)) > 1)
    label = {"NHS_NUMBER": "NHS number", "CHI_NUMBER": "CHI number", "HC_NUMBER": "H&C number"}[entity]
    assert has_nhs_check_digit(number)
    assert stdnum_nhs.is_valid(number)
    assert best(f"{around} {label}: {number[:3]} {number[3:6]} {number[6:]} {around}", entity) == SURE
    broken = f"{nine:09}{(check + 1) % 10}"
    assert not has_nhs_check_digit(broken)
    assume(len(set(broken)) > 1)
    assert best(f"{around} {label}: {broken} {around}", entity) == MISTYPED


@given(st.integers(10, 9_999_999_999))
def test_the_ranges_are_those_of_an_independent_library(number: int) -> None:
    written = f"{number:010}"
    regions = (constants.REGION_ENGLAND_WALES_IOM, constants.REGION_NORTHERN_IRELAND)
    if int(written[:2]) in range(32):  # Scotland's; the library asks for a day that was, too
        assert is_issued(written) == (1 <= int(written[2:4]) <= 12 and written[:2] != "00")
    else:
        ranges = [each for region in regions for each in region.ranges]
        assert is_issued(written) == any(each.start <= number <= each.end for each in ranges)


def digits(chance: random.Random, length: int) -> str:
    """Return so many random digits."""
    return "".join(chance.choices("0123456789", k=length))


def book(chance: random.Random) -> str:
    """Return an ISBN-10 of the English-speaking world."""
    body = chance.choice("01") + digits(chance, 8)
    return next(body + check for check in "0123456789X" if isbn.is_valid(body + check))


HARD: Final[dict[str, Callable[[random.Random], str]]] = {
    "account": lambda chance: f"account {digits(chance, 10)} of the clinic",
    "american": lambda chance: (
        f"or {chance.choice('23456789')}{digits(chance, 2)}-{digits(chance, 3)}-{digits(chance, 4)}"
    ),
    "barcode": lambda chance: f"EAN {digits(chance, 13)}",
    "book": lambda chance: f"{book(chance)}: an introduction",
    "british": lambda chance: (
        f"Tel 01202 {digits(chance, 6)}, mobile 07700 {digits(chance, 6)} or +44 {digits(chance, 10)}"
    ),
    "doi": lambda chance: f"https://doi.org/10.1000/{digits(chance, 10)}",
    "helpline": lambda chance: f"patient helpline {digits(chance, 3)} {digits(chance, 3)} {digits(chance, 4)}",
    "log": lambda chance: f"2024-03-0{chance.randint(1, 9)}T10:11:12.{digits(chance, 10)} ward",
    "order": lambda chance: f"your order {digits(chance, 10)} has left us",
    "tracking": lambda chance: f"tracking number {digits(chance, 10)}, signed for",
    "unix": lambda chance: f"at {chance.choice(['15', '16', '17'])}{digits(chance, 8)} the patient service restarted",
}


@pytest.mark.parametrize("kind", HARD)
def test_numbers_of_other_kinds_do_not_count_alone_nor_in_lists(kind: str) -> None:
    chance = random.Random(4)  # noqa: S311 - the same ones each time, not secrets
    lines = [HARD[kind](chance) for _ in range(600)]
    for text in ["\n".join(lines), *lines]:
        assert not [text[each.start : each.end] for each in ten(text) if each.confidence >= COUNTS_FROM]


def test_a_long_text_of_numbers_takes_time_in_proportion() -> None:
    """Hostile: every number asks for its label."""
    text = "9434765918 4010232138 " * 20_000
    assert [each for each in ten(text) if each.confidence >= COUNTS_FROM] == []


def ten(text: str) -> list[Finding]:
    """Return the findings of the three, in order of place."""
    return sorted((each for each in classify(text).findings if each.entity in TEN), key=lambda each: each.start)
