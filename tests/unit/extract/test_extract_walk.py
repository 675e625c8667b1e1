from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import Aids, Inner, Limits
from gateway.extract.names import LONGEST, clean_name
from gateway.extract.walk import extract
from gateway.model.inspection import Gap, GapKind, Segment, Where
from tests.unit.extract.reading import EXTRACTORS, archive, opened, texts

KINDS = frozenset({"text/plain"})


class Raising:
    name = "raising"
    media_types = KINDS

    def __init__(self, trouble: BaseException) -> None:
        self.trouble = trouble

    def open(self, _data: bytes, _limits: Limits) -> Iterable[Segment | Inner | Gap]:
        yield Segment(where=Where.BODY, text="before")
        raise self.trouble


class Panic(BaseException):
    """What a native extension raises."""


@pytest.mark.parametrize(
    ("trouble", "kind", "detail"),
    [
        (ValueError("943 476 5919"), GapKind.CORRUPT, "ValueError"),
        (Panic("943 476 5919"), GapKind.CORRUPT, "Panic"),
        (MemoryError(), GapKind.TOO_LARGE, "MemoryError"),
        (RecursionError(), GapKind.TOO_DEEP, "RecursionError"),
        (SystemExit(3), GapKind.CRASHED, "interrupted"),
    ],
)
def test_whatever_an_extractor_raises_is_a_gap_without_its_words(
    trouble: BaseException, kind: GapKind, detail: str
) -> None:
    extraction = extract("a.txt", b"x", Limits(), [Raising(trouble)])
    assert extraction.gaps == (Gap(part="a.txt", kind=kind, detail=detail),)
    assert texts(extraction) == "before"


def test_every_extractor_that_knows_a_type_opens_it() -> None:
    extraction = extract("a.txt", b"x", Limits(), [Raising(ValueError()), *EXTRACTORS])
    assert texts(extraction) == "before\nx"
    assert len(extraction.gaps) == 1


def nested(levels: int) -> bytes:
    data = b"943 476 5919"
    for _ in range(levels):
        data = archive({"inner.zip": data})
    return data


@pytest.mark.parametrize(("levels", "is_read"), [(3, True), (4, False)])
def test_the_depth_limit_is_a_gap_that_names_it(levels: int, *, is_read: bool) -> None:
    extraction = opened(nested(levels), "a.zip", Limits(depth=3))
    assert ("943 476 5919" in texts(extraction)) is is_read
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == ([] if is_read else [(GapKind.TOO_DEEP, "depth")])


@pytest.mark.parametrize(
    ("limits", "kind", "detail"),
    [
        (Limits(parts=3), GapKind.TOO_MANY, "parts"),
        (Limits(part_size=600), GapKind.TOO_LARGE, "part_size"),
        (Limits(total_size=1_500), GapKind.TOO_LARGE, "total_size"),
        (Limits(text_size=1_500), GapKind.TOO_LARGE, "text_size"),
    ],
)
def test_every_limit_is_a_gap_that_names_it(limits: Limits, kind: GapKind, detail: str) -> None:
    extraction = opened(archive({f"{number}.txt": "x" * 700 for number in range(5)}), "a.zip", limits)
    assert (kind, detail) in {(gap.kind, gap.detail) for gap in extraction.gaps}
    assert len(extraction.parts) <= limits.parts
    assert len(texts(extraction)) < 5 * 710


def test_a_part_over_the_size_is_not_opened_at_all() -> None:
    extraction = opened(b"x" * 11, "a.txt", Limits(part_size=10))
    assert extraction.parts == ()
    assert extraction.gaps == (Gap(part="a.txt", kind=GapKind.TOO_LARGE, detail="part_size"),)


def test_the_outermost_part_comes_first_and_parts_are_numbered() -> None:
    extraction = opened(archive({"a.zip": archive({"b.txt": "x"}), "b.txt": "y", "c/b.txt": "z"}), "o.zip")
    assert [part.part for part in extraction.parts] == [
        "o.zip",
        "o.zip/1/a.zip",
        "o.zip/1/a.zip/1/b.txt",
        "o.zip/2/b.txt",
        "o.zip/3/b.txt",
    ]


def test_a_second_opinion_names_what_has_no_structure() -> None:
    extraction = extract(
        "a.bin", bytes(range(256)), Limits(), EXTRACTORS, Aids(second_opinion=lambda _data: "application/x-thing")
    )
    assert [(gap.kind, gap.detail) for gap in extraction.gaps] == [(GapKind.UNSUPPORTED, "application/x-thing")]


@pytest.mark.parametrize(
    ("untrusted", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\plan.docx", "plan.docx"),
        ("a\x00b\x1b[2J.txt", "a_b_[2J.txt"),
        ("invoice\u202etxt.exe", "invoice_txt.exe"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("dir/", "dir"),
    ],
)
def test_names_are_cleaned(untrusted: str, clean: str) -> None:
    assert clean_name(untrusted) == clean


@given(st.text(max_size=400))
def test_a_clean_name_is_short_printable_and_one_component(untrusted: str) -> None:
    name = clean_name(untrusted)
    assert 0 < len(name) <= LONGEST
    assert "/" not in name
    assert "\\" not in name
    assert name.encode().decode().isprintable() or " " in name or name.isascii() is False
    assert clean_name(name) == name


class Flooding:
    name = "flooding"
    media_types = KINDS

    def open(self, _data: bytes, _limits: Limits) -> Iterable[Segment | Inner | Gap]:
        yield from (Gap(part=f"{n}", kind=GapKind.IMAGE_NOT_READ) for n in range(6_000))
        yield Gap(part="last", kind=GapKind.ENCRYPTED)


def test_a_flood_of_gaps_of_one_kind_hides_none_of_another() -> None:
    gaps = extract("a", b"text", Limits(), [Flooding()]).gaps
    assert len(gaps) < 6_000
    assert {gap.kind for gap in gaps} == {GapKind.IMAGE_NOT_READ, GapKind.ENCRYPTED}
