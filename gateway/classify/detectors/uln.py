"""Unique Learner Numbers.

Source: Learning Records Service: ten digits; ten minus the remainder by 11 of the weighted sum (10 to 2) of the first
nine is the last, and a remainder of 0 is not issued. One ten-digit number in eleven passes, so a label is needed.
"""

from __future__ import annotations

import re
from operator import mul
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import digits_of, is_made_up
from gateway.classify.listed import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_NUMBER: Final = r"(?:[ _-]?(?:numbers?|nos?|num|id))?"
_WORDS: Final = rf"ulns?{_NUMBER}|unique[ _-]?learner[ _-]?(?:numbers?|no|id|ref)|learner[ _-]?(?:numbers?|no|id|ref)"
_VALUE: Final = re.compile(r"(?<![0-9A-Za-z/.-])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9A-Za-z/-])")
_WEIGHTS: Final = tuple(range(10, 1, -1))
_ZERO: Final = ord("0")
_MODULUS: Final = 11


def has_check_digit(digits: str) -> bool:
    """Say whether the last of ten ASCII digits is the check digit of the others."""
    remainder: int = (sum(map(mul, _WEIGHTS, digits[:9].encode("ascii"))) - _ZERO * sum(_WEIGHTS)) % _MODULUS
    return remainder != 0 and 10 - remainder == int(digits[9])


class Uln:
    """Detector of ULN."""

    name = "uln"
    patterns: tuple[Pattern, ...] = (Pattern(name="cue", expression=rf"(?:\b|_)(?:{_WORDS})", caseless=True),)

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report ten digits with a label, less sure of those without their check digit."""
        for found, evidence in named(segment.text, candidates, _VALUE, _is_value):
            digits = digits_of(found.group())
            checked = has_check_digit(digits)
            yield Detection(
                entity="ULN",
                start=found.start(),
                end=found.end(),
                confidence=0.95 if checked else 0.6,
                why=("checksum", evidence) if checked else (evidence,),
                value=digits,
            )


def _is_value(found: re.Match[str]) -> bool:
    return not is_made_up(digits_of(found.group()))
