"""Private keys in text.

Source: RFC 7468 (PEM labels), RFC 9580 section 6.2 (OpenPGP armour), RFC 4716 and PuTTY's file format, age's
identity files. The opening line alone is documentation; with key material behind it, it is a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LONGEST: Final = 24_000
_END: Final = re.compile(r"-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}|Private-MAC: ?[0-9a-f]{40,64}")
_MATERIAL: Final = re.compile(r"[A-Za-z0-9+/]{40}")
_BODY: Final = 2_000


class PrivateKey:
    """Detector of SECRET, for private keys."""

    name = "private_key"
    patterns: tuple[Pattern, ...] = (
        Pattern(name="begin", expression=r"-{4,5} ?BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}"),
        Pattern(name="putty", expression=r"\bPuTTY-User-Key-File-[123]: "),
        Pattern(name="age", expression=r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report the whole block, to its closing line where there is one."""
        followers = [*(each.start for each in candidates[1:]), len(segment.text)]
        for candidate, follower in zip(candidates, followers, strict=True):
            if candidate.pattern == "age":
                yield _found(candidate.start, candidate.end, 0.95, "shape")
                continue
            closing = _END.search(segment.text, candidate.end, min(follower, candidate.end + _LONGEST))
            material = _MATERIAL.search(segment.text, candidate.end, min(follower, candidate.end + _BODY))
            if closing and material and material.start() < closing.start():
                yield _found(candidate.start, closing.end(), 0.99, "shape", "material")
            elif material:
                yield _found(candidate.start, candidate.end, 0.8, "shape", "material")
            else:
                yield _found(candidate.start, candidate.end, 0.3, "shape")


def _found(start: int, end: int, confidence: float, *why: str) -> Detection:
    return Detection(entity="SECRET", start=start, end=end, confidence=confidence, why=why)
