"""What detectors find in labelled material, counted: readers of corpora, scoring, intervals, and Presidio beside ours.

A `Corpus` is a list of `Case`s. Whatever is read from one is compared as `Gold` and `Found`, both under the canonical
entity names of `names`. `gateway bench accuracy` prints what comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.model.inspection import Where

EVERYTHING = frozenset({"*"})
"""Stands for all entities: whatever is found and is not gold is false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What is there to be found. An empty `value` stands for any; offsets are -1 where nobody noted them."""

    entity: str
    value: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One labelled document: a text as it stands, or the `content` of a file, which is extracted first.

    `labelled` are the entities whose gold is complete: another finding of them is false. `bait` looks like an
    identifier and must be left alone. `marking` is `NONE`, `MARKED`, the name of a tier, or empty where it is not
    judged. Of a `vector` only a finding that claims its checksum counts. `is_ordinary` documents hold no identifier.
    """

    name: str
    text: str = ""
    where: Where = Where.BODY
    content: bytes | None = None
    gold: tuple[Gold, ...] = ()
    bait: tuple[str, ...] = ()
    labelled: frozenset[str] = frozenset()
    marking: str = ""
    attack: str = ""
    vector: bool = False
    is_ordinary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Labelled documents of one source. `left_out` says, one line each, what in it is not read and why."""

    name: str
    cases: tuple[Case, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reader found. Offsets count in the text that it was given."""

    entity: str
    value: str
    start: int
    end: int
    score: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader made of one case. `text` is what others are given; `marking` is a status, `tier` its tier."""

    found: tuple[Found, ...]
    text: str = ""
    marking: str = ""
    tier: str = ""
    gaps: tuple[str, ...] = field(default=())
