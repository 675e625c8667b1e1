"""What all readers of labels share: a named field, the rules and the grammar, and markings made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.model.inspection import Marking, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.classify.marking.grammar import Grammar
    from gateway.classify.marking.labels.rules import LabelRules
    from gateway.model.tier import Tier

SURE: Final = 100
SUSPECTED: Final = 55
LONGEST: Final = 1_000_000
"""Characters of a label in XML; a longer one is not read, and suspected."""
LONGEST_TEXT: Final = 20_000
"""Characters of any other label."""
MOST_NOTES: Final = 20
"""Caveats of one label that are kept."""
_SHOWN: Final = 120
UNREADABLE, UNKNOWN, FOREIGN, EARLIER, GRAMMAR = (
    "unreadable_label", "unknown_label", "foreign_label", "earlier_label", "label_grammar",
)  # fmt: skip


class Unreadable(ValueError):
    """What stands there is not what the standard says a label is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a reader may look things up in."""

    grammar: Grammar
    rules: LabelRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A property, header field or label part by its name. Text is normalised."""

    name: str
    value: str
    where: Where
    part: str

    def marking(
        self,
        scheme: str,
        tier: Tier,
        text: str,
        *,
        score: int = SURE,
        descriptors: Iterable[str] = (),
        caveats: Iterable[str] = (),
        notes: Iterable[str] = (),
    ) -> Marking:
        """Return what this field says as a marking."""
        return Marking(
            scheme=scheme,
            tier=tier,
            text=_short(text),
            where=self.where,
            part=self.part,
            score=score,
            descriptors=tuple(map(_short, descriptors))[:MOST_NOTES],
            caveats=tuple(map(_short, caveats))[:MOST_NOTES],
            notes=tuple(notes),
        )

    def unreadable(self, scheme: str, book: Book) -> Marking:
        """Return the marking that is suspected where a label cannot be read."""
        return self.marking(scheme, book.rules.unreadable, "unreadable label", score=SUSPECTED, notes=(UNREADABLE,))

    def unknown(self, scheme: str, book: Book, text: str, *, tier: Tier | None = None) -> Marking:
        """Return the marking that is suspected where nobody told what a label stands for."""
        tier = book.rules.unknown if tier is None else tier
        return self.marking(scheme, tier, text or "unknown label", score=SUSPECTED, notes=(UNKNOWN,))


def flat(text: str) -> str:
    """Return text on one line, with single blanks."""
    return " ".join(text.split())


def in_words(field: Field, text: str, book: Book, scheme: str, *, score: int = SURE) -> Iterator[Marking]:
    """Yield what the words of a label say: a whole marking, one within, or words that the rules know."""
    said = flat(text[:LONGEST_TEXT])
    tier = book.rules.words.get(said.upper())
    if tier is not None:
        yield field.marking(scheme, tier, said, score=score)
        return
    whole = book.grammar.read(said)
    readings = [whole] if whole and whole.is_whole else [reading for _, reading in book.grammar.read_all(said)]
    seen = set()
    for reading in readings:
        if reading.tier not in seen:
            seen.add(reading.tier)
            yield field.marking(reading.scheme, reading.tier, reading.text, score=score)
    if len(text) > LONGEST_TEXT:
        yield field.unreadable(scheme, book)


def _short(text: str) -> str:
    return flat(text[: 4 * _SHOWN])[:_SHOWN]
