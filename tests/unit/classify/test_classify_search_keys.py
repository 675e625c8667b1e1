"""Keys by which a record can be searched for a person: the same however written, and nothing without the secret."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Detection
from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin
from gateway.classify.search_keys import IDENTIFYING, SearchKeys, search_key
from gateway.testing.policies import SHIPPED
from tests.unit.classify.classifying import part_of

SECRET = b"k" * 32


@cache
def classifier() -> Classifier:
    """Return one that makes keys; compiling takes a while."""
    return Classifier.build(builtin(), SHIPPED, search_key=SECRET)


def detection(entity: str, value: str = "") -> Detection:
    return Detection(entity=entity, start=0, end=1, confidence=0.9, why=(), value=value)


@pytest.mark.parametrize("written", ["943 476 5919", "943-476-5919", "9434765919", " 943.476.5919 "])
def test_a_value_has_one_key_however_written(written: str) -> None:
    keys = SearchKeys(SECRET)
    assert keys.key(detection("NHS_NUMBER"), written) == search_key(SECRET, "NHS_NUMBER", "9434765919")
    assert keys.key(detection("NHS_NUMBER", "9434765919"), "as it stands") == keys.key(detection("NHS_NUMBER"), written)


WRITINGS = [
    ("CRO_NUMBER", ["65656/91H", "065656/91h"], "CRO: 65656/91H, CRO 065656/91h"),
    ("DRIVING_LICENCE", ["MORGA657054SM9IJ", "morga 657054 sm9ij 01"], "licence no: MORGA657054SM9IJ01"),
    ("EMAIL_ADDRESS", ["a.smith@example.org", "A.Smith@Example.ORG"], "to a.Smith@example.org"),
    ("HOSPITAL_NUMBER", ["RXH123456", "rxh 123456"], "MRN: RXH-123456, MRN RXH 123456"),
    ("NHS_NUMBER", ["401 023 2137", "4010232137"], "NHS no: 401 023\n2137. NHS no: 4O1 023 2137. NHS no 4010232137"),
    ("NINO", ["AB123456C", "ab 12 34 56 c", "AB123456"], "NI no AB 12 34 56; NI no: AB l2 34 56 C; AB123456C"),
    ("PASSPORT", ["533380006", "533 380 006"], "passport no: 533 380 006"),
    ("PNC_ID", ["2002/0073319Z", "02/73319Z", "02/0073319z"], "PNC 02/73319Z, PNC 2002/0073319z, PNC 0273319Z"),
    ("PRISON_NUMBER", ["A1234BC", "a1234bc"], "NOMS a1234bc"),
    ("UTR", ["1955839661", "19558 39661"], "UTR 1955839661K"),
]


@pytest.mark.parametrize(("entity", "asked", "text"), WRITINGS)
def test_what_is_asked_for_has_the_key_of_what_was_found(entity: str, asked: list[str], text: str) -> None:
    """Who asks writes a value one way, letters write it another."""
    classified = classifier().classify((part_of(("body", text)),))
    found = {each.key for each in classified.findings if each.entity == entity}
    assert [{search_key(SECRET, entity, value)} for value in asked] == [found] * len(asked)


def test_points_tell_two_addresses_apart() -> None:
    assert search_key(SECRET, "EMAIL_ADDRESS", "a.smith@b.org") != search_key(SECRET, "EMAIL_ADDRESS", "asmith@b.org")


def test_a_key_differs_by_secret_by_entity_and_by_value() -> None:
    made = {
        search_key(secret, entity, value)
        for secret in (SECRET, b"l" * 32)
        for entity in ("NHS_NUMBER", "NINO")
        for value in ("1", "2")
    }
    assert len(made) == 8


def test_without_a_secret_and_for_what_identifies_nobody_there_is_no_key() -> None:
    assert SearchKeys(b"").key(detection("NHS_NUMBER"), "9434765919") == ""
    assert SearchKeys(SECRET).key(detection("UK_POSTCODE"), "SW1A 1AA") == ""
    assert SearchKeys(SECRET).key(detection("SECRET"), "quetzal") == ""
    assert SearchKeys(SECRET).key(detection("REGISTERED_PERSON", "fostering 12"), "A") == ""


@given(st.sampled_from(sorted(IDENTIFYING)), st.text(max_size=40))
def test_a_key_is_sixteen_bytes_of_hexadecimal_that_hold_no_value(entity: str, value: str) -> None:
    key = SearchKeys(SECRET).key(detection(entity), value)
    assert len(bytes.fromhex(key)) == 16
