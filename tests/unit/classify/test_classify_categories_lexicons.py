"""Lexicons: what a file may say, what is wrong with one, and that what ships is found as it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Candidate
from gateway.classify.assess import Classifier
from gateway.classify.categories.lexicon import VALUES, read_lexicons, word_of
from gateway.classify.categories.table import CATEGORIES, RELIGION
from gateway.classify.informed import informed
from gateway.classify.patterns import reference, width
from gateway.errors import Invalid
from gateway.model.inspection import GapKind
from gateway.testing.policies import SHIPPED
from tests.architecture.house import ROOT
from tests.unit.classify.classifying import part_of

SECTIONS = frozenset({"strong", "weak", "value"})
FOLDER = ROOT / "policies" / "lexicons"


def read(text: str) -> dict[str, list[str]]:
    """Return the sections of one lexicon."""
    lexicon = read_lexicons(("lexicons/made.txt",), SECTIONS, {"lexicons/made.txt": text})
    return {section: list(terms) for section, terms in lexicon.sections.items()}


def test_sections_comments_and_short_forms() -> None:
    text = "# a comment\n[strong]\nmosque(s)   # another\nbar mitzvah\nmosque\n\n[value]\nSikh\n"
    assert read(text) == {"strong": ["mosque", "mosques", "bar mitzvah"], "value": ["Sikh"]}


def test_values_give_no_patterns() -> None:
    lexicon = read_lexicons(("a",), SECTIONS, {"a": "[weak]\nLAC\nstrategy meeting\n[value]\nSikh\n"})
    assert lexicon.values() == {"sikh"}
    assert [(each.name, each.caseless, each.term) for each in lexicon.patterns()] == [
        ("weak/LAC", False, False),
        ("weak/strategy meeting", True, True),
    ]
    assert lexicon.patterns("weak") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[strnog]\nmosque", "made.txt:1:1: 'strnog' is no section here; did you mean 'strong'?"),
        ("mosque\n[strong]", "made.txt:1:1: a term before the first section"),
        ("[strong]\nmosquée", "made.txt:2:1: a term is ASCII words"),
        ("[strong]\ntwo  blanks", "made.txt:2:1: a term is ASCII words"),
        (f"[strong]\n{'long ' * 50}term", "made.txt:2:1: a term is ASCII words"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(Invalid) as complaint:
        read(text)
    assert message in str(complaint.value)


def test_every_missing_lexicon_is_named_at_once() -> None:
    with pytest.raises(Invalid) as complaint:
        informed(CATEGORIES, {})
    told = {each.file.rpartition("/")[2] for each in complaint.value.complaints}
    assert told == {path.name for path in FOLDER.glob("*.txt")}
    assert all("missing" in each.message for each in complaint.value.complaints)


def test_a_category_whose_lexicon_was_not_read_is_a_gap() -> None:
    unread = Classifier([RELIGION], Classifier.build((), SHIPPED)._markings)
    (gap,) = unread.classify((part_of(("body", "Religion: Sikh")),)).gaps
    assert (gap.kind, gap.detail) == (GapKind.DETECTOR_FAILED, "religion")


def test_every_pattern_that_ships_may_load_and_has_a_name_of_its_own() -> None:
    for each in informed(CATEGORIES, SHIPPED):
        names = [pattern.name for pattern in each.patterns]
        assert len(names) == len(set(names)) > 0
        assert all(0 < width(pattern) < 300 for pattern in each.patterns)


def test_every_lexicon_names_its_source_and_its_licence() -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+\.txt)` \| .+ \| (.+) \|$", page, flags=re.MULTILINE))
    assert set(rows) == {path.name for path in FOLDER.glob("*.txt")}
    assert all(re.search(r"Apache-2\.0|OGL v3\.0|public domain", licence) for licence in rows.values())
    assert all("Source:" in path.read_text("utf-8")[:400] for path in FOLDER.glob("*.txt"))


TERMS = [
    (section, term)
    for category in CATEGORIES
    for section, terms in read_lexicons(category.lexicons, category.sections, SHIPPED).sections.items()
    if section not in {VALUES, "cue"}
    for term in terms
]


@given(
    which=st.sampled_from(TERMS), before=st.sampled_from(["", "the ", "\n", "("]), after=st.sampled_from(["", " ", ","])
)
def test_a_term_is_found_where_it_stands_alone_and_not_inside_a_word(
    which: tuple[str, str], before: str, after: str
) -> None:
    section, term = which
    lexicon = read_lexicons(("a",), frozenset({section}), {"a": f"[{section}]\n{term}\n"})
    (pattern,) = lexicon.patterns()
    expression = re.compile(reference(pattern), re.IGNORECASE if pattern.caseless else 0)
    text = f"{before}{term}{after}"
    found = expression.search(text)
    assert found is not None
    candidate = Candidate(pattern=pattern.name, start=found.start(), end=found.end())
    assert word_of(candidate, text) == (section, term)
    if term[0].isalnum() and term[-1].isalnum():
        assert expression.search(f"x{term}x") is None


def test_words_of_a_pattern_that_finds_many_are_those_in_the_text() -> None:
    assert word_of(Candidate(pattern="term/ending/", start=2, end=12), "a Tonsilitis b") == ("term", "tonsilitis")
