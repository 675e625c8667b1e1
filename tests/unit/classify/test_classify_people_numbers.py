"""Numbers of people in work, hospital, school and identity documents."""

from __future__ import annotations

import random
import string
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.gb import upn as stdnum_upn

from gateway.classify.detectors.driving_licence import is_driver_number
from gateway.classify.detectors.nino import has_used_prefix
from gateway.classify.detectors.passport import has_mrz_check
from gateway.classify.detectors.uln import has_check_digit
from gateway.classify.detectors.upn import is_upn
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import best, classify, findings

if TYPE_CHECKING:
    from collections.abc import Callable

ENTITIES: Final = ("NINO", "HOSPITAL_NUMBER", "DRIVING_LICENCE", "PASSPORT", "UPN", "ULN")
LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"  # ICAO 9303-4
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"  # ICAO 9303-6
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"  # 9303-5
COUNTED = [
    ("NINO", "NI number: AB 12 34 56 C", "AB 12 34 56 C"),
    ("NINO", "National Insurance No AB123456", "AB123456"),
    ("NINO", "employee AB123456C started", "AB123456C"),
    ("NINO", "AA 12 34 56 B", "AA 12 34 56 B"),
    ("NINO", "NINO: tn123456a", "tn123456a"),  # temporary
    ("NINO", "NI No. TN010180F", "TN010180F"),  # temporary, with the day of birth and the sex
    ("NINO", "name,ni no\nA,ab 12 34 56 c\n", "ab 12 34 56 c"),
    ("NINO", '"niNumber": "AB123456C"', "AB123456C"),
    ("NINO", "NI Number\nJG-10-37-59-A", "JG-10-37-59-A"),
    ("NINO", "NI number AB123456 m", "AB123456"),  # a word of one letter, not a suffix
    ("NINO", "National Insurance number (if known): AB 12 34 56 C", "AB 12 34 56 C"),
    ("NINO", "NI number / Child Reference number: AB 12 34 56 C", "AB 12 34 56 C"),
    ("NINO", "NI number of the claimant: ab123456", "ab123456"),
    ("NINO", "National Insurance no: AB 12 34\n56 C", "AB 12 34\n56 C"),  # over the end of a line
    ("NINO", "NI No: AB 12 34 5G C", "AB 12 34 5G C"),  # as character recognition has it
    ("NINO", "NI Number: AB l2 34 5O C", "AB l2 34 5O C"),
    ("NINO", "What's your NI number?\n12:01 - Kay: ab123456c", "ab123456c"),  # the answer in a chat
    ("HOSPITAL_NUMBER", "Hospital number(s): 1234567", "1234567"),
    ("HOSPITAL_NUMBER", "PID|1||K123456^^^RXX^MR||DOE^JANE", "K123456"),  # HL7 version 2
    ("HOSPITAL_NUMBER", "MRN: RJ1-1807656. Reviewed", "RJ1-1807656"),
    ("HOSPITAL_NUMBER", "Patient ID: RFH-2024-3456", "RFH-2024-3456"),
    ("HOSPITAL_NUMBER", "Patient ID:\nRFH-2024-3456", "RFH-2024-3456"),
    ("HOSPITAL_NUMBER", "Hospital No: 1234567", "1234567"),
    ("HOSPITAL_NUMBER", "hospital number is K123456 and", "K123456"),
    ("HOSPITAL_NUMBER", "Hosp. no A123456/1", "A123456/1"),
    ("HOSPITAL_NUMBER", "Unit Number 456782", "456782"),
    ("HOSPITAL_NUMBER", "case note no. 00123 4567", "00123 4567"),
    ("HOSPITAL_NUMBER", "local patient identifier G12345", "G12345"),
    ("HOSPITAL_NUMBER", "RiO ID 1045678", "1045678"),
    ("HOSPITAL_NUMBER", "name,hospital number\nA,RXH123456\n", "RXH123456"),
    ("HOSPITAL_NUMBER", "\n\tName\tMRN\n\n\tA\tRXH123456\n", "RXH123456"),  # the rows of a web page
    ("HOSPITAL_NUMBER", '"hospitalNumber": "1234567"', "1234567"),
    ("HOSPITAL_NUMBER", "<MRN>1234567</MRN>", "1234567"),
    ("HOSPITAL_NUMBER", "pat_mrn=1234567", "1234567"),
    ("HOSPITAL_NUMBER", "MRN: RXH 123456", "RXH 123456"),
    ("DRIVING_LICENCE", "MORGA657054SM9IJ", "MORGA657054SM9IJ"),
    ("DRIVING_LICENCE", "driving licence: morga657054sm9ij", "morga657054sm9ij"),
    ("DRIVING_LICENCE", "Driver Number MORGA 657054 SM9IJ", "MORGA 657054 SM9IJ"),
    ("DRIVING_LICENCE", "card MORGA657054SM9IJ01", "MORGA657054SM9IJ01"),  # with its issue number
    ("DRIVING_LICENCE", "FO999512018AA1AB", "FO999512018AA1AB"),  # a surname of two letters
    ("DRIVING_LICENCE", "Driving licence number 12345679", "12345679"),  # Northern Ireland
    ("DRIVING_LICENCE", "name,driver number\nA,12345679\n", "12345679"),
    ("PASSPORT", "passport number is 533380006 and", "533380006"),
    ("PASSPORT", "Passport No. 533 380 006", "533 380 006"),
    ("PASSPORT", "passport: 123456789", "123456789"),  # made up, as in many a form
    ("PASSPORT", "passportNumber: CD7654321", "CD7654321"),
    ("PASSPORT", "name,passport\nA,533380006\n", "533380006"),
    ("PASSPORT", "Passport number (as shown on the photo page): 533380006", "533380006"),
    ("PASSPORT", "passport no of applicant: 533380006", "533380006"),
    ("PASSPORT", "British passport (533380006) was shown", "533380006"),
    ("PASSPORT", "Passport / ID card number: 533380006", "533380006"),
    ("PASSPORT", "Surname DOB Passport No\nDoe 12/03/1980 533380006\n", "533380006"),  # a table out of a PDF
    ("PASSPORT", TD3, "L898902C3"),
    ("PASSPORT", TD2, "D23145890"),
    ("PASSPORT", TD1, "D23145890"),
    ("PASSPORT", "L898902C37UTO7408122F1204159ZE184226B<<<<<10", "L898902C3"),  # one check digit misread
    ("UPN", "UPN: B801200005001", "B801200005001"),
    ("UPN", "B801200005001", "B801200005001"),
    ("UPN", "upn A801200005001", "A801200005001"),  # a wrong check letter
    ("UPN", "name,Unique Pupil Number\nA,b801200005001\n", "b801200005001"),
    ("ULN", "ULN: 0000000042", "0000000042"),
    ("ULN", "ULN (10 digits): 1000000007", "1000000007"),
    ("ULN", "Unique Learner Number 100 000 0007", "100 000 0007"),
    ("ULN", "name,uln\nA,1000000007\n", "1000000007"),
    ("ULN", "learner_uln: 1000000007", "1000000007"),
]
NOT_COUNTED = [
    ("NINO", "Old form quoted ZZ 18 32 60 A"),
    ("NINO", "NI number BG 12 34 56 A"),
    ("NINO", "NI number DA 12 34 56 A"),
    ("NINO", "the temporary TN123456A"),
    ("NINO", "on 12 34 56"),
    ("NINO", "in AB123456 we say"),
    ("NINO", "NI number AB 00 00 00 A"),
    ("NINO", "part no. AB123456C"),
    ("NINO", "S/N AB123456C"),
    ("NINO", "NI number: AB SO BI GS C"),  # all letters that are taken for digits
    ("NINO", "the NI number is not needed; order ab123456c"),
    ("NINO", "drawing 7-AB123456C"),
    ("NINO", "AB123456C is not a National Insurance number"),
    ("HOSPITAL_NUMBER", "hospital number 01305 251150"),  # a telephone
    ("HOSPITAL_NUMBER", "Hospital number: 12/03/1980"),
    ("HOSPITAL_NUMBER", "Patient No. 3 of 1200"),
    ("HOSPITAL_NUMBER", "MRN 24GB1234567890ABC4"),  # customs
    ("HOSPITAL_NUMBER", "patient id 9434765919"),  # an NHS number by another name
    ("HOSPITAL_NUMBER", "MRN 0000000"),
    ("HOSPITAL_NUMBER", "The unit number 4 Trading Estate"),
    ("HOSPITAL_NUMBER", "impatient no 1234567"),
    ("HOSPITAL_NUMBER", "patient numbers rose to 123456"),
    ("HOSPITAL_NUMBER", "hospital, number and 1234567"),
    ("DRIVING_LICENCE", "MORGA613054SM9IJ"),  # no thirteenth month
    ("DRIVING_LICENCE", "MORGA602304SM9IJ"),  # no thirtieth of February
    ("DRIVING_LICENCE", "MOR9A657054SM9IJ"),  # letters behind the filler
    ("DRIVING_LICENCE", "driving licence issued 12032010, expires 11032020"),
    ("DRIVING_LICENCE", "licence number 12345678"),
    ("DRIVING_LICENCE", "the order 12345679"),
    ("PASSPORT", "the number 533380006"),
    ("PASSPORT", "the passport of 1234567"),
    ("PASSPORT", "passport 000000000"),
    ("PASSPORT", "Passport to Success 2024, ticket 533380006"),
    ("PASSPORT", "passport photographs"),
    ("PASSPORT", "L898902C36UTO7408123F1204159ZE184226B<<<<<10"),  # a wrong day of birth
    ("UPN", "A801200005001"),
    ("UPN", "B000000000000"),
    ("UPN", "<B801200005001@mail.example.org>"),
    ("UPN", "B801200005001-22"),
    ("ULN", "0000000042"),
    ("ULN", "vulnerable 1000000007"),
    ("ULN", "ULN 1111111111"),
    ("ULN", "ULN: 100000000"),
]


