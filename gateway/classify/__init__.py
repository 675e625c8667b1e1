"""classify (sealed): finds protective markings and sensitive data in segments of text.

In      `OpenedPart`s
Out     `Finding`s (spans and masked words), the `Marking` and whether it is one, the number of distinct people, `Gap`s
Laws    a marking counts by position, never by mere mention; detectors report offsets, never values; a detector that
        raises, and a pattern that reports too much, is a `Gap`; no clock, disk, socket, process, database or log
Fails   never: trouble is a `Gap`

Runs only in the hardened child of `worker`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.model.inspection import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A regular expression that finds candidates. `expression` is what `re` confirms: bounded repeats, ASCII classes.

    `scan` may give the matching engine cheaper expressions; within every match of `expression` a match of one of them
    must end. `start_known` is False where they start later than `expression` does. Cheap is what begins with
    something rare (a digit rather than a capital), and several short expressions rather than one long choice.

    With `term`, `expression` is no regular expression but the words of a lexicon as they stand, whole words only; a
    blank in it is a blank, and one of them may be a line break. Thousands of terms cost little.
    """

    name: str
    expression: str
    caseless: bool = False
    scan: tuple[str, ...] = ()
    start_known: bool = True
    term: bool = False


class Candidate(NamedTuple):
    """A pattern's match in a segment's normalised text. There may be a million, and a tuple is made soonest."""

    pattern: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A detector's judgement on a span of the normalised text.

    `value` is the data as it is the same however written (ten digits, an ISO date): what counts people and is looked
    up. It never leaves the room. Empty: the letters and digits of the span, in capitals.
    """

    entity: str
    start: int
    end: int
    confidence: float
    why: tuple[str, ...]
    value: str = field(default="", repr=False)


class Detector(Protocol):
    """Finds one kind of sensitive data in a segment. Entry-point group `gateway.detectors`."""

    name: str
    patterns: tuple[Pattern, ...]

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge the candidates of this detector's patterns; `segment.text` is normalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A whole part as an examiner sees it. Text is normalised; offsets count in it; segments go by their number.

    `candidates` are those of the examiner's own patterns, `detections` those of all detectors; both in order of place,
    and without the segments that have none.
    """

    part: str
    media_type: str
    segments: Sequence[Segment]
    candidates: Mapping[int, Sequence[Candidate]]
    detections: Mapping[int, Sequence[Detection]]


class Examiner(Protocol):
    """Finds what only a whole part shows: a term and the person it is about. Entry-point group `gateway.detectors`.

    It is asked once for each part with a candidate of its patterns; one without patterns, for every part.
    """

    name: str
    patterns: tuple[Pattern, ...]

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Yield detections, each with the number of its segment."""


Span: TypeAlias = tuple[int, int, int]
"""The number of a pattern, start and end of a match."""


class Found(NamedTuple):
    """What an engine found in a text. Patterns go by number, in the order in which they were given."""

    spans: list[Span]
    cut: frozenset[int]
    """The patterns that match more often than was looked at."""


class Databases(Protocol):
    """Keeps compiled pattern databases for the next start."""

    def load(self, fingerprint: str) -> bytes:
        """Return the database of a fingerprint, empty when there is none."""

    def keep(self, fingerprint: str, database: bytes) -> None:
        """Keep a database, if it is not kept already."""


class Engine(Protocol):
    """Finds every match of every pattern, exactly as `re.finditer` would."""

    def find(self, text: str) -> Found:
        """Return every match, in no order, with the patterns whose search was cut short."""
