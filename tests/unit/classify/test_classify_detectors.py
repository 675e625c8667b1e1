"""Per detector: a table for people, a generator for truth, an independent library as the oracle."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nhs_number import validate
from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.gb import nhs as stdnum_nhs

from gateway.classify.detectors.nhs_number import has_check_digit
from gateway.classify.detectors.nino import has_used_prefix
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import best, findings

KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq3Xn0v1Zc4fGk2" * 6 + "\n-----END RSA PRIVATE KEY-----"
COUNTED = [
    ("NHS_NUMBER", "NHS number: 943 476 5919"),
    ("NHS_NUMBER", "NHS No. 943-476-5919"),
    ("NHS_NUMBER", "NHS Number\n9434765919"),
    ("NHS_NUMBER", "NHS Number: 678 901 2345"),  # fails the check digit: letters do
    ("NHS_NUMBER", "patient J. Smith, 9434765919, seen today"),
    ("NHS_NUMBER", "name,nhs_number,town\nA,9434765919,B\n"),
    ("NHS_NUMBER", 'name,"NHS, number",town\n"A, B",9434765919,B\n'),
    ("NHS_NUMBER", "Name\tNHS No\tTown\nA\t943 476 5919\tB"),
    ("NHS_NUMBER", "NHS numbers: 943 476 5919, 401 023 2137 and 987 654 4321"),
    ("NHS_NUMBER", "400 000 0632\n401 023 2137\n600 000 0154\n"),  # a column without a header
    ("NHS_NUMBER", "NHS\u00a0number:\u00a0943\u200b\u2011476\u20115919"),
    ("NHS_NUMBER", "NHS number \uff19\uff14\uff13 \uff14\uff17\uff16 \uff15\uff19\uff11\uff19"),
    ("NINO", "NI number: AB 12 34 56 C"),
    ("NINO", "National Insurance No AB123456"),
    ("NINO", "employee AB123456C started"),
    ("NINO", "NINO: tn123456a"),  # temporary
    ("NINO", "name,ni no\nA,ab 12 34 56 c\n"),
    ("SORT_CODE", "Sort code: 20-00-00 Account number: 55779911"),
    ("BANK_ACCOUNT", "Sort code: 20-00-00 Account number: 55779911"),
    ("BANK_ACCOUNT", "pay by BACS to 20-00-00 55779911"),
    ("SORT_CODE", "sort_code,account\n200000,55779911"),
    ("BANK_ACCOUNT", "sort_code,account\n200000,55779911"),
    ("PAYMENT_CARD", "card number 4539 1488 0343 6467"),
    ("PAYMENT_CARD", "4539 1488 0343 6467"),
    ("PAYMENT_CARD", "Visa 4539148803436467 exp 03/29"),
    ("PAYMENT_CARD", "card number: 4539 1488 0343 6468"),  # fails the check digit
    ("IBAN", "GB82 WEST 1234 5698 7654 32"),
    ("IBAN", "please use gb82west12345698765432 for it"),
    ("IBAN", "IBAN: GB82 WEST 1234 5698 7654 33"),
    ("IBAN", "DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX"),
    ("UK_POSTCODE", "12 High Street, London SW1A 1AA"),
    ("UK_POSTCODE", "Postcode: dt1 1xj"),
    ("UK_POSTCODE", "name,postcode\nA,M1 1AE"),
    ("DATE_OF_BIRTH", "DOB: 12/03/1980"),
    ("DATE_OF_BIRTH", "born on 12 March 1980"),
    ("DATE_OF_BIRTH", "Date of Birth\n1980-03-12"),
    ("DATE_OF_BIRTH", "D.O.B. 12.3.80"),
    ("DATE_OF_BIRTH", "March 12th, 1980 (date of birth)"),
    ("DATE_OF_BIRTH", "name,dob\nA,19800312"),
    ("DATE_OF_BIRTH", "She was born in Poole in the night of 3rd of May 1971"),
    ("EMAIL_ADDRESS", "write to j.smith+x@dorset.gov.uk."),
    ("EMAIL_ADDRESS", "<o'neill@example.org>"),
    ("SECRET", KEY),
    ("SECRET", KEY.replace("RSA PRIVATE", "OPENSSH PRIVATE")),
    ("SECRET", KEY.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")),
    ("SECRET", KEY.replace("\n", "\\n")),
    ("SECRET", "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
]
NOT_COUNTED = [
    ("NHS_NUMBER", "call 617-555-0102 today"),  # passes the check digit
    ("NHS_NUMBER", "reference 9434765919 of the parcel"),
    ("NHS_NUMBER", "NHS number 000 000 0000"),
    ("NHS_NUMBER", "NHS number 111 111 1111"),
    ("NHS_NUMBER", "Lab sample 1766711031 (not an NHS number)"),
    ("NHS_NUMBER", "ISBN 1861007442\nISBN 1861007450\nISBN 1861003013"),
    ("NHS_NUMBER", "see /a?id=9434765919 and /a?id=4010232137 and /a?id=6022140762"),
    ("NHS_NUMBER", "NHS number: 943 476 591"),
    ("NINO", "Old form quoted ZZ 18 32 60 A"),
    ("NINO", "NI number BG 12 34 56 A"),
    ("NINO", "NI number DA 12 34 56 A"),
    ("NINO", "on 12 34 56"),
    ("NINO", "in AB123456 we say"),
    ("NINO", "NI number AB 00 00 00 A"),
    ("SORT_CODE", "on 12-11-20 we met"),
    ("BANK_ACCOUNT", "12-11-20 reference 12345678"),
    ("BANK_ACCOUNT", "call 020 7946 0583"),
    ("BANK_ACCOUNT", "account number 00000000"),
    ("PAYMENT_CARD", "card 4111 1111 1111 1111"),  # printed in every provider's guide
    ("PAYMENT_CARD", "4539 1488 0343 6468"),
    ("PAYMENT_CARD", "0000 0000 0000 0000"),
    ("PAYMENT_CARD", "card 9999 9999 9999 9995"),
    ("IBAN", "GB82 WEST 1234 5698 7654 33"),
    ("IBAN", "GB82 WEST 1234"),
    ("IBAN", "ZZ82 WEST 1234 5698 7654 32"),
    ("UK_POSTCODE", "the code GC89 9BB here"),
    ("UK_POSTCODE", "the M1 1AE thing"),
    ("UK_POSTCODE", "we saw m1 1ae there, 12 High Street"),
    ("DATE_OF_BIRTH", "We met on 12/03/1980"),
    ("DATE_OF_BIRTH", "born 31/02/1980"),
    ("DATE_OF_BIRTH", "born 12/12/1712"),
    ("EMAIL_ADDRESS", "a@b"),
    ("EMAIL_ADDRESS", "a..b@example.org"),
    ("EMAIL_ADDRESS", "version 1@2.3"),
    ("SECRET", "A file with -----BEGIN PRIVATE KEY----- in it is a secret"),
    ("SECRET", KEY.replace("PRIVATE", "PUBLIC")),
]


@pytest.mark.parametrize(("entity", "text"), COUNTED)
def test_counted(entity: str, text: str) -> None:
    assert best(text, entity) >= COUNTS_FROM


@pytest.mark.parametrize(("entity", "text"), NOT_COUNTED)
def test_not_counted(entity: str, text: str) -> None:
    assert best(text, entity) < COUNTS_FROM


def test_a_date_behind_a_date_of_birth_is_not_one() -> None:
    text = "DOB 12/12/1962, seen 01/02/2024"
    [finding] = findings(text, "DATE_OF_BIRTH")
    assert text[finding.start : finding.end] == "12/12/1962"


def test_a_key_is_reported_from_its_first_line_to_its_last() -> None:
    [finding] = findings(f"see\n{KEY}\nbelow", "SECRET")
    assert (finding.start, finding.end, finding.masked) == (4, 4 + len(KEY), "[secret]")


NOISE = st.text(st.sampled_from("abcdef ghi,.\n…é"), max_size=30)


@given(st.integers(0, 999_999_999), NOISE, NOISE)
def test_every_labelled_nhs_number_is_sure_and_with_a_broken_digit_it_counts(
    nine: int, before: str, after: str
) -> None:
    body = f"{nine:09}"
    check = validate.calculate_checksum(body) or 0
    assume(check < 10)
    number = f"{body}{check}"
    assume(len(set(number)) > 1)
    assert has_check_digit(number)
    assert stdnum_nhs.is_valid(number)
    written = f"{before} NHS number: {number[:3]} {number[3:6]} {number[6:]} {after}"
    assert best(written, "NHS_NUMBER") == 0.95
    broken = f"{body}{(check + 1) % 10}"
    assert not has_check_digit(broken)
    assume(len(set(broken)) > 1)
    assert best(f"{before} NHS number: {broken} {after}", "NHS_NUMBER") == 0.6


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


@given(st.sampled_from(["4", "51", "2221", "65"]), st.integers(0, 10**14))
def test_every_card_with_its_check_digit_is_found_and_none_without(issuer: str, rest: int) -> None:
    body = (issuer + f"{rest:015}")[:15]
    number = body + str(luhn.calc_check_digit(body))
    assume(len(set(number)) > 2)
    grouped = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    assert best(f"paid with {grouped} today", "PAYMENT_CARD") in {0.3, 0.8}
    broken = body + str((int(number[-1]) + 1) % 10)
    assert not findings(f"paid with {broken} today", "PAYMENT_CARD")


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4), st.integers(0, 10**14 - 1), st.booleans())
def test_every_british_iban_is_found_and_none_with_broken_check_digits(bank: str, account: int, spaced: bool) -> None:  # noqa: FBT001 - drawn
    bban = f"{bank}{account:014}"
    checks = stdnum_iban.calc_check_digits(f"GB00{bban}")
    number = f"GB{checks}{bban}"
    written = " ".join(number[at : at + 4] for at in range(0, 22, 4)) if spaced else number
    assert stdnum_iban.is_valid(number, check_country=False)
    assert best(f"to {written} please", "IBAN") == 0.95
    broken = number[:2] + f"{(int(checks) - 1) % 97 + 2:02}" + number[4:]
    assert not findings(f"to {broken} please", "IBAN")


FORMS = st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%d.%m.%y", "%B %d, %Y"])


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), FORMS)
def test_every_date_with_a_cue_is_a_date_of_birth_and_none_without(day: date, form: str) -> None:
    written = day.strftime(form)
    assert best(f"Date of birth: {written}.", "DATE_OF_BIRTH") == 0.95
    assert not findings(f"The meeting of {written}.", "DATE_OF_BIRTH")
