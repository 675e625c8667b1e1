"""Security labels in ASN.1: RFC 2634 section 3.2 (`ESSSecurityLabel`), and X.411's, which is coded alike.

    SET { policy OBJECT IDENTIFIER, classification INTEGER OPTIONAL, privacy mark STRING OPTIONAL,
          categories SET OF SEQUENCE { type [0] OBJECT IDENTIFIER, value [1] ANY } OPTIONAL }

The classifications 0 to 5 mean the same in every policy that does not say otherwise; 6 to 255 are the policy's own.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.label import MOST_NOTES, Unreadable, in_words
from gateway.model import der
from gateway.model.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "ess"
NAME: Final = "ESSSecurityLabel"
"""What extract calls the attribute of a signature; the text is its value in base64."""
BASIC: Final = (Tier.UNCLASSIFIED, Tier.UNCLASSIFIED, Tier.RESTRICTED, Tier.CONFIDENTIAL, Tier.SECRET, Tier.TOP_SECRET)
"""unmarked, unclassified, restricted, confidential, secret, top-secret"""
_LARGEST: Final = 100_000
_INTEGER: Final = 0x02
_STRINGS: Final = {
    0x0C: "utf-8", 0x12: "latin-1", 0x13: "latin-1", 0x14: "latin-1", 0x16: "latin-1", 0x1A: "latin-1",
    0x1C: "utf-32-be", 0x1E: "utf-16-be",
}  # fmt: skip
_TYPE, _VALUE = 0x80, 0xA0
_MOST: Final = 100
_OCTETS_OF_A_NUMBER: Final = 8


@dataclass(slots=True, kw_only=True)
class _Label:
    """A label as it was coded."""

    policy: str = ""
    classification: int | None = None
    privacy_mark: str = ""
    categories: tuple[str, ...] = ()
    is_odd: bool = False
    """True with more or less than a label has; what it says beside that still counts."""


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`."""
    return field.name == NAME


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield the markings of labels in base64."""
    for field in fields:
        try:
            data = binascii.a2b_base64(field.value.encode("ascii", "replace"), strict_mode=True)
        except binascii.Error:
            yield field.unreadable(SCHEME, book)
            continue
        yield from read_der(field, data, book)


def read_der(field: Field, data: bytes, book: Book) -> Iterator[Marking]:
    """Yield the markings of a label, or of a sequence of labels that mean the same (RFC 2634 3.4)."""
    count, is_odd = 0, False
    try:
        for label in _labels(data[:_LARGEST]):
            count, is_odd = count + 1, is_odd or label.is_odd
            if label.classification is not None or not label.is_odd:
                yield _classified(field, label, book)
            yield from in_words(field, label.privacy_mark, book, SCHEME)
    except (der.Malformed, Unreadable):
        is_odd = True
    if is_odd or not count:  # beside what was read, which may not be lost for it
        yield field.unreadable(SCHEME, book)


def _classified(field: Field, label: _Label, book: Book) -> Marking:
    """Return the marking for a classification; one that nobody explained is suspected, as high as one unread."""
    number = label.classification
    tier = book.rules.tier_by_number(label.policy, number) if number is not None else None
    if tier is None and number is not None and 0 <= number < len(BASIC):
        tier = BASIC[number]
    text = " ".join(
        [f"classification {'none' if number is None else number}", f"policy {label.policy or 'none'}"]
        + [label.privacy_mark] * bool(label.privacy_mark)
    )
    if tier is None:
        return field.unknown(SCHEME, book, text, tier=book.rules.unreadable)
    return field.marking(SCHEME, tier, text, caveats=label.categories)


def _labels(data: bytes) -> Iterator[_Label]:
    outer = der.node(data, 0)
    if not outer.is_whole:
        raise Unreadable
    if outer.tag == der.SET:
        yield _label(data, outer)
        return
    if outer.tag != der.SEQUENCE:
        raise Unreadable
    inner = list(islice(der.children(data, outer), _MOST + 1))
    if any(each.tag == der.OBJECT_IDENTIFIER for each in inner):
        yield _label(data, outer)  # a SEQUENCE in the place of the SET: wrong, and plain enough
        return
    for each in inner[:_MOST]:
        if each.tag != der.SET:
            raise Unreadable
        yield _label(data, each)
    if len(inner) > _MOST:
        raise Unreadable


def _label(data: bytes, outer: der.Node) -> _Label:
    """Return what can be read of a label."""
    label = _Label()
    try:
        for number, each in enumerate(der.children(data, outer)):
            if number == _MOST or not each.is_whole:
                label.is_odd = True
                break
            _take(label, data, each)
    except (der.Malformed, Unreadable):
        label.is_odd = True
    return label


def _take(label: _Label, data: bytes, each: der.Node) -> None:
    """Add what one element says. Of two classifications the higher counts, and all words do."""
    content = each.of(data)
    if each.tag == der.OBJECT_IDENTIFIER:
        label.policy = dotted(content)
    elif each.tag == _INTEGER:
        label.classification = max(_integer(content), -1 if label.classification is None else label.classification)
    elif each.tag & ~der.CONSTRUCTED in _STRINGS:
        said = der.octets(data, each).decode(_STRINGS[each.tag & ~der.CONSTRUCTED], "replace")
        label.privacy_mark = f"{label.privacy_mark} / {said}" if label.privacy_mark else said
    elif each.tag == der.SET:
        label.categories = tuple(_category(data, one) for one in islice(der.children(data, each), MOST_NOTES))
    else:
        label.is_odd = True


def _integer(content: bytes) -> int:
    if not 0 < len(content) <= _OCTETS_OF_A_NUMBER:
        raise Unreadable
    return int.from_bytes(content, "big", signed=True)


def _category(data: bytes, category: der.Node) -> str:
    """Return a category: its type, and its value where that is a string, else in hexadecimal."""
    kind = value = ""
    for each in islice(der.children(data, category), MOST_NOTES) if category.tag & der.CONSTRUCTED else ():
        if each.tag in {_TYPE, der.OBJECT_IDENTIFIER}:
            kind = dotted(each.of(data))
        elif each.tag & _VALUE == _VALUE and each.end > each.start:
            inner = der.node(data, each.start, each.end)
            charset = _STRINGS.get(inner.tag)
            value = inner.of(data).decode(charset, "replace") if charset else inner.of(data)[:20].hex()
    return f"{kind}: {value}"


def dotted(content: bytes) -> str:
    """Return an object identifier as people write it. `Unreadable` if it is none (X.690 8.19)."""
    if not content or len(content) > _MOST or content[-1] & 0x80:
        raise Unreadable
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))
