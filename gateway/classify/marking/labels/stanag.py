"""Confidentiality labels in XML: STANAG 4774 (ADatP-4774 edition A), wherever STANAG 4778 binds them to content.

The label may stand in custom XML, an XMP packet, a file beside the content, or a mail header; the elements are found
by their names, in whatever stands around them. `Classification` is `SECRET` or, with its policy before, `NATO SECRET`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.elements import parse
from gateway.classify.marking.labels.label import MOST_NOTES, Unreadable, flat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.elements import Element
    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "stanag4774"
SPACE: Final = "confidentialitymetadatalabel"
_LABEL: Final = "confidentialitylabel"
_MOST: Final = 200


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`: XML that speaks of such a label."""
    return "<" in field.value[:2_000] and SPACE in field.value.lower()


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield the markings of the labels in these fields."""
    for field in fields:
        yield from read_xml(field, field.value, book)


def read_xml(field: Field, xml: str, book: Book, *, within: bool = False) -> Iterator[Marking]:
    """Yield the markings of the labels in a piece of XML. One without a label (a schema) yields none.

    `within`: the XML stood as text in other XML; it is not looked into for a third.
    """
    try:
        root = parse(xml)
    except Unreadable:
        yield field.unreadable(SCHEME, book)
        return
    labels = [each for each in root.all() if each.name.lower().endswith(_LABEL)]
    for label in labels[:_MOST]:
        yield _read(field, label, book)
    if len(labels) > _MOST:
        yield field.unreadable(SCHEME, book)
    if not labels and not within:
        for said in (each.text for each in root.all()):
            if said.startswith("<") and _LABEL in said.lower():
                yield from read_xml(field, said, book, within=True)


def _read(field: Field, label: Element, book: Book) -> Marking:
    """Return the marking of one label."""
    policy = flat(next(iter(label.texts("PolicyIdentifier")), ""))
    found = [each for each in map(flat, label.texts("Classification")) if each]
    if not found:
        return field.unreadable(SCHEME, book)
    caveats = [_category(each) for each in label.all() if each.name == "Category"][:MOST_NOTES]
    markings = [_classified(field, policy, each, caveats, book) for each in found[:_MOST]]
    return max(markings, key=lambda each: (each.tier, each.score))  # one is the rule; more may not hide the higher


def _classified(field: Field, policy: str, classification: str, caveats: Sequence[str], book: Book) -> Marking:
    text = f"{policy} {classification}" if not classification.upper().startswith(policy.upper()) else classification
    tier = book.rules.tier_in_policy(policy, classification)
    if tier is None:
        whole = book.grammar.read(classification) or book.grammar.read(text)
        tier = whole.tier if whole and whole.is_whole else None
    if tier is None:
        return field.unknown(SCHEME, book, text, tier=book.rules.unreadable)
    return field.marking(SCHEME, tier, text, caveats=caveats)


def _category(category: Element) -> str:
    """Return a category as people read it: `Releasable To: GBR, USA`."""
    values = [each.text or each.attributes.get("value", "") for each in category.inner][:MOST_NOTES]
    return f"{category.attributes.get('TagName', 'Category')}: {', '.join(filter(None, values))}"
