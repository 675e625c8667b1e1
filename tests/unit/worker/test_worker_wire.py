from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import Extraction, Limits
from gateway.model.inspection import (
    LONGEST_NAME,
    MOST_NAMES,
    Finding,
    Gap,
    GapKind,
    Inspection,
    Marking,
    MarkingStatus,
    OpenedPart,
    Remark,
    RemarkKind,
    Segment,
    Where,
)
from gateway.model.tier import Tier
from gateway.worker import wire
from gateway.worker.wire import (
    Asked,
    Mode,
    extraction_answer,
    inspection_answer,
    parse_extraction,
    parse_inspection,
    parse_place,
    parse_request,
    write_request,
)

WORDS = st.text(max_size=30)
NAMES = st.text(st.characters(exclude_categories=["C"]), max_size=LONGEST_NAME)
SPOTS = st.sampled_from(Where)
GAPS = st.builds(Gap, part=WORDS, kind=st.sampled_from(GapKind), detail=WORDS)
REMARKS = st.builds(Remark, part=WORDS, kind=st.sampled_from(RemarkKind), detail=WORDS)
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
    key=WORDS,
)
MARKINGS = st.builds(
    Marking,
    scheme=WORDS,
    tier=st.sampled_from(Tier),
    text=WORDS,
    where=SPOTS,
    part=WORDS,
    score=st.integers(0, 100),
    shown=WORDS,
    descriptors=st.lists(WORDS, max_size=2).map(tuple),
    caveats=st.lists(WORDS, max_size=2).map(tuple),
    notes=st.lists(WORDS, max_size=2).map(tuple),
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
    remarks=st.lists(REMARKS, max_size=3).map(tuple),
    pages=st.integers(0, 99),
    thread=st.none() | MARKINGS,
    cover=st.none() | st.sampled_from(Tier),
    names=st.lists(NAMES, max_size=3).map(tuple),
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
    Extraction,
    parts=st.lists(PARTS, max_size=3).map(tuple),
    gaps=st.lists(GAPS, max_size=3).map(tuple),
    remarks=st.lists(REMARKS, max_size=3).map(tuple),
)
ASKED = st.builds(
    Asked,
    mode=st.sampled_from(Mode),
    name=WORDS,
    limits=st.builds(Limits, depth=st.integers(1, 9), pages=st.integers(0, 9)),
    seconds=st.floats(0, 300),
    lost=st.dictionaries(WORDS, st.sampled_from([GapKind.CRASHED, GapKind.TIMEOUT]), max_size=3),
    passwords=st.lists(WORDS, max_size=3).map(tuple),
)
GOOD: dict[str, Any] = {
    "media_type": "text/plain",
    "marking": None,
    "thread": ["gsc", 2, "t", "body", "p", 1, "", [], [], []],
    "cover": 0,
    "marking_status": "none",
    "findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, ["why"], "m", "k"]],
    "people": None,
    "gaps": [["p", "corrupt", ""]],
    "remarks": [["p", "unlocked", "AES-256"]],
    "pages": 2,
    "names": ["p/1/\u00e9t\u00e9\u00a0\U0001f512.pdf", "x" * LONGEST_NAME],
}


@given(INSPECTIONS)
def test_an_inspection_survives_the_wire(inspection: Inspection) -> None:
    assert parse_inspection(inspection_answer(inspection), 0.0) == inspection


@given(EXTRACTIONS)
def test_an_extraction_survives_the_wire(extraction: Extraction) -> None:
    assert parse_extraction(b"".join(extraction_answer(extraction))) == extraction


