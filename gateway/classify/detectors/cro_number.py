"""Numbers of the Criminal Records Office, which stand for fingerprints: serial, year, check letter.

Source: Ministry of Justice, hmpps-person-record. In the standard form the serial is padded to six digits before the
check letter is worked out; in the form of the small file (SF, no fingerprints) it is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.police import has_check_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"cro(?:[ _/-]{0,3}(?:number|no|id|ref(?:erence)?))?|criminal records? office(?: \(cro\))?(?: number| no)?"
)
_CUE: Final = Label.of(r"cro|pnc|police|fingerprints?|custody|arrest(?:ed)?|offenders?|convict(?:ed|ions?)|defendants?")
_REACH: Final = 60
_STANDARD: Final = re.compile(r"(\d{1,6})/(\d{2})([A-Z])")
_SMALL_FILE: Final = re.compile(r"SF(\d{2})/(\d{1,6})([A-Z])")
_FAIRLY: Final = len("1234/91H")


def parse_cro(value: str) -> tuple[str, bool] | None:
    """Return the form `065656/91H` or `SF05/482703J` and whether its check letter is right; None for anything else."""
    written = value.upper()
    if shape := _STANDARD.fullmatch(written):
        serial, year, letter = shape[1].zfill(6), shape[2], shape[3]
        return f"{serial}/{year}{letter}", has_check_letter(year + serial, letter)
    if shape := _SMALL_FILE.fullmatch(written):
        return written, has_check_letter(shape[1] + shape[2], shape[3])
    return None


class CroNumber:
    """Detector of CRO_NUMBER."""

    name = "cro_number"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="number", expression=r"\b(?:\d{1,6}/\d{2}|sf\d{2}/\d{1,6})[a-z]\b", caseless=True),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its check letter and its label."""
        text = segment.text
        for candidate in candidates:
            start, end = candidate.start, candidate.end
            parsed = parse_cro(text[start:end])
            if parsed is None or text[start - 1 : start] == "/":
                continue
            value, checked = parsed
            evidence = _LABEL.evidence(text, start)
            why: tuple[str, ...]
            if evidence:
                confidence, why = (0.95, ("checksum", evidence)) if checked else (0.6, ("shape", evidence))
            elif not checked or end - start < _FAIRLY:
                continue
            elif _CUE.is_near(text, start, end, _REACH):
                confidence, why = 0.85, ("checksum", "cue")
            else:
                confidence, why = (0.7 if value[0] == "S" else 0.45), ("checksum", "shape")
            yield Detection(entity="CRO_NUMBER", start=start, end=end, confidence=confidence, why=why, value=value)
