"""Postal addresses of the United Kingdom.

Source: Royal Mail, "How to address your mail"; BS 7666 for the parts: premises, thoroughfare, town, postcode.

An address is a thoroughfare with a house before it and a postcode behind it, on one line or in a block of lines. With
a label the postcode may be missing; with neither it may be any street in the world, and is left out. An address below a
line that signs off is that of whoever writes: it is shown, and does not count.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.postcodes import POSTCODE, SCAN, canonical, is_postcode
from gateway.classify.signature import is_in_signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_WEAK: Final = 0.4
_WHOSE: Final = "home postal current previous permanent correspondence mailing residential patient client his her their"
_WHICH: Final = (*(f"{whose}[ _-]?" for whose in _WHOSE.split()), " ", "_", "-", "")
_LABEL: Final = Label.of(  # each choice begins with a character, so that `re` may pass over all others
    "|".join(f"{which}address(?:es)?(?:[ _-]?(?:line)?[ _-]?[1-3])?" for which in _WHICH)
    + "|lives|lived|living|resid(?:es|ed|ing|ent)|property|premises"
)
_KINDS_TEXT: Final = (
    "Street St Road Rd Lane Ln Avenue Ave Close Drive Dr Way Court Ct Crescent Cres Gardens Gdns Place Pl Terrace "
    "Grove Hill Park Row Square Sq Mews Walk Green View Rise Vale Parade Quay Wharf Villas Buildings Broadway"
)
_EACH_KIND: Final = (*_KINDS_TEXT.split(), *_KINDS_TEXT.upper().split())
_KINDS: Final = rf"(?:{'|'.join(_EACH_KIND)})"
_WORD: Final = r"[A-Z][A-Za-z'.-]{0,24} "
_NAME: Final = rf"(?:{_WORD}){{1,4}}"
_HOUSE: Final = r"\b\d{1,4}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?,? "
_FLAT: Final = re.compile(r"(?:(?:Flat|Apartment|Apt|Unit|Room|Floor)\.? \w{1,5}|[A-Z][\w' ]{2,30}),?[ \r\n]{1,3}\Z")
_THOROUGHFARE: Final = re.compile(  # begins with a capital rather than a boundary, so that `re` may pass over the rest
    rf"[A-Z](?<=\b[A-Z])[A-Za-z'.-]{{0,24}} (?:{_WORD}){{0,3}}{_KINDS}\b"
)
_ABROAD: Final = re.compile(
    r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY])\.?,? \d{5}\b|\bU\.?S\.?A\b|\b(?:NSW|VIC|QLD|ACT) \d{4}\b|\b[A-Z]\d[A-Z] \d[A-Z]\d\b"
)
_REACH: Final = 120
_MOST_LINES: Final = 6
_BETWEEN: Final = re.compile(r"[A-Za-z0-9 ,.'()&/\r\n-]*")
# two small words running are prose; towns have one between capitals, or "on the"
_PROSE: Final = re.compile(r"\b(?!(?:on|in|by|upon|under|near|of|next) (?:the|le)\b)[a-z]+ [a-z]+\b")


class UkAddress:
    """Detector of UK_ADDRESS."""

    name = "uk_address"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="street",
            expression=rf"{_HOUSE}{_NAME}{_KINDS}\b",
            scan=tuple(rf" {kind}\b" for kind in _EACH_KIND),
            start_known=False,
        ),
        Pattern(name="postcode", expression=rf"\b{POSTCODE}\b", caseless=True, scan=SCAN, start_known=False),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Join each street with the postcode behind it; report what lacks the one or the other by its label."""
        text = segment.text
        streets = [each for each in candidates if each.pattern == "street"]
        postcodes = [
            each for each in candidates if each.pattern == "postcode" and is_postcode(text[each.start : each.end])
        ]
        taken: set[int] = set()
        for number, street in enumerate(streets):
            follower = streets[number + 1].start if number + 1 < len(streets) else len(text)
            postcode = _postcode_behind(text, street, postcodes, follower)
            if postcode is not None:
                taken.add(postcode.start)
            yield from _judge(text, _start(text, street.start), street, postcode)
        for postcode in postcodes:
            if postcode.start not in taken and (found := _named_house(text, postcode)) is not None:
                yield _unlabelled(text, found, postcode, 0.7)


def _postcode_behind(text: str, street: Candidate, postcodes: Sequence[Candidate], follower: int) -> Candidate | None:
    """Return the postcode that ends the address, unless another street or a sentence stands between."""
    place = bisect_left(postcodes, street.end, key=lambda each: each.start)
    if place == len(postcodes) or postcodes[place].start > min(street.end + _REACH, follower):
        return None
    between = text[street.end : postcodes[place].start]
    return postcodes[place] if _is_of_address(between) else None


def _is_of_address(between: str) -> bool:
    """Say whether what stands between street and postcode may be localities, town and county."""
    few_lines = between.count("\n") < _MOST_LINES and "\n\n" not in between
    return few_lines and bool(_BETWEEN.fullmatch(between)) and not _PROSE.search(between)


def _judge(text: str, start: int, street: Candidate, postcode: Candidate | None) -> Iterator[Detection]:
    evidence = _LABEL.evidence(text, start)
    if postcode is not None and not evidence:
        yield _unlabelled(text, start, postcode, 0.9)
    elif postcode is not None:
        yield _found(text, start, postcode.end, postcode, 0.95, "street", "postcode", evidence)
    elif evidence and not _ABROAD.search(text, street.end, street.end + _REACH):
        yield _found(text, start, street.end, None, 0.75, "street", evidence)


def _unlabelled(text: str, start: int, postcode: Candidate, confidence: float) -> Detection:
    """Return an address that nothing names one; that of who signs is shown and does not count."""
    if is_in_signature(text, start):
        return _found(text, start, postcode.end, postcode, _WEAK, "street", "postcode", "signature")
    return _found(text, start, postcode.end, postcode, confidence, "street", "postcode")


def _start(text: str, start: int) -> int:
    """Return where the address begins: at a flat or a named house before the number."""
    before = text[max(0, start - 40) : start]
    found = _FLAT.search(before[before.rfind("\n", 0, -2) + 1 :] if "\n" in before[:-2] else before)
    return start - len(found[0]) if found and found[0].startswith(("Flat", "Ap", "Unit", "Room", "Floor")) else start


def _named_house(text: str, postcode: Candidate) -> int | None:
    """Return where an address without a number begins: `Rose Cottage, Mill Lane, Dorchester DT1 1XJ`."""
    if not text[postcode.start : postcode.end].isupper():
        return None
    low = max(0, postcode.start - _REACH)
    found = None
    for found in _THOROUGHFARE.finditer(text, low, postcode.start):  # noqa: B007 - the last one is wanted
        pass
    if found is None:
        return None
    return found.start() if _is_of_address(text[found.end() : postcode.start]) else None


def _found(text: str, start: int, end: int, postcode: Candidate | None, confidence: float, *why: str) -> Detection:
    plain = re.sub(r"[^A-Z0-9]+", " ", text[start : postcode.start if postcode else end].upper()).strip()
    value = f"{plain} {canonical(text[postcode.start : postcode.end])}" if postcode else plain
    return Detection(entity="UK_ADDRESS", start=start, end=end, confidence=confidence, why=why, value=value)