@pytest.mark.parametrize("more", [-1, 0, 1, wire.SLICE])
def test_a_long_text_survives_the_wire_in_slices(more: int) -> None:
    text = ('"\\\n\u00e9\U0001f512' * wire.SLICE)[: wire.SLICE + more]
    part = OpenedPart(
        part="p",
        media_type="text/plain",
        sha256="",
        segments=(Segment(where=Where.BODY, text=text), Segment(where=Where.FIELD, text="x", name='"')),
    )
    extraction = Extraction(parts=(part, part), gaps=())
    pieces = list(extraction_answer(extraction))
    assert max(map(len, pieces)) < 13 * wire.SLICE
    assert parse_extraction(b"".join(pieces)) == extraction


@given(ASKED)
def test_a_request_survives_the_wire(asked: Asked) -> None:
    assert parse_request(write_request(asked)) == asked


def test_a_password_does_not_show_where_a_request_is_printed() -> None:
    asked = Asked(mode=Mode.INSPECT, name="a", limits=Limits(), seconds=1, passwords=("quetzal",))
    assert "quetzal" not in repr(asked)


@pytest.mark.parametrize("place", ["a.zip", "a.zip/1/b", "a.zip#page 3", "a.zip/1/\u00e9.pdf#page 3"])
def test_a_place_within_the_part_is_one(place: str) -> None:
    assert parse_place(place.encode(), "a.zip") == place


@pytest.mark.parametrize(
    "said", [b"", b"b.zip", b"a.zipper", b"a.zip/\xff", b"a.zip/1/\x1b[2J", "a.zip/\u202e".encode(), b"/a.zip"]
)
def test_a_place_elsewhere_or_one_that_is_no_name_is_refused(said: bytes) -> None:
    assert is_refused(lambda: parse_place(said, "a.zip"))


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
        {"findings": [["d", "E", "p", 0, "nowhere", 0, 1, 0.5, [], "m", "k"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 7, [], "m", "k"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, True, [], "m", "k"]]},
        {"findings": [["d", "E", "p", "0", "body", 0, 1, 0.5, [], "m", "k"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, [7], "m", "k"]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, [], "m" * 2000, "k"]]},
        {"gaps": [["p", "clean", ""]]},
        {"gaps": None},
        {"gaps": [["a.zip/1/\ud800", "corrupt", ""]]},
        {"findings": [["d", "E", "p", 0, "body", 0, 1, 0.5, [], "\udc80", "k"]]},
        {"marking": ["gsc", 99, "t", "body", "p", 1, "", [], [], []]},
        {"marking": ["gsc", 2, "t", "body", "p", 1, "", [], [], [7]]},
        {"marking": ["gsc", 2, "t", "body", "p", 1, 7, [], [], []]},
        {"thread": ["gsc", 2, "t", "body", "p", 1]},
        {"cover": 99},
        {"cover": "PROTECT"},
        {"marking": "SECRET"},
        {"more": 1},
        {"pages": -1},
        {"pages": None},
        {"names": None},
        {"names": "plan.docx"},
        {"names": {"plan.docx": 1}},
        {"names": [["plan.docx"]]},
        {"names": [7]},
        {"names": ["x" * (LONGEST_NAME + 1)]},
        {"names": ["x"] * (MOST_NAMES + 1)},
        {"names": ["a.zip/1/\x1b[2J"]},
        {"names": ["a.zip/1/\u202egpj.exe"]},
        {"names": ["a.zip/1/\ud800"]},
        {"names": ["a\x00b"]},
        {"remarks": [["p", "fine", ""]]},
        {"remarks": [["p", "unlocked", "x" * 2000]]},
    ],
)
def test_an_answer_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    assert is_refused(lambda: parse_inspection(json.dumps(GOOD | wrong).encode(), 0.0))


@pytest.mark.parametrize("item", ["[]", "{}", "0"])
def test_an_answer_of_very_many_values_is_refused_before_it_takes_memory(item: str) -> None:
    nonsense = json.dumps(GOOD).replace('"gaps": [', f'"gaps": [{",".join([item] * wire.MOST_VALUES)},').encode()
    tracemalloc.start()
    assert is_refused(lambda: parse_inspection(nonsense, 0.0))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


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
