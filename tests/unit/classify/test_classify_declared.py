"""Detectors that an operator writes in YAML: what they find, and what the operator is told about a mistake."""

from __future__ import annotations

import pytest

from gateway.classify.assess import Classifier
from gateway.classify.builtin import builtin
from gateway.classify.checksums import CHECKSUMS
from gateway.classify.declared import declared, lexicon_terms
from gateway.errors import Invalid
from gateway.testing.policies import SHIPPED
from tests.unit.classify.classifying import part_of

CASE = r"""
detectors:
  - name: case_number
    entity: CASE_NUMBER
    says: a case number
    pattern: '\bSC-\d{6}\b'
    labels: [case number, our ref]
    cues: [social worker]
"""
CHECKED = r"""
detectors:
  - name: card_of_ours
    entity: LIBRARY_CARD
    says: a library card
    pattern: '\b\d{8}\b'
    checksum: luhn
    labels: [library card]
"""
PROJECTS = """
detectors:
  - name: projects
    entity: PROJECT
    says: a project nobody may name
    lexicon: projects.txt
    caseless: true
    alone: 80
"""
TERMS = "# names of projects\nBlue Heron\n\n  nightjar  \nBlue Heron\n"


def confidence(policy: str, text: str, **files: str) -> float:
    """Return how sure the operator's detectors are of anything in a text."""
    policies = {**SHIPPED, "detectors.yaml": policy, **{f"lexicons/{name}.txt": words for name, words in files.items()}}
    found = Classifier.build((), policies).classify((part_of(("body", text)),)).findings
    return max((each.confidence for each in found), default=0.0)


@pytest.mark.parametrize(
    ("policy", "text", "sure"),
    [
        (CASE, "SC-123456", 0.25),
        (CASE, "the social worker wrote about SC-123456", 0.7),
        (CASE, "Our ref: SC-123456", 0.85),
        (CASE, "name,case_number\nA,SC-123456\n", 0.85),
        (CASE, "XSC-123456", 0.0),
        (CHECKED, "library card 12345674", 0.95),
        (CHECKED, "library card 12345675", 0.6),
        (CHECKED, "12345674", 0.5),
        (CHECKED, "12345675", 0.0),
    ],
)
def test_a_declared_detector_weighs_shape_check_and_label(policy: str, text: str, sure: float) -> None:
    assert confidence(policy, text) == sure


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("about BLUE\nHERON and others", 0.8),
        ("about blue heron", 0.8),
        ("a Nightjar sang", 0.8),
        ("nightjars sing", 0.0),
        ("blueheron", 0.0),
        ("blue  heron", 0.0),
    ],
)
def test_a_lexicon_finds_its_terms_as_whole_words(text: str, sure: float) -> None:
    assert confidence(PROJECTS, text, projects=TERMS) == sure


def test_a_lexicon_file_has_one_term_a_line() -> None:
    assert lexicon_terms(TERMS) == ("Blue Heron", "nightjar")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("detector: []", "detectors.yaml:1:1: 'detector' is not a setting here; did you mean 'detectors'?"),
        (CASE.replace("'\\bSC-\\d{6}\\b'", "'SC-.*'"), "6:14: pattern 'pattern' may match more than"),
        (CASE.replace("'\\bSC-\\d{6}\\b'", "'(?=a)b'"), "6:14: pattern 'pattern' uses ASSERT"),
        (CASE.replace("'\\bSC-\\d{6}\\b'", "'(a'"), "6:14: pattern 'pattern' cannot be read"),
        (CASE.replace("    pattern: '\\bSC-\\d{6}\\b'\n", ""), "3:5: write either 'pattern' or 'lexicon'"),
        (CHECKED.replace("luhn", "lunh"), "did you mean 'luhn'?"),
        (CASE.replace("case_number", "Case"), "3:11:"),
        (PROJECTS, "6:14: there is no lexicon policies/lexicons/projects.txt"),
        (CASE + CASE.replace("\ndetectors:", ""), "there is a detector 'case_number' already"),
        (CASE + "    within: 0\n", "9:13:"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        declared({"detectors.yaml": text})
    assert sentence in str(caught.value)


def test_hostile_a_pattern_that_the_engine_cannot_take_is_named() -> None:
    pytest.importorskip("hyperscan")
    with pytest.raises(Invalid, match=r"6:14: the matching engine cannot take it"):
        declared({"detectors.yaml": CASE.replace("'\\bSC-\\d{6}\\b'", "'a.{0,200}b.{0,200}c'")})


def test_a_term_that_is_no_term_is_refused() -> None:
    with pytest.raises(Invalid, match="is no term"):
        declared({"detectors.yaml": PROJECTS, "lexicons/projects.txt": "na\u00efve"})


def test_a_declared_detector_may_not_take_the_name_of_one_that_is_built_in() -> None:
    with pytest.raises(ValueError, match="one name"):
        Classifier.build(builtin(), {**SHIPPED, "detectors.yaml": CASE.replace("case_number", "nino")})


def test_the_shipped_file_declares_none_and_no_file_declares_none() -> None:
    assert declared(SHIPPED) == ()
    assert declared({}) == ()


@pytest.mark.parametrize("name", sorted(CHECKSUMS))
@pytest.mark.parametrize("value", ["", "0", "A", "12345674", "ZZZZZZZZ", "9" * 400])
def test_a_checksum_answers_and_never_raises(name: str, value: str) -> None:
    assert CHECKSUMS[name](value) in {True, False}
