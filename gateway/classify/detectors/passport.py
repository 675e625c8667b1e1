"""Passport numbers with a label, and the machine-readable zones of passports, identity cards and visas.

Sources: HM Passport Office (nine digits); ICAO Doc 9303, parts 3 to 6: check digits with weights 7 3 1, TD3 (passports,
two lines of 44), TD2 (36) and TD1 (cards, three lines of 30). A bare number of nine digits is no finding: order
numbers look the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import is_made_up, is_sequence
from gateway.classify.dates import DATE, iso_date
from gateway.classify.listed import below, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_VALUE: Final = re.compile(r"(?<![A-Za-z0-9/.-])(?:[0-9]{3} [0-9]{3} [0-9]{3}|[A-Za-z0-9]{8,9})(?![A-Za-z0-9/-])")
_NUMBER: Final = re.compile(r"[A-Z]{1,2}[0-9]{6,7}|[A-Z0-9]{9}")
_FEWEST_DIGITS: Final = 5
_WEIGHTS: Final = (7, 3, 1)
_FILLER: Final = "<"
_SIGNS: Final = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {_FILLER: 0}
_FIRST_OF_1900S: Final = 30
_CARD: Final = re.compile(r"[ACI][A-Z0-9<][A-Z<]{3}([A-Z0-9<]{9})([0-9<])[A-Z0-9<]{15}[ \r]*\n[ ]*$")
_LINE: Final = 30 + 4


def has_mrz_check(field: str, check: str) -> bool:
    """Say whether `check` is the check digit of a field of a machine-readable zone (ICAO 9303-3, 4.9)."""
    total = sum(_SIGNS[sign] * _WEIGHTS[place % len(_WEIGHTS)] for place, sign in enumerate(field))
    return total % 10 == _SIGNS[check]


def is_passport_number(found: re.Match[str]) -> bool:
    """Say whether what stands behind a label may be a passport's number, of any state."""
    value = _plain(found.group())
    if not _NUMBER.fullmatch(value) or sum(map(str.isdigit, value)) < _FEWEST_DIGITS:
        return False
    return not is_made_up(value)


def _plain(written: str) -> str:
    return written.upper().replace(" ", "")


class Passport:
    """Detector of PASSPORT, and of the DATE_OF_BIRTH in a machine-readable zone."""

    name = "passport"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="cue", expression=r"passports?|travel document", caseless=True),
        Pattern(
            name="second line",
            expression=r"\b[A-Z0-9][A-Z0-9<]{8}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{8,16}",
            scan=(r"\d{7}[MFX<]\d{7}[A-Z0-9<]{8,16}",),
            start_known=False,
        ),
        Pattern(name="card", expression=r"\b\d{7}[MFX<]\d{7}[A-Z<]{3}[A-Z0-9<]{11}\d"),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge zones by their check digits, other numbers by their label."""
        text = segment.text
        cues = []
        for candidate in candidates:
            if candidate.pattern == "cue":
                cues.append(candidate)
            elif candidate.pattern == "card":
                yield from _card(text, candidate.start, candidate.end)
            else:
                yield from _second_line(text, candidate.start, candidate.end)
        columns = ((found, "column") for found in below(text, cues, _VALUE, is_passport_number))
        for found, evidence in (*named(text, cues, _VALUE, is_passport_number), *columns):
            value = _plain(found.group())
            yield Detection(
                entity="PASSPORT",
                start=found.start(),
                end=found.end(),
                confidence=0.6 if is_sequence(value) else 0.85 if value.isdigit() else 0.7,
                why=("shape", evidence),
                value=value,
            )


def _second_line(text: str, start: int, end: int) -> Iterable[Detection]:
    """Judge line 2 of TD3 or TD2: number, nationality, birth, sex, expiry, and what is left to the state."""
    line = text[start:end]
    if has_mrz_check(line[13:19], line[19]) and has_mrz_check(line[21:27], line[27]):
        sure = has_mrz_check(line[:9], line[9])
        yield from _zone(text, start, start + 13, sure=sure)


def _card(text: str, start: int, end: int) -> Iterable[Detection]:
    """Judge line 2 of TD1, and the document number in the line above."""
    line = text[start:end]
    if not (has_mrz_check(line[:6], line[6]) and has_mrz_check(line[8:14], line[14])):
        return
    above = _CARD.search(text, max(0, start - _LINE), start)
    if above:
        yield from _zone(text, above.start(1), start, sure=has_mrz_check(above[1], above[2]))


def _zone(text: str, number: int, birth: int, *, sure: bool) -> Iterable[Detection]:
    """Report the document number that begins at `number` and the day of birth that begins at `birth`."""
    value = text[number : number + 9].rstrip(_FILLER)
    confidence = 0.95 if sure else 0.6
    why = ("checksum", "mrz") if sure else ("mrz",)
    if value:
        yield Detection(
            entity="PASSPORT", start=number, end=number + len(value), confidence=confidence, why=why, value=value
        )
    written = text[birth : birth + 6]
    century = "19" if int(written[:2]) >= _FIRST_OF_1900S else "20"
    day = DATE.fullmatch(century + written)
    iso = iso_date(day, 1890, 2040) if day else ""
    if iso:
        yield Detection(
            entity="DATE_OF_BIRTH",
            start=birth,
            end=birth + 6,
            confidence=0.95,
            why=("checksum", "mrz"),
            value=iso,
        )
