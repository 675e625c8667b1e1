"""Which findings of a category stand for a part: the surest ones, each of another term and of another place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.classify import Detection

MOST: Final = 3
"""Findings of one category in one part; a report names its subject a hundred times."""


def surest(found: Sequence[tuple[int, str, Detection]]) -> list[tuple[int, Detection]]:
    """Return up to `MOST` of what was found (segment, term, detection); one that counts for nothing stands alone."""
    chosen: list[tuple[int, Detection]] = []
    terms: set[str] = set()
    for number, term, each in sorted(found, key=lambda one: (-one[2].confidence, one[0], one[2].start)):
        covered = any(number == other and each.start < it.end and it.start < each.end for other, it in chosen)
        if term in terms or covered or len(chosen) == MOST or (chosen and each.confidence < COUNTS_FROM):
            continue
        terms.add(term)
        chosen.append((number, each))
    return chosen
