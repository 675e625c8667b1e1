"""extract (sealed): sees everything in a part, or says what it did not see.

In      a name, bytes, and limits
Out     `OpenedPart`s with their `Segment`s of text, and a `Gap` for whatever was not read in full
Laws    type is what parses, never what the name says; every unopened part is a gap; inside a paragraph mark-up
        separates nothing, outside it everything does; no clock, disk, socket, process, database or log
Fails   never, but for exhaustion of the child it runs in: trouble in content is a `Gap`

Runs only in the hardened child of `worker`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.model.inspection import Gap, OpenedPart, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far extraction goes; reaching one is a gap that names it. Sizes in bytes."""

    depth: int = 8
    parts: int = 2_000
    part_size: int = 200_000_000
    total_size: int = 400_000_000
    text_size: int = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A part found inside another, to be opened in turn."""

    name: str
    data: bytes


class Extractor(Protocol):
    """Opens one kind of part. Entry-point group `gateway.extractors`."""

    name: str
    media_types: frozenset[str]

    def open(self, data: bytes, limits: Limits) -> Iterable[Segment | Inner | Gap]:
        """Return what is in the part. Any exception becomes the gap `corrupt`; a `Gap`'s `part` is filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """All parts that were opened, outermost first, and all gaps."""

    parts: tuple[OpenedPart, ...]
    gaps: tuple[Gap, ...]
