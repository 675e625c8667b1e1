"""Law 3: what was not inspected is a gap. No content makes extract raise, and no limit is passed in silence."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import Extraction, Inner, Limits
from gateway.extract.formats.text import MARKS
from gateway.extract.walk import extract
from gateway.model.inspection import Gap, GapKind, Segment, Where
from gateway.testing.sealed import sealed
from tests.unit.extract.reading import archive, opened, texts

TROUBLES = [ValueError, MemoryError, RecursionError, KeyboardInterrupt, SystemExit, GeneratorExit, BaseException]
TREES = st.recursive(
    st.text("ab \n", max_size=20).map(str.encode),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: archive({f"{n}.x": p for n, p in enumerate(parts)})),
    max_leaves=12,
)
LIMITS = st.builds(
    Limits,
    depth=st.integers(0, 3),
    parts=st.integers(1, 8),
    part_size=st.integers(1, 800),
    total_size=st.integers(1, 800),
    text_size=st.integers(0, 60),
)


class Failing:
    """An extractor that yields some of its findings, then raises."""

    name = "failing"
    media_types = frozenset({"text/plain", "application/zip"})

    def __init__(self, trouble: type[BaseException]) -> None:
        self.trouble = trouble

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        del limits
        yield Segment(where=Where.BODY, text="some")
        raise self.trouble(data)


@given(st.sampled_from(TROUBLES), TREES)
def test_an_extractor_that_raises_always_leaves_a_gap(trouble: type[BaseException], data: bytes) -> None:
    with sealed():
        extraction = extract("a", data, Limits(), [Failing(trouble)])
    assert bool(extraction.gaps) is bool(data)
    assert all(str(data) not in gap.detail for gap in extraction.gaps)


@given(TREES, LIMITS)
def test_less_room_never_means_fewer_gaps_and_never_silence(data: bytes, limits: Limits) -> None:
    whole, narrow = opened(data), opened(data, limits=limits)
    assert whole.gaps == ()
    if _content(narrow) != _content(whole):
        assert narrow.gaps
        named = {"depth", "parts", "part_size", "total_size", "text_size"}
        assert {gap.detail for gap in narrow.gaps} <= named


@given(TREES, LIMITS)
def test_the_limits_hold(data: bytes, limits: Limits) -> None:
    narrow = opened(data, limits=limits)
    assert len(narrow.parts) <= limits.parts
    assert sum(len(segment.text) for part in narrow.parts for segment in part.segments) <= limits.text_size
    assert all(part.part.count("/") <= 2 * limits.depth for part in narrow.parts)


@given(st.binary(max_size=600))
def test_content_never_raises(data: bytes) -> None:
    extraction = opened(data)
    assert extraction.gaps or texts(extraction) or data in {b"", *(mark for mark, _ in MARKS)}


def test_nothing_to_open_it_with_is_a_gap() -> None:
    extraction = extract("a", b"text", Limits(), [])
    assert [gap.kind for gap in extraction.gaps] == [GapKind.UNSUPPORTED]


def _content(extraction: Extraction) -> list[tuple[str, str]]:
    return [(part.sha256, segment.text) for part in extraction.parts for segment in part.segments]
