"""How many people a transfer is about, at least."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PERSONAL: Final = frozenset({"DATE_OF_BIRTH", "NHS_NUMBER", "NINO"})
"""Entities of which a person has one."""


def people(values: Iterable[tuple[str, str]]) -> int | None:
    """Return the number of distinct people in `(entity, value)` pairs, None when no pair says anything about it.

    One person has one NHS number, one NINO and one date of birth, so the largest number of distinct values of one
    kind is a lower bound, and the only honest figure without reading names.
    """
    distinct: dict[str, set[str]] = {}
    for entity, value in values:
        if entity in PERSONAL:
            distinct.setdefault(entity, set()).add(_plain(entity, value))
    return max(map(len, distinct.values()), default=None)


def _plain(entity: str, value: str) -> str:
    """Return the value as it is the same however written; the suffix of a NINO is often left out."""
    plain = re.sub(r"[^0-9A-Z]", "", value.upper())
    return plain[:8] if entity == "NINO" else plain
