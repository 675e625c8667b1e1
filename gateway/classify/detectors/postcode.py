"""UK postcodes.

Source: Cabinet Office, Government Data Standards Catalogue (shape); Royal Mail's postcode areas with those of the
Crown dependencies. Weak alone: it is only ever an address with a street, a label, or a column of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_AREAS_TEXT: Final = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX "
    "FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N "
    "NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF "
    "TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE "
)
_AREAS: Final = frozenset(_AREAS_TEXT.split())
_LABEL: Final = Label.of(r"post[ _-]?code|(?:home|postal|current|previous|permanent)?[ _-]?address|p/?code|lives")
_STREET: Final = re.compile(
    r"\b(?:street|st|road|rd|lane|ln|avenue|ave|close|drive|dr|way|court|ct|crescent|cres|gardens|gdns|place|terrace|grove"
    r"|hill|park|row|square|sq|mews|walk|green|house|flat|apartment|view|rise|vale|parade|quay|wharf|buildings)\b",
    re.IGNORECASE,
)
_BEFORE: Final = 140


def area_of(postcode: str) -> str:
    """Return the letters before the first digit, in capitals."""
    return postcode[: re.search(r"\d|$", postcode).start()].upper()  # type: ignore[union-attr]  # `$` always matches


class Postcode:
    """Detector of UK_POSTCODE."""

    name = "postcode"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="postcode",
            expression=r"\b(?:[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}|gir ?0aa)\b",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its area, a label, and a street before it."""
        text = segment.text
        for candidate in candidates:
            value = text[candidate.start : candidate.end]
            if area_of(value) not in _AREAS and area_of(value) != "GIR":
                continue
            evidence = _LABEL.evidence(text, candidate.start)
            capitals = value == value.upper()
            why: tuple[str, ...]
            if evidence:
                confidence, why = 0.85, ("shape", evidence)
            elif not capitals:
                continue
            elif " " in value and _STREET.search(text, max(0, candidate.start - _BEFORE), candidate.start):
                confidence, why = 0.7, ("shape", "street")
            else:
                confidence, why = 0.3, ("shape",)
            yield Detection(
                entity="UK_POSTCODE", start=candidate.start, end=candidate.end, confidence=confidence, why=why
            )
