"""National Insurance numbers.

Source: HMRC National Insurance Manual NIM39110. Two letters (D F I Q U V in neither place, O not in the second, and
not BG GB NK KN TN NT ZZ), six digits, a suffix A to D. There is no check digit; the suffix is often left out. TN was
used for temporary numbers (a date of birth, and M or F) and counts only with a label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label, is_inside_longer, is_made_up
from gateway.classify.labelled import with_remark
from gateway.classify.listed import named
from gateway.classify.slips import BREAK, SIGN, digits_meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from gateway.model.inspection import Segment

_WORDS: Final = (
    r"n\.?[il]\.?n\.?o\.?s?|n\.?i\.?(?:[ _/-]{0,2}(?:numbers?|nos?|num|nr|#))?"
    r"|ni(?:number|num|no)"
    r"|nat(?:ional)?\.?[ _-]?ins(?:urance)?\.?(?:[ _-]{0,2}(?:numbers?|nos?|num))?"
    r"|rhif yswiriant (?:gwladol|cenedlaethol)"
)
_LABEL: Final = Label.of(with_remark(_WORDS))
_CUE: Final = Label.of(r"n\.?i\.?(?:n\.?o|[ _-]?(?:number|no|num))|national insurance|nat\.? ins")
_REACH: Final = 90
_LOOSE: Final = re.compile(
    rf"(?<![0-9A-Za-z])[A-Za-z]{BREAK}[A-Za-z](?:{BREAK}{SIGN}){{6}}(?:{BREAK}[A-Da-d])?(?![0-9A-Za-z])"
)
_SUFFIX: Final = re.compile(r"[A-Da-d]$")
_DENIED_LABEL: Final = re.compile(
    r"\b(?:not|isn't|wasn't) (?:an? |the |her |his |their )?(?:real |valid )?(?:n\.?i|nino|national insurance)"
    r"[^0-9]{0,30}$"
)
_DENIED_BEHIND: Final = re.compile(
    r"[^a-z0-9]{1,4}(?:(?:this|that|which|it) )?(?:is |was )?(?:not|isn't|wasn't) (?:an? |the )?(?:real |valid )?"
    r"(?:n\.?i|nino|national insurance)"
)
_ANOTHER: Final = re.compile(
    r"(?:[=/?#&%@_]|\b(?:part|order|invoice|tracking|parcel|serial|model|item|product|stock|sku|version|batch|lot|flight"
    r"|ticket|booking|reference|ref|s/?n|p/?n|catalogue|catalog|drawing|patent|registration|reg|licence|license|passport|account)"
    r"(?:[ _-]?(?:numbers?|nos?|num|code|ref|id|is))?)[^a-z0-9]{0,4}$"
)
_LONGEST_WORDS: Final = 60
_LONGEST_ANOTHER: Final = 32
_LETTERS: Final = "ABCEGHJKLMNOPRSTWXYZ"
_UNUSED: Final = frozenset({"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"})
_USED: Final = frozenset(first + second for first in _LETTERS for second in _LETTERS if second != "O") - _UNUSED
_IN_PAIRS: Final = re.compile(r"[A-Z]{2}([ -])\d\d\1\d\d\1\d\d\1[A-D]")
_TEMPORARY: Final = "TN"
_LENGTH: Final = len("AB123456")


def has_used_prefix(prefix: str) -> bool:
    """Say whether the two letters, in capitals, begin numbers that are issued."""
    return prefix in _USED


class Nino:
    """Detector of NINO."""

    name = "nino"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="letters and digits",
            expression=r"\b[a-z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}(?:[ -]?[a-dfm])?\b",
            scan=(r"[a-z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}(?:[ -]?[a-dfm])?\b",),
            start_known=False,
            caseless=True,
        ),
        Pattern(
            name="cue",
            expression=(
                r"\bn[il]no\b|\bn\.?i\.?[ _/-]{0,2}(?:num(?:ber)?s?\b|no\b|#)|\bnat(?:ional)?\.?[ _-]?ins(?:urance)?\b"
            ),
            caseless=True,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by its prefix, its suffix, its grouping and its label."""
        text = segment.text
        cues = [each for each in candidates if each.pattern == "cue"]
        candidates = [each for each in candidates if each.pattern != "cue"]
        yield from _loose(text, cues, {each.start for each in candidates})
        for candidate in candidates:
            written = text[candidate.start : candidate.end]
            prefix = written[:2].upper()
            if prefix not in _USED and prefix != _TEMPORARY:
                continue
            value = written.upper().replace(" ", "").replace("-", "")
            if is_made_up(value[2:_LENGTH]):
                continue
            end = candidate.end
            if value[_LENGTH:] in {"F", "M"} and prefix != _TEMPORARY:  # a word of one letter, if that
                end = candidate.start + len(written[:-1].rstrip(" -"))
                written, value = text[candidate.start : end], value[:_LENGTH]
            judged = _judge(text, candidate.start, end, prefix)
            if judged:
                yield Detection(
                    entity="NINO",
                    start=candidate.start,
                    end=end,
                    confidence=judged[0],
                    why=judged[1],
                    value=value[:_LENGTH],
                )


def _judge(text: str, start: int, end: int, prefix: str) -> tuple[float, tuple[str, ...]] | None:
    """Return how sure it is and why, None for what is none."""
    before = text[max(0, start - _LONGEST_WORDS) : start].lower()
    evidence = _LABEL.evidence(text, start)
    if evidence and not (evidence == "label" and "t " in before and _DENIED_LABEL.search(before)):
        return (0.6 if prefix == _TEMPORARY else 0.95), ("shape", evidence)
    if prefix == _TEMPORARY:
        return None
    written = text[start:end]
    if written[-1].isalpha() and not evidence and _is_spoken_of(text, start, end):
        return 0.6, ("shape", "cue")
    if not written[-1].isalpha() or not written.isupper():
        return 0.25, ("shape",)
    if (
        is_inside_longer(text, start, end)
        or _ANOTHER.search(before[-_LONGEST_ANOTHER:])
        or _DENIED_BEHIND.match(text[end : end + _LONGEST_WORDS].lower())
    ):
        return 0.25, ("shape",)
    return (0.8 if _IN_PAIRS.fullmatch(written) else 0.7), ("shape",)


def _is_spoken_of(text: str, start: int, end: int) -> bool:
    """Say whether such numbers are spoken of right before, as in an answer to a question."""
    before = text[max(0, start - _REACH) : start]
    return (
        _CUE.is_near(before, 0, len(before), 0)
        and not _DENIED_BEHIND.match(text[end : end + _LONGEST_WORDS].lower())
        and not _ANOTHER.search(before.lower())
        and not is_inside_longer(text, start, end)
    )


def _loose(text: str, cues: Sequence[Candidate], known: AbstractSet[int]) -> Iterator[Detection]:
    """Yield labelled numbers that go over two lines, or have a letter taken for a digit."""
    for found, evidence in named(text, cues, _LOOSE, _is_meant):
        if found.start() not in known:
            yield Detection(
                entity="NINO",
                start=found.start(),
                end=found.end(),
                confidence=0.85,
                why=("shape", evidence),
                value=_meant(found.group()),
            )


def _is_meant(found: re.Match[str]) -> bool:
    value = _meant(found.group())
    return has_used_prefix(value[:2]) and len(value) == _LENGTH and not is_made_up(value[2:])


def _meant(written: str) -> str:
    """Return the two letters and the six digits; fewer where too many of them are letters."""
    plain = "".join(filter(str.isalnum, _SUFFIX.sub("", written)))
    return plain[:2].upper() + digits_meant(plain[2:])
