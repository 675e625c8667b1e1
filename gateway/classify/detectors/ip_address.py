"""Internet addresses, version 4 and 6.

Source: RFC 791 and RFC 4291 (forms); the registries of special addresses, RFC 6890.
An address that nobody on the Internet has (private, reserved, for documentation) identifies nobody and is left out.
Small figures are a version or a section more often than an address, an address in a link is a server's, and those in a
mail's header are how it came.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.classify.context import Label
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_LABEL: Final = Label.of(
    r"ip(?:v[46])?(?:[ _-]?(?:address|addr|no))?|ipaddress|client|host|remote[ _-]addr|source|from"
)
_NUMBERED: Final = re.compile(
    r"(?i)\b(?:version|ver|v|release|build|firmware|section|clause|paragraph|para)[ .:/_-]{0,3}$"
)
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HEAD: Final = re.compile(r"(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9A-Fa-f]{0,4}:?\Z")
_TAIL: Final = re.compile(r":?:?(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,7})?")
_LONGEST: Final = 40
_SPECIAL: Final = re.compile(
    r"(?:0|10|127|22[4-9]|2[345]\d)\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\."
    r"|192\.(?:168|0\.[02])\.|198\.(?:1[89]\.|51\.100\.)|203\.0\.113\."
)
"""The blocks of version 4 that RFC 6890 lists as not global, and multicast."""
_JOINTS: Final = frozenset("._-")
_FIGURES: Final = frozenset("0123456789abcdef:")
_FIRST, _SMALL = 20, 30
"""Version and section numbers seldom begin or end with greater ones."""


class IpAddress:
    """Detector of IP_ADDRESS."""

    name = "ip_address"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="v4",
            expression=rf"\b{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}\b",
            scan=(r"\d\.\d{1,3}\.\d{1,3}\.\d",),
            start_known=False,
        ),
        # the beginning of what is allotted, for any eight groups with colons between would slow every search
        Pattern(
            name="v6",
            expression=r"\b(?:20|24|26|28|2[aAcC])[0-9a-fA-F]{2}:[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:",
            scan=(r":[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:",),
            start_known=False,
        ),
        Pattern(name="v6 short", expression="[0-9a-fA-F]::"),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Judge each by what is around it, and by whether somebody may have it."""
        text = segment.text
        why: tuple[str, ...]
        for candidate in candidates:
            each = candidate if candidate.pattern == "v4" else _whole(text, candidate)
            if each is None or not _stands_alone(text, each):
                continue
            value = text[each.start : each.end].lower()
            if not is_public(value):
                continue
            if segment.where is Where.MAIL_HEADER:
                confidence, why = 0.4, ("shape", "mail_header")
            elif text[max(0, each.start - 3) : each.start].startswith(("://", "//[")):
                confidence, why = 0.4, ("shape", "link")
            elif ":" in value or not _is_small(value):
                numbered = _NUMBERED.search(text, max(0, each.start - 20), each.start)
                confidence, why = (0.3, ("shape",)) if numbered else (0.7, ("shape",))
            elif evidence := _LABEL.evidence(text, each.start):
                confidence, why = 0.8, ("shape", evidence)
            else:
                confidence, why = 0.3, ("shape",)
            yield Detection(
                entity="IP_ADDRESS", start=each.start, end=each.end, confidence=confidence, why=why, value=value
            )


def _whole(text: str, middle: Candidate) -> Candidate | None:
    """Return the whole address of version 6 around a piece of it."""
    before = _HEAD.search(text, max(0, middle.start - _LONGEST), middle.start + 1)
    behind = _TAIL.match(text, middle.start + 1, middle.start + _LONGEST)
    if before is None or behind is None:
        return None
    return Candidate(pattern=middle.pattern, start=before.start(), end=behind.end())


def _stands_alone(text: str, each: Candidate) -> bool:
    """Say whether no figure, dot or colon goes on at either end, as in an object identifier or a longer version."""
    before, behind = text[max(0, each.start - 2) : each.start], text[each.end : each.end + 2]
    if before[-1:] in _JOINTS or (before[-1:] == ":" and before[:1].lower() in _FIGURES):
        return False
    goes_on = behind[:1] in _JOINTS or (behind[:1] == ":" and ":" in text[each.start : each.end])
    return not behind[:1].isalnum() and not (goes_on and behind[1:].isalnum())


def _is_small(value: str) -> bool:
    """Say whether the figures are those of a version: a small one first, and small ones last."""
    first, _, *last = map(int, value.split("."))
    return first < _FIRST and max(last) < _SMALL


def is_public(value: str) -> bool:
    """Say whether `value`, in small letters, is an address that somebody on the Internet may have."""
    if ":" not in value:
        return _SPECIAL.match(value) is None
    try:
        address = IPv6Address(value)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast
