"""UK postcodes.

Source: `gateway/classify/postcodes.py`. Weak alone: a postcode counts with a street before it, a label, or a column of
its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.postcodes import POSTCODE, SCAN, canonical, is_postcode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_WHICH: Final = (
    *(f"{which}[ _-]?" for which in ("home", "postal", "current", "previous", "permanent")),
    " ",
    "_",
    "-",
    "",
)
_LABEL: Final = Label.of(  # each choice begins with a character, so that `re` may pass over all others
    "|".join(("post[ _-]?code", *(f"{which}address" for which in _WHICH), "p/?code", "lives"))
)
_STREET: Final = re.compile(
    r"\b(?:street|st|road|rd|lane|ln|avenue|ave|close|drive|dr|way|court|ct|crescent|cres|gardens|gdns|place|terrace|grove"
    r"|hill|park|row|square|sq|mews|walk|green|house|flat|apartment|view|rise|vale|parade|quay|wharf|buildings)\b"
)
_BEFORE: Final = 140


class Postcode:
    """Detector of UK_POSTCODE."""

    name = "postcode"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="postcode", expression=rf"\b{POSTCODE}\b", caseless=True, scan=SCAN, start_known=False),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its area, a label, and a street before it."""
        text = segment.text
        for candidate in candidates:
            value = text[candidate.start : candidate.end]
            if not is_postcode(value):
                continue
            evidence = _LABEL.evidence(text, candidate.start)
            why: tuple[str, ...]
            if evidence:
                confidence, why = 0.85, ("shape", evidence)
            elif value != value.upper():
                continue
            elif " " in value and _STREET.search(text[max(0, candidate.start - _BEFORE) : candidate.start].lower()):
                confidence, why = 0.7, ("shape", "street")
            else:
                confidence, why = 0.3, ("shape",)
            yield Detection(
                entity="UK_POSTCODE",
                start=candidate.start,
                end=candidate.end,
                confidence=confidence,
                why=why,
                value=canonical(value),
            )
