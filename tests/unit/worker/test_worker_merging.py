from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.inspection import LONGEST_NAME, MOST_NAMES, Gap, GapKind, Inspection, Marking, MarkingStatus, Where
from gateway.model.tier import Tier
from gateway.worker import merge
from gateway.worker.merging import STRICTNESS, kept_names


def inspection(
    tier: Tier | None = None,
    status: MarkingStatus = MarkingStatus.NONE,
    people: int | None = None,
    gaps: tuple[Gap, ...] = (),
    names: tuple[str, ...] = (),
) -> Inspection:
    marking = tier and Marking(scheme="gsc", tier=tier, text="", where=Where.BODY, part="p", score=90)
    return Inspection(
        media_type="text/plain",
        marking=marking or None,
        marking_status=status,
        findings=(),
        people=people,
        gaps=gaps,
        elapsed_ms=1.0,
        names=names,
    )


def test_the_strictest_of_everything_is_kept() -> None:
    gap = Gap(part="p", kind=GapKind.CORRUPT)
    merged = merge(
        [
            inspection(Tier.PROTECT, MarkingStatus.MARKED, 2),
            inspection(Tier.SECRET, MarkingStatus.SUSPECTED, None, (gap,)),
            inspection(people=3),
        ]
    )
    assert merged.tier is Tier.SECRET
    assert merged.marking_status is MarkingStatus.MARKED
    assert merged.people == 5
    assert merged.gaps == (gap,)
    assert merged.elapsed_ms == 3.0
    assert merged.media_type == "text/plain"


def test_nothing_known_stays_unknown() -> None:
    assert merge([inspection(), inspection()]).people is None


def test_nothing_inspected_is_not_nothing_found() -> None:
    with pytest.raises(ValueError, match="nothing was inspected"):
        merge([])


def test_names_are_kept_of_every_part_attachments_before_what_is_in_them() -> None:
    first = inspection(names=("a.eml/1/b.zip", "a.eml/1/b.zip/1/c.txt", "a.eml/2/d.docx"))
    merged = merge([first, inspection(), inspection(names=("e.zip/1/f.csv",)), first])
    assert merged.names == ("a.eml/1/b.zip", "a.eml/2/d.docx", "e.zip/1/f.csv", "a.eml/1/b.zip/1/c.txt")


PATHS = st.lists(st.text("ab1/", max_size=30) | st.text(max_size=3 * LONGEST_NAME), max_size=3 * MOST_NAMES)


@given(PATHS)
def test_whatever_is_named_few_names_are_kept_that_end_as_they_did(paths: list[str]) -> None:
    kept = kept_names(paths)
    assert len(kept) == len(set(kept)) == min(MOST_NAMES, len({path[-LONGEST_NAME:] for path in paths}))
    assert all(len(name) <= LONGEST_NAME and any(path.endswith(name) for path in paths) for name in kept)
    assert set(kept_names(kept)) == set(kept)


def test_many_parts_of_one_attachment_hide_no_other() -> None:
    pictures = [f"a.eml/1/b.docx/{number}/c.png" for number in range(MOST_NAMES)]
    assert kept_names(["a.eml/1/b.docx", *pictures, "a.eml/2/d.docx"])[:2] == ("a.eml/1/b.docx", "a.eml/2/d.docx")


VALUES = st.builds(
    inspection,
    tier=st.none() | st.sampled_from([Tier.OFFICIAL, Tier.PROTECT, Tier.SECRET]),
    status=st.sampled_from(MarkingStatus),
    people=st.none() | st.integers(0, 9),
    gaps=st.lists(st.builds(Gap, part=st.just("p"), kind=st.sampled_from(GapKind)), max_size=2).map(tuple),
)


@given(st.lists(VALUES, min_size=1, max_size=4), VALUES)
def test_one_part_more_is_never_milder(parts: list[Inspection], another: Inspection) -> None:
    before, after = merge(parts), merge([*parts, another])
    assert after.tier >= before.tier
    assert STRICTNESS.index(after.marking_status) >= STRICTNESS.index(before.marking_status)
    assert (after.people or 0) >= (before.people or 0)
    assert set(after.gaps) >= set(before.gaps)
