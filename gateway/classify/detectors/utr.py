"""Unique Taxpayer References: ten digits, of which the first checks the others.

Source: HMRC and OECD, tax identification numbers, United Kingdom; modulus 11 from python-stdnum. One random number of
ten digits in eleven passes the check, so a reference needs its label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum.gb import utr

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label, digits_of, is_made_up
from gateway.classify.labelled import labelled, with_remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_NUMBER: Final = r"(?:[ _-]{0,2}(?:number|no|num|ref(?:erence)?|id)\.?)?"
_LOCAL: Final = r"(?<!council )(?<!council_)(?<!council-)(?<!council)(?<!road )(?<!vehicle )"  # other taxes
_WORDS: Final = (
    rf"utr{_NUMBER}|unique[ _]tax(?:payer)?(?:'s)?[ _]ref(?:erence)?{_NUMBER}(?: \(utr\))?"
    rf"|{_LOCAL}tax(?:payer)?(?:'s)?[ _-]?(?:ref(?:erence)?|id){_NUMBER}|self[ _-]?assessment(?: tax)?{_NUMBER}"
)
_LABEL: Final = Label.of(with_remark(_WORDS))
_SHAPE: Final = re.compile(r"\d(?<![0-9A-Za-z]\d)(?<!\d[-./ ]\d)(?:[ -]?\d){9} ?[Kk]?(?![0-9A-Za-z])(?![-./]\d)")


class Utr:
    """Detector of UTR."""

    name = "utr"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="cue",
            expression=r"\butr|_utr|unique[ _]tax|tax(?:payer)?(?:'s)?[ _-]?(?:ref|id)|self[ _-]?assessment",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge what a label names by its check digit."""
        text = segment.text
        for found in labelled(text, candidates, _SHAPE):
            digits = digits_of(found[0])
            if is_made_up(digits):
                continue
            if evidence := _LABEL.evidence(text, found.start()):
                checked = utr.is_valid(digits)
                yield Detection(
                    entity="UTR",
                    start=found.start(),
                    end=found.end(),
                    confidence=0.95 if checked else 0.6,
                    why=("checksum" if checked else "shape", evidence),
                    value=digits,
                )
