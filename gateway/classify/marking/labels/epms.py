"""`X-Protective-Marking` and the subject's `[SEC=...]`: Australian Email Protective Marking Standard 2024, section 5.

    medium = "SEC=" class *(", CAVEAT=" type ":" value) *(", ACCESS=" kind) [", EXPIRES=" when ", DOWNTO=" class]

A field has `VER`, `NS`, `NOTE` and `ORIGIN` around that; all may be missing. `EXPIRES` may stand before or after
`ACCESS` (the standard's expression and its grammar disagree). A comma or backslash in text has a backslash before it.
What a marking goes down to once it has expired is never read: there is no clock here, and a label may only raise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.label import GRAMMAR, LONGEST_TEXT, flat, in_words
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "epms"
_NAME: Final = "x-protective-marking"
_BRACKET: Final = re.compile(r"\[[ \t\r\n]{0,9}(SEC[ \t\r\n]{0,9}=[^\[\]]{1,1000})\]")
_INTRODUCED: Final = re.compile(r"(?<![A-Za-z0-9])SEC[ \t]{0,9}=", re.IGNORECASE)
_PLAIN: Final = re.compile(r"(?<![A-Za-z0-9])SEC=(?:(?:UN)?OFFICIAL|PROTECTED|(?:TOP-)?SECRET)(?![A-Za-z0-9])")
"""What is a marking in a field of any name."""
_ITEM: Final = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_KEYS: Final = frozenset({"VER", "NS", "SEC", "CAVEAT", "ACCESS", "EXPIRES", "DOWNTO", "NOTE", "ORIGIN"})
_LONGEST: Final = 998


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`."""
    if field.where is Where.SUBJECT:
        return bool(_BRACKET.search(field.value))
    return field.name.lower() == _NAME or bool(_PLAIN.search(field.value[:LONGEST_TEXT]))


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield the markings of fields and subjects, the leftmost of each first."""
    for field in sorted(fields, key=lambda each: each.where is Where.SUBJECT):  # of two alike the field counts
        if field.where is Where.SUBJECT:
            for found in _BRACKET.finditer(field.value):
                yield from _medium(field, found.group(1), book)
        elif _INTRODUCED.search(field.value[:LONGEST_TEXT]):
            yield from _medium(field, field.value, book)
        else:
            yield from _in_other_words(field, book)


def _in_other_words(field: Field, book: Book) -> Iterator[Marking]:
    """Yield what others write into a header of this name: the words of a marking."""
    found = list(in_words(field, field.value, book, SCHEME))
    if not found and flat(field.value):
        found = [field.unreadable(SCHEME, book)]
    yield from found


def _medium(field: Field, text: str, book: Book) -> Iterator[Marking]:
    """Yield the marking of each class that is named; one that is not of the standard is suspected."""
    pairs = [_pair(item) for item in _ITEM.findall(flat(text[:LONGEST_TEXT]))]
    caveats = [value for key, value in pairs if key.upper() == "CAVEAT"]
    access = [value for key, value in pairs if key.upper() == "ACCESS"]
    is_odd = len(text) > _LONGEST or any(key not in _KEYS for key, _ in pairs)
    classes = [value for key, value in pairs if key.upper() == "SEC"]
    for each in classes:
        introduced = f"SEC={each}"
        reading = book.grammar.read_introduced(introduced)
        if reading is None or len(reading.text) < len(introduced.rstrip()):
            yield from in_words(field, each, book, SCHEME)
            yield field.unreadable(SCHEME, book)
            continue
        yield field.marking(
            SCHEME, reading.tier, introduced, descriptors=access, caveats=caveats, notes=[GRAMMAR] * is_odd
        )
    if not classes:
        yield field.unreadable(SCHEME, book)


def _pair(item: str) -> tuple[str, str]:
    """Return key and value of `KEY=value`, the backslashes gone."""
    key, _, value = item.partition("=")
    return key.strip(), _ESCAPED.sub(r"\1", value).strip()
