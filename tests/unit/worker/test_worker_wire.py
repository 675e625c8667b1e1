from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import Extraction, Limits
from gateway.model.inspection import (
    Finding,
    Gap,
    GapKind,
    Inspection,
    Marking,
    MarkingStatus,
    OpenedPart,
    Segment,
    Where,
)
from gateway.model.tier import Tier
from gateway.worker.wire import (
    Mode,
    extraction_answer,
    inspection_answer,
    parse_extraction,
    parse_inspection,
    parse_request,
    request,
)

WORDS = st.text(max_size=30)
SPOTS = st.sampled_from(Where)
GAPS = st.builds(Gap, part=WORDS, kind=st.sampled_from(GapKind), detail=WORDS)
FINDINGS = st.builds(
    Finding,
    detector=WORDS,
    entity=WORDS,
    part=WORDS,
    segment=st.integers(0, 9),
    where=SPOTS,
    start=st.integers(0, 99),
    end=st.integers(0, 99),
    confidence=st.floats(0, 1),
    why=st.lists(WORDS, max_size=3).map(tuple),
    masked=WORDS,
)
MARKINGS = st.builds(
    Marking,
    scheme=WORDS,
    tier=st.sampled_from(Tier),
    text=WORDS,
    where=SPOTS,
    part=WORDS,
    score=st.integers(0, 100),
)
INSPECTIONS = st.builds(
    Inspection,
    media_type=st.just("text/plain"),
    marking=st.none() | MARKINGS,
    marking_status=st.sampled_from(MarkingStatus),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    people=st.none() | st.integers(0, 99),
    gaps=st.lists(GAPS, max_size=3).map(tuple),
    elapsed_ms=st.just(0.0),
)
SEGMENTS = st.builds(Segment, where=SPOTS, text=WORDS, name=WORDS)
PARTS = st.builds(
    OpenedPart,
    part=WORDS,
    media_type=st.just("application/pdf"),
    sha256=st.just("0" * 64),
    segments=st.lists(SEGMENTS, max_size=3).map(tuple),
)
EXTRACTIONS = st.builds(
    Extraction, parts=st.lists(PARTS, max_size=3).map(tuple), gaps=st.lists(GAPS, max_size=3).map(tuple)
)
GOOD: dict[str, Any] = {
    "media_type": "text/plain",
    "marking": None,
    "marking_status": "none",
    "findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, ["why"], "m"]],
    "people": None,
    "gaps": [["p", "corrupt", ""]],
}


@given(INSPECTIONS)
def test_an_inspection_survives_the_wire(inspection: Inspection) -> None:
    assert parse_inspection(inspection_answer(inspection), 0.0) == inspection


@given(EXTRACTIONS)
def test_an_extraction_survives_the_wire(extraction: Extraction) -> None:
    assert parse_extraction(extraction_answer(extraction)) == extraction


@given(st.text(max_size=20), st.binary(max_size=50))
def test_a_request_survives_the_wire(name: str, content: bytes) -> None:
    pieces = request(Mode.INSPECT, name, Limits(depth=3), content)
    assert parse_request(b"".join(pieces)) == (Mode.INSPECT, name, Limits(depth=3), content)


def test_the_good_answer_is_good() -> None:
    assert parse_inspection(json.dumps(GOOD).encode(), 0.0).findings[0].confidence == 0.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"marking_status": "fine"},
        {"media_type": "text/plain; x=943 476 5919"},
        {"media_type": None},
        {"people": -1},
        {"people": True},
        {"people": 1.5},
        {"findings": {}},
        {"findings": [[]]},
        {"findings": [["d", "E", "p", 0, "nowhere", 0, 1, 0.5, [], "m"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 7, [], "m"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, True, [], "m"]]},
        {"findings": [["d", "E", "p", "0", "body", 0, 1, 0.5, [], "m"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, [7], "m"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, [], "m" * 2000]]},
        {"gaps": [["p", "clean", ""]]},
        {"gaps": None},
        {"marking": ["gsc", 99, "t", "body", "p", 1]},
        {"marking": "SECRET"},
        {"more": 1},
    ],
)
def test_an_answer_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    assert is_refused(lambda: parse_inspection(json.dumps(GOOD | wrong).encode(), 0.0))


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    assert is_refused(lambda: parse_extraction(noise))


def is_refused(parse: Callable[[], object]) -> bool:
    """Say whether an answer is refused, with the one error that the inspector expects."""
    try:
        parse()
    except ValueError:
        return True
    return False
