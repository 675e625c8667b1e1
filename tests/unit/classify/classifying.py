"""What the tests of this room share: the shipped schemes, a classifier of everything built in, parts of text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gateway.classify.assess import Classified, Classifier
from gateway.classify.builtin import builtin
from gateway.model.inspection import Finding, OpenedPart, Segment, Where
from gateway.testing.policies import SHIPPED

ROOT = Path(__file__).parents[3]
CORPORA = ROOT.parent / "shared" / "corpora"
SEEDS = ROOT.parent / "shared" / "seeds"
SCHEMES = SHIPPED


@cache
def classifier() -> Classifier:
    """Return one classifier for all tests; compiling takes a while."""
    return Classifier.build(builtin(), SHIPPED)


def part_of(*segments: tuple[str, str], part: str = "part", media_type: str = "text/plain") -> OpenedPart:
    """Return a part of `(where, text)` segments."""
    made = tuple(Segment(where=Where(where), text=text) for where, text in segments)
    return OpenedPart(part=part, media_type=media_type, sha256="", segments=made)


def classify(text: str, where: str = "body", media_type: str = "text/plain") -> Classified:
    """Classify one text."""
    return classifier().classify((part_of((where, text), media_type=media_type),))


def findings(text: str, entity: str, media_type: str = "text/plain") -> list[Finding]:
    """Return the findings of one entity in a body."""
    return [each for each in classify(text, media_type=media_type).findings if each.entity == entity]


def best(text: str, entity: str, media_type: str = "text/plain") -> float:
    """Return the highest confidence of an entity, 0 when it was not found."""
    return max((each.confidence for each in findings(text, entity, media_type)), default=0.0)
