"""Hospital numbers: what one trust, practice or laboratory calls its patient by.

Source: NHS Data Dictionary, attribute LOCAL PATIENT IDENTIFIER: up to ten characters, no common shape, no check digit;
in practice with the trust's code, strokes and a volume. So a label is needed, and the label is what is looked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.checks import has_nhs_check_digit
from gateway.classify.listed import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_NUMBER: Final = r"(?:numbers?|nos?|num|nbr|identifiers?|ids?|ref(?:erence)?|#)"
_SURE_WORDS: Final = (
    rf"m\.?r\.?n\.?s?|local[ _-]?patient[ _-]?(?:id|identifier)|k[ -]number|pas[ _-]?{_NUMBER}"
    rf"|(?:rio|emis|systm ?one|epr|epic|cerner|lorenzo|carenotes|paris)[ _-]?(?:patient[ _-]?)?{_NUMBER}"
)
_SURE: Final = (
    rf"hosp(?:ital|\.)?[ _-]?(?:unit[ _-]?)?{_NUMBER}"
    rf"|(?:medical|health|patient|hospital)[ _-]?records?[ _-]?{_NUMBER}"
    rf"|(?:case|clinical|medical)[ _-]?notes?[ _-]?{_NUMBER}"
)
_LIKELY: Final = rf"patients?(?:'s?)?[ _-]?{_NUMBER}|unit[ _-]?{_NUMBER}|chart[ _-]?{_NUMBER}"
_VALUE: Final = re.compile(
    r"(?<![A-Za-z0-9_/.@-])(?:(?!NO |ID |NR |OF )[A-Z]{1,4} |[A-Za-z]{1,6}[/-]?)?[0-9]{1,12}(?: [0-9]{3,4}){0,2}"
    r"(?:[/-]?[A-Za-z0-9]{1,8}){0,3}(?![A-Za-z0-9_@])"
)
_DATE: Final = re.compile(r"[0-9]{1,4}[/-](?:[0-9]{1,2}|[A-Za-z]{3,9})[/-][0-9]{1,4}")
_TELEPHONE: Final = re.compile(r"0[0-9]{2,4} ?[0-9]{3,6}(?: ?[0-9]{3,4})?")
_CUSTOMS: Final = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}")  # a movement reference number, MRN too
_ASSIGNED: Final = re.compile(r"[A-Z0-9]{4,15}(?=\^)")
_FEWEST_DIGITS: Final = 4
_FEWEST_SIGNS: Final = 5
_MOST_SIGNS: Final = 20
_NHS_DIGITS: Final = 10


def is_hospital_number(found: re.Match[str]) -> bool:
    """Say whether what stands behind a label may be a patient's number, and no date, telephone or NHS number."""
    written = found.group()
    signs = sum(map(str.isalnum, written))
    digits = sum(map(str.isdigit, written))
    if digits < _FEWEST_DIGITS or not _FEWEST_SIGNS <= signs <= _MOST_SIGNS:
        return False
    if _DATE.fullmatch(written) or (digits >= _NHS_DIGITS and _TELEPHONE.fullmatch(written)):
        return False
    plain = "".join(filter(str.isalnum, written)).upper()
    if digits == len(plain) == _NHS_DIGITS and has_nhs_check_digit(plain):
        return False  # an NHS number by another name
    return len(set(filter(str.isdigit, plain))) > 1 and not _CUSTOMS.fullmatch(plain)


class HospitalNumber:
    """Detector of HOSPITAL_NUMBER."""

    name = "hospital_number"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="sure", expression=rf"(?:\b|_)(?:{_SURE_WORDS})|{_SURE}", caseless=True),
        Pattern(  # as HL7 version 2 has it: who assigned the number, and that it is a medical record's or internal
            name="message",
            expression=r"\b[A-Z0-9]{4,15}\^\^\^[A-Z0-9]{0,20}\^(?:MR|PI)\b",
            scan=(r"\^\^\^[A-Z0-9]{0,20}\^(?:MR|PI)\b",),
            start_known=False,
        ),
        Pattern(name="likely", expression=rf"(?:\b|_)(?:{_LIKELY})", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report what a label names; some labels name other things too."""
        text = segment.text
        for name, confidence in (("sure", 0.85), ("likely", 0.6)):
            cues = [each for each in candidates if each.pattern == name]
            for found, evidence in named(text, cues, _VALUE, is_hospital_number):
                yield _found(found, confidence, evidence)
        for each in candidates:
            found_here = _ASSIGNED.match(text, each.start) if each.pattern == "message" else None
            if found_here and is_hospital_number(found_here):
                yield _found(found_here, 0.85, "label")


def _found(found: re.Match[str], confidence: float, evidence: str) -> Detection:
    return Detection(
        entity="HOSPITAL_NUMBER",
        start=found.start(),
        end=found.end(),
        confidence=confidence,
        why=("shape", evidence),
        value="".join(filter(str.isalnum, found.group())).upper(),
    )
