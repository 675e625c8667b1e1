"""Gives every machine-written label of a part to the reader of its standard, and compares labels with the text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from gateway.classify.marking.labels import boldon_james, epms, ess, named, purview, rfc2156, sio, stanag
from gateway.classify.marking.labels.label import SURE, Book, Field
from gateway.classify.marking.labels.rules import LabelRules
from gateway.model.inspection import Where
from gateway.model.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.grammar import Grammar
    from gateway.model.inspection import Marking, Segment

BELOW: Final = "label_below_marking"
"""Code of a marking beside which a label says something lower: somebody should look."""
_MACHINE: Final = frozenset({Where.LABEL, Where.MAIL_HEADER, Where.PROPERTY})
_NAME_IN_TEXT: Final = re.compile(r"^([A-Za-z][\w .-]{2,90}?)[ \t]*[:=][ \t]*(.*)$", re.DOTALL)


class Reader(Protocol):
    """A module of this package: the labels of one standard."""

    def claims(self, field: Field, /) -> bool:
        """Say whether a field is one for `read`."""

    def read(self, fields: Sequence[Field], book: Book) -> Iterator[Marking]:
        """Yield the markings of the fields that were claimed, all of one part."""


_READERS: Final[tuple[Reader, ...]] = (rfc2156, ess, sio, stanag, boldon_james, purview, epms, named)
"""In this order: a field goes to the first that claims it."""


class Labels:
    """Reads the labels of all standards."""

    def __init__(self, grammar: Grammar, rules: LabelRules | None = None) -> None:
        self._book = Book(grammar=grammar, rules=rules or LabelRules())

    def read(self, part: str, segments: Sequence[Segment]) -> list[Marking]:
        """Return what the properties, mail headers and subjects among `segments` (text normalised) say."""
        claimed: dict[int, list[Field]] = defaultdict(list)
        for field in _fields(part, segments):
            for number, reader in enumerate(_READERS):
                if reader.claims(field):
                    claimed[number].append(field)
                    break
        found = [
            marking for number in sorted(claimed) for marking in _READERS[number].read(claimed[number], self._book)
        ]
        return [each for each in found if each.tier is not Tier.UNMARKED]


def compared(marking: Marking | None, labels: Sequence[Marking]) -> Marking | None:
    """Return the marking that counts, with a note where a label of the same part says something lower."""
    if marking and any(each.score >= SURE and each.tier < marking.tier for each in labels):
        return replace(marking, notes=(*marking.notes, BELOW))
    return marking


def _fields(part: str, segments: Sequence[Segment]) -> Iterator[Field]:
    for segment in segments:
        where, name, value = segment.where, segment.name, segment.text
        if where is Where.SUBJECT or (where is Where.MAIL_HEADER and name.lower() == "subject"):
            field = Field(name=name, value=value, where=Where.SUBJECT, part=part)
            if epms.claims(field):
                yield field
        elif where in _MACHINE:
            told = None if name else _NAME_IN_TEXT.match(value)
            name, value = (told.group(1), told.group(2)) if told else (name, value)
            yield Field(name=name, value=value, where=where, part=part)
