"""The mail header `Sensitivity`: RFC 2156 5.3.4 (MIXER), which every mail program can set.

`Personal`, `Private` and `Company-Confidential` ask for discretion; none is a protective marking, so they are suspected
at most. What they stand for is told by `policies/labels.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.classify.marking.labels.label import SUSPECTED, flat, in_words
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.classify.marking.labels.label import Book, Field
    from gateway.model.inspection import Marking

SCHEME: Final = "rfc2156"
_NAME: Final = "sensitivity"
_LONGEST: Final = 200


def claims(field: Field) -> bool:
    """Say whether this is a field for `read`."""
    return field.where is Where.MAIL_HEADER and field.name.lower() == _NAME


def read(fields: Sequence[Field], book: Book) -> Iterator[Marking]:
    """Yield what the header stands for; other words only where they are those of a marking."""
    for field in fields:
        said = flat(field.value[:_LONGEST])
        tier = book.rules.discretion.get(said.upper().replace(" ", "-"))
        if tier is None:
            yield from in_words(field, said, book, SCHEME)
        else:
            yield field.marking(SCHEME, tier, said, score=SUSPECTED)
