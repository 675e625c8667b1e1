"""Finds legal privilege and commercial confidence: they are of a document, not of a person.

What stands alone, as a heading, a subject or a line, says it of the document. In running text it takes two different
terms close together. A disclaimer below a mail says it of every mail, and a policy of none. `without prejudice to` is
the language of statutes, and no offer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection
from gateway.classify.categories.generic import manners
from gateway.classify.categories.lexicon import word_of
from gateway.classify.categories.surest import surest
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Pattern, Sight
    from gateway.classify.categories.lexicon import Lexicon
    from gateway.model.inspection import Segment

SECTIONS: Final = frozenset({"strong", "weak"})
_LONGEST_LINE: Final = 90
_WORDS_BESIDE: Final = 5
_NEAR: Final = 500
_DISCLAIMED: Final = 250
_PLACES: Final = 5
_TERMS: Final = 40
_EDGES: Final = frozenset({Where.SUBJECT, Where.HEADER, Where.FOOTER, Where.WATERMARK, Where.ATTACHMENT_NAME})
_DISCLAIMER: Final = re.compile(
    r"(?i)intended (?:only |solely |exclusively )?(?:recipient|for (?:the|use))|addressee|any attachments?\b|in error"
    r"|may (?:also )?(?:contain|be|include)\b|and/or|if you (?:have )?received? this|notify the sender|disclaimer|virus"
    r"|(?:e-?mail|message|communication|transmission) (?:and|is|contains|was|together)"
)
_STATUTE: Final = re.compile(r"(?i)[ \t\r\n]+to\b")
_ABOUT: Final = re.compile(
    r"(?i)\b(?:e\.g\.|for example|such as|means|defined|polic(?:y|ies)|guidance|procedure|exempt(?:ion|ed)?|section \d+"
    r"|must|should|staff|mark|marked|marking|classified|classification|what is|information (?:which|that))\b"
)
_MONEY: Final = re.compile(r"(?:£|GBP ?|EUR ?|\$)[0-9][0-9,.]*(?:k|m| million)?|\b[0-9]{1,3}(?:\.[0-9]+)? ?%")
_RULES: Final = re.compile(r"(?i)\b(?:must|should|shall|may)\b")
_RULES_OF_A_LETTER: Final = 1
_ALONE, _PAIR, _PAIR_WITH_MONEY, _SINGLE = 0.85, 0.6, 0.75, 0.3
_USUAL: Final = 6


class StandingExaminer:
    """Examiner of what a document is, by what stands alone in it."""

    def __init__(self, entity: str, least: int, name: str, lexicon: Lexicon) -> None:
        """Take the distinct terms that running text needs, at `least`."""
        self.name = name
        self.patterns: tuple[Pattern, ...] = lexicon.patterns()
        self._entity = entity
        self._least = least

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Return the surest finding of the part."""
        found = [
            (number, term, each)
            for number, candidates in sight.candidates.items()
            for term, each in self._judge(sight.segments[number], candidates)
        ]
        return surest(found)

    def _judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterator[tuple[str, Detection]]:
        text = segment.text
        kept = list(_kept(text, candidates))
        for section, term, candidate in kept:
            start, end = candidate.start, candidate.end
            others = {other for _, other, near in kept if abs(near.start - start) < _NEAR}
            if section == "strong" and _stands_alone(segment, start, end):
                confidence, why = _ALONE, ("term", "alone")
            elif len(others) >= self._least and not _is_rule(text, start, end):
                money = _MONEY.search(text, max(0, start - _NEAR), end + _NEAR)
                confidence, why = (_PAIR_WITH_MONEY if money else _PAIR), ("term", "pair")
            else:
                confidence, why = _SINGLE, ("term", "mention")
            yield term, Detection(entity=self._entity, start=start, end=end, confidence=confidence, why=why)


def _kept(text: str, candidates: Sequence[Candidate]) -> Iterator[tuple[str, str, Candidate]]:
    """Yield section, term and candidate of what is no part of a longer term, nor of a disclaimer or a statute."""
    seen: dict[str, int] = {}
    reached = 0
    for candidate in sorted(candidates, key=lambda each: (each.start, -each.end)):
        section, term = word_of(candidate, text)
        if candidate.end <= reached:
            continue
        reached = candidate.end
        seen[term] = seen.get(term, 0) + 1
        if seen[term] > _PLACES or len(seen) > _TERMS:
            continue
        if term.startswith("without prejudice") and _STATUTE.match(text, candidate.end, candidate.end + 8):
            continue
        if not _DISCLAIMER.search(text, max(0, candidate.start - _DISCLAIMED), candidate.end + _DISCLAIMED):
            yield section, term, candidate


def _is_rule(text: str, start: int, end: int) -> bool:
    """Say whether the passage says what ought to be done: then it is a policy, or a manual."""
    first, last = max(0, start - _NEAR), end + _NEAR
    return len(_RULES.findall(text, first, last)) > _RULES_OF_A_LETTER or manners(text, start, end) > _USUAL


def _stands_alone(segment: Segment, start: int, end: int) -> bool:
    """Say whether the span is nearly all of its line, or of a subject, header, footer or file name."""
    text = segment.text
    first = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1 or max(0, start - _LONGEST_LINE)
    last = text.find("\n", end, end + _LONGEST_LINE)
    last = min(len(text), end + _LONGEST_LINE) if last < 0 else last
    beside = f"{text[first:start]} {text[end:last]}"
    if _ABOUT.search(beside):
        return False
    return segment.where in _EDGES or len(re.findall(r"[A-Za-z]+", beside)) <= _WORDS_BESIDE
