"""National Insurance numbers.

Source: HMRC National Insurance Manual NIM39110. Two letters (D F I Q U V in neither place, O not in the second, and
not BG GB NK KN TN NT ZZ), six digits, a suffix A to D. There is no check digit; the suffix is often left out. TN was
used for temporary numbers and counts only with a label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, digits_of, is_made_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"n\.?i\.?n\.?o\.?|n\.?i\.?(?:[ _-]{0,2}(?:number|no|num|nr))?"
    r"|nat(?:ional)?\.?[ _-]?ins(?:urance)?\.?(?:[ _-]{0,2}(?:number|no))?"
)
_FIRST: Final = re.compile(r"[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]")
_UNUSED: Final = frozenset({"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"})


def has_used_prefix(prefix: str) -> bool:
    """Say whether the two letters, in capitals, begin numbers that are issued."""
    return bool(_FIRST.fullmatch(prefix)) and prefix not in _UNUSED


class Nino:
    """Detector of NINO."""

    name = "nino"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="letters and digits",
            expression=r"\b[a-z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}(?:[ -]?[a-d])?\b",
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its prefix, its suffix, capitals and label."""
        for candidate in candidates:
            value = segment.text[candidate.start : candidate.end]
            prefix = value[:2].upper()
            temporary = prefix == "TN"
            if is_made_up(digits_of(value)) or not (has_used_prefix(prefix) or temporary):
                continue
            evidence = _LABEL.evidence(segment.text, candidate.start)
            has_suffix = value[-1].isalpha()
            why: tuple[str, ...]
            if evidence:
                confidence, why = (0.6 if temporary else 0.95), ("shape", evidence)
            elif temporary:
                continue
            elif has_suffix and value == value.upper():
                confidence, why = 0.7, ("shape",)
            else:
                confidence, why = (0.4 if has_suffix else 0.25), ("shape",)
            yield Detection(entity="NINO", start=candidate.start, end=candidate.end, confidence=confidence, why=why)
