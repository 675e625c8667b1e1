"""What looks like an identifier and is none: no detector of justice, money, contact or secrets may count it."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import classify

LOG = (
    "2024-11-02 07:30:12,123 INFO worker[12345] order=20241102-07301 took 1234567 us, id 0123456789, from 10.1.2.3:8080"
)
NEAR_MISSES = [
    LOG,
    '127.0.0.1 - - [02/Nov/2024:07:30:12 +0000] "GET /a/12345678?x=20-00-00 HTTP/1.1" 200 12345678',
    "release 4.10.2.1, build 20241102.1, kernel 5.15.0-122.132",
    "part numbers AB1234CD, X123456, A1234BC, 12-34-56 and E12YX345 are on order",
    "SKU AB51-CDE-123 SKU ZW21C0012 EAN 5012345678900",
    "commit 0f4c91e7b2a863d50f4c91e7b2a863d50f4c91e7 and blob 89e6c98d92887913cadf06b2adb97f26cde4849b",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "ISBN 0-306-40615-2, ISBN-13 978 0 306 40615 7, ISSN 2049-3630",
    "John 3:16, Genesis 1:1-31, Psalm 119:105 and Luke 24:13",
    "flights BA117, EZY8412 and LH 2475 from gate B42 at 07:30",
    "R v Brown [1994] 1 AC 212; [2019] UKSC 12; [2020] EWHC 1234 (Admin); Case C-131/12",
    "USD 33k in the 80s, GBP 1,234,567.89 and EUR 12 345 678.90",
    "1234567 12345678 123456 123456789 1234567890 12345678901 123456789012",
    "12-11-20 13-11-20 14-11-20 report 12345678",
    "matrix 11 22 33 44 55 66 77 88 99 00 11 22 33 44",
    "pixels 1920x1080, RGB #00ff7f, range 0x00400000-0x00401000",
    "MAC 00:1A:2B:3C:4D:5E on port 8080",
    "grid reference SY 690 907, OS map 194",
    "call number QA76.73.P98, shelf B12 3AB of the library",
    "chemical 7732-18-5, EC 231-791-2, UN 1993",
    "BS EN ISO 9001:2015, IEC 60601-1, RFC 5322 section 3.4.1",
    "score 12/3456 of 24/7, page 3/18a",
    "Windows NT 10.0; Win64; rv:109.0) Gecko/20100101 Firefox/115.0",
    "the account of the meeting: 12 people, 20 minutes, 30 pages",
    "card games: 52 cards, 4 suits, 13 ranks",
    "please register your interest; registration closes at 5",
    "Passwords and tokens are explained in chapter 12.3.4.5",
    "the swift DECISION of the court was published",
    "VAT at 20 % on 123 456 789 pounds",
    "The prison numbers rose by 1234 to 87,654",
    "tax reference books and self assessment of 1234 schools in 2019",
    "Case number three: a vehicle of change, with registration of ideas",
]


def counted(text: str) -> list[tuple[str, str]]:
    """Return what counts in a text: the entity and the words."""
    found = classify(text).findings
    return [(each.entity, text[each.start : each.end]) for each in found if each.confidence >= COUNTS_FROM]


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_nothing_counts(text: str) -> None:
    assert counted(text) == []


@given(st.lists(st.sampled_from(NEAR_MISSES), min_size=2, max_size=6))
def test_nothing_counts_in_company_either(texts: list[str]) -> None:
    assert counted("\n\n".join(texts)) == []


@pytest.mark.parametrize(
    "text",
    [
        "account, registration, UTR, VAT, BIC, PNC, NOMS, case no, CRN\n" * 5_000,  # labels without values
        "password=" * 20_000,
        "curl " * 20_000,
        "account " + "20-00-00 " * 20_000,
        "1 High Street " * 10_000,
        "Mill Lane SW1A 1AA " * 5_000,
        "eyJhbGciOiJIUzI1NiJ9." * 10_000,
        "a::" * 50_000,
        "07911 123456 " * 10_000,
        "GB82" * 40_000,
    ],
    ids=lambda text: text[:20],
)
def test_hostile_much_of_what_begins_and_does_not_end_takes_no_time(text: str) -> None:
    classify("")  # what is compiled once may take its time
    begun = process_time()
    assert classify(text).people is None
    assert process_time() - begun < 10
