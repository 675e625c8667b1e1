"""Finds health data: a passage that reads like a record of one patient.

Each distinct word counts once, by its weight: what stands in clinical records and hardly elsewhere, what seldom stands
elsewhere, and clinical words that news and shops use too; doses, vital signs and results are cues. The text of the best
window of `WINDOW` characters is then read: whom it is about, and how (`record.py`, `story.py`). Source: report on
markings and identifiers, section 4, whose baseline (a disease and three cues) found 57 % of clinical notes; the words
are in the lexicons.
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
from gateway.classify.categories.record import Evidence, confidence_of
from gateway.classify.categories.story import is_called, is_story
from gateway.classify.categories.surest import surest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Pattern, Sight
    from gateway.classify.categories.lexicon import Lexicon

SECTIONS: Final = frozenset({"record", "cue", "term", "common", "plain", "open label"})
WINDOW: Final = 1_500
_WEIGHTS: Final = {"record": 6, "cue": 4, "measure": 4, "term": 2, "common": 1}
_MEASURES: Final = 3
"""How many distinct doses and vital signs count: a price list of medicines holds a hundred."""
_READ_FROM: Final = 3
"""The weight from which the text itself is read."""
_READ_ALONE: Final = 7
"""The same for a text in which hardly a he or she stands."""
_LETTERS: Final = re.compile(r"[a-z]+")
_LABELLED: Final = 0.9
_PLACES: Final = 20
"""Places at which one label is looked at."""
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
        self.patterns: tuple[Pattern, ...] = (*lexicon.patterns("plain"), *MEASURES)
        self._plain = frozenset(lexicon.sections.get("plain", ()))

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Return the weightiest word of the best window, and the columns and fields that say health."""
        words = list(_words(sight))
        return surest([*_fields(sight, words), *self._prose(sight, _best(words))])

    def _prose(self, sight: Sight, window: _Window) -> Iterator[tuple[int, str, Detection]]:
        """Yield the weightiest word of the window, as surely as the window is a record of one person."""
        weight = _weight(window.distinct)
        if weight < _READ_FROM:
            return
        texts = [(sight.segments[number].text, *span) for number, span in _spans(window.words).items()]
        around = "\n".join(text[max(0, start - _AROUND) : end + _AROUND] for text, start, end in texts)
        if weight < _READ_ALONE and not is_story(around):
            return
        linked = max(_link(sight, number, *span) for number, span in _spans(window.words).items())
        if linked is not Link.IDENTIFIER and any(is_definition(text[start:end]) for text, start, end in texts):
            return
        evidence = Evidence(
            text=around,
            weight=weight,
            kinds=Counter(section for section, _ in window.distinct),
            solid=sum(1 for section, term in window.distinct if section != "common" and term != "age"),
            plain=len(self._plain.intersection(_LETTERS.findall(around.lower()))),
            linked=linked,
            marks=max(manners(*each) for each in texts),
            length=max(end - start for _, start, end in texts),
        )
        if confidence := confidence_of(evidence):
            why = ("term", "cue", *(("person",) if linked is not Link.NONE else ()))
            word = min(window.words, key=lambda each: (-_WEIGHTS[each.section], each.at))
            start, end = word.candidate.start, word.candidate.end
            yield word.number, "", Detection(entity="HEALTH", start=start, end=end, confidence=confidence, why=why)


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


def _weight(distinct: Iterable[tuple[str, str]]) -> int:
    kinds = Counter(section for section, _ in distinct)
    kinds["measure"] = min(kinds["measure"], _MEASURES)
    return sum(_WEIGHTS[section] * count for section, count in kinds.items())


def _spans(words: Sequence[_Word]) -> dict[int, tuple[int, int]]:
    spans: dict[int, tuple[int, int]] = {}
    for word in words:
        start, end = spans.get(word.number, (word.candidate.start, word.candidate.end))
        spans[word.number] = (min(start, word.candidate.start), max(end, word.candidate.end))
    return spans


def _link(sight: Sight, number: int, start: int, end: int) -> Link:
    around = sight.segments[number].text[max(0, start - _AROUND) : end + _AROUND]
    said = max(words_of_person(around), Link.ROLE if is_called(around) else Link.NONE)
    return max(said, named(sight.detections.get(number, ()), start, end, _RECORD))


def _fields(sight: Sight, words: Sequence[_Word]) -> Iterator[tuple[int, str, Detection]]:
    """Yield values below headings such as `Diagnosis` in a table about people, and behind them in a person's record."""
    seen: Counter[str] = Counter()
    for word in words:
        if word.section != "open label" or seen[word.term] >= _PLACES:
            continue
        seen[word.term] += 1
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
                    word.term,
                    Detection(entity="HEALTH", start=each.start, end=each.end, confidence=_LABELLED, why=why),
                )
            break
