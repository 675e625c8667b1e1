"""VAT registration numbers of the United Kingdom, those of Northern Ireland's traders (XI), departments and hospitals.

Source: HMRC, VAT registration numbers; modulus 97 from python-stdnum. They name a business more often than a person.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum.gb import vat

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label, digits_of, is_made_up
from gateway.classify.labelled import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"vat(?:[ _-]?reg(?:istration|istered|\.)?)?(?:[ _-]{0,2}(?:number|no|num|id|ref)\.?)?|tva|v\.a\.t\."
)
_NAMED: Final = Label.of(
    r"vat[ _-]?(?:reg(?:istration|istered|\.)?|number|no|num|id)(?:[ _-]{0,2}(?:number|no|num|id))?\.?"
)
_NUMBER: Final = r"\d{3}[ -]?\d{4}[ -]?\d{2}|\d{3} \d{3} \d{3}|(?:GD|HA)(?:8888\d{5}|\d{3})"
_SHAPE: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<!\d[-./,])(?:(?:GB|XI)[ -]?)?(?:{_NUMBER})(?:[ -]?\d{{3}})?(?![0-9A-Za-z])(?![-./,]\d)"
)


class VatNumber:
    """Detector of VAT_NUMBER."""

    name = "vat_number"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="with country", expression=r"\b(?:GB|XI)[ -]?(?:\d{3}[ -]?\d{3}|GD\d{3}|HA\d{3})"),
        Pattern(name="cue", expression=r"\bvat\b|\bvat_|_vat\b|\bvat(?:no|num|reg)", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its check digits, its country code and its label."""
        text, seen = segment.text, -1
        for found in labelled(text, [each for each in candidates if each.pattern == "cue"], _SHAPE):
            if evidence := _LABEL.evidence(text, found.start()):
                seen = found.start()
                yield from _judge(found, evidence, named=bool(_NAMED.evidence(text, found.start())))
        for each in candidates:
            found_here = _SHAPE.match(text, each.start) if each.pattern != "cue" and each.start > seen else None
            if found_here and not _LABEL.evidence(text, each.start):
                yield from _judge(found_here, "", named=False)


def _judge(found: re.Match[str], evidence: str, *, named: bool) -> Iterable[Detection]:
    checked = is_vat_number(found[0])
    if is_made_up(digits_of(found[0])) or not (checked or named):
        return
    why = ("checksum", evidence or "country") if checked else ("shape", evidence)
    yield Detection(
        entity="VAT_NUMBER",
        start=found.start(),
        end=found.end(),
        confidence=(0.95 if evidence else 0.8) if checked else 0.6,
        why=why,
        value=re.sub(r"[^0-9A-Z]", "", found[0]),
    )


def is_vat_number(value: str) -> bool:
    """Say whether the check digits are right, with or without a country code."""
    return bool(vat.is_valid(re.sub(r"^XI", "GB", value)))
