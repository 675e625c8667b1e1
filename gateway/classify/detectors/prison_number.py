"""Prison numbers as NOMIS gives them: a letter, four digits, two letters.

Source: Ministry of Justice, CJS data standards catalogue (NOMS number). It has no check digit, and product numbers
look the same: without its label it is nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.labelled import labelled, with_remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_WORDS: Final = (
    r"(?:noms|nomis)(?:[ _-]{0,2}(?:id|number|no|num|ref))?"
    r"|prison(?:er)?(?:'s)?[ _-]?(?:id|number|no|num|ref(?:erence)?)|prisoner"
    r"|hmp[ _-](?:number|no)|offender[ _-]?(?:id|number|no)|inmate(?:[ _-]?(?:id|number|no))?"
)
_LABEL: Final = Label.of(with_remark(_WORDS))
_SHAPE: Final = re.compile(r"(?<![0-9A-Za-z/-])[A-Za-z]\d{4}[A-Za-z]{2}(?![0-9A-Za-z/-])")


class PrisonNumber:
    """Detector of PRISON_NUMBER."""

    name = "prison_number"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="cue",
            expression=r"nomi?s\b|nomi?s_|prisoner|(?:prison[ _-]?|\bhmp[ _-])n|offender[ _-]?(?:id|n)",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report what its label names; in prose also what stands behind the word prisoner."""
        text = segment.text
        for found in labelled(text, candidates, _SHAPE):
            if evidence := _LABEL.evidence(text, found.start()):
                yield Detection(
                    entity="PRISON_NUMBER",
                    start=found.start(),
                    end=found.end(),
                    confidence=0.9,
                    why=("shape", evidence),
                    value=found[0].upper(),
                )
