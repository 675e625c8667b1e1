"""Canary documents: one unique word in every place of a format where words can hide.

Each format has its module with a `documents()`; `all_documents()` yields those of all. What a reader did not see is
known by the canary that did not come out. Made by code, or, where no library writes the format, once by LibreOffice
from those that are, and kept in `data/`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_MODULES = """
    archives epub legacy message opendocument outlook pdf pictures plain rich_text slides spreadsheet web word
"""
MODULES: Final = tuple(_MODULES.split())
"""The modules of this package that make documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A word that stands in one place only: `place` says where, in words."""

    word: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryDocument:
    """A document with a canary in every hiding place of its format."""

    kind: str
    """The format by its usual ending: `docx`."""
    name: str
    data: bytes
    canaries: tuple[Canary, ...]

    def missing(self, text: str) -> tuple[Canary, ...]:
        """Return the canaries that do not stand in a text as words of their own."""
        words = frozenset(re.findall(r"\w+", text))
        return tuple(canary for canary in self.canaries if canary.word not in words)


@dataclass(slots=True)
class Cage:
    """Makes canaries: `cage("footnote")` returns the word to put there, and remembers it."""

    kind: str
    canaries: list[Canary]

    @classmethod
    def of(cls, kind: str) -> Cage:
        """Return an empty cage for a format."""
        return cls(kind, [])

    def __call__(self, place: str) -> str:
        """Return a new word for a place: letters and digits only, so that every format can carry it."""
        word = f"canary{self.kind}{len(self.canaries):02d}"
        self.canaries.append(Canary(word=word, place=place))
        return word

    def document(self, name: str, data: bytes) -> CanaryDocument:
        """Return the document that holds every canary made so far."""
        return CanaryDocument(kind=self.kind, name=name, data=data, canaries=tuple(self.canaries))


def all_documents(modules: Sequence[str] = MODULES) -> Iterator[CanaryDocument]:
    """Yield every canary document there is."""
    for module in modules:
        yield from importlib.import_module(f"{__name__}.{module}").documents()
