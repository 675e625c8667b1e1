"""Case numbers of the courts of England and Wales and of the employment tribunals.

Source: HM Courts & Tribunals Service, the forms of its case numbers: Crown Court (T20231234), county court (E12YX345,
1AB23456), Family Court (ZW21C00123), employment tribunal (2301234/2020). Neutral citations are published: not here.

No form can be checked. Those of the Crown and Family Courts are found by shape, and count beside a word of the courts;
the others, which product numbers share, only behind their label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.labelled import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"(?:court |family |claim |crown court |tribunal )?case[ _-]?(?:number|no|num|ref(?:erence)?)\.?"
    r"|claim[ _-]?(?:number|no|num)\.?|indictment(?: number| no)?\.?|court[ _-]?(?:ref(?:erence)?|number|no)\.?"
    r"|tribunal[ _-]?(?:ref(?:erence)?|number|no)\.?"
)
_CUE: Final = Label.of(
    r"(?:crown|county|family|magistrates'?|high) court|court|family proceedings|employment tribunal|claimants?"
    r"|respondents?|defendants?|hearing|hmcts|cafcass|indictment"
)
_REACH: Final = 80
_FORMS: Final = (
    r"[TSAU]20\d{6}",  # Crown Court
    r"[A-Z]{2}\d{2}[CPFZ]\d{5}",  # Family Court
    r"[A-HJ-NP-Z]\d{2}[A-Z]{2}\d{3}|\d[A-Z]{2}\d{5}|\d{3}[A-Z]{2}\d{3}",  # county court
    r"\d{7}/\d{4}",  # employment tribunal
)
_SHAPE: Final = re.compile(rf"(?<![0-9A-Za-z/-])(?:{'|'.join(_FORMS)})(?![0-9A-Za-z/-])")


class CourtCase:
    """Detector of COURT_CASE."""

    name = "court_case"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="crown or family",
            expression=r"\b(?:[TSAU]20\d{6}|[A-Z]{2}\d{2}[CPFZ]\d{5})\b",
            scan=(r"20\d{6}\b", r"\d{2}[CPFZ]\d{5}\b"),
            start_known=False,
        ),
        Pattern(
            name="cue",
            expression=r"(?:case|claim|court|tribunal)[ _-]?(?:n|ref)|indictment",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its label, else by a word of the courts near it."""
        text, seen = segment.text, set()
        for found in labelled(text, [each for each in candidates if each.pattern == "cue"], _SHAPE):
            if evidence := _LABEL.evidence(text, found.start()):
                seen.add(found.start())
                yield _found(found.start(), found.end(), text, 0.9, evidence)
        for each in candidates:
            if each.pattern != "cue" and each.start not in seen and _SHAPE.fullmatch(text, each.start, each.end):
                near = _CUE.is_near(text, each.start, each.end, _REACH)
                yield _found(each.start, each.end, text, 0.8 if near else 0.3, *(["cue"] if near else []))


def _found(start: int, end: int, text: str, confidence: float, *why: str) -> Detection:
    return Detection(
        entity="COURT_CASE", start=start, end=end, confidence=confidence, why=("shape", *why), value=text[start:end]
    )
