"""International Bank Account Numbers.

Source: ISO 13616-1; lengths, structures and modulus 97 from python-stdnum's copy of the SWIFT registry.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from stdnum import iban, numdb

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(r"iban(?:[ _-]{0,2}(?:number|no|code))?|international bank account number")
# Read once when imported, because the sealed room opens no file.
_REGISTRY: Final = numdb.get("iban")
_LENGTHS: Final = re.compile(r"(\d+)!")


@cache
def length_of(country: str) -> int:
    """Return how long the IBANs of a country are, 0 when it has none."""
    found = _REGISTRY.info(country + "00")[0]
    structure = found[1].get("bban", "")
    return 4 + sum(map(int, _LENGTHS.findall(structure))) if structure else 0


class Iban:
    """Detector of IBAN."""

    name = "iban"
    # the head only; the registry says how far the number goes
    patterns: tuple[Pattern, ...] = (
        Pattern(name="head", expression=r"\b[a-z]{2}[ -]?\d{2}[ .-]?[a-z0-9][ .-]?[a-z0-9]", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Cut each at its country's length and judge it by structure and check digits."""
        for candidate in candidates:
            end = _cut(segment.text, candidate)
            if not end:
                continue
            value = segment.text[candidate.start : end]
            evidence = _LABEL.evidence(segment.text, candidate.start)
            if iban.is_valid(value, check_country=False):
                yield _found(candidate.start, end, 0.95, "checksum", *([evidence] if evidence else []))
            elif evidence:
                yield _found(candidate.start, end, 0.6, evidence)


def _cut(text: str, candidate: Candidate) -> int:
    """Return where the IBAN ends, 0 when its country has none or it is cut short."""
    left = length_of(text[candidate.start : candidate.start + 2].upper())
    if not left:
        return 0
    for place in range(candidate.start, min(len(text), candidate.start + 2 * left)):
        if not (text[place].isalnum() or text[place] in " -."):
            return 0
        left -= text[place].isalnum()
        if not left:
            whole = place + 1 >= len(text) or not text[place + 1].isalnum()
            return place + 1 if whole else 0
    return 0


def _found(start: int, end: int, confidence: float, *why: str) -> Detection:
    return Detection(entity="IBAN", start=start, end=end, confidence=confidence, why=why)
