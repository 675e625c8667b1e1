"""Bank accounts, cards and tax numbers: what counts, what does not, independent libraries and published vectors."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import bic, luhn
from stdnum import iban as stdnum_iban
from stdnum.gb import utr, vat

from gateway.classify.detectors.iban import length_of
from gateway.classify.detectors.payment_card import has_check_digit
from gateway.classify.detectors.vat_number import is_vat_number
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import CORPORA, best, classify, findings

COUNTED = [
    ("SORT_CODE", "Sort code: 20-00-00 Account number: 55779911"),
    ("BANK_ACCOUNT", "Sort code: 20-00-00 Account number: 55779911"),
    ("BANK_ACCOUNT", "pay by BACS to 20-00-00 55779911"),
    ("BANK_ACCOUNT", "Bank details: 20 00 00 / 5577 9911"),
    ("SORT_CODE", "sort_code,account\n200000,55779911"),
    ("BANK_ACCOUNT", "sort_code,account\n200000,55779911"),
    ("SORT_CODE", "S/C 200000 A/C 55779911"),
    ("BANK_ACCOUNT", "S/C 200000 A/C 55779911"),
    ("BANK_ACCOUNT", "Name\tAccount No\tAmount\nA\t55779911\t12.00"),
    ("BANK_ACCOUNT", "Account number\n55779911\nat the building society"),
    ("BANK_ACCOUNT", "Acc No 55779911 Sort 20-44-51"),
    ("SORT_CODE", "Acc No 55779911 Sort 20-44-51"),
    ("SORT_CODE", "Sort code (6 digits): 200000"),
    ("PAYMENT_CARD", "4539 1488 0343 6467 09/27 123"),  # with its expiry
    ("PAYMENT_CARD", "card number 4539 1488 0343 6467"),
    ("PAYMENT_CARD", "4539 1488 0343 6467"),
    ("PAYMENT_CARD", "Visa 4539148803436467 exp 03/29"),
    ("PAYMENT_CARD", "card number: 4539 1488 0343 6468"),  # fails the check digit
    ("PAYMENT_CARD", "amex 3714-496353-98376"),
    ("PAYMENT_CARD", "credit card number 122000000000003"),  # of an issuer that is not listed
    ("IBAN", "GB82 WEST 1234 5698 7654 32"),
    ("IBAN", "please use gb82west12345698765432 for it"),
    ("IBAN", "IBAN: GB82 WEST 1234 5698 7654 33"),
    ("IBAN", "DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX"),
    ("IBAN", "NO 93 8601 1117 947"),
    ("BIC", "DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX"),
    ("BIC", "SWIFT/BIC: BARCGB22"),
    ("BIC", "Swift code BARCGB22XXX"),
    ("BIC", "iban,bic\nDE89370400440532013000,COBADEFF"),
    ("UTR", "UTR: 1955839661"),
    ("UTR", "Unique Taxpayer Reference (UTR) 19558 39661"),
    ("UTR", "Your tax reference is 1955839661K"),
    ("UTR", "UTR number (10 digits) 1955839661"),
    ("UTR", "UTR 2955839661"),  # fails its check digit
    ("UTR", "name,utr\nA,1955839661"),
    ("VAT_NUMBER", "VAT No. GB 980 7806 84"),
    ("VAT_NUMBER", "VAT registration number: 980780684"),
    ("VAT_NUMBER", "GB980780684"),
    ("VAT_NUMBER", "VAT reg. no. 980 780 684"),
    ("VAT_NUMBER", "VAT number XI 980780684"),
    ("VAT_NUMBER", "VAT number: 980780685"),  # fails its check digits
    ("VAT_NUMBER", "company;vat_no\nA;GB980780684"),
]
NOT_COUNTED = [
    ("SORT_CODE", "on 12-11-20 we met"),
    ("SORT_CODE", "Bank Sort Code is missing, NI No AB 73 30 96 D, account 55779911"),
    ("SORT_CODE", "What sort: 12-30-24 or so?"),
    ("BANK_ACCOUNT", "Sort code 20-00-00\nIBAN: GB82 WEST 1234 5698 7654 32"),
    ("SORT_CODE", "part 20-00-00-01"),
    ("BANK_ACCOUNT", "12-11-20 reference 12345678"),
    ("BANK_ACCOUNT", "the bank wrote on 12-11-20 with reference 12345678"),
    ("BANK_ACCOUNT", "call 020 7946 0583"),
    ("BANK_ACCOUNT", "account number 00000000"),
    ("BANK_ACCOUNT", "on account of 12345 visitors"),
    ("BANK_ACCOUNT", "order 55779911 of today"),
    ("BANK_ACCOUNT", "the account of 1984-1986"),
    ("PAYMENT_CARD", "card 4111 1111 1111 1111"),  # printed in every provider's guide
    ("PAYMENT_CARD", "4539 1488 0343 6468"),
    ("PAYMENT_CARD", "4539 1488 0343 6468 09/27"),
    ("PAYMENT_CARD", "0000 0000 0000 0000"),
    ("PAYMENT_CARD", "card 9999 9999 9999 9995"),
    ("PAYMENT_CARD", "ISBN 978-0-306-40615-7 and 9780306406157"),
    ("PAYMENT_CARD", "id 45391488034364671234567"),
    ("PAYMENT_CARD", "orders\n4539148803436467\n4539148803436468\n4539148803436469"),  # of such numbers some pass
    ("IBAN", "GB82 WEST 1234 5698 7654 33"),
    ("IBAN", "GB82 WEST 1234"),
    ("IBAN", "ZZ82 WEST 1234 5698 7654 32"),
    ("IBAN", "in 2019 they were 1234 strong"),
    ("IBAN", "IN 2019 THEY WERE 1234 STRONG IN ALL"),
    ("BIC", "the swift REACTION"),
    ("BIC", "BIC pens, MULTIPLE colours"),
    ("BIC", "DOCUMENT BARCGB22"),
    ("UTR", "call 1955839661"),
    ("UTR", "order 1955839661"),
    ("UTR", "Council Tax reference: 1955839661"),
    ("UTR", "name,council_tax_ref\nA,1955839661\n"),
    ("UTR", "UTR 1111111111"),
    ("UTR", "the tax office, telephone 0300 200 3310"),
    ("UTR", "tax reference 1955839661234"),
    ("VAT_NUMBER", "VAT 123456789"),  # an amount
    ("VAT_NUMBER", "including VAT of 20%, 1,234,567.89"),
    ("VAT_NUMBER", "GB 123 456 789"),
    ("VAT_NUMBER", "order 980780684"),
]


@pytest.mark.parametrize(("entity", "text"), COUNTED)
def test_counted(entity: str, text: str) -> None:
    assert best(text, entity) >= COUNTS_FROM


@pytest.mark.parametrize(("entity", "text"), NOT_COUNTED)
def test_not_counted(entity: str, text: str) -> None:
    assert best(text, entity) < COUNTS_FROM


def rows(*names: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a corpus, or skip the test by its name."""
    path = CORPORA.joinpath(*names)
    if not path.exists():
        pytest.skip(f"needs the corpus {'/'.join(names)}")
    with path.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def test_the_numbers_that_python_stdnum_prints() -> None:
    seen = 0
    for row in rows("stdnum_vectors", "numbers.tsv"):
        number, valid = row["number"], row["label"] == "valid"
        match row["scheme"]:
            case "gb_utr":
                assert best(f"UTR: {number}", "UTR") == (0.95 if valid else 0.6), row
            case "gb_vat":
                assert is_vat_number(number) == valid, row
                assert (best(f"VAT: {number}", "VAT_NUMBER") == 0.95) == valid, row
            case "bic":
                assert (best(f"BIC: {number}", "BIC") >= COUNTS_FROM) == valid == bic.is_valid(number), row
            case "luhn" if number.isdigit():
                assert has_check_digit(number) == valid, row
            case "iban":
                found = bool(findings(f"to {number} please", "IBAN"))
                # the labels of this scheme in the corpus are not those of the library they come from
                assert found == stdnum_iban.is_valid(number, check_country=False), row
            case _:
                continue
        seen += 1
    assert seen > 600


