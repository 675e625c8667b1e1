"""What the examiner makes of a model's tags, and which pieces of a text the model is shown."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Detection, Sight
from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin
from gateway.classify.names.model import GIVEN, SURNAME, ModelNames, Tag
from gateway.classify.names.windows import FIRST, MOST_WINDOWS, WIDEST, choose
from gateway.model.inspection import COUNTS_FROM, Segment, Where
from gateway.testing.policies import SHIPPED
from tests.unit.classify.classifying import part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

KNOWN = {"Ann": GIVEN, "Jo": GIVEN, "Smith": SURNAME, "Jones": SURNAME, "Leeds": "CITY"}


class Dictionary:
    """A tagger that knows five words, and remembers what it was shown."""

    def __init__(self, score: float = 0.9) -> None:
        self.score = score
        self.shown: list[str] = []

    def tag(self, text: str) -> Sequence[Tag]:
        self.shown.append(text)
        return [
            Tag(word.start(), word.end(), KNOWN[word.group()], self.score)
            for word in re.finditer(r"\w+", text)
            if word.group() in KNOWN
        ]


def sight_of(*texts: str, where: Where = Where.BODY, detections: dict[int, list[Detection]] | None = None) -> Sight:
    segments = [Segment(where=where, text=text) for text in texts]
    return Sight(part="part", media_type="text/plain", segments=segments, candidates={}, detections=detections or {})


def found(text: str, score: float = 0.9) -> list[tuple[str, bool]]:
    """Return the names, and whether they count."""
    examined = ModelNames(Dictionary(score)).examine(sight_of(text))
    return [(text[each.start : each.end], each.confidence >= COUNTS_FROM) for _, each in examined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we saw Ann Smith in Leeds", [("Ann Smith", True)]),
        ("Ann Jo Smith-Jones", [("Ann Jo Smith-Jones", True)]),
        ("Ann Smith\nJo Jones", [("Ann Smith", True), ("Jo Jones", True)]),
        ("Ann, Jo and Smith", [("Ann", False), ("Jo", False), ("Smith", False)]),
        ("Leeds", []),
    ],
)
def test_words_next_to_one_another_are_one_name_and_one_word_does_not_count(
    text: str, expected: list[tuple[str, bool]]
) -> None:
    assert found(text) == expected


def test_what_the_model_doubts_is_no_name() -> None:
    assert found("Ann Smith", score=0.7) == []


def test_what_rules_found_is_not_found_again() -> None:
    classifier = Classifier.build([*builtin(), ModelNames(Dictionary())], SHIPPED)
    text = "Patient: Ann Smith, seen with Jo Jones"
    names = [each for each in classifier.classify((part_of(("body", text)),)).findings if each.entity == "PERSON_NAME"]
    assert [(text[each.start : each.end], each.why) for each in names] == [
        ("Ann Smith", ("label",)),
        ("Jo Jones", ("model",)),
    ]


def nhs(start: int) -> Detection:
    return Detection(entity="NHS_NUMBER", start=start, end=start + 10, confidence=0.9, why=("label",))


def test_the_beginning_and_what_stands_around_findings_is_shown() -> None:
    text = "x " * 20_000
    windows, complete = choose(sight_of(text, detections={0: [nhs(10_000), nhs(30_000)]}))
    shown = [any(start <= place < end for _, start, end in windows) for place in (0, 2_900, 9_900, 10_100, 30_100)]
    assert all(shown)
    assert not any(start <= 20_000 < end for _, start, end in windows)
    assert complete


def test_findings_come_before_the_beginning_where_there_is_too_much_and_it_is_said() -> None:
    names = ModelNames(tagger := Dictionary())
    text = "x " * 50_000
    list(names.examine(sight_of(text, detections={0: [nhs(place) for place in range(5_000, 90_000, 1_000)]})))
    assert len(tagger.shown) == MOST_WINDOWS
    assert list(names.take_cut_short()) == ["part"]
    assert list(names.take_cut_short()) == []


@pytest.mark.parametrize("where", [Where.PROPERTY, Where.ATTACHMENT_NAME, Where.MAIL_HEADER, Where.LABEL])
def test_what_is_no_prose_is_not_shown(where: Where) -> None:
    assert choose(sight_of("Ann Smith", where=where)) == ([], True)


def test_tables_are_not_shown() -> None:
    cell = Detection(entity="PERSON_NAME", start=5, end=14, confidence=0.9, why=("column",), value="smith ann")
    assert choose(sight_of("Name\nAnn Smith\n", detections={0: [cell]})) == ([], True)


@given(
    st.lists(st.text(alphabet="ab \n", max_size=2_000), max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1_990)), max_size=20),
)
def test_windows_lie_within_the_text_apart_from_one_another_and_are_bounded(
    texts: list[str], places: list[tuple[int, int]]
) -> None:
    detections: dict[int, list[Detection]] = {}
    for number, start in places:
        if number < len(texts) and start + 10 <= len(texts[number]):
            detections.setdefault(number, []).append(nhs(start))
    windows, _ = choose(sight_of(*texts, detections=detections))
    assert len(windows) <= MOST_WINDOWS
    for number, start, end in windows:
        assert 0 <= start < end <= len(texts[number])
        assert end - start <= WIDEST
    for one, other in itertools.pairwise(windows):
        assert one.segment < other.segment or one.end <= other.start
    assert sum(end - start for _, start, end in windows) <= FIRST + 20 * 400
