"""Identifiers of persons on the Police National Computer: year, serial number, check letter.

Source: Ministry of Justice, hmpps-person-record (check letter, short and long forms).

With its stroke the number is looked for everywhere; without one it is any number and a letter, and needs its label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.labelled import labelled
from gateway.classify.police import full_year, has_check_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(r"pnc(?:[ _/-]{0,3}(?:id|number|no|ref(?:erence)?))?|police national computer(?: \(pnc\))?")
_CUE: Final = Label.of(r"pnc|police|custody|arrest(?:ed)?|offences?|offenders?|convict(?:ed|ions?)|defendants?|cro")
_REACH: Final = 60
_SHAPE: Final = re.compile(r"(\d{4}|\d{2})/?(\d{1,7})([A-Za-z])")
_BARE: Final = re.compile(r"(?<![0-9A-Za-z/])\d{3,11}[A-Za-z](?![0-9A-Za-z/])")
_PATH: Final = re.compile(r"(?<!pnc)(?<!PNC)/$")
"""What stands before a piece of a path or of a longer reference: `23/01234F` in `app/23/01234F`."""
_CENTURIES: Final = ("19", "20")
_SERIAL: Final = 7
_SPECIFIC: Final = len("2002/0073319Z")
_FAIRLY: Final = len("02/73319Z")


def parse_pnc(value: str) -> tuple[str, bool] | None:
    """Return the long form `2002/0073319Z` and whether its check letter is right; None where it has not the shape.

    A run of more than nine digits begins with a year of four digits, a shorter one with a year of two.
    """
    written = value.upper().replace("/", "")
    stroke = value.find("/")
    years = stroke if stroke >= 0 else 4 if len(written) > len("021234567Z") else 2
    shape = _SHAPE.fullmatch(f"{written[:years]}/{written[years:]}")
    if shape is None or (len(shape[1]) > len("02") and not shape[1].startswith(_CENTURIES)):
        return None
    year, serial, letter = full_year(shape[1]), shape[2].zfill(_SERIAL), shape[3]
    return f"{year}/{serial}{letter}", has_check_letter(year[2:] + serial, letter)


class PncId:
    """Detector of PNC_ID."""

    name = "pnc_id"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="with stroke", expression=r"\b(?:\d{4}|\d{2})/\d{1,7}[a-z]\b", caseless=True),
        Pattern(name="cue", expression=r"\bpnc|_pnc|police national computer", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its check letter, its length and its label."""
        text = segment.text
        for candidate in candidates:
            behind_stroke = _PATH.search(text, max(0, candidate.start - 4), candidate.start)
            if candidate.pattern == "with stroke" and not behind_stroke:
                yield from _judge(text, candidate.start, candidate.end)
        for found in labelled(text, [each for each in candidates if each.pattern == "cue"], _BARE):
            yield from _judge(text, found.start(), found.end(), bare=True)


def _judge(text: str, start: int, end: int, *, bare: bool = False) -> Iterable[Detection]:
    parsed = parse_pnc(text[start:end])
    if parsed is None:
        return
    value, checked = parsed
    evidence = _LABEL.evidence(text, start)
    if evidence:
        confidence, why = (0.95, ("checksum", evidence)) if checked else (0.6, ("shape", evidence))
    elif bare or not checked or end - start < _FAIRLY:
        return
    elif _CUE.is_near(text, start, end, _REACH):
        confidence, why = 0.85, ("checksum", "cue")
    else:
        confidence, why = (0.7 if end - start == _SPECIFIC else 0.45), ("checksum", "shape")
    yield Detection(entity="PNC_ID", start=start, end=end, confidence=confidence, why=why, value=value)
