"""Where a marking was seen and what that place is worth: the scores of one sighting.

A marking counts by its place (a header, a subject, the first line), never by mere mention; capitals, centring and a
second part speak for it; quotation, bullets and headings against it. `MARKED` and more is a marking, `SUSPECTED` and
more is put to a person, less is a mention. Measured before on 2,300 documents that bear none: no false marking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.classify.marking.grammar import Reading
    from gateway.model.inspection import Where

MARKED: Final = 70
SUSPECTED: Final = 40


class Place(IntEnum):
    """The places of a marking and their scores."""

    LABELLED_PROPERTY = 100
    BAND = 95  # a header, footer or watermark
    PAGE_EDGE = 90
    SUBJECT_BRACKET = 80
    LABELLED_FIELD = 81
    SUBJECT_EDGE = 70
    FIRST_LINE = 71
    PLAIN_PROPERTY = 72
    BAND_EDGE = 73
    LAST_LINE = 60
    FIELD_BEGINS = 61
    FILE_NAME = 50
    LONG_LINE_EDGE = 42
    LINE_BEGINS = 51
    SUBJECT_BEGINS = 52
    CELL = 53  # of a table of data
    LINE_ENDS = 54
    ELSEWHERE = 30
    BAND_MENTION = 31

    @property
    def score(self) -> int:
        """What the place alone is worth; members of one score differ in the last digit."""
        return self.value // 5 * 5


STANDALONE: Final = frozenset({Place.FIRST_LINE, Place.LAST_LINE, Place.ELSEWHERE})
_ON_LINES: Final = STANDALONE | {
    *(Place.CELL, Place.LABELLED_FIELD, Place.FIELD_BEGINS, Place.LINE_BEGINS, Place.LINE_ENDS, Place.LONG_LINE_EDGE)
}
_TITLES: Final = frozenset({Place.CELL, Place.FILE_NAME})
_CAPITALS, _TITLE, _SMALL_PHRASE, _LOWER = 10, -10, -20, -40
_CENTRED, _MULTIPART = 10, 10
_EXAMPLE, _POLICY, _GLOSSARY, _LONG_GLOSSARY = -40, -20, -30, -40
_LONG_FROM: Final = 3
_NO_ABBREVIATION: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One reading and its place. `example` is true where it is in quotation marks, listed or a heading.

    `doubtful`: suspected at most, as where slips of OCR were mended to read it. `quoted`: in what a mail quotes.
    """

    reading: Reading
    place: Place
    where: Where
    centred: bool = False
    example: bool = False
    doubtful: bool = False
    quoted: bool = False

    def score(self, *, policy: bool, glossary: int) -> int:
        """Return 0 to 100. `policy`: the document names many levels; `glossary`: how many on lines of their own."""
        total = self.place.score + self.reading.weight
        if self.place is not Place.LABELLED_PROPERTY:
            total += typography(self.reading.level_text, in_name=self.place in _TITLES)
        total += _CENTRED * self.centred + _MULTIPART * self.reading.multipart + _EXAMPLE * self.example
        total += _POLICY * (policy and self.place in _ON_LINES)
        if glossary > 1 and self.place in STANDALONE:
            total += _LONG_GLOSSARY if glossary >= _LONG_FROM else _GLOSSARY
        return max(0, min(MARKED - 1 if self.doubtful else 100, total))


def typography(level: str, *, in_name: bool = False) -> int:
    """Return what the capitals of a level are worth. Title case in a name or cell is how anybody writes it."""
    words = [word for word in re.split(r"[-: _/]+", level) if word[:1].isalpha()]
    if level == level.upper():
        return _CAPITALS
    if not words:
        return _LOWER
    if words[0][0].islower():
        if level[1:] == level[1:].upper():
            return 0  # the key for capitals held the wrong way round
        return _SMALL_PHRASE if in_name and len(words) > 1 else _LOWER
    if any(word == word.upper() and len(word) >= _NO_ABBREVIATION for word in words):
        return 0
    return _TITLE * (1 + in_name)
