"""How many people a transfer is about, at least."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from gateway.classify import Sight

PERSONAL: Final = frozenset({"DATE_OF_BIRTH", "NHS_NUMBER", "NINO"})
"""Entities of which a person has one."""


class Crowd:
    """Counts distinct people over all parts of a transfer. It holds what was found, so it stays in the room.

    One person has one NHS number, one NINO and one date of birth, so the largest number of distinct values of one
    kind is a lower bound, and the only honest figure without reading names.
    """

    def __init__(self) -> None:
        self._distinct: dict[str, set[str]] = {}

    def see(self, sight: Sight) -> None:
        """Take in what was found in one part."""
        for number, detections in sight.detections.items():
            text = sight.segments[number].text
            for each in detections:
                if each.entity in PERSONAL and each.confidence >= COUNTS_FROM:
                    value = each.value or _plain(each.entity, text[each.start : each.end])
                    self._distinct.setdefault(each.entity, set()).add(value)

    def count(self) -> int | None:
        """Return the number of distinct people, None when nothing found says anything about it."""
        return max(map(len, self._distinct.values()), default=None)


def _plain(entity: str, value: str) -> str:
    """Return the value as it is the same however written; the suffix of a NINO is often left out."""
    plain = re.sub(r"[^0-9A-Z]", "", value.upper())
    return plain[:8] if entity == "NINO" else plain
