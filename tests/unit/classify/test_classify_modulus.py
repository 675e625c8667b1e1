"""The modulus check of sort codes and account numbers, against the cases of its specification and a second opinion."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import pytest
import ukmodulus
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Candidate
from gateway.classify.detectors.bank_account import BankAccount
from gateway.classify.modulus import SUBSTITUTES_FILE, WEIGHTS_FILE, ModulusTable
from gateway.classify.patterns import compiled
from gateway.errors import Invalid
from gateway.model.inspection import COUNTS_FROM, Segment, Where
from tests.unit.classify.classifying import CORPORA


@cache
def texts() -> tuple[str, str]:
    """Return the tables of 2017 that come with the second opinion; ours are the operator's."""
    folder = files(ukmodulus)
    return folder.joinpath("valacdos.txt").read_text("ascii"), folder.joinpath("scsubtab.txt").read_text("ascii")


@cache
def table() -> ModulusTable:
    """Return them, read by us."""
    return ModulusTable.parse(*texts())


def test_the_cases_that_the_specification_prints() -> None:
    path = CORPORA / "vocalink_modulus_vectors" / "vectors.tsv"
    if not path.exists():
        pytest.skip("needs the corpus vocalink_modulus_vectors")
    with path.open(encoding="utf-8") as rows:
        cases = list(csv.DictReader(rows, delimiter="\t"))
    wrong = [case for case in cases if table().check(case["sort_code"], case["account"]) != (case["valid"] == "true")]
    assert (len(cases), wrong) == (34, [])


@given(st.data())
def test_a_second_opinion_agrees_on_every_account_of_every_bank(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(table().rules))
    sort_code = f"{data.draw(st.integers(rule.first, rule.last)):06}"
    account = f"{data.draw(st.integers(0, 99_999_999)):08}"
    ours = table().check(sort_code, account)
    assert ours is not None
    assert ours == ukmodulus.validate_number(sort_code, account)


def test_every_exception_of_the_specification_is_in_the_table() -> None:
    assert {rule.exception for rule in table().rules} == set(range(15))


def test_the_table_says_nothing_about_sort_codes_that_it_does_not_have() -> None:
    assert table().check("000000", "12345678") is None
    assert table().check("999999", "12345678") is None


@pytest.mark.parametrize(
    ("sort_code", "account", "as_eight"),
    [
        ("089999", "6637495800", ("089999", "66374958")),  # the Co-operative Bank
        ("500000", "1266374958", ("500000", "66374958")),  # National Westminster
        ("090000", "766374958", ("090007", "66374958")),  # Santander
        ("107999", "837491", ("107999", "00837491")),
    ],
)
def test_other_lengths_are_made_eight_digits(sort_code: str, account: str, as_eight: tuple[str, str]) -> None:
    assert table().check(sort_code, account) == table().check(*as_eight)


@pytest.mark.parametrize(
    ("weights", "substitutes"),
    [
        ("089999 089999 MOD12 0 0 0 0 0 0 7 1 3 7 1 3 7 1", ""),
        ("089999 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7", ""),
        ("089999 MOD10", ""),
        ("a b MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1", ""),
        ("", "938173"),
        ("", "938173 93801"),
        ("<html>not found</html>", ""),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_its_line(weights: str, substitutes: str) -> None:
    with pytest.raises(Invalid) as refused:
        ModulusTable.parse(f"\n{weights}", f"\n{substitutes}")
    assert {complaint.line for complaint in refused.value.complaints} == {2}


def confidences(detector: BankAccount, text: str) -> dict[str, float]:
    """Return the confidence of each entity that the detector finds in a text."""
    candidates = [
        Candidate(pattern=pattern.name, start=found.start(), end=found.end())
        for pattern in detector.patterns
        for found in compiled(pattern).finditer(text.encode("ascii"))
    ]
    candidates.sort(key=lambda each: (each.start, each.end))
    segment = Segment(where=Where.BODY, text=text)
    return {each.entity: each.confidence for each in detector.judge(segment, candidates)}


@pytest.mark.parametrize(
    ("text", "without", "right", "wrong"),
    [
        ("Sort code 08-99-99, account number 6637495{}", 0.85, 0.95, 0.6),
        ("pay into the bank, 08-99-99 6637495{}", 0.8, 0.95, 0),
        ("batch 08-99-99 6637495{}", 0.4, 0.6, 0),
    ],
)
def test_with_a_table_a_right_number_counts_more_and_a_wrong_one_less(
    text: str, without: float, right: float, wrong: float
) -> None:
    checking = BankAccount().read({WEIGHTS_FILE: texts()[0], SUBSTITUTES_FILE: texts()[1]})
    assert confidences(BankAccount().read({}), text.format(8)).get("BANK_ACCOUNT", 0) == without
    assert confidences(checking, text.format(8)).get("BANK_ACCOUNT", 0) == right
    assert confidences(checking, text.format(9)).get("BANK_ACCOUNT", 0) == wrong


def test_a_sort_code_that_the_table_lacks_changes_nothing() -> None:
    checking = BankAccount(table())
    text = "sort code 00-00-01, account number 12345679 of the bank"
    assert confidences(checking, text) == confidences(BankAccount(), text)
    assert confidences(checking, text)["BANK_ACCOUNT"] >= COUNTS_FROM
