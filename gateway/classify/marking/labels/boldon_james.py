"""Labels of Boldon James (Fortra) Classifier.

Source: properties in documents that UK councils have published. No specification is public: names are all there is.

The words stand in `bjDocumentSecurityLabel`; what was chosen, as XML cut in pieces of 255 characters, in
`bjDocumentLabelXML`, `bjDocumentLabelXML-0`, `-1` and so on, or as a part of its own. `bjSaver` and `docIndexRef` name
a program and a file, and no label.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.elements import parse
from gateway.classify.marking.labels.label import Unreadable, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.elements import Element
    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "boldon-james"
_XML_PIECE: Final = re.compile(r"bjDocumentLabelXML(?:-(\d{1,4}))?", re.IGNORECASE)
_WORDS: Final = re.compile(r"bj[a-z]{0,40}label(?!xml|historyid|refresh)", re.IGNORECASE)
_SISL: Final = "<sisl"
_CHOICE: Final = re.compile(r"^id_?|[_.]+", re.IGNORECASE)
_MOST: Final = 200


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`."""
    return bool(_XML_PIECE.fullmatch(field.name) or _WORDS.match(field.name)) or _is_xml(field)


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield what the words say, and what the XML says; only where both say nothing is the label suspected."""
    found: list[Marking] = []
    for each in fields:
        if not _XML_PIECE.fullmatch(each.name) and not _is_xml(each):
            found += in_words(each, each.value, book, SCHEME)
    unknown: list[Marking] = []
    for each, xml in _joined(fields):
        try:
            said = list(_choices(each, parse(_opened(xml)), book))
        except Unreadable:
            unknown.append(each.unreadable(SCHEME, book))
            continue
        found += said
        unknown += [] if said else [each.unknown(SCHEME, book, "")]
    if not found and not unknown and any(each.value.strip() for each in fields):
        unknown = [fields[0].unknown(SCHEME, book, fields[0].value)]
    yield from found or unknown


def _joined(fields: Sequence[Field]) -> Iterator[tuple[Field, str]]:
    """Yield each piece of XML that stands alone, and those that were cut, put together in order."""
    pieces: dict[int, Field] = {}
    for each in fields:
        piece = _XML_PIECE.fullmatch(each.name)
        if piece:
            pieces.setdefault(-1 if piece[1] is None else int(piece[1]), each)
        elif _is_xml(each):
            yield each, each.value
    if pieces:
        ordered = [pieces[number] for number in sorted(pieces)]
        yield ordered[0], "".join(each.value for each in ordered)


def _opened(text: str) -> str:
    """Return XML; text in base64 that holds some is opened."""
    if "<" in text[:200]:
        return text
    try:
        return binascii.a2b_base64(text.encode("ascii", "replace")).decode("utf-8-sig", "replace")
    except binascii.Error:
        raise Unreadable from None


def _choices(field: Field, root: Element, book: Book) -> Iterator[Marking]:
    """Yield what the choices in a label stand for: by the table, or by the words in their names and values."""
    chosen = [each for each in root.all() if each.name.lower() == "element"]
    for each in chosen[:_MOST]:
        uid = each.attributes.get("uid", "").strip()
        tier = book.rules.choices.get(uid.lower())
        if tier is not None:
            yield field.marking(SCHEME, tier, uid)
            continue
        for words in (_CHOICE.sub(" ", uid), each.attributes.get("value", "")):
            yield from in_words(field, words, book, SCHEME)
    if len(chosen) > _MOST:
        yield field.unreadable(SCHEME, book)


def _is_xml(field: Field) -> bool:
    return _SISL in field.value[:2_000].lower()
