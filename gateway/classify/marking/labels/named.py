"""Properties and headers whose name says that they hold a marking: `Classification`, `X-Classification`, Titus's.

Source: properties in documents that UK councils have published. Titus writes an identifier (`TitusGUID`) and the words
into a property of its customer's choice, whose name mostly ends in `Classification`.

A property of any other name counts only where all of it is a marking, and for less.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.label import LONGEST_TEXT, flat, in_words
from gateway.classify.marking.sightings import Place, Sighting
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME, TITUS = "label", "titus"
_NAMED: Final = re.compile(
    r"classification|marking|security.?label|titus|bjdocument|docs?label|sensitiv|x-label", re.IGNORECASE
)
_CERTAIN: Final = re.compile(
    r"(?:x-)?(?:(?:protective|security|government).?(?:marking|classification|label)|x-classification)",
    re.IGNORECASE,
)
_TITUS: Final = re.compile(r"titus", re.IGNORECASE)
_IDENTIFIER: Final = re.compile(r"guid|metadata|version|id$", re.IGNORECASE)


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`: all that no other reader wants."""
    return bool(field.value.strip())


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield the markings of these fields. Titus's identifier alone says that there is a label, and not which."""
    found: list[Marking] = []
    is_worded = False
    for field in fields:
        if _TITUS.search(field.name) and _IDENTIFIER.search(field.name):
            continue
        said = list(_read(field, book))
        is_worded = is_worded or (bool(said) and bool(_NAMED.search(field.name)))
        if not said and _CERTAIN.fullmatch(field.name):
            said = [field.unknown(SCHEME, book, field.value)]
        found += said
    titus = next((each for each in fields if _TITUS.search(each.name)), None)
    if titus is not None and not is_worded:
        found.append(titus.unknown(TITUS, book, ""))
    yield from found


def _read(field: Field, book: Book) -> Iterator[Marking]:
    if field.where is Where.LABEL or _NAMED.search(field.name):
        yield from in_words(field, field.value, book, SCHEME)
    elif field.where is Where.PROPERTY and len(field.value) <= LONGEST_TEXT:
        reading = book.grammar.read(flat(field.value))
        if reading and reading.is_whole:
            score = Sighting(reading=reading, place=Place.PLAIN_PROPERTY, where=field.where).score(
                policy=False, glossary=False
            )
            yield field.marking(reading.scheme, reading.tier, reading.text, score=score)
