"""Finds the protective marking of a part: a marking counts by its place, never by mere mention.

Laws    unsigned labels may only raise: of all that is marked, the highest tier wins
        a marking in what a mail quotes is the conversation's, not the author's
Fails   never
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.fields import PREFIX, Fields
from gateway.classify.marking.grammar import Grammar
from gateway.classify.marking.labels.reading import Labels, compared
from gateway.classify.marking.layout import Layout
from gateway.classify.marking.lines import WIDEST_LINE, Line, Lines
from gateway.classify.marking.places import is_label, read_band, read_name, read_subject
from gateway.classify.marking.quotes import Quotes, is_quoted, quoted_subject, unquoted
from gateway.classify.marking.running import Manner, read_line, read_long_line
from gateway.classify.marking.sightings import MARKED, STANDALONE, SUSPECTED, Place, Sighting
from gateway.model.inspection import Marking, MarkingStatus, Segment, Where
from gateway.model.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.classify import Candidate, Pattern
    from gateway.classify.marking.labels.rules import LabelRules
    from gateway.classify.marking.layout import Edges
    from gateway.classify.marking.schemes import Profile
    from gateway.model.tier import Tier

_BANDS: Final = frozenset({Where.FOOTER, Where.HEADER, Where.WATERMARK})
_MACHINE: Final = frozenset({Where.LABEL, Where.MAIL_HEADER, Where.PROPERTY})
_EDGED: Final = frozenset({Where.BODY, Where.OCR})
_STAMPED: Final = frozenset({Where.ANNOTATION, Where.TEXTBOX})
_NAMES: Final = frozenset({Where.ATTACHMENT_NAME, Where.SUBJECT})
_POLICY_LEVELS: Final = 3
_LONGEST_BAND: Final = 2_000
_LONGEST_TEXT: Final = 120
_TOP: Final = 1_000
"""How far from the top the header of a mail that was saved as text may reach."""
_TABLES: Final = re.compile(r"text/csv|tab-separated|spreadsheet|ms-excel")
_SOURCE_TYPES: Final = re.compile(
    r"text/x-|application/(?:x-(?:sh|python|perl|ruby|php)|javascript|typescript|sql|yaml|toml)"
)
_SOURCE_NAMES: Final = re.compile(
    r"(?i)\.(?:py|pyi|sh|bash|zsh|ps1|bat|cmd|rb|pl|pm|r|c|h|cc|cpp|hpp|cs|java|kt|go|rs|js|jsx|ts|tsx|css|scss|sql"
    r"|ya?ml|toml|ini|cfg|conf|properties|tf|env|php|swift|scala|lua|hcl|gradle|groovy|vbs?|jl|f90)$"
)
_SMALL_WORD: Final = re.compile(r" ([a-z]{1,20})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The marking of one part: the highest that is marked, and the highest that is only suspected.

    `thread` is the highest that is marked in what a mail quotes.
    """

    marked: Marking | None = None
    suspected: Marking | None = None
    thread: Marking | None = None

    @property
    def status(self) -> MarkingStatus:
        """`MARKED` as soon as one marking is; `SUSPECTED` when none is but something looks like one."""
        if self.marked:
            return MarkingStatus.MARKED
        return MarkingStatus.SUSPECTED if self.suspected else MarkingStatus.NONE


