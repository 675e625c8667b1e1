"""Dates of birth: a date behind a cue, just before one, or in a column headed by one.

Source: seed "Greater Manchester Safeguarding Children Board" 3.1(1), a name in combination with other identifiers. A
date without a cue is never a finding: every letter has one. So the cue is what is looked for in every text, and dates
only near it. There is no clock in this room: the years in which people were born are fixed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.dates import DATE, MONTH, iso_date
from gateway.classify.listed import below, named, stands_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_OLDEST, _LATEST = 1890, 2040
_SHORT: Final = r"d(?:ob|[. /-]o[. /-]b|\. o\. ?b)s?\.?|bday"
_LONG: Final = r"dates?[ _-]?of[ _-]?birth|birth[ _-]?(?:date|time)s?"
_PROSE: Final = r"born|birth|birthday|ganed|ganwyd|dyddiad(?:au)? geni"
_BEFORE: Final = 40
_LONGEST: Final = 40
_GAP: Final = re.compile(rf"[^0-9;\n]{{0,{_BEFORE}}}")
_EVENT: Final = re.compile(  # another date is spoken of
    r"(?i)(?<![a-z])(?:seen|admi\w+|attend\w*|review\w*|referr\w*|discharged?|died|death|deceased|dated?|today|visit\w*"
    r"|appointment|clinic|letter|certificate|regist\w+|married|marriage|issued?|expir\w+|since|updated?|operation"
    r"|surgery|due|moved|arriv\w+|joined|start\w*|until|from|last|next|unknown|not|received|sent|signed|meeting"
    r"|conference|placed|removed|baptised|christened)(?![a-z])|[a-z]{3}[.!?] "
)
_MONTH_FIRST: Final = re.compile(rf"(?i)(?<![a-z]){MONTH}[ .-]{{1,2}}$")
_IN_BRACKETS: Final = re.compile(r"(?i)(?: ?(?:y|yo|yrs?|years?)(?: old)?)?[ ,]{0,2}[(\[](?:born |b\.? ?|dob:? )?")
_BLANK: Final = re.compile(r" ?")
_PID: Final = re.compile(r"PID(?:\|[^|\r\n]{0,400}){6}\|(?=[0-9]{8})")
_JUST: Final = re.compile(r" ?[ ,(\[-]{0,2}")
_LABELS: Final = frozenset({"field", "prose"})
_OF_AGE: Final = frozenset({"age", "years", "b."})
_OF_ANYTHING: Final = frozenset({"birth", "birthday"})
"""Words that count right before a date only: the birth of an idea, a birthday party."""
_NEAR_DIGIT: Final = 8
_GOES_ON: Final = re.compile(r"(?:was |is |on )?[^A-Za-z0-9\n]{0,5}[0-9]")


class DateOfBirth:
    """Detector of DATE_OF_BIRTH."""

    name = "date_of_birth"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="field", expression=rf"{_LONG}|(?:\b|_){_SHORT}", caseless=True),
        Pattern(name="message", expression=r"\bPID\|"),
        Pattern(name="prose", expression=rf"\b(?:{_PROSE})\b", caseless=True),
        Pattern(name="age", expression=r"\bage(?:d|:)? \d{1,3}\b", caseless=True),
        Pattern(name="years", expression=r"\(\d{1,3} ?(?:y|yo|yrs?|years?)(?: old)?\)", caseless=True),
        Pattern(name="b.", expression=r"[(,] ?b\.", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report the dates that a cue belongs to: the nearest date after it, or the one right before it."""
        text = segment.text
        days: dict[int, str] = {}
        for date, evidence in _dates(text, candidates, days):
            yield Detection(
                entity="DATE_OF_BIRTH",
                start=date.start(),
                end=date.end(),
                confidence=0.85 if evidence == "cue" else 0.95,
                why=("shape", evidence),
                value=days[date.start()],
            )


def _dates(text: str, candidates: Sequence[Candidate], days: dict[int, str]) -> Iterator[tuple[re.Match[str], str]]:
    """Yield the dates that a cue belongs to, with the evidence, the surest first. `days` gets the day of each."""

    def is_day(date: re.Match[str]) -> bool:
        day = iso_date(date, _OLDEST, _LATEST)
        if not day or date.start() in days:
            return False
        days[date.start()] = day
        return True

    yield from named(text, [each for each in candidates if each.pattern in _LABELS], DATE, is_day)
    for date in below(text, [each for each in candidates if each.pattern == "field"], DATE, lambda _: True):
        if is_day(date):
            yield date, "column"
    for date in _in_messages(text, [each for each in candidates if each.pattern == "message"]):
        if is_day(date):
            yield date, "label"
    for look in (_behind, _before):
        for cue in (each for each in candidates if each.pattern != "message"):
            place = look(text, cue, days)
            found = DATE.match(text, place) if place >= 0 else None
            if found and is_day(found) and (look is _behind or found.end() <= cue.start):
                yield found, "cue"


def _in_messages(text: str, segments: Sequence[Candidate]) -> Iterator[re.Match[str]]:
    """Yield the seventh field of segments PID of HL7 version 2."""
    for each in segments:
        fields = _PID.match(text, each.start)
        if fields and (date := DATE.match(text, fields.end())):
            yield date


def _behind(text: str, cue: Candidate, days: Mapping[int, str]) -> int:
    """Return where a date begins behind a cue, if nothing between the two speaks of another; -1 where none does."""
    if cue.pattern in _OF_AGE:
        gap = None if cue.pattern == "years" else (_BLANK if cue.pattern == "b." else _IN_BRACKETS).match(text, cue.end)
        return gap.end() if gap else -1
    gap = _GAP.match(text, cue.end)
    if not gap or gap.end() in days or not stands_alone(text, cue) or not text[gap.end() : gap.end() + 1].isdigit():
        return -1
    between = gap.group()
    if _EVENT.search(between) or text[cue.start : cue.end].lower() in _OF_ANYTHING:
        return -1
    month = _MONTH_FIRST.search(between)
    return gap.start() + month.start() if month else gap.end()


def _before(text: str, cue: Candidate, days: Mapping[int, str]) -> int:
    """Return where a date begins that stands right before a cue, if the cue is not of a date behind it; or -1."""
    begin = max(0, cue.start - _LONGEST)
    if cue.pattern == "b." or not any(map(str.isdigit, text[max(begin, cue.start - _NEAR_DIGIT) : cue.start])):
        return -1
    if cue.pattern in _LABELS and (_GOES_ON.match(text, cue.end) or not stands_alone(text, cue)):
        return -1
    dates = list(DATE.finditer(text, begin, cue.start))
    if not dates or dates[-1].start() in days or not _JUST.fullmatch(text, dates[-1].end(), cue.start):
        return -1
    return dates[-1].start()
