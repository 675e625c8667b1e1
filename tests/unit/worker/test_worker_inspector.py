from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Unsound
from gateway.extract import Limits
from gateway.model.inspection import Gap, GapKind, MarkingStatus, Where
from gateway.model.tier import Tier
from gateway.system.clock import MachineClock
from gateway.system.sandbox import Lost, Pool, WorkerLost, describe_kernel
from gateway.worker import Inspector
from tests.unit.extract.reading import archive, opened, word

SCHEMES = Path("policies/schemes.yaml")
LETTER = b"OFFICIAL-SENSITIVE\n\nNHS number 943 476 5919\n"

pytestmark = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    made = Inspector.start(workers=1, schemes=SCHEMES.read_text(), limits=Limits(part_size=1_000_000), deadline=60)
    yield made
    made.close()


def test_marking_findings_and_people_come_back(inspector: Inspector) -> None:
    seen = inspector.inspect("letter.txt", LETTER)
    assert seen.media_type == "text/plain"
    assert seen.tier is Tier.OFFICIAL_SENSITIVE
    assert seen.marking_status is MarkingStatus.MARKED
    assert [(found.entity, LETTER[found.start : found.end]) for found in seen.findings] == [
        ("NHS_NUMBER", b"943 476 5919")
    ]
    assert seen.people == 1
    assert seen.gaps == ()
    assert seen.elapsed_ms > 0


def test_a_marking_deep_inside_counts(inspector: Inspector) -> None:
    header = word("", header1="<w:p><w:r><w:t>PROTECT - PERSONAL</w:t></w:r></w:p>")
    seen = inspector.inspect("a.zip", archive({"b.docx": header}))
    assert seen.marking is not None
    assert (seen.marking.tier, seen.marking.part, seen.marking.where) == (
        Tier.PROTECT,
        "a.zip/1/b.docx",
        Where.HEADER,
    )


def test_the_child_extracts_what_the_room_extracts(inspector: Inspector) -> None:
    for content in (LETTER, b"", word("<w:p><w:r><w:t>x</w:t></w:r></w:p>"), archive({"a": b"\xff" * 9}), b"%PDF-1.4"):
        assert inspector.extract("file", content) == opened(content, "file", Limits(part_size=1_000_000))


def test_too_large_a_part_never_reaches_a_worker(inspector: Inspector) -> None:
    seen = inspector.inspect("../big\x07.bin", b"x" * 1_000_001)
    assert seen.gaps == (Gap(part="big_.bin", kind=GapKind.TOO_LARGE, detail="part_size"),)


def test_unknown_bytes_get_a_name_from_libmagic(inspector: Inspector) -> None:
    gap = inspector.inspect("x", b"MZ\x90\x00" + bytes(60) + b"\x80\0\0\0" + bytes(60) + b"PE\0\0" + bytes(300)).gaps[0]
    assert gap.kind is GapKind.UNSUPPORTED
    assert gap.detail.startswith("application/")


class Losing(Pool):
    """A pool whose worker is lost, or whose child was taken over."""

    def __init__(self, said: bytes | Lost) -> None:
        self.said = said

    def ask(self, *request: bytes, seconds: float, longest: int = 0) -> bytes:
        del request, seconds, longest
        if isinstance(self.said, Lost):
            raise WorkerLost(self.said)
        return self.said


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Lost.CRASHED, GapKind.CRASHED),
        (Lost.TIMEOUT, GapKind.TIMEOUT),
        (b"", GapKind.CRASHED),
        (b"{}", GapKind.CRASHED),
        (b"[" * 100_000, GapKind.CRASHED),
        (b"\xff\xfe", GapKind.CRASHED),
    ],
)
def test_a_lost_or_lying_worker_is_a_gap(said: bytes | Lost, kind: GapKind) -> None:
    made = Inspector(Losing(said), deadline=1.0, limits=Limits(), clock=MachineClock())
    seen = made.inspect("a.txt", b"x")
    assert [(gap.part, gap.kind) for gap in seen.gaps] == [("a.txt", kind)]
    assert seen.marking is None
    assert [(gap.part, gap.kind) for gap in made.extract("a.txt", b"x").gaps] == [("a.txt", kind)]


def test_a_missing_plug_in_stops_the_start() -> None:
    with pytest.raises(Unsound, match="nowhere"):
        Inspector.start(workers=1, schemes=None, plugins={"extractors": ["nowhere"]})
