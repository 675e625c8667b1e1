"""Stories of one person, and texts about people at large: the pronouns, the sayings, and what tells of nobody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.categories.person import Link
from gateway.classify.categories.record import Evidence, confidence_of
from gateway.classify.categories.story import is_about_nobody, is_own_story, is_story, is_to_anybody, sayings, sides
from gateway.model.inspection import COUNTS_FROM

STORIES = [
    ("She was well until May, when her left arm became weak.", True),
    ("Pt seen with wife. Wife reports he falls.", True),
    ("Resident ate half. Daughter visited.", True),
    ("Patients who smoke are at risk; each patient should be asked.", False),
    ("The patient list loads faster. The patient portal is down.", False),
    ("You should see your doctor if your symptoms last.", False),
]


@pytest.mark.parametrize(("text", "told"), STORIES)
def test_a_story_says_he_or_she_or_names_a_case(text: str, *, told: bool) -> None:
    assert is_story(text) is told


def test_a_long_text_takes_one_pronoun_more() -> None:
    assert is_story("He fell. His hip hurts.")
    assert not is_story("He fell. His hip hurts." + " The weather was fine." * 30)


def test_who_writes_of_themselves_says_i_over_and_over() -> None:
    assert is_own_story("I fell on Monday and I hurt my wrist, so I went to the clinic with my wife.")
    assert not is_own_story("I hope all is well. I attach the report.")


SAYINGS = [
    ("his tablets", 1),
    ("Her new inhaler and her old inhaler", 2),
    ("my blood pressure", 1),
    ("she has been very poorly", 1),
    ("mum's confused again", 1),
    ("he cannot lift the kettle", 1),
    ("pain in his right knee", 1),
    ("the ankle is swollen", 1),
    ("I've got asthma", 1),
    # nobody's
    ("the tablets", 0),
    ("their medication", 0),
    ("the process is unwell", 0),
    ("a pain in the proverbial", 0),
]


@pytest.mark.parametrize(("text", "number"), SAYINGS)
def test_a_saying_gives_an_ailment_or_its_care_to_somebody(text: str, number: int) -> None:
    assert sayings(text) == number


def test_parts_of_the_body_with_their_side_count_once_each() -> None:
    assert sides("Left knee and LEFT KNEE, R wrist, bilateral hip") == 3
    assert sides("the right answer, left over, left hand side of the page") == 1


def test_two_different_marks_make_a_text_nobodys() -> None:
    assert not is_about_nobody("The agenda is attached.")
    assert is_about_nobody("The agenda is attached. Apologies: Dr Lunt.")
    assert is_about_nobody("The vet saw the puppy.")
    assert is_to_anybody("If you feel faint you should sit down.")
    assert not is_to_anybody("If you have queries please ring.")


def evidence(text: str, weight: int, linked: Link, **other: int) -> Evidence:
    """Return evidence of one cue and one term."""
    given_ = {"solid": 2, "plain": 0, "marks": 0, "length": len(text)} | other
    return Evidence(text=text, weight=weight, kinds={"cue": 1, "term": 1}, linked=linked, **given_)


def test_a_story_needs_less_than_a_role_and_a_role_less_than_nobody() -> None:
    text = "Seen today. Moved to the unit and improving slowly with rest."
    told = text + " He slept. She rang him."
    needed = {}
    for name, shown, linked in (
        ("story", told, Link.PRONOUN),
        ("role", text, Link.ROLE),
        ("nobody", text, Link.NONE),
    ):
        length = 500
        weights = range(1, 40)
        needed[name] = next(
            weight for weight in weights if confidence_of(evidence(shown, weight, linked, length=length)) >= COUNTS_FROM
        )
    assert needed["story"] < needed["role"] < needed["nobody"]


@given(
    weight=st.integers(0, 80),
    more=st.integers(0, 20),
    linked=st.sampled_from(Link),
    marks=st.integers(0, 8),
    length=st.integers(0, 1_500),
)
def test_more_evidence_never_makes_less_sure_and_more_manner_never_more(
    weight: int, more: int, linked: Link, marks: int, length: int
) -> None:
    sure = confidence_of(evidence("He fell. She came.", weight, linked, marks=marks, length=length))
    assert 0 <= sure < 1
    assert confidence_of(evidence("He fell. She came.", weight + more, linked, marks=marks, length=length)) >= sure
    assert confidence_of(evidence("He fell. She came.", weight, linked, marks=marks + 1, length=length)) <= sure


@pytest.mark.parametrize(
    "flood",
    ["i had " * 4_000, "i" + " had" * 6_000, "his abc " * 3_000, "pain in the " * 2_000, "he is very " * 2_000],
    ids=["i had", "had had", "his", "pain in", "he is"],
)
def test_a_flood_of_half_a_saying_is_read_in_little_time(flood: str) -> None:
    begun = time.process_time()
    sayings(flood)
    is_about_nobody(flood)
    assert time.process_time() - begun < 10
