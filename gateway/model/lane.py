"""Lanes: where wakes wait for the same thing, and how many of each may be served at once.

`inspect` is for transfers that nobody has looked into, `inspect:slow` for those that take long, `house` for sealing and
for whoever does not know what comes next, `notices` for telling people. What is sealed waits in the lane of its
destination: `to:` with the name of its channel, and the domain where the channel goes to each domain's own servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

INSPECT: Final = "inspect"
SLOW: Final = "inspect:slow"
HOUSE: Final = "house"
NOTICES: Final = "notices"
TO: Final = "to:"

SMALL: Final = 256_000  # bytes
WAITS: Final = timedelta(seconds=60)
"""How long what is neither small nor urgent stands back at the most."""
STANDS_BACK: Final = {(True, True): 0, (True, False): 15, (False, True): 30, (False, False): 60}
"""Seconds that a wake stands back behind others of its lane, by (urgent, small)."""


def rank_of(*, urgent: bool, size: int) -> int:
    """Return how many seconds a transfer stands back: its turn in a lane is that long after it was due.

    So what is urgent or small goes first, and yet nothing that came a minute later ever overtakes.
    """
    return STANDS_BACK[urgent, size < SMALL]


def lane_to(channel: str, domain: str = "") -> str:
    """Return the lane of a destination."""
    return f"{TO}{channel}/{domain}" if domain else f"{TO}{channel}"


def channel_of(lane: str) -> str:
    """Return the lane of the whole channel: that of a domain is a part of it, and any other is its own."""
    return lane.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many deliveries to one destination go at once, and how many are begun a minute; 0 sets no limit."""

    at_once: int = 5
    a_minute: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many wakes are served at once: of each lane, and of all destinations together.

    `each` holds for every destination that has none of its own in `named` (by its name without `to:`).
    """

    inspect: int = 3
    slow: int = 1
    house: int = 2
    notices: int = 2
    deliveries: int = 20
    each: Limit = field(default_factory=Limit)
    named: Mapping[str, Limit] = field(default_factory=dict)

    @property
    def further(self) -> int:
        """How many deliveries may go at once beside the first to each destination: half of all are for first ones."""
        return self.deliveries // 2

    @property
    def threads(self) -> int:
        """How many threads serve every lane to its limit."""
        return self.inspect + self.slow + self.house + self.notices + self.deliveries

    def of(self, lane: str) -> Limit:
        """Return the limit of one lane."""
        own = {INSPECT: self.inspect, SLOW: self.slow, HOUSE: self.house, NOTICES: self.notices}
        if lane in own:
            return Limit(at_once=own[lane])
        name = lane.removeprefix(TO)
        return self.named.get(name) or self.named.get(channel_of(name)) or self.each
