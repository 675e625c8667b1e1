"""Keys by which a record can be searched for a person: the same however written, and nothing without the secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Detection
from gateway.classify.search_keys import IDENTIFYING, SearchKeys, search_key

SECRET = b"k" * 32


def detection(entity: str, value: str = "") -> Detection:
    return Detection(entity=entity, start=0, end=1, confidence=0.9, why=(), value=value)


@pytest.mark.parametrize("written", ["943 476 5919", "943-476-5919", "9434765919", " 943.476.5919 "])
def test_a_value_has_one_key_however_written(written: str) -> None:
    keys = SearchKeys(SECRET)
    assert keys.key(detection("NHS_NUMBER"), written) == search_key(SECRET, "NHS_NUMBER", "9434765919")
    assert keys.key(detection("NHS_NUMBER", "9434765919"), "as it stands") == keys.key(detection("NHS_NUMBER"), written)


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


@given(st.sampled_from(sorted(IDENTIFYING)), st.text(max_size=40))
def test_a_key_is_sixteen_bytes_of_hexadecimal_that_hold_no_value(entity: str, value: str) -> None:
    key = SearchKeys(SECRET).key(detection(entity), value)
    assert len(bytes.fromhex(key)) == 16
