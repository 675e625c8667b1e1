"""What is seen at a glance is what reading the whole text says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin
from gateway.classify.categories.initials import begun
from gateway.classify.marking import quotes
from gateway.classify.marking.grammar import Grammar
from gateway.classify.marking.layout import Layout
from gateway.classify.marking.lines import Line
from gateway.classify.marking.schemes import parse_schemes
from gateway.model.inspection import OpenedPart, Segment, Where
from gateway.testing.policies import SHIPPED

LINES = st.sampled_from(
    [
        *(
            "SECRET",
            "Dear all,",
            "> quoted",
            ">>> RESTRICTED <<<",
            "",
            "   ",
            ",,,",
            "\u00a0",
            "a\x0bb",
            "\x0c",
            "x" * 2_100,
        ),
        *("-- ", "--", "-- \r", "---", "--x", "-- signed", "> -- "),
        *(
            "From: A. Person",
            "from:",
            "* From: x",
            "Sent: today",
            "Date: today",
            "Subject: FROM: here",
            "said from: me",
        ),
        *("-----Original Message-----", "--- forwarded by x", "Begin forwarded message:", "we forwarded message: no"),
        *("On Monday A. Person wrote:", "On Monday the third of May", "a@b.example> wrote:", "WROTE: \u0130 wrote:"),
    ]
)
TEXTS = st.lists(LINES, max_size=14).map("\n".join)
SCHEMES = parse_schemes(SHIPPED).schemes
WORDS = ("he", "she", "hers?", "his", "i", "insulin")


def lines_of(text: str) -> list[Line]:
    found = re.finditer(r"[^\n\r\f\v]+", text)
    return [Line(start=each.start(), end=each.end(), text=each.group()) for each in found]


@given(TEXTS)
def test_a_line_is_among_the_last_whichever_line_was_asked_for_first(text: str) -> None:
    whole = Layout([text])
    whole._last = set(whole._backward())
    for line in lines_of(text):
        assert Layout([text]).is_last(0, line) == whole.is_last(0, line)


def test_lines_of_a_segment_above_are_not_the_last_when_three_follow() -> None:
    above, below = "one\nSECRET", "two\nthree\nfour"
    line = Line(start=4, end=10, text="SECRET")
    assert not Layout([above, below]).is_last(0, line)
    assert Layout([above, "two\nthree"]).is_last(0, line)


@given(TEXTS)
def test_headers_found_by_their_cues_are_those_found_everywhere(text: str) -> None:
    everywhere = [each.span() for each in quotes._HEADER.finditer(text)]
    assert [each.span() for each in quotes._headers(text)] == everywhere


def test_a_million_cues_in_one_line_are_read_once() -> None:
    assert quotes.Quotes("said\n" + "x from: " * 1_000_000).start == 5 + 8 * 1_000_000


@given(st.text(st.sampled_from("heHEsSri I_\u00e9\n"), max_size=30))
def test_words_by_their_initials_are_found_as_between_word_boundaries(text: str) -> None:
    for caseless in (False, True):
        slow = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE if caseless else 0)
        fast = re.compile(begun(WORDS, caseless=caseless) + r"\b")
        assert [each.span() for each in fast.finditer(text)] == [each.span() for each in slow.finditer(text)]


@pytest.mark.parametrize("phrase", sorted({level.phrase for each in SCHEMES for level in each.levels}))
def test_the_tier_of_each_level_is_told_in_any_case_and_with_any_separator(phrase: str) -> None:
    grammar = Grammar(SCHEMES)
    tier = grammar.tier_of(phrase)
    assert tier is not None
    assert grammar.tier_of(phrase.lower()) is tier
    assert grammar.tier_of(f"it says {phrase.title()}, that") is tier


def test_findings_come_in_the_order_of_detectors_not_of_patterns_that_match_first() -> None:
    name, number = "E-mail: ann.lee@post.example.org", "NHS number: 943 476 5919"
    classifier = Classifier.build(builtin(), SHIPPED)
    orders = []
    for text in (f"{name}\n{number}", f"{number}\n{name}", f"12 345 678 90 {name}\n{number}"):
        segment = Segment(where=Where.BODY, text=text)
        part = OpenedPart(part="letter.txt", media_type="text/plain", sha256="", segments=(segment,))
        orders.append([each.detector for each in classifier.classify((part,)).findings])
    assert {"email_address", "nhs_number"} <= set(orders[0])
    assert orders[0] == orders[1] == orders[2]
