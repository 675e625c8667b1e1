from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest

from gateway.errors import Unsound
from gateway.extract import Limits
from gateway.model.inspection import Gap, GapKind, MarkingStatus, Where
from gateway.model.tier import Tier
from gateway.system.clock import MachineClock
from gateway.system.sandbox import Lost, Patience, Pool, WorkerLost, describe_kernel
from gateway.testing.policies import SHIPPED
from gateway.worker import Inspector
from gateway.worker.inspector import MOST_LOST
from gateway.worker.setup import Setup
from gateway.worker.wire import Asked, parse_request
from tests.unit.extract.reading import archive, opened, word

LETTER = b"OFFICIAL-SENSITIVE\n\nNHS number 943 476 5919\n"

pytestmark = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    made = Inspector.start(workers=1, setup=Setup(policies=SHIPPED), limits=Limits(part_size=1_000_000), deadline=60)
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


def test_what_is_attached_is_named_though_nothing_is_found_in_it(inspector: Inspector) -> None:
    mail = EmailMessage()
    mail["Subject"] = "The plan"
    mail.set_content("As we said.")
    mail.add_attachment("Nothing to see.", filename="plan.txt")
    mail.add_attachment(archive({"b/one.csv": "a,b\n", "two.txt": "x"}), "application", "zip", filename="set.zip")
    mail.add_attachment("Nor here.", filename="last.txt")
    seen = inspector.inspect("letter.eml", mail.as_bytes())
    assert (seen.findings, seen.gaps) == ((), ())
    assert seen.names == (
        "letter.eml/1/plan.txt",
        "letter.eml/2/set.zip",
        "letter.eml/3/last.txt",
        "letter.eml/2/set.zip/1/one.csv",
        "letter.eml/2/set.zip/2/two.txt",
    )


@pytest.mark.parametrize(
    ("content", "names"), [(LETTER, ()), (b"", ()), (archive({"a/Minutes.docx": b""}), ("f/1/Minutes.docx",))]
)
def test_only_what_is_within_is_named(inspector: Inspector, content: bytes, names: tuple[str, ...]) -> None:
    assert inspector.inspect("f", content).names == names


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


TOP: dict[str, Any] = {
    "media_type": "application/zip",
    "marking": None,
    "thread": None,
    "cover": None,
    "marking_status": "none",
    "findings": [],
    "people": None,
}
CLEAN = json.dumps(TOP | {"gaps": [], "remarks": [], "pages": 0, "names": []}).encode()


@dataclass
class Losing(Pool):
    """A pool whose workers are lost one after the other, or were taken over. It keeps what it was asked."""

    said: list[bytes | WorkerLost]
    asked: list[Asked] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)

    def ask(self, asked: bytes, content: bytes, patience: Patience) -> bytes:
        del content
        self.asked.append(parse_request(asked))
        self.fresh.append(patience.fresh)
        assert patience.seconds == pytest.approx(self.asked[-1].seconds)
        said = self.said.pop(0)
        if isinstance(said, WorkerLost):
            raise said
        return said


def lost(kind: Lost, at: bytes | None = None, seconds: float = 0.0) -> WorkerLost:
    return WorkerLost(kind, at=at, seconds=seconds)


def over(*said: bytes | WorkerLost) -> tuple[Inspector, Losing]:
    pool = Losing(list(said))
    return Inspector(pool, deadline=10.0, limits=Limits(), clock=MachineClock()), pool


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (lost(Lost.CRASHED), GapKind.CRASHED),
        (lost(Lost.TIMEOUT), GapKind.TIMEOUT),
        (lost(Lost.TIMEOUT, b"a.txt"), GapKind.TIMEOUT),
        (lost(Lost.CRASHED, b"elsewhere"), GapKind.CRASHED),
        (lost(Lost.CRASHED, b"a.txt/\xff"), GapKind.CRASHED),
        (lost(Lost.TIMEOUT, b"a.txt/1/b", seconds=10), GapKind.TIMEOUT),
        (lost(Lost.ENDED, b"a.txt/1/b", seconds=10), GapKind.CRASHED),
        (b"", GapKind.CRASHED),
        (b"{}", GapKind.CRASHED),
        (b"[" * 100_000, GapKind.CRASHED),
        (b"\xff\xfe", GapKind.CRASHED),
    ],
)
def test_a_lost_or_lying_worker_is_a_gap(said: bytes | WorkerLost, kind: GapKind) -> None:
    seen = over(said)[0].inspect("a.txt", b"x")
    assert [(gap.part, gap.kind) for gap in seen.gaps] == [("a.txt", kind)]
    assert seen.marking is None
    assert [(gap.part, gap.kind) for gap in over(said)[0].extract("a.txt", b"x").gaps] == [("a.txt", kind)]


