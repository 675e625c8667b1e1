from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Engine, Pattern
from gateway.classify.builtin import builtin
from gateway.classify.marking.grammar import Grammar
from gateway.classify.marking.schemes import parse_schemes
from gateway.classify.matching import HyperscanEngine
from gateway.classify.matching_re2 import Re2Engine
from gateway.classify.patterns import reference as expression_of
from gateway.classify.patterns import width
from tests.unit.classify.classifying import SCHEMES

MADE = (
    Pattern(name="ambiguous", expression=r"(?:ab|a|b1?){1,4}"),
    Pattern(name="overlapping", expression=r"\d{3}(?:[ -]?\d{3}){1,3}"),
    Pattern(name="caseless", expression=r"\bnhs ?\d{1,4}\b", caseless=True),
    Pattern(name="term", expression="ab b1", term=True, caseless=True),
    Pattern(name="term in capitals", expression="WEST", term=True),
    Pattern(name="tail", expression=r"\b[a-z]{1,9}@[a-z]{1,9}\b", scan=(r"[a-z]@[a-z]{1,9}\b",), start_known=False),
)
OWNERS = [("marking", Grammar(parse_schemes(SCHEMES)).patterns), *((each.name, each.patterns) for each in builtin())]
SHIPPED = tuple(replace(each, name=f"{owner}/{each.name}") for owner, patterns in OWNERS for each in patterns)
WORDS = [
    *("943", "476", "5919", "4", "-", " ", ".", "@", "ab", "a", "b1", "1", "NHS", "nhs ", "AB", "12", "C", "GB82"),
    *("WEST", "SW1A", "1AA", "12/03/1980", "born ", "May ", "OFFICIAL", "-SENSITIVE", "TOP ", "SECRET", "S E C R E T "),
    *("b1 ", "ab\nb1", "ab\r\nb1", "ab\tb1"),
    *("_", "é", "…", "\U0001f600", "\u0301", "\n", "-----BEGIN ", "PRIVATE KEY-----", "\ud800", "x.co"),
]
FRAGMENTS = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)


def reference(patterns: tuple[Pattern, ...], text: str) -> list[tuple[str, int, int]]:
    """Say what `re.finditer` finds, pattern by pattern."""
    return [
        (pattern.name, *found.span())
        for pattern in patterns
        for found in re.finditer(expression_of(pattern), text, re.ASCII | (re.IGNORECASE if pattern.caseless else 0))
    ]


ENGINES: list[tuple[Engine, tuple[Pattern, ...]]] = [
    (engine(patterns), patterns) for patterns in (MADE, SHIPPED) for engine in (HyperscanEngine, Re2Engine)
]


@pytest.mark.parametrize(("engine", "patterns"), ENGINES, ids=["hs-made", "re2-made", "hs-shipped", "re2-shipped"])
@given(text=FRAGMENTS)
def test_an_engine_finds_exactly_what_finditer_finds(engine: Engine, patterns: tuple[Pattern, ...], text: str) -> None:
    spans, cut = engine.find(text)
    assert not cut
    assert sorted((patterns[number].name, start, end) for number, start, end in spans) == sorted(
        reference(patterns, text)
    )


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (r"a+", "may match more than"),
        (r"a{1,9}.*b", "may match more than"),
        (r"a?", "may match nothing"),
        (r"(a)\1", "not every engine reads alike"),
        (r"(?=a)a", "not every engine reads alike"),
        (r"^a", "not every engine reads alike"),
        (r"a$", "not every engine reads alike"),
        (r"a[\s]b", "not every engine reads alike"),
        (r"a(", "cannot be read"),
        ("é", "is not ASCII"),
    ],
)
@pytest.mark.parametrize("engine", [HyperscanEngine, Re2Engine])
def test_an_unfit_pattern_is_refused(engine: type[HyperscanEngine | Re2Engine], expression: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        engine([Pattern(name="unfit", expression=expression)])


def test_two_patterns_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two patterns are named twin"):
        HyperscanEngine([Pattern(name="twin", expression="a"), Pattern(name="twin", expression="b")])


def test_the_width_of_a_pattern_is_its_longest_match() -> None:
    assert width(Pattern(name="w", expression=r"a{2,5}(?:bc|d){1,3}")) == 11


@pytest.mark.parametrize("engine", [HyperscanEngine, Re2Engine])
def test_too_many_candidates_cut_the_search_short(engine: type[HyperscanEngine | Re2Engine]) -> None:
    spans, cut = engine([Pattern(name="x", expression="x")], candidates=10).find("x" * 50)
    assert (len(spans), set(cut)) == (10, {0})
    assert not engine([Pattern(name="x", expression="x")], candidates=50).find("x" * 50).cut


@pytest.mark.parametrize("term", [False, True])
@pytest.mark.parametrize("engine", [HyperscanEngine, Re2Engine])
def test_too_many_candidates_of_one_pattern_cut_that_one_short(
    engine: type[HyperscanEngine | Re2Engine], *, term: bool
) -> None:
    patterns = [Pattern(name="x", expression="x", term=term), Pattern(name="y", expression="y", term=term)]
    spans, cut = engine(patterns, each=10).find("x " * 50 + "y " * 10)
    assert ([number for number, _, _ in sorted(spans)], set(cut)) == ([0] * 10 + [1] * 10, {0})


def test_too_many_reports_cut_the_search_short() -> None:
    engine = HyperscanEngine([Pattern(name="x", expression="x")], reports=20)
    assert not engine.find("x" * 20).cut
    assert engine.find("x" * 50).cut


def test_a_saved_database_finds_the_same_and_one_that_does_not_fit_is_built_anew() -> None:
    engine = HyperscanEngine(SHIPPED)
    saved = engine.saved()
    text = "NHS number 943 476 5919, RESTRICTED"
    assert engine.find(text).spans
    for database in (saved, saved[:-9], b"nonsense", bytes(len(saved)), saved[:40] + bytes(len(saved) - 40)):
        assert HyperscanEngine(SHIPPED, database=database).find(text) == engine.find(text)


@pytest.mark.parametrize("engine", [HyperscanEngine, Re2Engine])
def test_no_patterns_find_nothing(engine: type[HyperscanEngine | Re2Engine]) -> None:
    assert engine([]).find("anything") == ([], frozenset())
