"""Finds the protective marking of a part: a marking counts by its place, never by mere mention.

Laws    unsigned labels may only raise: of all that is marked, the highest tier wins
        a marking in a quoted reply is not the author's
Fails   never
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.grammar import Grammar
from gateway.classify.marking.labels import read_labels
from gateway.classify.marking.lines import Layout, Line, Lines
from gateway.classify.marking.places import is_label, read_band, read_line, read_long_line, read_name, read_subject
from gateway.classify.marking.sightings import MARKED, STANDALONE, SUSPECTED, Place, Sighting
from gateway.classify.normalise import normalise
from gateway.model.inspection import Marking, MarkingStatus, Segment, Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.classify import Candidate, Pattern
    from gateway.classify.marking.schemes import Scheme
    from gateway.model.tier import Tier

_BANDS: Final = frozenset({Where.FOOTER, Where.HEADER, Where.WATERMARK})
_MACHINE: Final = frozenset({Where.LABEL, Where.MAIL_HEADER, Where.PROPERTY})
_EDGED: Final = frozenset({Where.BODY, Where.OCR})
_STAMPED: Final = frozenset({Where.ANNOTATION, Where.TEXTBOX})
_POLICY_LEVELS: Final = 3
_GLOSSARY_LEVELS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The marking of one part: the highest that is marked, and the highest that is only suspected."""

    marked: Marking | None = None
    suspected: Marking | None = None

    @property
    def status(self) -> MarkingStatus:
        """`MARKED` as soon as one marking is; `SUSPECTED` when none is but something looks like one."""
        if self.marked:
            return MarkingStatus.MARKED
        return MarkingStatus.SUSPECTED if self.suspected else MarkingStatus.NONE


class Markings:
    """Reads the markings of all schemes. `patterns` go into the engine; their candidates come back to `judge`."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        self._grammar = Grammar(schemes)
        self.patterns: tuple[Pattern, ...] = self._grammar.patterns

    def judge(
        self, part: str, media_type: str, segments: Sequence[Segment], candidates: Mapping[int, Sequence[Candidate]]
    ) -> Judged:
        """Return the marking of one part. Segments hold normalised text; `candidates` are by segment number."""
        sightings = list(read_name(normalise(part), self._grammar))
        sightings += read_labels([segment for segment in segments if segment.where in _MACHINE], self._grammar)
        for segment in segments:
            if segment.where is Where.SUBJECT or _is_subject_header(segment):
                sightings += read_subject(segment.text, self._grammar)
            elif segment.where is Where.ATTACHMENT_NAME:
                sightings += read_name(segment.text, self._grammar)
        sightings += self._in_text(segments, candidates, "," if media_type == "text/csv" else "")
        policy = self._levels_spoken_of(segments, candidates) >= _POLICY_LEVELS
        return _best(part, sightings, policy=policy)

    def _in_text(
        self, segments: Sequence[Segment], candidates: Mapping[int, Sequence[Candidate]], separators: str
    ) -> Iterator[Sighting]:
        edged = [number for number, segment in enumerate(segments) if segment.where in _EDGED]
        order = {number: place for place, number in enumerate(edged)}
        layout: Layout | None = None
        for number in sorted(candidates):
            segment = segments[number]
            if segment.where in _MACHINE or segment.where in {Where.SUBJECT, Where.ATTACHMENT_NAME}:
                continue
            if number in order and layout is None:
                layout = Layout([segments[each].text for each in edged])
            own = layout if number in order else Layout([segment.text]) if segment.where in _STAMPED else None
            for line in _lines(segment.text, candidates[number]):
                if segment.where in _BANDS:
                    yield from read_band(line, segment.where, self._grammar)
                    continue
                if line.is_long:
                    yield from read_long_line(line, segment.where, self._grammar)
                    continue
                yield from (
                    _in_labelled_field(sighting, segment)
                    for sighting in read_line(
                        line,
                        segment.where,
                        self._grammar,
                        layout=own,
                        number=order.get(number, 0),
                        text=segment.text,
                        separators=separators,
                    )
                )

    def _levels_spoken_of(self, segments: Sequence[Segment], candidates: Mapping[int, Sequence[Candidate]]) -> int:
        tiers: set[Tier | None] = set()
        for number, found in candidates.items():
            if segments[number].where in _EDGED:
                words = {segments[number].text[each.start : each.end] for each in _outermost(found)}
                tiers |= {self._grammar.tier_of(word) for word in words if word == word.upper()}
        return len(tiers - {None})


def _is_subject_header(segment: Segment) -> bool:
    return segment.where is Where.MAIL_HEADER and segment.name.lower() == "subject"


def _in_labelled_field(sighting: Sighting, segment: Segment) -> Sighting:
    """Raise a whole value whose segment is named `Classification` or the like."""
    if segment.name and is_label(segment.name) and sighting.reading.is_whole:
        return replace(sighting, place=Place.LABELLED_FIELD)
    return sighting


def _outermost(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Leave out what lies within another: the SECRET of TOP SECRET is not a level of its own."""
    reached = -1
    for candidate in sorted(candidates, key=lambda each: (each.start, -each.end)):
        if candidate.end > reached:
            reached = candidate.end
            yield candidate


def _lines(text: str, candidates: Sequence[Candidate]) -> Iterator[Line]:
    """Yield each line with a candidate once."""
    done, lines = -1, Lines(text)
    for candidate in sorted(candidates, key=lambda each: each.start):
        if candidate.start < done:
            continue
        line = lines.at(candidate.start, candidate.end)
        done = line.end
        yield line


def _best(part: str, sightings: Sequence[Sighting], *, policy: bool) -> Judged:
    standing = {sighting.reading.tier for sighting in sightings if sighting.place in STANDALONE}
    glossary = len(standing) >= _GLOSSARY_LEVELS
    marked: Marking | None = None
    suspected: Marking | None = None
    for sighting in sightings:
        marking = Marking(
            scheme=sighting.reading.scheme,
            tier=sighting.reading.tier,
            text=" ".join(sighting.reading.text.split())[:120],
            where=sighting.where,
            part=part,
            score=sighting.score(policy=policy, glossary=glossary),
        )
        if marking.score >= MARKED:
            marked = higher(marked, marking)
        elif marking.score >= SUSPECTED:
            suspected = higher(suspected, marking)
    return Judged(marked=marked, suspected=suspected)


def higher(left: Marking | None, right: Marking | None) -> Marking | None:
    """Return the marking of the higher tier; of two alike the surer one, else the first."""
    if left is None or right is None:
        return left or right
    return right if (right.tier, right.score) > (left.tier, left.score) else left