class Markings:
    """Reads the markings of all schemes. `patterns` go into the engine; their candidates come back to `judge`."""

    def __init__(self, profile: Profile, labels: LabelRules | None = None) -> None:
        self._grammar = Grammar(profile.schemes)
        self._labels = Labels(self._grammar, labels)
        self._fields = Fields(profile.schemes)
        self._shown = profile.shown
        self.patterns: tuple[Pattern, ...] = self._grammar.patterns

    def judge(
        self, part: str, media_type: str, segments: Sequence[Segment], candidates: Mapping[int, Sequence[Candidate]]
    ) -> Judged:
        """Return the marking of one part. Segments hold normalised text; `candidates` are by segment number."""
        name = normalise(part)
        sightings = list(read_name(name, self._grammar))
        for segment in segments:
            if segment.where is Where.SUBJECT or _is_subject_header(segment):
                sightings += read_subject(segment.text, self._grammar)
            elif segment.where is Where.ATTACHMENT_NAME:
                sightings += read_name(segment.text, self._grammar)
        manner = Manner(
            separators="," if media_type == "text/csv" else "",
            table=bool(_TABLES.search(media_type)),
            source=bool(_SOURCE_TYPES.match(media_type) or _SOURCE_NAMES.search(name)),
        )
        sightings += self._in_text(segments, candidates, manner)
        policy = bool(sightings) and self._levels_spoken_of(segments, candidates) >= _POLICY_LEVELS
        labels = self._labels.read(part, segments)
        return self._with_labels(self._best(part, sightings, policy=policy), labels)

    def _with_labels(self, judged: Judged, labels: Sequence[Marking]) -> Judged:
        """Return what counts of text and labels; of two alike the label does, since it may tell caveats."""
        if not labels:
            return judged
        marked: Marking | None = None
        suspected: Marking | None = None
        for label in labels:
            marking = label if label.shown else replace(label, shown=self._said(label))
            if marking.score >= MARKED:
                marked = higher(marked, marking)
            elif marking.score >= SUSPECTED:
                suspected = higher(suspected, marking)
        marked, suspected = higher(marked, judged.marked), higher(suspected, judged.suspected)
        return replace(judged, marked=compared(marked, labels), suspected=suspected)

    def _in_text(
        self, segments: Sequence[Segment], candidates: Mapping[int, Sequence[Candidate]], manner: Manner
    ) -> Iterator[Sighting]:
        edged = [number for number, segment in enumerate(segments) if segment.where in _EDGED]
        order = {number: place for place, number in enumerate(edged)}
        layout = Layout([segments[number].text for number in edged])
        for number, segment in enumerate(segments):
            if segment.where in _MACHINE or segment.where in _NAMES:
                continue
            found = candidates.get(number, ())
            if segment.where in _BANDS:
                yield from self._in_band(segment, found)
                continue
            edges: Edges | None = None
            if number in order:
                edges = layout.of(order[number])
            elif segment.where in _STAMPED:
                edges = Layout([segment.text]).of(0)
            yield from self._in_running_text(segment, found, edges, manner)

    def _in_band(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterator[Sighting]:
        """Yield what a header, footer or watermark says; a short one is read whole, in lower case too."""
        text = segment.text
        lines = _all_lines(text) if len(text) <= _LONGEST_BAND else _lines(text, candidates)
        for line in lines:
            yield from read_band(line, segment.where, self._grammar, text)

    def _in_running_text(
        self, segment: Segment, candidates: Sequence[Candidate], edges: Edges | None, manner: Manner
    ) -> Iterator[Sighting]:
        text = segment.text
        first = self._first_line(text)
        if not candidates and not first:
            return
        if edges is not None and text.startswith("#!"):
            manner = replace(manner, source=True)
        yield from self._in_fields(text, segment.where, candidates)
        quotes = Quotes(text)
        worth = [each for each in _outermost(candidates) if not self._is_in_sentence(text, each)]
        lines = _lines(text, worth)
        for line in (*first, *lines):
            for sighting in self._on_line(line, segment, edges, quotes, manner):
                yield _in_labelled_field(sighting, segment)

    def _first_line(self, text: str) -> list[Line]:
        """Return a first line in small letters that may be a marking: the engine does not look for it there."""
        if not text[:1].islower() or self._grammar.tier_of(text[:WIDEST_LINE]) is None:
            return []
        line = Lines(text).at(0, 0)
        return [] if line.is_long else [line]

    def _is_in_sentence(self, text: str, candidate: Candidate) -> bool:
        """Say whether a small word follows: then a sentence goes on, and there is no marking. It is cheap to see."""
        word = _SMALL_WORD.match(text, candidate.end)
        return word is not None and not self._grammar.may_follow(word.group(1))

    def _on_line(
        self, line: Line, segment: Segment, edges: Edges | None, quotes: Quotes, manner: Manner
    ) -> Iterator[Sighting]:
        if segment.where in _EDGED and is_quoted(line.text):
            yield from self._quoted(line, segment, quotes, manner)
            return
        if line.is_long:
            found = read_long_line(line, segment.where, self._grammar)
        else:
            found = read_line(line, segment.where, self._grammar, edges=edges, text=segment.text, manner=manner)
        sightings = list(found)
        if segment.where not in _EDGED or not (sightings or line.text.lstrip()[:1] in {"S", "s", "*"}):
            yield from sightings
            return
        subject = quoted_subject(line.text) if line.start < _TOP else ""
        plain = list(read_subject(subject, self._grammar)) if subject else sightings
        quoted = list(self._quoted(line, segment, quotes, manner))
        if plain or quoted:  # else it does not matter which, and where a quotation begins is costly to see
            yield from quoted if quotes.holds(line) else plain

    def _quoted(self, line: Line, segment: Segment, quotes: Quotes, manner: Manner) -> Iterator[Sighting]:
        """Yield what a quoted line says: of the message that is quoted, its subject, its first and last lines."""
        bare = replace(line, text=unquoted(line.text))
        if subject := quoted_subject(bare.text):
            found = read_subject(subject, self._grammar)
        elif bare.is_long:
            found = iter(())
        else:
            found = read_line(bare, segment.where, self._grammar, edges=quotes, text=segment.text, manner=manner)
        yield from (replace(sighting, quoted=True) for sighting in found)

    def _in_fields(self, text: str, where: Where, candidates: Sequence[Candidate]) -> Iterator[Sighting]:
        labels = [each for each in candidates if each.pattern.startswith(PREFIX)]
        if labels:
            lines = Lines(text)
            for start, reading in self._fields.read(text, labels):
                yield Sighting(
                    reading=reading, place=Place.LABELLED_FIELD, where=where, example=lines.is_example(start)
                )

    def _levels_spoken_of(self, segments: Sequence[Segment], candidates: Mapping[int, Sequence[Candidate]]) -> int:
        tiers: set[Tier | None] = set()
        for number, found in candidates.items():
            if segments[number].where in _EDGED:
                words = {segments[number].text[each.start : each.end] for each in _outermost(found)}
                tiers |= {self._grammar.tier_of(word) for word in words if word == word.upper()}
        return len(tiers - {None})

    def _best(self, part: str, sightings: Sequence[Sighting], *, policy: bool) -> Judged:
        standing = {(each.quoted, each.reading.tier) for each in sightings if each.place in STANDALONE}
        glossary = {way: sum(way is quoted for quoted, _ in standing) for way in (False, True)}
        best: dict[str, tuple[Tier, int, Sighting]] = {}
        for sighting in sightings:
            score = sighting.score(policy=policy, glossary=glossary[sighting.quoted])
            way = "marked" if score >= MARKED else "suspected" if score >= SUSPECTED else ""
            way = way if not sighting.quoted else "thread" if way == "marked" else ""
            tier = sighting.reading.tier
            if way and (way not in best or (tier, score) > best[way][:2]):
                best[way] = (tier, score, sighting)
        return Judged(**{way: self._marking(part, sighting, score) for way, (_, score, sighting) in best.items()})

    def _marking(self, part: str, sighting: Sighting, score: int) -> Marking:
        reading = sighting.reading
        marking = Marking(
            scheme=reading.scheme,
            tier=reading.tier,
            text=" ".join(reading.text.split())[:_LONGEST_TEXT],
            where=sighting.where,
            part=part,
            score=score,
            descriptors=reading.descriptors,
            caveats=reading.caveats,
            notes=reading.malformed,
        )
        return replace(marking, shown=self._said(marking))

    def _said(self, marking: Marking) -> str:
        """Return a marking in the words of the scheme in force."""
        tier = self._shown.get(marking.tier, marking.tier.label)
        return " - ".join((tier, *marking.descriptors, *marking.caveats))[:_LONGEST_TEXT]


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
    """Yield each line with a candidate once. A candidate may begin with what stands before its line: its end counts."""
    done, lines = -1, Lines(text)
    for candidate in sorted(candidates, key=lambda each: each.end):
        if candidate.end - 1 < done:
            continue
        line = lines.at(candidate.end - 1, candidate.end)
        done = line.end
        yield line


def _all_lines(text: str) -> Iterator[Line]:
    at = 0
    for each in text.splitlines(keepends=True):
        bare = each.rstrip("\n\r\f\v\x1c\x1d\x1e\x85\u2028\u2029")
        if bare.strip():
            yield Line(start=at, end=at + len(bare), text=bare)
        at += len(each)


def higher(left: Marking | None, right: Marking | None) -> Marking | None:
    """Return the marking of the higher tier; of two alike the surer one, else the first."""
    if left is None or right is None:
        return left or right
    return right if (right.tier, right.score) > (left.tier, left.score) else left
