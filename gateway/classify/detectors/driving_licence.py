"""Driver numbers of Great Britain, and of Northern Ireland with a label.

Source: DVLA, driver number: five letters of the surname (filled with 9), decade of birth, month of birth (50 more for
women), day, year, two initials (filled with 9), a digit that tells namesakes apart, two check letters whose rule is not
published; the card adds an issue number of two digits. DVA of Northern Ireland: eight digits.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label, is_made_up, is_sequence
from gateway.classify.dates import DATE, iso_date
from gateway.classify.listed import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_NUMBER: Final = r"(?:[ _-]?(?:numbers?|nos?|num|id|ref))?"
_WORDS: Final = (
    rf"driv(?:ing|er'?s?)[ _-]?licen[cs]e{_NUMBER}"
    r"|drivers?[ _-]?(?:numbers?|no|id)|dvla(?:[ _-](?:number|no|ref))?|dva[ _-](?:number|no)"
    r"|licen[cs]e[ _-]?(?:number|no)"
)
_LABEL: Final = Label.of(_WORDS)
_SHAPE: Final = re.compile(
    r"([A-Z]{1,5}9{0,4})([0-9])([0156][0-9])([0-3][0-9])([0-9])((?:[A-Z][A-Z9]|99)[A-Z0-9][A-Z]{2})([0-9]{2})?"
)
_SURNAME: Final = 5
_LENGTH: Final = 16
_WOMEN: Final = 50
_LEAP: Final = 2000
_COMMON: Final = 2001
_YEARS: Final = (1950, 2060)
_IRISH: Final = re.compile(r"(?<![0-9A-Za-z/.-])[0-9]{8}(?![0-9A-Za-z])")


def is_driver_number(value: str) -> bool:
    """Say whether sixteen characters in capitals (or eighteen, with an issue number) agree with themselves."""
    shape = _SHAPE.fullmatch(value)
    if shape is None or len(shape[1]) != _SURNAME:
        return False
    # the decade without its century: 29 February needs a year that some century has as a leap year
    year = _LEAP if int(shape[2] + shape[5]) % 4 == 0 else _COMMON
    try:
        date(year, int(shape[3]) % _WOMEN, int(shape[4]))
    except ValueError:
        return False
    return True


class DrivingLicence:
    """Detector of DRIVING_LICENCE."""

    name = "driving_licence"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="driver number",
            expression=(
                r"\b[a-z][a-z9]{4}[ -]?\d[0156]\d[0-3]\d\d[ -]?[a-z9]{2}[ -]?[a-z0-9][ -]?[a-z]{2}(?: ?\d{2})?\b"
            ),
            caseless=True,
            scan=(r"\d[0156]\d[0-3]\d\d[ -]?[a-z9]{2}[ -]?[a-z0-9][ -]?[a-z]{2}(?: ?\d{2})?\b",),
            start_known=False,
        ),
        Pattern(name="cue", expression=_WORDS, caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge those of Great Britain by their parts; eight digits need a label."""
        text = segment.text
        for candidate in candidates:
            if candidate.pattern != "cue":
                yield from _british(text, candidate.start, candidate.end)
        cues = [each for each in candidates if each.pattern == "cue"]
        for found, evidence in named(text, cues, _IRISH, _is_irish):
            yield _found(found.start(), found.end(), found.group(), 0.6, "shape", evidence)


def _is_irish(found: re.Match[str]) -> bool:
    """Say whether eight digits behind the label may be a number: a day of issue or of expiry stands there too."""
    digits = found.group()
    day = DATE.fullmatch(digits)
    return not (is_made_up(digits) or is_sequence(digits) or (day and iso_date(day, *_YEARS)))


def _british(text: str, start: int, end: int) -> Iterable[Detection]:
    written = text[start:end]
    value = written.replace(" ", "").replace("-", "")
    if not is_driver_number(value.upper()):
        return
    evidence = _LABEL.evidence(text, start)
    if evidence:
        yield _found(start, end, value, 0.95, "shape", "date", evidence)
    elif len(written) - written.count(" ") == len(value):  # words with strokes between are no number
        yield _found(start, end, value, 0.75 if value.isupper() else 0.4, "shape", "date")


def _found(start: int, end: int, value: str, confidence: float, *why: str) -> Detection:
    return Detection(
        entity="DRIVING_LICENCE",
        start=start,
        end=end,
        confidence=confidence,
        why=why,
        value=value.upper()[:_LENGTH],
    )
