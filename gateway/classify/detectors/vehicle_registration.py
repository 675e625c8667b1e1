"""Vehicle registration marks of the United Kingdom.

Source: DVLA, INF104 "Vehicle registration numbers and number plates": current (AB51 CDE), prefix (A123 BCD), suffix
(ABC 123D), dateless and Northern Ireland's marks. There is no check digit. Only the current form is looked for without
a label, in capitals, and it counts beside a word of motoring or in company; "USD 33k" and "the 80s" are not marks.
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
    r"(?:vehicle |car |van )?reg(?:istration|\.)?(?:[ _-]?(?:number|no|num|mark|plate)\.?)?"
    r"|(?:number|licen[cs]e|registration)[ _-]?plates?|vrm|vrn|index(?: number| no)?|vehicle(?:[ _-]?(?:reg|id|no))?"
)
_NAMED: Final = Label.of(
    r"(?:vehicle|car|van)(?:'s)? ?reg(?:istration|\.)?(?:[ _-]?(?:number|no|num|mark)\.?)?|vehicle[ _-](?:reg|id|no)"
    r"|registration (?:mark|plate)|number[ _-]?plates?|vrm|vrn"
)
_CUE: Final = Label.of(
    r"vehicles?|cars?|vans?|lorr(?:y|ies)|motor(?:cycle|bike)s?|drivers?|driving|drove|parked|parking|dvla|anpr|mot|v5c?"
    r"|registered keeper|number plates?|registration|vrm|vrn|reg|insurance|ford|vauxhall|volkswagen|vw|bmw|audi|toyota"
    r"|nissan|peugeot|renault|mercedes|fiesta|astra|corsa|golf"
)
_REACH: Final = 60
_BLANK: Final = r"[ -]?"
_LETTER: Final = "[A-HJ-PR-Y]"
_CURRENT: Final = re.compile(rf"{_LETTER}{{2}}(?:0[2-9]|[1-2]\d|5[1-9]|[67]\d){_BLANK}[A-HJ-PR-Z]{{3}}")
_AGED: Final = re.compile(
    rf"[A-HJ-NPR-TV-Y]\d{{1,3}}{_BLANK}{_LETTER}{{2,3}}"  # prefix
    rf"|{_LETTER}{{3}}{_BLANK}\d{{1,3}}[A-HJ-NPR-TV-Y]"  # suffix
)
_UNDATED: Final = re.compile(rf"[A-Z]{{1,3}}{_BLANK}\d{{1,4}}|\d{{1,4}}{_BLANK}[A-Z]{{1,3}}")
_ANY: Final = re.compile(
    rf"(?<![0-9A-Za-z/])(?:[A-Z]{{2}}\d{{2}}{_BLANK}[A-Z]{{3}}|[A-Z]{{1,3}}{_BLANK}\d{{1,4}}(?:{_BLANK}[A-Z]{{1,3}})?"
    rf"|\d{{1,4}}{_BLANK}[A-Z]{{1,3}})(?![0-9A-Za-z/])"
)
_SMALL: Final = re.compile(
    r"(?<![0-9A-Za-z/])(?:[a-z]{2}\d{2}[ -]?[a-z]{3}|[a-z]\d{1,3}[ -]?[a-z]{3}|[a-z]{3}[ -]?\d{1,3}[a-z])"
    r"(?![0-9A-Za-z/])"
)


class VehicleRegistration:
    """Detector of VEHICLE_REGISTRATION."""

    name = "vehicle_registration"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="current",
            expression=r"\b[A-Z]{2}\d{2}[ -]?[A-Z]{3}\b",
            scan=(r"\d{2}[ -]?[A-Z]{3}\b",),
            start_known=False,
        ),
        Pattern(
            name="cue",
            expression=r"\breg(?:istration)?[ ._:-]|_reg\b|reg(?:istration)?[ _-]?no|\bvr[mn]\b|_vr[mn]"
            r"|number[ _-]?plate|registration[ _-](?:mark|plate)|licen[cs]e[ _-]plate|vehicle",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its form, its label, motoring words near it, and other marks."""
        text = segment.text
        seen: set[int] = set()
        cues = [each for each in candidates if each.pattern == "cue"]
        for shape in (_ANY, _SMALL):
            for found in labelled(text, cues, shape):
                if confidence := _confidence(text, found):
                    seen.add(found.start())
                    yield _found(text, found.start(), found.end(), *confidence)
        bare = [
            each
            for each in candidates
            if each.pattern == "current" and each.start not in seen and _is_current(text[each.start : each.end])
        ]
        near = {each.start for each in bare if _CUE.is_near(text, each.start, each.end, _REACH)}
        company = bool(seen or near)  # codes of stock have the same form, and stand in lists as well
        for each in bare:
            if each.start in near:
                yield _found(text, each.start, each.end, 0.85, "cue")
            else:
                yield _found(text, each.start, each.end, 0.5 if company else 0.3, *(["company"] if company else []))


def _is_current(value: str) -> bool:
    return _CURRENT.fullmatch(value) is not None


def _confidence(text: str, found: re.Match[str]) -> tuple[float, str] | None:
    """Return confidence and evidence of a mark behind a label; dateless marks need a label that means nothing else."""
    value = found[0].upper()
    if _is_current(value):
        evidence = _LABEL.evidence(text, found.start())
        return (0.95, evidence) if evidence else None
    if _AGED.fullmatch(value):
        evidence = _LABEL.evidence(text, found.start())
        return (0.9, evidence) if evidence else None
    evidence = _NAMED.evidence(text, found.start()) if _UNDATED.fullmatch(value) else ""
    return (0.7, evidence) if evidence else None


def _found(text: str, start: int, end: int, confidence: float, *why: str) -> Detection:
    return Detection(
        entity="VEHICLE_REGISTRATION",
        start=start,
        end=end,
        confidence=confidence,
        why=("shape", *why),
        value=text[start:end].replace(" ", "").replace("-", "").upper(),
    )
