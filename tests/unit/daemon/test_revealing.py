"""What may be shown of a file that is opened again: only what is just as it was inspected."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from gateway.classify.mask import mask
from gateway.classify.passages import passages_of
from gateway.daemon.revealing import standing
from gateway.extract import Extraction
from gateway.model.inspection import Finding, Gap, GapKind, Inspection, Marking, OpenedPart, Segment, Where
from gateway.model.tier import Tier
from gateway.testing.values import a_finding, an_inspection

NUMBER: Final = "943 476 5919"
FILE: Final = "letter #3.pdf"
MARKED: Final = "RESTRICTED - STAFF"
SECRET_LINE: Final = f"{MARKED} Blodwen Pugh is ill"
"""Of which nothing was found when it was inspected, and which bears what may be taken for the marking."""


def opened(*texts: str, gaps: tuple[Gap, ...] = (), part: str = FILE) -> Extraction:
    segments = tuple(Segment(where=Where.OCR, text=text) for text in texts)
    return Extraction(parts=(OpenedPart(part=part, media_type="x", sha256="", segments=segments),), gaps=gaps)


def finding(segment: int, text: str, part: str = FILE) -> Finding:
    start = text.index(NUMBER)
    made = replace(a_finding(masked=mask("NHS_NUMBER", NUMBER)), start=start, end=start + len(NUMBER))
    return replace(made, part=part, segment=segment, where=Where.OCR)


def seen(*findings: Finding, gaps: tuple[Gap, ...] = ()) -> Inspection:
    marking = Marking(scheme="gpms", tier=Tier.RESTRICTED, text=MARKED, where=Where.OCR, part=FILE, score=95)
    return replace(an_inspection(findings=findings), marking=marking, gaps=gaps)


def shown(extraction: Extraction, inspection: Inspection) -> str:
    return " ".join(
        run.text for passage in passages_of(inspection, standing(extraction, inspection)) for run in passage.runs
    )


FIRST: Final = "The cover of it"
LINE: Final = f"Number {NUMBER} of hers"


def test_what_is_as_it_was_is_shown_with_the_marking() -> None:
    text = shown(opened(FIRST, LINE, f"{MARKED} of the board"), seen(finding(1, LINE)))
    assert "of hers" in text
    assert "of the board" in text
    assert NUMBER not in text


@pytest.mark.parametrize(
    "texts",
    [(LINE, SECRET_LINE), (FIRST, "one more", LINE, SECRET_LINE), (FIRST, f" {LINE}", SECRET_LINE), (SECRET_LINE,), ()],
    ids=["one fewer", "one more", "moved", "the last is gone", "nothing"],
)
def test_of_a_part_that_reads_otherwise_nothing_is_shown(texts: tuple[str, ...]) -> None:
    assert shown(opened(*texts), seen(finding(1, LINE))) == ""


@pytest.mark.parametrize("kind", [GapKind.CRASHED, GapKind.TIMEOUT, GapKind.TOO_LARGE])
@pytest.mark.parametrize("place", [FILE, f"{FILE}#page 2"])
@pytest.mark.parametrize("when", ["then", "now"])
def test_of_a_part_that_was_cut_nothing_is_shown(kind: GapKind, place: str, when: str) -> None:
    gaps = (Gap(part=place, kind=kind),)
    known, read = seen(finding(1, LINE), gaps=gaps if when == "then" else ()), opened(FIRST, LINE, gaps=gaps)
    assert shown(read if when == "now" else opened(FIRST, LINE), known) == ""


@pytest.mark.parametrize("kind", [GapKind.IMAGE_NOT_READ, GapKind.ENCRYPTED, GapKind.TOO_DEEP])
def test_with_any_gap_no_segment_is_shown_in_which_nothing_was_found(kind: GapKind) -> None:
    gaps = (Gap(part=f"{FILE}/1/logo.png", kind=kind),)
    text = shown(opened(FIRST, LINE, SECRET_LINE), seen(finding(1, LINE), gaps=gaps))
    assert "of hers" in text
    assert "Pugh" not in text


def test_a_gap_of_what_is_within_or_of_another_file_does_not_cut_it() -> None:
    gaps = (Gap(part=f"{FILE}/1/logo.png", kind=GapKind.TIMEOUT), Gap(part="letter", kind=GapKind.CRASHED))
    assert "of hers" in shown(opened(FIRST, LINE), seen(finding(1, LINE), gaps=gaps))


def test_what_is_within_what_was_cut_is_not_shown() -> None:
    inner = f"{FILE}/1/plan.docx"
    gaps = (Gap(part=FILE, kind=GapKind.TIMEOUT),)
    assert shown(opened(LINE, part=inner), seen(finding(0, LINE, inner), gaps=gaps)) == ""
    assert "of hers" in shown(opened(LINE, part=inner), seen(finding(0, LINE, inner)))
