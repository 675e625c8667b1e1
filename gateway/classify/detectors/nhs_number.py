"""NHS numbers of England, Wales and the Isle of Man; CHI and H&C numbers have the same shape and check digit.

Source: NHS Data Dictionary, attribute NHS NUMBER (modulus 11); number ranges from the package nhs-number.

A bare number that passes the check digit is weak: one random ten-digit number in eleven does, and so do US telephone
numbers. A labelled number counts whatever its check digit: numbers in letters are mistyped and invented.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nhs_number import validate
from nhs_number.constants import REGION_ENGLAND_WALES_IOM, REGION_NORTHERN_IRELAND, REGION_SCOTLAND

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, digits_of, is_inside_longer, is_made_up, is_sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"n\.?h\.?s\.?(?:[ \t_/-]{0,3}(?:number|no|num|nbr|id|identifier|ref|#))?|nhs(?:no|number|num)"
    r"|chi(?:[ _]?(?:number|no))?|h[ ]?&[ ]?c(?:[ _]?(?:number|no))?|hcn|health and (?:social )?care (?:number|no)"
    r"|patient(?:'s)?[ _](?:nhs|id|number|no)"
)
_CUE: Final = Label.of(r"nhs|patient|pt|dob|d\.o\.b|gp|hospital|clinic|referral|ward")
_ISSUED: Final = (REGION_ENGLAND_WALES_IOM, REGION_SCOTLAND, REGION_NORTHERN_IRELAND)
_MOST_DAYS, _MONTHS = 31, 12
_LISTED: Final = 3
_SYNTHETIC: Final = "9"  # never issued: patients made up for tests
# an ISBN-10 has the same check digit
_OTHER: Final = re.compile(r"(?i)(?:[=/?#&]|isbn(?:-?10)?[: ]{0,3})$")
_BETWEEN: Final = frozenset(" \t\r\n,;/&and")


def has_check_digit(digits: str) -> bool:
    """Say whether ten digits satisfy modulus 11. A calculated check digit of 10 is never issued."""
    return bool(validate.calculate_checksum(digits[:9]) == int(digits[9]))


def is_issued(digits: str) -> bool:
    """Say whether the number lies in a range issued to people; one in the Scottish range begins with a date."""
    return any(
        each.start <= int(digits) <= each.end and (region is not REGION_SCOTLAND or _begins_with_date(digits))
        for region in _ISSUED
        for each in region.ranges
    )


def _begins_with_date(digits: str) -> bool:
    return 1 <= int(digits[:2]) <= _MOST_DAYS and 1 <= int(digits[2:4]) <= _MONTHS


class NhsNumber:
    """Detector of NHS_NUMBER."""

    name = "nhs_number"
    patterns: tuple[Pattern, ...] = (Pattern(name="ten digits", expression=r"\b\d{3}[ .-]?\d{3}[ .-]?\d{4}\b"),)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each ten-digit number by label, check digit and company."""
        text = segment.text
        bare: list[tuple[Candidate, str]] = []
        failed = 0
        end_of_labelled, evidence_before = -1, ""
        for candidate in candidates:
            digits = digits_of(text[candidate.start : candidate.end])
            if is_made_up(digits):
                continue
            valid = has_check_digit(digits)
            between = text[end_of_labelled : candidate.start] if 0 <= end_of_labelled <= candidate.start else "?"
            listed = len(between) <= len(" , and ") and set(between) <= _BETWEEN
            evidence = evidence_before if listed else _LABEL.evidence(text, candidate.start)
            if evidence:
                end_of_labelled, evidence_before = candidate.end, evidence
                yield _found(candidate, 0.95 if valid else 0.6, *(["checksum"] if valid else []), evidence)
            elif is_sequence(digits) or _is_another(text, candidate):
                continue
            elif valid and (is_issued(digits) or digits[0] == _SYNTHETIC) and _has_cue(text, candidate):
                yield _found(candidate, 0.85, "checksum", "cue")
            elif not valid or not is_issued(digits):
                failed += 1
            else:
                bare.append((candidate, digits))
        distinct = len({digits for _, digits in bare})
        together = distinct >= _LISTED and distinct > failed
        for candidate, _ in bare:
            yield _found(candidate, 0.7 if together else 0.45, "checksum", *(["company"] if together else []))


def _has_cue(text: str, candidate: Candidate) -> bool:
    return _CUE.is_near(text, candidate.start, candidate.end, 40)


def _is_another(text: str, candidate: Candidate) -> bool:
    """Say whether the digits are part of a longer number, a web address or a book's number."""
    longer = is_inside_longer(text, candidate.start, candidate.end)
    return longer or bool(_OTHER.search(text, max(0, candidate.start - 12), candidate.start))


def _found(candidate: Candidate, confidence: float, *why: str) -> Detection:
    return Detection(entity="NHS_NUMBER", start=candidate.start, end=candidate.end, confidence=confidence, why=why)
