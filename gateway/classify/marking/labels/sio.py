"""`SIO-Label` and `SIO-Label-History`: RFC 7444.

`marking` is in words; `label` is in base64 what `type` says: `:ess` (RFC 2634), `:x411`, `:xml`, or a URI of somebody's
own. A label's history tells of those before it: they are suspected, since somebody may have lowered one with no right.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels import ess, stanag
from gateway.classify.marking.labels.label import EARLIER, SUSPECTED, in_words
from gateway.classify.marking.labels.parameters import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "sio"
_NAME: Final = "sio-label"
_HISTORY: Final = "sio-label-history"
_BLANKS: Final = re.compile(r"\s+")
_CODED: Final = (b"\x30", b"\x31")
_MOST: Final = 50


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`."""
    return field.name.lower().startswith(_NAME)


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield the markings of these fields."""
    for field in fields:
        is_history = field.name.lower().startswith(_HISTORY)
        for marking in _read(field, book):
            yield _earlier(marking) if is_history else marking


def _earlier(marking: Marking) -> Marking:
    return replace(marking, score=min(marking.score, SUSPECTED), notes=(*marking.notes, EARLIER))


def _read(field: Field, book: Book) -> Iterator[Marking]:
    if field.value.lstrip()[:1] == "<":  # extract shows what is in base64 as well
        yield from stanag.read_xml(field, field.value, book)
        return
    if not field.value.strip():
        return
    found: list[Marking] = []
    said = [(name.removeprefix("new-"), value) for name, value in parameters(field.value)]
    for name, value in said[:_MOST]:
        if name == "marking":
            found += in_words(field, value, book, SCHEME)
        elif name == "label":
            found += _label(field, value, book)
    yield from found
    if not found or len(said) > _MOST:
        yield field.unreadable(SCHEME, book)


def _label(field: Field, value: str, book: Book) -> Iterator[Marking]:
    """Yield what a label in base64 says. Its first octet tells the type more surely than the parameter does."""
    try:
        data = binascii.a2b_base64(_BLANKS.sub("", value).encode("ascii", "replace"), strict_mode=True)
    except binascii.Error:
        data = b""
    if data[:1] in _CODED:
        yield from ess.read_der(field, data, book)
    elif b"<" in data[:8]:
        markings = list(stanag.read_xml(field, data.decode("utf-8-sig", "replace"), book))
        yield from markings or [field.unreadable(SCHEME, book)]
    else:
        yield field.unreadable(SCHEME, book)
