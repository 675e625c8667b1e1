"""classify (sealed): finds protective markings and sensitive data in segments of text.

In      `OpenedPart`s
Out     `Finding`s (spans and masked words), the `Marking` and whether it is one, the number of distinct people, `Gap`s
Laws    a marking counts by position, never by mere mention; detectors report offsets, never values; a detector that
        raises, and a pattern that reports too much, is a `Gap`; no clock, disk, socket, process, database or log
Fails   never: trouble is a `Gap`

Runs only in the hardened child of `worker`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A regular expression that finds candidates. `expression` is what `re` confirms: bounded repeats, ASCII classes.

    `scan` may give the matching engine a cheaper expression; every match of `expression` must end where a match of it
    ends. `start_known` is False where `scan` starts later than `expression` does.
    """

    name: str
    expression: str
    caseless: bool = False
    scan: str = ""
    start_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A pattern's match in a segment's normalised text."""

    pattern: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A detector's judgement on a span of the normalised text."""

    entity: str
    start: int
    end: int
    confidence: float
    why: tuple[str, ...]


class Detector(Protocol):
    """Finds one kind of sensitive data. Entry-point group `gateway.detectors`."""

    name: str
    patterns: tuple[Pattern, ...]

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge the candidates of this detector's patterns; `segment.text` is normalised."""


class Engine(Protocol):
    """Finds every match of every pattern, exactly as `re.finditer` would."""

    def find(self, text: str) -> tuple[list[Candidate], bool]:
        """Return the candidates, and False if the search was cut short."""
