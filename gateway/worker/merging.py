"""One inspection of a whole transfer from those of its parts, and which names of parts within it are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from gateway.model.inspection import LONGEST_NAME, MOST_NAMES, Inspection, Marking, MarkingStatus

STRICTNESS = (MarkingStatus.NONE, MarkingStatus.SUSPECTED, MarkingStatus.MARKED)


def merge(inspections: Sequence[Inspection]) -> Inspection:
    """Return all findings and gaps, the highest marking, the strictest status, and the people added up.

    People of two parts may be the same: the sum never says fewer than there are. It is None if no part knew. Raises
    `ValueError` for none at all: nothing inspected is not the same as nothing found.
    """
    if not inspections:
        raise ValueError("nothing was inspected")
    types = {inspection.media_type for inspection in inspections}
    markings = [inspection.marking for inspection in inspections if inspection.marking]
    threads = [inspection.thread for inspection in inspections if inspection.thread]
    people = [inspection.people for inspection in inspections if inspection.people is not None]
    return Inspection(
        media_type=types.pop() if len(types) == 1 else "multipart/mixed",
        marking=max(markings, key=_height, default=None),
        thread=max(threads, key=_height, default=None),
        cover=inspections[0].cover,
        marking_status=max((inspection.marking_status for inspection in inspections), key=STRICTNESS.index),
        findings=tuple(finding for inspection in inspections for finding in inspection.findings),
        people=sum(people) if people else None,
        gaps=tuple(gap for inspection in inspections for gap in inspection.gaps),
        remarks=tuple(remark for inspection in inspections for remark in inspection.remarks),
        elapsed_ms=sum(inspection.elapsed_ms for inspection in inspections),
        pages=sum(inspection.pages for inspection in inspections),
        names=kept_names(chain.from_iterable(inspection.names for inspection in inspections)),
    )


def kept_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that an inspection keeps, each once: attachments come before what is in them, in their order."""
    outermost = sorted(paths, key=lambda path: path.count("/"))
    return tuple(islice(dict.fromkeys(path[-LONGEST_NAME:] for path in outermost), MOST_NAMES))


def _height(marking: Marking) -> tuple[int, int]:
    return marking.tier, marking.score