EXPLAINED = {
    "4012888888881881 4012-8888-8888-1881 4012 8888 8888 1881": "a test number of the card schemes; two of three forms "
    "stand behind each other as one longer number",
    "my credit card number is 4012-8888-8888-1882": "fails the check digit and is labelled: people mistype",
}


def test_presidio_agrees_about_ibans_and_cards_or_we_say_why_not() -> None:
    disagreed = set()
    for row in rows("presidio_recognizer_tables", "tables.tsv"):
        entity = {"IBAN_CODE": "IBAN", "CREDIT_CARD": "PAYMENT_CARD"}.get(row["entity"])
        text = json.loads(row["text_json"])
        if entity and len(findings(text, entity)) != int(row["expected_count"]):
            disagreed.add(text)
    assert disagreed == set(EXPLAINED)


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


def test_the_registry_is_whole() -> None:
    assert (length_of("GB"), length_of("NO"), length_of("MT"), length_of("ZZ")) == (22, 15, 31, 0)


@given(st.integers(0, 10**9 - 1))
def test_a_labelled_tax_reference_is_sure_exactly_when_its_check_digit_is_right(rest: int) -> None:
    body = f"{rest:09}"
    number = utr.calc_check_digit(body) + body
    assume(len(set(number)) > 1)
    assert best(f"my UTR is {number}", "UTR") == 0.95
    other = str((int(number[0]) + 1) % 10) + body
    assume(len(set(other)) > 1 and not utr.is_valid(other))
    assert best(f"my UTR is {other}", "UTR") == 0.6


@given(st.integers(1_000_000, 9_999_999))
def test_a_vat_number_with_its_country_is_found_exactly_when_its_check_digits_are_right(head: int) -> None:
    rights = {f"{head}{check:02}" for check in range(97) if vat.is_valid(f"{head}{check:02}")}
    assert rights
    for number in rights:
        assert best(f"registered as GB {number} since", "VAT_NUMBER") == 0.8
    wrong = next(f"{head}{check:02}" for check in range(97) if f"{head}{check:02}" not in rights)
    assert not findings(f"registered as GB {wrong} since", "VAT_NUMBER")


@given(st.integers(0, 10**19).map(str))
def test_the_check_digit_is_that_of_an_independent_library(digits: str) -> None:
    assert has_check_digit(digits) == luhn.is_valid(digits)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("<4539148803436467001@mail.test>", "mail_header"),
        ("<4539148803436467@mail.test>", "body"),
        ("4539148803436467", "mail_header"),
        ("4000000000000000006", "body"),  # nineteen digits that pass the check
    ],
)
def test_the_number_of_a_message_or_a_bare_one_of_unusual_length_is_no_card(text: str, where: str) -> None:
    found = [each for each in classify(text, where).findings if each.entity == "PAYMENT_CARD"]
    assert not [each for each in found if each.confidence >= 0.5]
