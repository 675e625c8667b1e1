"""International Bank Account Numbers.

Source: ISO 13616-1; lengths, structures and modulus 97 from python-stdnum's copy of the SWIFT registry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum import iban, numdb

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(r"iban(?:[ _-]{0,2}(?:number|no|code))?|international bank account number")
_LENGTHS: Final = re.compile(r"(\d+)!")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _read_lengths() -> dict[str, int]:
    registry = numdb.get("iban")
    found = {}
    for country in (first + second for first in _LETTERS for second in _LETTERS):
        structure = registry.info(country + "00")[0][1].get("bban", "")
        if structure:
            found[country] = 4 + sum(map(int, _LENGTHS.findall(structure)))
    return found


# Read once when imported, because the sealed room opens no file.
_LENGTH_OF: Final = _read_lengths()


def length_of(country: str) -> int:
    """Return how long the IBANs of a country are, 0 when it has none."""
    return _LENGTH_OF.get(country, 0)


class Iban:
    """Detector of IBAN."""

    name = "iban"
    # heads only, the registry says how far the number goes; a country and a blank in capitals only ("in 2019 they")
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="head",
            expression=r"\b[a-z]{2}\d{2}[ .-]?[a-z0-9]{4}[ .-]?[a-z0-9]{4}",
            caseless=True,
            scan=(r"\d{2}[ .-]?[a-z0-9]{4}[ .-]?[a-z0-9]{4}",),
            start_known=False,
        ),
        Pattern(
            name="head in capitals",
            expression=r"\b[A-Z]{2}[ .-]?\d{2}(?:[ .-]?[A-Z0-9]){8}",
            scan=(r"[A-Z][ .-]?\d{2}(?:[ .-]?[A-Z0-9]){4}",),
            start_known=False,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Cut each at its country's length and judge it by structure and check digits."""
        reached = 0
        for candidate in candidates:
            end = _cut(segment.text, candidate) if candidate.start >= reached else 0
            if not end:
                continue
            value = segment.text[candidate.start : end]
            checked = iban.is_valid(value, check_country=False)
            evidence = _LABEL.evidence(segment.text, candidate.start)
            if checked or evidence:
                reached = end
                yield Detection(
                    entity="IBAN",
                    start=candidate.start,
                    end=end,
                    confidence=0.95 if checked else 0.6,
                    why=tuple(filter(None, ("checksum" if checked else "shape", evidence))),
                    value=iban.compact(value),
                )


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
