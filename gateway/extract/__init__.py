"""extract (sealed): sees everything in a part, or says what it did not see.

In      a name, bytes, limits, and what the worker lends (`Aids`)
Out     `OpenedPart`s with their `Segment`s of text, a `Gap` for whatever was not read in full, and `Remark`s
Laws    type is what parses, never what the name says; every unopened part is a gap; inside a paragraph mark-up
        separates nothing, outside it everything does; no clock, disk, socket, process, database or log
Fails   never, but for exhaustion of the child it runs in: trouble in content is a `Gap`

    part ─► identify ─► extractors ─► Segment   text, where it stood
                                   ├► Inner     a part within: opened at once, in its turn
                                   ├► Locked    encrypted: opened with no password, or with one that the sender gave
                                   ├► Scan      a picture: read when all text is, the most telling first
                                   └► Gap       what was not read

Runs only in the hardened child of `worker`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gateway.model.inspection import Gap, GapKind, Remark, Segment

if TYPE_CHECKING:
    from gateway.model.inspection import OpenedPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far extraction goes; reaching one is a gap that names it. Sizes in bytes.

    `ratio`: a part may grow to so many times its size, and to `ROOM` in any case. `pages`: pictures and pages without
    text that are read by OCR.
    """

    depth: int = 8
    parts: int = 10_000
    part_size: int = 250_000_000
    total_size: int = 1_000_000_000
    text_size: int = 200_000_000
    ratio: int = 200
    pages: int = 50


ROOM = 20_000_000
"""Bytes to which anything may grow, however small it is packed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A part found inside another, to be opened in turn."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A picture in 8-bit grey, row by row from the top; `dpi` is 0 where nobody knows."""

    width: int
    height: int
    grey: bytes
    dpi: int = 0


class Telling(IntEnum):
    """How much a picture is likely to say; the lower are read first."""

    PAGE_WITHOUT_TEXT = 0
    PAGE_WITH_PICTURE = 1
    PICTURE = 2
    PREVIEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A picture that may show words. `render` is called when its turn comes: it should hold no large memory till then.

    `name` tells two of a part apart: `page 3`. `pixels` is 0 where nobody knows: of equally telling ones, the larger
    are read first.
    """

    name: str
    telling: Telling
    render: Callable[[], Raster]
    pixels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """Something encrypted. `unlock` takes a password and returns what is inside, or None when it is the wrong one.

    `cipher` is its real strength: `AES-256`, `AES-128`, `RC4-40`, `ZipCrypto`. `name` is empty for the part itself.
    """

    name: str = ""
    cipher: str
    unlock: Callable[[str], Iterable[Found] | None]


Found: TypeAlias = Segment | Inner | Scan | Locked | Gap


class Extractor(Protocol):
    """Opens one kind of part. Entry-point group `gateway.extractors`."""

    name: str
    media_types: frozenset[str]

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:
        """Return what is in the part, best bit by bit. Any exception becomes the gap `corrupt`.

        The `part` of a `Gap` is filled in. `limits` is what is left of them.
        """


class Reader(Protocol):
    """Reads pictures (OCR)."""

    def read(self, raster: Raster) -> str:
        """Return the words of a picture, or nothing."""


def _go_on() -> bool:
    return True


def _say_nothing(_part: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Aids:
    """What the worker lends to a sealed room.

    `second_opinion` names the media type of bytes whose structure says nothing. `passwords` are those that the sender
    gave. `opening` is told each part before it is opened; `lost` are parts at which a worker was lost before, and is
    not to be lost again. `may_read` says whether there is time for another picture.
    """

    second_opinion: Callable[[bytes], str] | None = None
    reader: Reader | None = None
    passwords: tuple[str, ...] = ()
    lost: Mapping[str, GapKind] = field(default_factory=dict)
    opening: Callable[[str], None] = _say_nothing
    may_read: Callable[[], bool] = _go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """All parts that were opened, each before those within it, all gaps, and all remarks."""

    parts: tuple[OpenedPart, ...]
    gaps: tuple[Gap, ...]
    remarks: tuple[Remark, ...] = ()
