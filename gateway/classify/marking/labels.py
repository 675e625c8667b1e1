"""Markings that programs write: document properties, mail headers, sensitivity labels. Unsigned, so they only raise.

Sources: Microsoft Purview label metadata (`MSIP_Label_<GUID>_Name`, header `msip_labels`), Boldon James and Titus
properties as seen in public documents, RFC 7444 `SIO-Label`, Australian `X-Protective-Marking`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.sightings import Place, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.grammar import Grammar
    from gateway.model.inspection import Segment

_NAMED: Final = re.compile(
    r"(?i)classification|marking|security.?label|sio-label|msip_label|titus|bjdocument|docs?label|sensitiv|x-label"
)
_MSIP: Final = re.compile(r"(?i)MSIP_Label_([0-9a-f-]{8,40})_(\w{2,20})")
_MSIP_VALUE: Final = re.compile(r"(?i)(MSIP_Label_[0-9a-f-]{8,40}_\w{2,20})[ \t]*=[ \t]*([^;\r\n]*)")
_NAME_IN_TEXT: Final = re.compile(r"^([A-Za-z][\w .-]{2,90}?)[ \t]*[:=][ \t]*(.*)$", re.DOTALL)


def read_labels(segments: Sequence[Segment], grammar: Grammar) -> Iterator[Sighting]:
    """Yield what the properties and mail headers among `segments` (text normalised) say."""
    pairs = [(name, value, segment) for segment in segments for name, value in _pairs(segment)]
    off = {
        found.group(1).lower()
        for name, value, _ in pairs
        if (found := _MSIP.search(name)) and found.group(2).lower() == "enabled" and value.strip().lower() == "false"
    }
    for name, value, segment in pairs:
        msip = _MSIP.search(name)
        if msip and (msip.group(2).lower() != "name" or msip.group(1).lower() in off):
            continue
        yield from _read(name, value, segment, grammar)


def _pairs(segment: Segment) -> Iterator[tuple[str, str]]:
    listed = _MSIP_VALUE.findall(segment.text)
    if listed:
        yield from listed
        return
    found = None if segment.name else _NAME_IN_TEXT.match(segment.text)
    if found:
        yield found.group(1), found.group(2)
    else:
        yield segment.name, segment.text


def _read(name: str, value: str, segment: Segment, grammar: Grammar) -> Iterator[Sighting]:
    value = " ".join(value.split())
    introduced = grammar.read_introduced(value)
    if introduced:
        yield Sighting(reading=introduced, place=Place.LABELLED_PROPERTY, where=segment.where)
        return
    whole = grammar.read(value)
    if _NAMED.search(name) or segment.where == "label":
        readings = [whole] if whole and whole.is_whole else [reading for _, reading in grammar.read_all(value)]
        yield from (Sighting(reading=each, place=Place.LABELLED_PROPERTY, where=segment.where) for each in readings)
    elif whole and whole.is_whole and segment.where == "property":
        yield Sighting(reading=whole, place=Place.PLAIN_PROPERTY, where=segment.where)
