"""A learned form is known again filled in, edited, cut and read by OCR; other forms of the house are not it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.assess import Classifier
from gateway.classify.forms.examiner import ENOUGH, ENTITY, FormExaminer
from gateway.classify.forms.shingles import anchors, shingles
from gateway.classify.forms.sketch import LEAST, MOST, Hashes, Sketch, TooLittle
from gateway.classify.keyed import NotWhole
from gateway.model.inspection import Finding
from gateway.testing.forms import edit, fill_in, keep_part, letter_of_house, make_form, read_badly
from gateway.testing.people import make_people
from gateway.testing.policies import SHIPPED
from tests.unit.classify.classifying import part_of

KEY = b"f" * 32
COUNT = 40
FORMS = tuple(make_form(number) for number in range(COUNT))
FILLED = tuple(fill_in(form, person) for form, person in zip(FORMS, make_people(COUNT), strict=True))


@cache
def sketches() -> tuple[Sketch, ...]:
    return tuple(Sketch.of([form], KEY) for form in FORMS)


@cache
def few() -> Classifier:
    """Knows the first ten forms."""
    examiner = FormExaminer({f"form-{number}": sketch for number, sketch in enumerate(sketches()[:10])}, KEY)
    return Classifier.build([examiner], SHIPPED)


def found_in(*texts: str) -> list[Finding]:
    part = part_of(*(("body", text) for text in texts))
    return [each for each in few().classify((part,)).findings if each.entity == ENTITY]


def names(findings: list[Finding]) -> set[str]:
    return {each.why[1] for each in findings}


def containment(sketch: Sketch, text: str) -> float:
    there = {hashed for hashed, _, _ in Hashes.of(KEY).shingles(text)}
    return len(there & sketch.shingles) / len(sketch.shingles)


CHANGES: dict[str, tuple[Callable[[str, int], str], float, float]] = {
    # what was done to a filled-in copy: the least containment of any, and the recall at the threshold
    "filled in": (lambda text, _: text, 0.95, 1.0),
    "one word in ten is another": (lambda text, number: edit(text, 0.10, number), 0.50, 1.0),
    "one word in five is another": (lambda text, number: edit(text, 0.20, number), 0.25, 0.7),
    "three lines in ten are gone, halves swapped": (lambda text, number: keep_part(text, 0.7, number), 0.30, 0.95),
    "half the lines are gone, halves swapped": (lambda text, number: keep_part(text, 0.5, number), 0.20, 0.7),
    "3 % of characters misread": (lambda text, number: read_badly(text, 0.03, number), 0.55, 1.0),
    "6 % of characters misread": (lambda text, number: read_badly(text, 0.06, number), 0.40, 0.95),
    "all in one line": (lambda text, _: " ".join(text.split()), 0.90, 1.0),
    "capitals": (lambda text, _: text.upper(), 0.95, 1.0),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_curve_of_recall(change: str) -> None:
    alter, least, recall = CHANGES[change]
    shares = [containment(sketches()[number], alter(text, number)) for number, text in enumerate(FILLED)]
    assert min(shares) >= least
    assert sum(share >= ENOUGH for share in shares) >= recall * COUNT


@pytest.mark.parametrize("change", CHANGES)
def test_the_examiner_finds_what_the_curve_says(change: str) -> None:
    alter, _, recall = CHANGES[change]
    found = [f"form-{number}" in names(found_in(alter(FILLED[number], number))) for number in range(10)]
    assert sum(found) >= recall * 10 - 1


def test_other_forms_of_the_house_stay_below_the_threshold() -> None:
    shares = [
        containment(sketch, FILLED[other])
        for own, sketch in enumerate(sketches())
        for other in range(COUNT)
        if own != other
    ]
    assert len(shares) == COUNT * (COUNT - 1)
    assert max(shares) < ENOUGH
    others = [number for number in range(10, COUNT) if found_in(FILLED[number])]
    assert others == []


def test_letters_on_the_same_paper_are_no_forms() -> None:
    letters = [
        letter_of_house([f"Thank you for your letter about the {form.splitlines()[5].lower()}."]) for form in FORMS
    ]
    assert max(containment(sketch, text) for sketch in sketches() for text in letters) < ENOUGH / 2
    assert [text for text in letters if found_in(text)] == []


def test_a_finding_says_which_form_and_how_much_of_it_and_where() -> None:
    text = f"Dear all,\nsee below.\n\n{FILLED[3]}\n"
    (found,) = found_in(text)
    assert found.why == ("form", "form-3", "10 of 10")
    assert found.confidence == 0.95
    assert text[found.start :].startswith("Exampleshire County Council")
    (half,) = found_in(keep_part(FILLED[3], 0.6))
    assert half.why[2] in {f"{tenths} of 10" for tenths in range(4, 8)}


def test_a_form_in_several_segments_and_one_across_blocks_is_found() -> None:
    lines = FILLED[2].split("\n\n")
    assert names(found_in(*lines)) == {"form-2"}
    filler = "The weather stayed fine and nothing else happened on that day.\n" * 1000
    assert names(found_in(filler + FILLED[2] + filler)) == {"form-2"}
    assert names(found_in(filler[: 65_536 - 1_500] + FILLED[2])) == {"form-2"}


def test_a_filled_in_report_can_be_learnt_and_a_page_of_a_long_one_is_found() -> None:
    long = "\n".join(fill_in(make_form(number), person) for number, person in enumerate(make_people(30, "long")))
    sketch = Sketch.of([long], KEY)
    assert len(sketch.shingles) <= MOST
    classifier = Classifier.build([FormExaminer({"long": sketch}, KEY)], SHIPPED)
    page = long[len(long) // 2 : len(long) // 2 + 4_000]
    (found,) = classifier.classify((part_of(("body", page)),)).findings
    assert found.confidence == 0.6


@pytest.mark.parametrize(
    "text", ["", "short", "one two three four five six seven", "Name:\nDate:\n", "1 2 3 " * 500, "word " * 5000]
)
def test_too_little_to_know_a_form_by(text: str) -> None:
    with pytest.raises(TooLittle, match=str(LEAST)):
        Sketch.of([text], KEY)


def test_digits_marks_and_line_breaks_make_no_difference() -> None:
    assert anchors("Contact: consider all of the county") == anchors("CONTACT\n12 - consider, all of the_county")
    flowing = (
        "the manager of the service must check this whole form before it goes to\nthe panel for a decision at last"
    )
    assert {each for each, _, _ in shingles(flowing)} == {each for each, _, _ in shingles(flowing.replace("\n", " "))}


@given(text=st.text(alphabet="abco :\n\t_.é1", max_size=200), learning=st.booleans())
def test_shingles_stand_where_they_say(text: str, *, learning: bool) -> None:
    for shingle, start, end in shingles(text, learning=learning):
        assert 0 <= start < end <= len(text)
        assert re.findall(r"[^\W\d_]+", text[start:end].lower()) == shingle.split(" ")


def test_what_is_learnt_is_found_in_what_it_was_learnt_from() -> None:
    for sketch, form in zip(sketches(), FORMS, strict=True):
        assert containment(sketch, form) == 1


def test_a_sketch_survives_its_file_and_nothing_else_does() -> None:
    sketch = sketches()[0]
    content = b"".join(sketch.pieces(KEY))
    assert Sketch.read(content, KEY) == sketch
    with pytest.raises(NotWhole):
        Sketch.read(content, b"x" * 32)
    for cut in range(0, len(content), 97):
        with pytest.raises(NotWhole):
            Sketch.read(content[:cut], KEY)
        with pytest.raises(NotWhole):
            Sketch.read(content[:cut] + bytes([content[cut] ^ 1]) + content[cut + 1 :], KEY)


def test_no_words_stand_in_the_file_in_clear_or_hashed_without_the_key() -> None:
    content = b"".join(Sketch.of([FILLED[0]], KEY).pieces(KEY))
    values = set(re.findall(r"[a-z]{5,}", FILLED[0].lower())) | {each for each, _, _ in shingles(FILLED[0])}
    for value in values - {"anchors", "shingles", "sketches", "version", "every"}:
        assert value.encode() not in content
        for kind in ("md5", "sha256", "blake2b"):
            assert hashlib.new(kind, value.encode(), usedforsecurity=False).digest()[:8] not in content


@pytest.mark.parametrize(
    "unit", ["co", "counting coins ", "a:", "_", "word\n", "é" * 5, "contact number: ", "\n" * 60 + "x"]
)
def test_hostile_text_of_one_kind_is_read_in_bounded_time(unit: str) -> None:
    found_in(unit * (400_000 // len(unit)))


def test_a_huge_document_is_compared_in_bounded_time() -> None:
    assert names(found_in(FILLED[1] * 1_500)) == {"form-1"}  # four million characters, each of them likely
