"""Mails of other people, and mails damaged on purpose: intact, held for a reason, or refused with a right 5xx.

The small share is part of every test run; `make mutated` carries a hundred thousand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.robustness.damage import mutant
from tests.robustness.herd import Report, carry, carry_mutant, carry_seeds, run
from tests.robustness.judge import judge
from tests.robustness.seeds import PROSE, PROTECT, RESTRICTED, Seed, own, seeds
from tests.robustness.walk import COLLEAGUE, EVERYBODY, STRANGER, Way, way

SMALL, LARGE = 300, int(os.environ.get("MAIL_MUTANTS", "100000"))
pytestmark = [pytest.mark.needs("7z"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def opened() -> Iterator[Way]:
    with way() as house:
        yield house


def test_a_small_herd_of_mutants(opened: Way) -> None:
    report = Report()
    for number in range(SMALL):
        carry_mutant(opened, mutant(number), report)
    assert report.wrong == []
    assert {"partner.example: intact", "partner.example: sealed", "exampleshire.example: intact"} <= set(report.became)
    assert any("held for corrupt" in each for each in report.became)
    assert any("refused 550 5.6.11" in each for each in report.became)


def test_mails_as_they_are(opened: Way) -> None:
    report = Report()
    for each in seeds()[::6]:
        carry(opened, each.name, each.data, each.marking, report, EVERYBODY)
    assert report.wrong == []
    assert report.became["exampleshire.example: intact"] * 2 > report.carried


def test_the_same_number_gives_the_same_mail() -> None:
    assert [mutant(number).data for number in (7, 3_999)] == [mutant(number).data for number in (7, 3_999)]
    assert mutant(7) != mutant(7, seed=1)


ONES = {each.name: each for each in own()}


TAMPERED = {
    "a letter of the text": ("plain", STRANGER, b"committee", b"Committee"),
    "a letter of the subject": ("plain", COLLEAGUE, b"Subject: Minutes", b"Subject: minutes"),
    "the empty line": ("plain", STRANGER, b"\r\n\r\n", b"\r\n"),
    "a blind recipient": (
        "trace",
        COLLEAGUE,
        b"References:",
        b"Bcc: hidden@elsewhere.example,\r\n\tb@c.example\r\nReferences:",
    ),
    "a machine inside": ("trace", STRANGER, b"References:", b"X-Originating-IP: [10.1.2.3]\r\nReferences:"),
    "a line outside the seal": ("marked above", STRANGER, b"From:", b"X: " + PROSE.strip().encode() + b"\r\nFrom:"),
}


@pytest.mark.parametrize(("name", "to", "old", "new"), TAMPERED.values(), ids=TAMPERED)
def test_the_judge_sees_what_is_not_right(opened: Way, name: str, to: str, old: bytes, new: bytes) -> None:
    one = ONES[name]
    journey = opened.carry(one.data, recipients=(STRANGER, COLLEAGUE))
    assert judge(one.data, journey, one.marking).wrong == ()
    (file,) = journey.got[to]
    tampered = replace(journey, got=journey.got | {to: [file.replace(old, new, 1)]})
    assert tampered.got[to] != [file]
    assert judge(one.data, tampered, one.marking).wrong != ()


def in_clear(marked: Seed, unmarked: Seed, opened: Way) -> tuple[str, ...]:
    """Return what the judge says where a marked mail went as an unmarked one does."""
    return judge(marked.data, opened.carry(unmarked.data), marked.marking).wrong


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("marked above", "what is marked went over the internet in clear"),
        ("restricted", "what is marked RESTRICTED left"),
    ],
    ids=["marked", "restricted"],
)
def test_the_judge_sees_what_is_marked_and_went_in_clear(opened: Way, name: str, wrong: str) -> None:
    assert ONES[name].marking in {PROTECT, RESTRICTED}
    assert any(wrong in each for each in in_clear(ONES[name], ONES["plain"], opened))


def test_the_judge_sees_a_refusal_without_a_reason(opened: Way) -> None:
    refused = opened.carry(b"Subject: x\r\n\r\na\nb\r\n")
    assert refused.answer.startswith("550 5.6.11 ")
    assert judge(b"Subject: x\r\n\r\na\nb\r\n", refused).wrong == ()
    assert judge(ONES["plain"].data, refused).wrong != ()


@pytest.mark.slow
def test_every_mail_of_the_corpora() -> None:
    assert carry_seeds(0, 1).wrong == []


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_a_large_herd_of_mutants() -> None:
    report = run(0, LARGE)
    assert report.carried == LARGE
    assert report.wrong == [], report.told()
    assert report.slow == []
