"""Unique Pupil Numbers of England.

Source: Department for Education, "Unique pupil numbers (UPNs): guide": a check letter, three digits of the local
authority, four of the school, two of the year, three of the pupil; in a temporary number a letter ends it. Check
letter by python-stdnum, but not its list of authorities, which lacks those founded since 2019: they have 201 to 999.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum.gb import upn

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, is_made_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"upns?(?:[ _-]?(?:numbers?|no|id))?"
    r"|unique[ _-]?pupil[ _-]?(?:numbers?|no|id|ref)|pupil[ _-]?(?:numbers?|no|id|ref)"
)
_CUE: Final = Label.of(
    r"upns?|pupils?|schools?|academy|students?|pupil premium|year group|reception|ehcp|send|attendance|exclusions?|dfe"
)
_REACH: Final = 60
_LETTERS: Final = frozenset("ABCDEFGHJKLMNPQRTUVWXYZ")
_FIRST_AUTHORITY: Final = 201
_IN_USE: Final = re.compile(
    r"20[1-9]|21[0-3]|30[1-9]|31\d|320|33\d|34[0-4]|35\d|37[0-3]|38\d|39[0-4]|420|8\d\d|9[0-4]\d"
)
"""Authorities of England, past and present; wide enough for those to come."""
_JOINED_BEFORE: Final = re.compile(r"[-/=.@_#&?]$")
_JOINED_BEHIND: Final = re.compile(r"[-/=@_]|\.[0-9A-Za-z]")


def is_upn(value: str) -> bool:
    """Say whether thirteen characters, in capitals, have their check letter and an authority's number."""
    return (
        value[0] in _LETTERS
        and int(value[1:4]) >= _FIRST_AUTHORITY
        and (value[-1].isdigit() or value[-1] in _LETTERS)
        and bool(upn.calc_check_digit(value[1:]) == value[0])
    )


class Upn:
    """Detector of UPN."""

    name = "upn"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="pupil",
            expression=r"\b[a-hj-np-rt-z]\d{11}[0-9a-hj-np-rt-z]\b",
            caseless=True,
            scan=(r"\d{11}[0-9a-hj-np-rt-z]\b",),
            start_known=False,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by check letter and label; with a label it counts in spite of a wrong one."""
        text = segment.text
        for candidate in candidates:
            written = text[candidate.start : candidate.end]
            value = written.upper()
            if is_made_up(value[1:12]):
                continue
            checked = is_upn(value)
            evidence = _LABEL.evidence(text, candidate.start)
            why: tuple[str, ...]
            if evidence:
                confidence, why = (0.95, ("checksum", evidence)) if checked else (0.6, ("shape", evidence))
            elif not checked or _is_within(text, candidate):
                continue
            elif _CUE.is_near(text, candidate.start, candidate.end, _REACH):
                confidence, why = 0.85, ("checksum", "cue")
            else:
                in_use = written[0].isupper() and _IN_USE.match(value, 1)
                confidence, why = (0.5 if in_use else 0.4), ("checksum",)
            yield Detection(
                entity="UPN",
                start=candidate.start,
                end=candidate.end,
                confidence=confidence,
                why=why,
                value=value,
            )


def _is_within(text: str, candidate: Candidate) -> bool:
    """Say whether it is a piece of a longer code or of an address."""
    before = text[max(0, candidate.start - 1) : candidate.start]
    return bool(_JOINED_BEFORE.match(before) or _JOINED_BEHIND.match(text, candidate.end))
