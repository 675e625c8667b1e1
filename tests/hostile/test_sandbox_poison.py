"""One attachment that ends or hangs its worker costs one gap, and everything beside it is still inspected."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.extract import Limits
from gateway.model.inspection import Gap, GapKind, Where
from gateway.system.clock import MachineClock
from gateway.system.sandbox import Pool, describe_kernel
from gateway.testing.policies import SHIPPED
from gateway.worker import Inspector
from gateway.worker.setup import Setup
from tests.unit.extract.reading import archive

CHILD = (sys.executable, "-P", str(Path(__file__).with_name("poisoned_child.py")))
NUMBER = b"NHS number 943 476 5919\n"

pytestmark = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    setup = Setup(policies=SHIPPED).write()
    made = Pool(CHILD, setup, size=1, memory=2 << 30, deadline=60.0)
    yield made
    made.close()


def inspector(pool: Pool, *, deadline: float = 100.0, part_deadline: float = 10.0) -> Inspector:
    """Return one with enough time for what is harmless, however slow the machine is."""
    return Inspector(pool, deadline=deadline, part_deadline=part_deadline, limits=Limits(), clock=MachineClock())


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (b"ABORT now", GapKind.CRASHED),
        (b"EXIT now", GapKind.CRASHED),
        (b"FAULT now", GapKind.CRASHED),
        (b"HANG now", GapKind.TIMEOUT),
    ],
)
def test_a_poisonous_attachment_is_one_gap_and_the_rest_is_inspected(pool: Pool, deed: bytes, kind: GapKind) -> None:
    inner = archive({"before.txt": NUMBER, "poison.txt": deed, "after.txt": NUMBER})
    seen = inspector(pool).inspect("a.zip", archive({"first.txt": NUMBER, "b.zip": inner, "last.txt": NUMBER}))
    assert seen.gaps == (Gap(part="a.zip/2/b.zip/2/poison.txt", kind=kind, detail="worker"),)
    assert [found.part for found in seen.findings] == [
        "a.zip/1/first.txt",
        "a.zip/2/b.zip/1/before.txt",
        "a.zip/2/b.zip/3/after.txt",
        "a.zip/3/last.txt",
    ]


def test_several_poisonous_attachments_are_a_gap_each(pool: Pool) -> None:
    seen = inspector(pool).inspect("a.zip", archive({"1": b"ABORT 1", "2": NUMBER, "3": b"HANG 3", "4": b"EXIT 4"}))
    assert [(gap.part, gap.kind) for gap in seen.gaps] == [
        ("a.zip/1/1", GapKind.CRASHED),
        ("a.zip/3/3", GapKind.TIMEOUT),
        ("a.zip/4/4", GapKind.CRASHED),
    ]
    assert [found.part for found in seen.findings] == ["a.zip/2/2"]


def test_a_hundred_poisonous_attachments_cost_the_whole_file_and_not_a_hundred_workers(pool: Pool) -> None:
    seen = inspector(pool).inspect("a.zip", archive({str(number): b"ABORT" for number in range(100)}))
    assert Gap(part="a.zip", kind=GapKind.CRASHED, detail="worker") in seen.gaps


def test_a_poisonous_file_without_parts_is_a_gap_for_all_of_it(pool: Pool) -> None:
    seen = inspector(pool).inspect("a.txt", b"ABORT now")
    assert seen.gaps == (Gap(part="a.txt", kind=GapKind.CRASHED, detail="worker"),)
    assert inspector(pool).inspect("a.txt", NUMBER).gaps == ()


def test_a_picture_that_hangs_the_reader_is_a_gap_and_the_other_pictures_are_read(pool: Pool) -> None:
    seen = inspector(pool).extract("a.zip", archive({"p.txt": b"PICTURES here"}))
    assert seen.gaps == (Gap(part="a.zip/1/p.txt", kind=GapKind.TIMEOUT, detail="picture 5"),)
    words = [item.text for part in seen.parts for item in part.segments if item.where is Where.OCR]
    assert words == [f"number {number}" for number in (1, 2, 3, 4, 6, 7, 8)]


def test_pictures_stop_in_time_instead_of_taking_the_text_down_with_them(pool: Pool) -> None:
    made = inspector(pool, deadline=16.0, part_deadline=16.0)
    seen = made.extract("a.txt", b"SLOW ones")  # half as long again, if all of them were read
    [gap] = seen.gaps
    assert (gap.kind, gap.detail.partition(": ")[2]) == (GapKind.IMAGE_NOT_READ, "time")
    assert any(item.where is Where.OCR for item in seen.parts[0].segments)
    assert any(item.text == "SLOW ones" for item in seen.parts[0].segments)


def test_pages_that_were_read_are_counted(pool: Pool) -> None:
    made = inspector(pool)
    assert made.inspect("a.txt", b"PICTURES here", pages=3).pages == 3
    assert made.inspect("a.txt", b"PICTURES here", pages=0).pages == 0
    assert made.inspect("a.txt", NUMBER).pages == 0
