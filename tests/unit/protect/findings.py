"""Help for tests of redaction: what extract and classify really say about some content, and a plain mask."""

from __future__ import annotations

from functools import cache

from gateway.classify.mask import mask
from gateway.extract import Aids, Limits
from gateway.extract.builtin import builtin
from gateway.extract.walk import extract
from gateway.model.inspection import Finding, Gap, GapKind, Inspection, MarkingStatus, Where
from gateway.protect import Plain
from gateway.protect.content import Held
from tests.unit.classify.classifying import classifier

MASK = mask


def inspection(*findings: Finding, gaps: tuple[Gap, ...] = ()) -> Inspection:
    """Return an inspection with these findings."""
    return Inspection(
        media_type="", marking=None, marking_status=MarkingStatus.NONE, findings=findings, people=None, gaps=gaps,
        elapsed_ms=0.0,
    )  # fmt: skip


def finding(
    text: str,
    value: str,
    *,
    entity: str = "NHS_NUMBER",
    part: str = "a.txt",
    where: Where = Where.BODY,
    segment: int = 0,
    key: str = "k",
    confidence: float = 0.95,
) -> Finding:
    """Return the finding of a value at its first place in an extracted text."""
    start = text.index(value)
    return Finding(
        detector=entity.lower(), entity=entity, part=part, segment=segment, where=where, start=start,
        end=start + len(value), confidence=confidence, why=(), masked=mask(entity, value), key=key,
    )  # fmt: skip


def gap(part: str) -> Gap:
    """Return a gap in a part."""
    return Gap(part=part, kind=GapKind.CORRUPT)


@cache
def inspected(name: str, content: bytes) -> Inspection:
    """Return what the house really finds in some content."""
    extraction = extract(name, content, Limits(), builtin(), Aids())
    seen = classifier().classify(extraction.parts)
    return inspection(*seen.findings, gaps=(*extraction.gaps, *seen.gaps))


def plain(name: str, content: bytes) -> Plain:
    """Return a part."""
    return Plain(name=name, media_type="application/octet-stream", content=Held(content))
