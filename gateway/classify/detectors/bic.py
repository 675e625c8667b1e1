"""Business Identifier Codes of banks, called SWIFT codes.

Source: ISO 9362 (four letters, a country, two and perhaps three signs); countries from python-stdnum. Any word of
eight capitals may look like one, so a code needs its label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum import bic

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.labelled import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

# swift is an adjective as well: it needs a colon, a noun, or a column of its own
_LABEL: Final = Label.of(
    r"bic(?:[ _/-]{0,3}swift)?(?:[ _/-]{0,3}(?:code|address|number|no|id))?|business identifier code"
    r"|swift(?:[ _/-]{0,3}bic)?[ _/-]{0,3}(?:code|address|number|no|id)|swift[ _/-]{0,3}bic|swift(?=\)? ?[:=]|$)"
)
_SHAPE: Final = re.compile(
    r"(?<![0-9A-Za-z])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![0-9A-Za-z])|(?<![0-9A-Za-z])[A-Z]{4} [A-Z]{2} [A-Z0-9]{2}"
    r"(?: [A-Z0-9]{3})?(?![0-9A-Za-z])"
)


class Bic:
    """Detector of BIC."""

    name = "bic"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="cue",
            expression=r"\bbic\b|\bbic[_/]|_bic\b|\bswift\b|\bswift[_/]|_swift\b|\bswiftcode|business identifier code",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report what a label names and has the country code of a country."""
        text = segment.text
        for found in labelled(text, candidates, _SHAPE):
            value = found[0].replace(" ", "")
            if bic.is_valid(value) and (evidence := _LABEL.evidence(text, found.start())):
                yield Detection(
                    entity="BIC",
                    start=found.start(),
                    end=found.end(),
                    confidence=0.9,
                    why=("shape", evidence),
                    value=value,
                )
