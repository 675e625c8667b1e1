"""Which findings of a category stand for a part: the surest in prose, and one for each labelled field or column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Detection

FIELDS: Final = 3
"""Labelled fields and columns of one category in one part that are shown."""
LABELLED: Final = frozenset({"label", "column"})


def surest(found: Sequence[tuple[int, str, Detection]]) -> list[tuple[int, Detection]]:
    """Return the surest in prose and the surest of each label, of what was found: segment, label or term, detection.

    A mention that counts for nothing is left out where a field says more.
    """
    fields: dict[str, tuple[int, Detection]] = {}
    prose: tuple[int, Detection] | None = None
    for number, term, each in sorted(found, key=lambda one: (-one[2].confidence, one[0], one[2].start)):
        if not LABELLED.isdisjoint(each.why):
            if len(fields) < FIELDS:
                fields.setdefault(term, (number, each))
        elif prose is None and not any(_covers(number, each, *one) for one in fields.values()):
            prose = (number, each)
    chosen = list(fields.values())
    if prose and (not chosen or prose[1].confidence >= COUNTS_FROM):
        chosen.append(prose)
    return sorted(chosen, key=lambda one: (-one[1].confidence, one[0], one[1].start))


def _covers(number: int, each: Detection, other: int, field: Detection) -> bool:
    return number == other and each.start < field.end and field.start < each.end
