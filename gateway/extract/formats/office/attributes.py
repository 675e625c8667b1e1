"""Attributes that hold words: what a reader is shown on request, or a program keeps. An allow-list, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.extract.formats.office.vocabulary import MOST_NAMES, TELLING, Meaning, Vocabulary
from gateway.model.inspection import Segment, Where

LEAST: Final = 3
SPECIAL: Final = frozenset({"string", "instr", "formula"})
EQUATION: Final = "equation"  # of a shape's outline
NO_WORDS: Final = re.compile(
    r"_(Toc|Ref|Hlk|GoBack|Hlt|MON|PictureBullets)[_0-9]*$|%[0-9][.)]?(%[0-9][.)]?)*$|(none|true|false)$"
)
BYLINES: Final = frozenset({
    "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tcPrChange",
    "trPrChange", "tblGridChange", "numberingChange", "cellIns", "cellDel", "cellMerge",
})  # fmt: skip


class Attributes:
    """Gathers what the attributes of one part say, each value once."""

    def __init__(self, where: Where, name: str, boxes: Where, vocabulary: Vocabulary) -> None:
        self.where, self.name, self.boxes = where, name, boxes
        self.vocabulary = vocabulary
        self.values: dict[tuple[Where, str], dict[str, None]] = {}

    def take(self, element: str, meaning: Meaning | None, attributes: dict[str, str]) -> None:
        """Keep those that hold words, and remember by name those that do not."""
        local = element.rpartition(":")[2]
        wanted = meaning.values if meaning else ()
        plain = self.vocabulary.plain
        for key, value in attributes.items():
            bare = key.rpartition(":")[2]
            if bare in TELLING or bare in SPECIAL or bare in wanted:
                if len(value) >= LEAST and not NO_WORDS.match(value) and local != EQUATION:
                    self.values.setdefault(self._place(local, bare), {})[value] = None
            elif len(plain) < MOST_NAMES:
                plain.add(key)

    def _place(self, local: str, attribute: str) -> tuple[Where, str]:
        """Return where the value of an attribute belongs."""
        if attribute == "string" and local == "textpath":
            return (Where.WATERMARK, self.name) if self.where is not Where.BODY else (self.boxes, "wordart")
        if attribute in {"instr", "formula"}:
            return (Where.FIELD, "simple") if attribute == "instr" else (Where.FORMULA, "attributes")
        if attribute in {"author", "initials"}:
            if local in BYLINES:
                return Where.TRACKED, "authors"
            if self.where is Where.COMMENT:
                return Where.COMMENT, "authors"
        return Where.HIDDEN, "attributes"

    def segments(self) -> Iterator[Segment]:
        """Yield what was gathered."""
        for (where, name), values in self.values.items():
            yield Segment(where=where, text="\n".join(values), name=name)
