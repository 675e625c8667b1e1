"""Finds health data: a passage that reads like a record of one patient.

Each distinct word counts once, by its weight: what stands in clinical records and hardly elsewhere, what seldom stands
elsewhere, and clinical words that news and shops use too; doses, vital signs and results are cues. The best window of
`WINDOW` characters is held against what its person link asks for. Source: report on markings and identifiers, section
4, whose baseline (a disease and three cues) found 57 % of clinical notes; the words are in the lexicons.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection
from gateway.classify.categories.clinical import MEASURES, ORDINARY
from gateway.classify.categories.fields import fields_at
from gateway.classify.categories.generic import is_definition, manners
from gateway.classify.categories.lexicon import word_of
from gateway.classify.categories.person import Link, named, words_of_person
from gateway.model.inspection import COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Pattern, Sight
    from gateway.classify.categories.lexicon import Lexicon

SECTIONS: Final = frozenset({"record", "cue", "term", "common", "open label"})
WINDOW: Final = 1_500
MOST: Final = 3
_WEIGHTS: Final = {"record": 6, "cue": 4, "measure": 4, "term": 2, "common": 1}
_NOBODY: Final = re.compile(
    r"(?i)contra-?indicat|side[- ]effects|interactions|pharmaco|mechanism of action|see also|recommended dose|what is"
    r"|which (?:of|two|three|\w+ (?:is|lies|supplies))|adults|in children|causes of|treatment of|symptoms include"
    r"|name the|marks\)|\bq[0-9]|a patient|most likely|tell your doctor|postholder|desirable|experience with"
    r"|will recruit|million|dollars|lottery|beneficiary|late husband"
)
# What the window must weigh, by its person link, and how much each mark of impersonal writing takes off.
_NEEDED: Final = {Link.IDENTIFIER: 7, Link.PERSON: 11, Link.ROLE: 11, Link.PRONOUN: 11, Link.NONE: 18}
_MANNER: Final = {Link.IDENTIFIER: 1, Link.PERSON: 2, Link.ROLE: 2, Link.PRONOUN: 2, Link.NONE: 5}
_LEAST_WEIGHT: Final = 7
_BRIEF, _BRIEFEST = 500, 0.65
"""Below so many characters a note needs less, in proportion, but never less than this share."""
_SOLID: Final = 2
_TERMS_ALONE: Final = 4
_ABOUT_NOBODY: Final = 2
_SURE, _PER_WEIGHT, _HIGHEST = 0.6, 0.01, 0.95
_BY_CLINICIANS: Final = frozenset({"record", "cue", "measure"})
_LABELLED: Final = 0.9
_AROUND: Final = 400
_RECORD: Final = 5_000
"""How far from a window an identifier still belongs to it: a letter names its patient once, on top. Characters."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A candidate in the part as a whole."""

    at: int
    number: int
    section: str
    term: str
    candidate: Candidate


