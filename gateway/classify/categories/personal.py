"""Finds a category of personal data: a labelled value, a column, or a term, a cue and a person in prose.

Confidence in prose is a sum: what the term says by itself, how sure the person is, a second term near by; less the
marks of writing about nobody in particular. One finding stands for the prose of a part, and one for each label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection
from gateway.classify.categories.fields import Field, fields_at, is_among
from gateway.classify.categories.generic import is_definition, is_public_voice, manners
from gateway.classify.categories.lexicon import word_of
from gateway.classify.categories.person import Link, link, passage
from gateway.classify.categories.surest import surest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Pattern, Sight
    from gateway.classify.categories.lexicon import Lexicon

SECTIONS: Final = frozenset({"strong", "weak", "cue", "label", "open label", "value"})
"""Sections of these lexicons.

A `strong` term says something of a person by itself, a `weak` one needs a `cue` in its sentence; what stands behind a
`label` must be a `value`, and behind an `open label` it may be anything that says something.
"""
_PLACES: Final = 3
"""Places at which one term is judged; the first ones speak for the rest."""
_TERMS: Final = 60
"""Distinct terms that are judged in one segment."""
_NEAR: Final = 400
_LABELLED: Final = {"label": 0.8, "column": 0.9}
_WITH_PERSON: Final = 0.95
_TERM: Final = {"strong": 0.45, "weak": 0.35}
_LINKED: Final = {Link.PRONOUN: 0.0, Link.ROLE: 0.05, Link.PERSON: 0.15, Link.IDENTIFIER: 0.35}
_CUED, _SECOND = 0.05, 0.05
_MANNER: Final = {Link.PRONOUN: 0.08, Link.ROLE: 0.08, Link.PERSON: 0.08, Link.IDENTIFIER: 0.03}
_USUAL: Final = 1
"""Marks of impersonal writing that a letter about one person has as well."""
_VOICE: Final = 0.3
_ONLY_A_PRONOUN: Final = 0.45
"""Stories and talks say he and she as well; shown, and counts for nothing."""
_HIGHEST: Final = 0.9
_LOWEST: Final = 0.2


class PersonalExaminer:
    """Examiner of one category of personal data."""

    def __init__(self, entity: str, public: re.Pattern[str] | None, name: str, lexicon: Lexicon) -> None:
        """Take the words near which the category is public, in `public`."""
        self.name = name
        self.patterns: tuple[Pattern, ...] = lexicon.patterns("cue")
        self._entity = entity
        self._public = public
        self._values = lexicon.values()
        self._cue = lexicon.any_of("cue")

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Return the surest finding of the part's prose, and one for each label."""
        found = [
            (number, term, each)
            for number, candidates in sight.candidates.items()
            for term, each in self._judge(sight.segments[number].text, candidates, sight.detections.get(number, ()))
        ]
        return surest(found)

    def _judge(
        self, text: str, candidates: Sequence[Candidate], detections: Sequence[Detection]
    ) -> Iterator[tuple[str, Detection]]:
        seen: dict[str, int] = {}
        terms = []
        for candidate in candidates:
            section, term = word_of(candidate, text)
            seen[candidate.pattern] = seen.get(candidate.pattern, 0) + 1
            if seen[candidate.pattern] > _PLACES or len(seen) > _TERMS:
                continue
            if section in {"label", "open label"}:
                yield from ((term, each) for each in self._fields(text, candidate, section, detections))
            else:
                terms.append((section, term, candidate))
        for section, term, candidate in terms:
            others = {each for _, each, near in terms if abs(near.start - candidate.start) < _NEAR} - {term}
            yield from ((term, each) for each in self._prose(text, candidate, section, len(others), detections))

    def _fields(
        self, text: str, candidate: Candidate, section: str, detections: Sequence[Detection]
    ) -> Iterator[Detection]:
        for each in fields_at(text, candidate.start, candidate.end):
            if section == "label" and not is_among(each.value, self._values):
                continue
            linked = link(text, each.start, each.end, detections)
            if section == "open label" and not self._is_of_somebody(each, linked):
                continue
            confidence = _WITH_PERSON if linked >= Link.PERSON or each.with_people else _LABELLED[each.kind]
            why = ("term", each.kind, "person") if confidence == _WITH_PERSON else ("term", each.kind)
            yield self._detection(each.start, each.end, confidence, why)
            return

    @staticmethod
    def _is_of_somebody(each: Field, linked: Link) -> bool:
        return linked is Link.IDENTIFIER or each.with_people or (each.kind == "label" and linked is Link.PERSON)

    def _prose(
        self, text: str, candidate: Candidate, section: str, others: int, detections: Sequence[Detection]
    ) -> Iterator[Detection]:
        start, end = candidate.start, candidate.end
        sentence = passage(text, start, end, 0)
        cued = bool(self._cue and self._cue.search(sentence))
        if section == "weak" and not cued:
            return
        linked = link(text, start, end, detections)
        if linked is Link.NONE or is_definition(passage(text, start, end, 1)):
            return
        if self._public and self._public.search(sentence):
            return
        marks = max(0, manners(text, start, end) - _USUAL)
        confidence = (
            _TERM[section] + _LINKED[linked] + _CUED * cued + _SECOND * min(others, 2) - _MANNER[linked] * marks
        )
        if linked is not Link.IDENTIFIER and is_public_voice(text, start, end):
            confidence -= _VOICE
        if linked is Link.PRONOUN:
            confidence = min(confidence, _ONLY_A_PRONOUN)
        if confidence >= _LOWEST:
            why = ("term", "person", *(("cue",) if cued else ()), *(("pair",) if others else ()))
            yield self._detection(start, end, min(round(confidence, 2), _HIGHEST), why)

    def _detection(self, start: int, end: int, confidence: float, why: tuple[str, ...]) -> Detection:
        return Detection(entity=self._entity, start=start, end=end, confidence=confidence, why=why)
