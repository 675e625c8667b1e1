from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.normalise import Normalised, normalise

AWKWARD = st.sampled_from(
    [
        *"19 -e",
        *("\u200b", "\u00ad", "\u202e", "\ufeff", "\u0301", "\u0323", "\u00a0", "\u2011", "\u2014", "\u2028", "\u0665"),
        *("\uff14", "\uff21", "\ufb01", "\u00bd", "\u1100", "\u1161", "\u11a8", "\uff76", "\uff9e", "\u09c7", "\u09be"),
        *("\u0410", "\U0001f600", "\ufe0f", "\u3131", "\u314f"),
    ]
)
TEXTS = st.text(st.one_of(AWKWARD, st.characters()), min_size=1, max_size=24)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("943\u200b476\u200d5919", "9434765919"),
        ("943\u00a0476\u20095919", "943 476 5919"),
        ("943\u2011476\u20145919", "943-476-5919"),
        ("\uff19\uff14\uff13", "943"),
        ("\u0669\u0664\u0663", "943"),
        ("NH\u00adS", "NHS"),
        ("\u202eNHS\u202c", "NHS"),
        ("R\u0415STRICTED", "RESTRICTED"),
        ("one\u2028two\u0085three", "one\ntwo\nthree"),
        ("caf\u00e9", "caf\u00e9"),
    ],
)
def test_normal_form(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_ascii_is_the_same_object() -> None:
    text = "NHS number: 943 476 5919"
    assert normalise(text) is text


@given(TEXTS, st.data())
def test_a_mapped_span_of_the_original_holds_the_matched_text(text: str, data: st.DataObject) -> None:
    normalised = Normalised.of(text)
    if not normalised.text:
        return
    start = data.draw(st.integers(0, len(normalised.text) - 1))
    end = data.draw(st.integers(start + 1, len(normalised.text)))
    first, last = normalised.span(start, end)
    assert 0 <= first < last <= len(text)
    assert normalised.text[start:end] in normalise(text[first:last])


@given(
    st.lists(st.sampled_from([*"0123456789 ", "\u200b", "\u00ad", "\u2011", "\uff13", "\u0661", "é", "…"]), max_size=40)
)
def test_a_span_of_digits_normalises_to_exactly_the_digits(chars: list[str]) -> None:
    original = "".join(chars)
    normalised = Normalised.of(original)
    for place, char in enumerate(normalised.text):
        if char.isdecimal():
            first, last = normalised.span(place, place + 1)
            assert normalise(original[first:last]) == char
            assert last == first + 1


def test_the_cluster_rules_know_every_character_of_this_unicode_version() -> None:
    coarse = []
    for code in range(0x80, 0x110000):
        char = chr(code)
        if unicodedata.category(char) in {"Cn", "Co", "Cs"}:
            continue
        normalised = Normalised.of(f"1a{char}2")
        if normalised.span(0, 1) != (0, 1):
            coarse.append(f"U+{code:04X}")
    assert coarse == []
