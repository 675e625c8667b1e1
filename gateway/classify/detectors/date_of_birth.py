"""Dates of birth: any date with a cue before it, just behind it, or at the head of its column.

Source: seed "Greater Manchester Safeguarding Children Board" 3.1(1), a name in combination with other identifiers. A
date without a cue is never a finding: every letter has one.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_WORDS: Final = r"d[. ]?o[. ]?b\.?|date[ _-]?of[ _-]?birth|birth[ _-]?date|birth[ _-]?day|dateofbirth|born|birth"
_LABEL: Final = Label.of(_WORDS)
_BEFORE: Final = 40
_BEHIND: Final = re.compile(rf"(?i)[ ,(]{{1,3}}(?:{_WORDS})(?![A-Za-z])")
_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_OLDEST, _LATEST = 1890, 2099
_CENTURY: Final = 100


class DateOfBirth:
    """Detector of DATE_OF_BIRTH."""

    name = "date_of_birth"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="cue", expression=rf"\b(?:{_WORDS})", caseless=True),
        Pattern(name="day first", expression=r"\b\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?(?:\d{4}|\d{2})\b"),
        Pattern(name="day first, spaced", expression=r"\b\d{2} \d{2} \d{4}\b"),
        Pattern(name="year first", expression=r"\b\d{4}[/.-]\d{1,2}[/.-]\d{1,2}"),
        Pattern(name="eight digits", expression=r"\b(?:19|20)\d{6}\b"),
        Pattern(
            name="day and month",
            expression=rf"\b\d{{1,2}}(?:st|nd|rd|th)?[ -]?(?:of )?{_MONTH}\.?,?[ -]?(?:\d{{4}}|\d{{2}})\b",
            caseless=True,
        ),
        Pattern(
            name="month and day",
            expression=rf"\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}\b",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report the dates that a cue belongs to: the nearest date after it, or the one right before it."""
        if all(candidate.pattern != "cue" for candidate in candidates):
            return
        text = segment.text
        reached = 0
        dates = [candidate for candidate in candidates if candidate.pattern != "cue"]
        for candidate in sorted(dates, key=lambda each: (each.start, -each.end)):
            if candidate.start < reached or not is_date(text[candidate.start : candidate.end], candidate.pattern):
                continue
            evidence = _LABEL.evidence(text, candidate.start)
            if not evidence:
                before = max(reached, candidate.start - _BEFORE, text.rfind("\n", 0, candidate.start) + 1)
                near = _LABEL.cell.search(text, before, candidate.start) or _BEHIND.match(text, candidate.end)
                evidence = "cue" if near else ""
            reached = candidate.end
            if evidence:
                yield Detection(
                    entity="DATE_OF_BIRTH",
                    start=candidate.start,
                    end=candidate.end,
                    confidence=0.85 if evidence == "cue" else 0.95,
                    why=("shape", evidence),
                )


def is_date(value: str, pattern: str) -> bool:
    """Say whether `value`, found by the pattern of that name, is a day on which somebody may have been born."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    named = re.search(r"[A-Za-z]{3,}", re.sub(r"(?<=\d)(?:st|nd|rd|th)|\bof\b", " ", value, flags=re.IGNORECASE))
    if pattern == "eight digits":
        year, month, day = int(value[:4]), int(value[4:6]), int(value[6:])
    elif pattern == "year first":
        year, month, day = numbers
    elif named:
        day, year = numbers
        month = _MONTHS.index(named.group()[:3].lower()) + 1
    else:
        day, month, year = numbers
    if year < _CENTURY:
        year += 1900
    return _OLDEST <= year <= _LATEST and (_exists(year, month, day) or _exists(year, day, month))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
