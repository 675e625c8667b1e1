"""References by which criminal justice follows a person: arrest summons, unique reference, probation case.

Source: Ministry of Justice, CJS data standards catalogue: arrest/summons number (force and system, year, force's own
number, check letter), PTI unique reference number (force, unit, number, year), and the case reference number of
Delius. None can be checked, so each needs its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.labelled import labelled, with_remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_NUMBER: Final = r"(?:[ _-]{0,2}(?:number|no|num|ref(?:erence)?|id)\.?)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    entity: str
    label: Label
    shape: re.Pattern[str]


_KINDS: Final = {
    "asn": _Kind(
        entity="ARREST_SUMMONS",
        label=Label.of(with_remark(rf"asn{_NUMBER}|arrest[ /_-]{{1,3}}summons{_NUMBER}(?: \(asn\))?")),
        shape=re.compile(r"(?<![0-9A-Z/])\d{2}/?\d{2}[0-9A-Z]{2}/?[0-9A-Z]{2}/?\d{1,11}[A-Z](?![0-9A-Za-z/])"),
    ),
    "urn": _Kind(
        entity="CASE_URN",
        label=Label.of(with_remark(rf"(?:pti[ _-]?)?urn{_NUMBER}|unique reference number(?: \(urn\))?")),
        shape=re.compile(r"(?<![0-9A-Z/])\d{2}[ /]?[A-Z0-9]{2}[ /]?\d{5}[ /]?\d{2}(?![0-9A-Za-z/])"),
    ),
    "crn": _Kind(
        entity="PROBATION_NUMBER",
        label=Label.of(
            with_remark(rf"crn{_NUMBER}|(?:probation|delius)(?: case)?{_NUMBER}|case reference number(?: \(crn\))?")
        ),
        shape=re.compile(r"(?<![0-9A-Za-z/-])[A-Z]\d{6}(?![0-9A-Za-z/-])"),
    ),
}


class JusticeReference:
    """Detector of ARREST_SUMMONS, CASE_URN and PROBATION_NUMBER."""

    name = "justice_reference"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="asn", expression=r"\basn|_asn|arrest[ /_-]{1,3}summons", caseless=True),
        Pattern(name="urn", expression=r"\burn|_urn|unique reference number", caseless=True),
        Pattern(name="crn", expression=r"\bcrn|_crn|probation|delius|case reference number", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report what a label names."""
        text = segment.text
        for name, kind in _KINDS.items():
            for found in labelled(text, [each for each in candidates if each.pattern == name], kind.shape):
                if evidence := kind.label.evidence(text, found.start()):
                    yield Detection(
                        entity=kind.entity,
                        start=found.start(),
                        end=found.end(),
                        confidence=0.9,
                        why=("shape", evidence),
                        value=re.sub(r"[ /]", "", found[0]),
                    )