@pytest.mark.parametrize(("entity", "text", "written"), COUNTED)
def test_counted(entity: str, text: str, written: str) -> None:
    [finding] = findings(text, entity)
    assert finding.confidence >= COUNTS_FROM
    assert text[finding.start : finding.end] == written


@pytest.mark.parametrize(("entity", "text"), NOT_COUNTED)
def test_not_counted(entity: str, text: str) -> None:
    assert best(text, entity) < COUNTS_FROM


def test_a_plural_names_a_list_and_a_singular_one_value() -> None:
    assert len(findings("MRNs: RX123456, RX234567 and RX345678", "HOSPITAL_NUMBER")) == 3
    assert len(findings("Passports: AB1234567 and XY9876543", "PASSPORT")) == 2
    assert len(findings("MRN: RX123456, 2345678 steps", "HOSPITAL_NUMBER")) == 1


def test_columns_do_not_run_into_one_another() -> None:
    head = "name,ULN,passport number,MRN,NI number,UPN,driving licence\n"
    row = "A,1000000007,533380006,A12345,AB123456C,B801200005001,MORGA657054SM9IJ\n"
    found = [each.entity for each in classify(head + row * 3).findings if each.entity in ENTITIES]
    assert {entity: found.count(entity) for entity in ENTITIES} == dict.fromkeys(ENTITIES, 3)