class HealthExaminer:
    """Examiner of HEALTH."""

    def __init__(self, name: str, lexicon: Lexicon) -> None:
        self.name = name
        self.patterns: tuple[Pattern, ...] = (*lexicon.patterns(), *MEASURES)

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Return the weightiest words of the best window, and the columns and fields that say health."""
        words = list(_words(sight))
        fields = list(_fields(sight, words))
        if fields:
            return fields[:MOST]
        window = _best(words)
        weight = sum(_WEIGHTS[section] for section, _ in window.distinct)
        if weight < _LEAST_WEIGHT:
            return ()
        return _judged(sight, window, weight)


@dataclass(frozen=True, slots=True)
class _Window:
    """Words within `WINDOW` characters, and their distinct terms with how often each occurs."""

    words: Sequence[_Word]
    distinct: Counter[tuple[str, str]]


def _words(sight: Sight) -> Iterator[_Word]:
    """Yield the words of all segments, as if the segments were one text."""
    offset, last = 0, 0
    for number, candidates in sight.candidates.items():
        offset += sum(len(segment.text) for segment in sight.segments[last:number])
        last = number
        text = sight.segments[number].text
        for candidate in candidates:
            section, term = word_of(candidate, text)
            if section == "term" and term in ORDINARY:
                continue
            yield _Word(offset + candidate.start, number, section, term, candidate)


def _best(words: Sequence[_Word]) -> _Window:
    """Return the window whose distinct words weigh most."""
    inside: Counter[tuple[str, str]] = Counter()
    weight = heaviest = first = 0
    best = (0, 0)
    words = [word for word in words if word.section in _WEIGHTS]
    for last, word in enumerate(words):
        if not inside[word.section, word.term]:
            weight += _WEIGHTS[word.section]
        inside[word.section, word.term] += 1
        while word.at - words[first].at > WINDOW:
            gone = words[first]
            inside[gone.section, gone.term] -= 1
            if not inside[gone.section, gone.term]:
                weight -= _WEIGHTS[gone.section]
            first += 1
        if weight > heaviest:
            heaviest, best = weight, (first, last + 1)
    chosen = words[best[0] : best[1]]
    return _Window(chosen, Counter((word.section, word.term) for word in chosen))


def _judged(sight: Sight, window: _Window, weight: int) -> Iterator[tuple[int, Detection]]:
    spans = _spans(window.words)
    linked = max(_link(sight, number, start, end) for number, (start, end) in spans.items())
    texts = [(sight.segments[number].text, *span) for number, span in spans.items()]
    marks = max(manners(*each) for each in texts)
    if linked is not Link.IDENTIFIER and not _is_record(texts, linked, marks, window):
        return
    length = max(last - first for _, first, last in texts)
    brevity = min(1.0, max(_BRIEFEST, length / _BRIEF))
    surplus = weight - _NEEDED[linked] * brevity - _MANNER[linked] * marks
    confidence = min(_HIGHEST, _SURE + _PER_WEIGHT * surplus) if surplus >= 0 else max(0.2, 0.45 + 0.025 * surplus)
    why = ("term", "cue", *(("person",) if linked is not Link.NONE else ()))
    heavy = sorted(window.words, key=lambda word: (-_WEIGHTS[word.section], word.at))
    chosen = list({(word.section, word.term): word for word in reversed(heavy)}.values())[-MOST:]
    for word in chosen if confidence >= COUNTS_FROM else chosen[:1]:
        start, end = word.candidate.start, word.candidate.end
        yield (
            word.number,
            Detection(entity="HEALTH", start=start, end=end, confidence=round(confidence, 2), why=why),
        )


def _is_record(texts: Sequence[tuple[str, int, int]], linked: Link, marks: int, window: _Window) -> bool:
    """Say whether the passage may be about one patient, though no identifier says so."""
    if any(is_definition(text[start:end]) for text, start, end in texts):
        return False
    spoken = any(section in _BY_CLINICIANS for section, _ in window.distinct)
    solid = sum(1 for section, term in window.distinct if section != "common" and term != "age")
    about = {
        found.group().lower()
        for text, start, end in texts
        for found in _NOBODY.finditer(text, max(0, start - _AROUND), end + _AROUND)
    }
    if solid < _SOLID or len(about) >= _ABOUT_NOBODY:
        return False
    if linked is Link.NONE:
        return spoken or not marks
    terms = sum(1 for section, _ in window.distinct if section == "term")
    return spoken or (terms >= _TERMS_ALONE and not marks)


def _spans(words: Sequence[_Word]) -> dict[int, tuple[int, int]]:
    spans: dict[int, tuple[int, int]] = {}
    for word in words:
        start, end = spans.get(word.number, (word.candidate.start, word.candidate.end))
        spans[word.number] = (min(start, word.candidate.start), max(end, word.candidate.end))
    return spans


def _link(sight: Sight, number: int, start: int, end: int) -> Link:
    said = words_of_person(sight.segments[number].text[max(0, start - _AROUND) : end + _AROUND])
    return max(said, named(sight.detections.get(number, ()), start, end, _RECORD))


def _fields(sight: Sight, words: Sequence[_Word]) -> Iterator[tuple[int, Detection]]:
    """Yield values below headings such as `Diagnosis` in a table about people, and behind them in a person's record."""
    for word in words:
        if word.section != "open label":
            continue
        text = sight.segments[word.number].text
        for each in fields_at(text, word.candidate.start, word.candidate.end):
            if each.kind == "column" and each.with_people:
                linked = True
            else:
                linked = _link(sight, word.number, each.start, each.end) is Link.IDENTIFIER
            if linked:
                why = ("term", each.kind, "person")
                yield (
                    word.number,
                    Detection(entity="HEALTH", start=each.start, end=each.end, confidence=_LABELLED, why=why),
                )
            break