def test_a_worker_lost_within_a_part_costs_what_it_was_at_and_the_next_one_passes_over_it() -> None:
    made, pool = over(
        lost(Lost.CRASHED, b"a.zip/2/b", seconds=1), lost(Lost.TIMEOUT, b"a.zip/3/c#page 4", seconds=2), CLEAN
    )
    seen = made.inspect("a.zip", b"x")
    assert [(gap.part, gap.kind) for gap in seen.gaps] == [
        ("a.zip/2/b", GapKind.CRASHED),
        ("a.zip/3/c#page 4", GapKind.TIMEOUT),
    ]
    assert seen.media_type == "application/zip"
    assert [each.seconds for each in pool.asked] == [10, 9, 7]
    assert pool.asked[-1].lost == {"a.zip/2/b": GapKind.CRASHED, "a.zip/3/c#page 4": GapKind.TIMEOUT}


def test_what_the_next_worker_says_of_the_loss_itself_is_not_said_twice() -> None:
    gaps = [["a.zip/2/b", "crashed", "worker"], ["a.zip/3/c", "timeout", "page 4"]]
    made, _ = over(
        lost(Lost.CRASHED, b"a.zip/2/b"),
        lost(Lost.TIMEOUT, b"a.zip/3/c#page 4"),
        json.dumps(TOP | {"gaps": gaps, "remarks": [], "pages": 0, "names": []}).encode(),
    )
    assert [[gap.part, gap.kind, gap.detail] for gap in made.inspect("a.zip", b"x").gaps] == gaps


def test_a_lie_about_the_place_never_leaves_less_than_a_gap() -> None:
    made, pool = over(lost(Lost.CRASHED, b"a.zip/99/there is no such part"), CLEAN)
    assert [gap.kind for gap in made.inspect("a.zip", b"x").gaps] == [GapKind.CRASHED]
    made, pool = over(lost(Lost.CRASHED, b"a.zip/1/b"), lost(Lost.CRASHED, b"a.zip/1/b"))
    assert GapKind.CRASHED in {gap.kind for gap in made.inspect("a.zip", b"x").gaps if gap.part == "a.zip"}
    assert len(pool.asked) == 2


def test_content_that_ends_one_worker_after_the_other_is_given_up() -> None:
    made, pool = over(*(lost(Lost.CRASHED, b"a.zip/%d/b" % number) for number in range(50)))
    gaps = made.inspect("a.zip", b"x").gaps
    assert len(pool.asked) == MOST_LOST + 1
    assert Gap(part="a.zip", kind=GapKind.CRASHED, detail="worker") in gaps


def test_what_a_killed_worker_read_is_read_once_more_in_a_fresh_one() -> None:
    made, pool = over(lost(Lost.ENDED, b"a.zip/2/b", seconds=1), CLEAN)
    assert made.inspect("a.zip", b"x").gaps == ()
    assert [(each.seconds, each.lost) for each in pool.asked] == [(10, {}), (9, {})]
    assert pool.fresh == [False, True]


def test_content_that_kills_its_worker_again_is_a_gap() -> None:
    made, pool = over(*(lost(Lost.ENDED, b"a.txt") for _ in range(50)))
    assert [gap.kind for gap in made.inspect("a.txt", b"x").gaps] == [GapKind.CRASHED]
    assert len(pool.asked) == 2


def test_content_that_kills_one_worker_after_the_other_is_given_up_too() -> None:
    made, pool = over(*(lost(Lost.ENDED, b"a.zip/%d/b" % number) for number in range(50)))
    assert Gap(part="a.zip", kind=GapKind.CRASHED, detail="worker") in made.inspect("a.zip", b"x").gaps
    assert len(pool.asked) == MOST_LOST + 2


def test_a_worker_that_was_told_passwords_is_read_after_like_any_other() -> None:
    made, pool = over(lost(Lost.ENDED), CLEAN)
    assert made.inspect("a.zip", b"x", passwords=["open"]).gaps == ()
    assert [each.passwords for each in pool.asked] == [("open",)] * 2


def test_the_budget_of_pictures_is_what_the_transfer_has_left() -> None:
    made, pool = over(CLEAN, CLEAN)
    made.inspect("a.zip", b"x", pages=3)
    made.inspect("a.zip", b"x", pages=10_000)
    assert [each.limits.pages for each in pool.asked] == [3, Limits().pages]


def test_a_missing_plug_in_stops_the_start() -> None:
    with pytest.raises(Unsound, match="nowhere"):
        Inspector.start(workers=1, setup=Setup(plugins={"extractors": ["nowhere"]}))