def test_a_header_rules_its_own_table_only() -> None:
    text = "name,MRN\nA,RX123456\n\n\n\nname,invoice\nB,RX234567\n"
    assert [each.start for each in findings(text, "HOSPITAL_NUMBER")] == [text.index("RX123456")]


def test_a_machine_readable_zone_also_tells_the_day_of_birth() -> None:
    for zone in (TD1, TD2, TD3):
        [finding] = findings(zone, "DATE_OF_BIRTH")
        assert zone[finding.start : finding.end] == "740812"


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2), st.integers(1, 999_999), st.sampled_from("ABCD"))
def test_a_nino_is_found_exactly_when_its_prefix_is_issued(prefix: str, number: int, suffix: str) -> None:
    assume(prefix != "TN" and len(set(f"{number:06}")) > 1)
    issued = (
        not set(prefix) & set("DFIQUV")
        and prefix[1] != "O"
        and prefix not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}
    )
    assert has_used_prefix(prefix) == issued
    assert (best(f"NI number {prefix}{number:06}{suffix}", "NINO") >= COUNTS_FROM) == issued


@given(
    st.text(string.ascii_uppercase, min_size=1, max_size=5),
    st.dates(date(1920, 1, 1), date(2009, 12, 31)),
    st.booleans(),
    st.text(string.ascii_uppercase, min_size=1, max_size=2),
    st.text(string.ascii_uppercase, min_size=2, max_size=2),
)
def test_every_driver_number_is_found(name: str, day: date, woman: bool, initials: str, check: str) -> None:  # noqa: FBT001 - drawn
    month = day.month + 50 * woman
    number = f"{name:9<5}{day.year // 10 % 10}{month:02}{day.day:02}{day.year % 10}{initials:9<2}9{check}"
    assert is_driver_number(number)
    assert best(f"hired by {number}, today", "DRIVING_LICENCE") >= COUNTS_FROM
    assert not is_driver_number(number[:6] + "13" + number[8:])


