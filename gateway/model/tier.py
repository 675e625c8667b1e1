"""The order of tiers, old scheme and new on one scale.

The old scheme is the Government Protective Marking Scheme (GPMS, to April 2014), the current one the Government
Security Classifications (GSC). There is no official one-to-one mapping; the order below is what *routing* compares.
"""

from __future__ import annotations

from enum import IntEnum


class Tier(IntEnum):
    """How high a marking stands. `UNMARKED` is the absence of any marking."""

    UNMARKED = 0
    UNCLASSIFIED = 1
    OFFICIAL = 2
    PROTECT = 3
    OFFICIAL_SENSITIVE = 4
    RESTRICTED = 5
    CONFIDENTIAL = 6
    SECRET = 7
    TOP_SECRET = 8

    @property
    def label(self) -> str:
        """The words on the page: `OFFICIAL-SENSITIVE`, `TOP SECRET`."""
        return {"OFFICIAL_SENSITIVE": "OFFICIAL-SENSITIVE", "TOP_SECRET": "TOP SECRET"}.get(self.name, self.name)

    @classmethod
    def of(cls, label: str) -> Tier:
        """Return the tier with this label; `ValueError` if there is none."""
        for tier in cls:
            if tier.label == label:
                return tier
        raise ValueError(label)