@given(st.integers(201, 999), st.integers(0, 9999), st.integers(0, 99), st.integers(0, 999), st.booleans())
def test_every_upn_is_found_as_an_independent_library_says(
    la: int,
    school: int,
    year: int,
    pupil: int,
    temporary: bool,  # noqa: FBT001 - drawn
) -> None:
    serial = f"{pupil % 100:02}{LETTERS[pupil % 23]}" if temporary else f"{pupil:03}"
    body = f"{la:03}{school:04}{year:02}{serial}"
    number = stdnum_upn.calc_check_digit(body) + body
    assume(len(set(number[1:12])) > 1)
    assert is_upn(number)
    assert best(f"UPN {number}", "UPN") == 0.95
    if la in stdnum_upn._la_numbers:  # the one list of authorities at hand
        assert stdnum_upn.is_valid(number)
        assert best(f"see {number}.", "UPN") >= COUNTS_FROM


@given(st.integers(0, 999_999_999))
def test_a_uln_has_at_most_one_last_digit(nine: int) -> None:
    """The rule in other words: the sum of all ten, the last with weight 1, leaves 10."""
    body = f"{nine:09}"
    total = sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True))
    right = [last for last in range(10) if has_check_digit(f"{body}{last}")]
    assert right == [last for last in range(10) if (total + last) % 11 == 10 and total % 11]


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<", min_size=1, max_size=14))
def test_one_digit_checks_a_field_of_a_machine_readable_zone(field: str) -> None:
    assert sum(has_mrz_check(field, check) for check in string.digits) == 1


def digits(chance: random.Random, length: int) -> str:
    """Return so many random digits."""
    return "".join(chance.choices(string.digits, k=length))


HARD: Final[dict[str, Callable[[random.Random], str]]] = {
    "base32": lambda chance: "".join(chance.choices(string.ascii_uppercase + "234567", k=32)),
    "base64": lambda chance: "".join(chance.choices(string.ascii_letters + string.digits + "+/", k=76)),
    "commit": lambda chance: "commit " + "".join(chance.choices("0123456789abcdef", k=40)),
    "hexadecimal": lambda chance: "".join(chance.choices("0123456789ABCDEF", k=64)),
    "invoice": lambda chance: (
        f"Invoice INV-{digits(chance, 8)} dated 3/4/2023 for {digits(chance, 3)}.{digits(chance, 2)}"
    ),
    "licence": lambda chance: f"software licence {digits(chance, 5)}-{digits(chance, 5)}, expires 3/12/2025",
    "log": lambda chance: f"2023-03-04T10:11:12Z born again: process {digits(chance, 5)}",
    "message": lambda chance: (
        f"<{chance.choice(string.ascii_uppercase)}{digits(chance, 12)}.{digits(chance, 5)}@mail.example.org>"
    ),
    "order": lambda chance: f"Order no: {digits(chance, 3)}-{digits(chance, 7)}-{digits(chance, 7)}",
    "part": lambda chance: f"part no {''.join(chance.choices('ABCEHJKLMNPRSTWXYZ', k=2))}{digits(chance, 6)}A in stock",
    "post": lambda chance: f"{''.join(chance.choices('ABCRV', k=2))}{digits(chance, 9)}GB was posted",
    "price": lambda chance: f"Unit {chance.randint(1, 99)}, unit price {digits(chance, 4)}.{digits(chance, 2)}",
    "ticket": lambda chance: f"Passport to Excellence 2019, ticket {digits(chance, 9)}",
    "time": lambda chance: f"2023{chance.randint(1, 12):02}{chance.randint(1, 28):02}{digits(chance, 6)} started",
    "tracking": lambda chance: f"Tracking number: 1Z999AA{digits(chance, 10)}",
}


@pytest.mark.parametrize("kind", HARD)
def test_numbers_of_other_kinds_do_not_count_alone_nor_in_lists(kind: str) -> None:
    chance = random.Random(4)  # noqa: S311 - the same ones each time, not secrets
    lines = [HARD[kind](chance) for _ in range(400)]
    for text in ["\n".join(lines), *lines]:
        counted = [each for each in classify(text).findings if each.confidence >= COUNTS_FROM]
        assert not [(each.entity, text[each.start : each.end]) for each in counted if each.entity in ENTITIES]


@pytest.mark.parametrize("line", ["MRN,", "MRN ", "mrn\tmrn\n", "passport,MRN,ULN,dob\n", "ULN no is the no of no "])
def test_labels_without_end_take_time_in_proportion(line: str) -> None:
    """Hostile: each label might make each line a row of its table."""
    text = line * (200_000 // len(line))
    assert [each for each in classify(text).findings if each.entity in ENTITIES] == []
