"""Places in a sorted list, as pages hand them on: text without a meaning of its own, refused when it is not ours."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from gateway.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

LONGEST: Final = 500
LARGEST_PAGE: Final = 500
"""Rows of one page at most: more is for an export."""
LARGEST: Final = 1 << 63
"""What a number in a row stays below (https://sqlite.org/datatype3.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A page of a list. `next` and `previous` are where others begin, empty where there is none."""

    rows: tuple[T, ...]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The row that a page begins after, or with `backwards`, ends before."""

    key: tuple[str | int, ...]
    backwards: bool = False

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        text = json.dumps([int(self.backwards), *self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_of(
    rows: Sequence[T], limit: int, place: Place | None, key_of: Callable[[T], tuple[str | int, ...]]
) -> Page[T]:
    """Return a page of rows as they were walked from a place on: `limit` of them, and one more where there is more."""
    backwards = place is not None and place.backwards
    is_more, shown = len(rows) > limit, rows[:limit]
    shown = shown[::-1] if backwards else shown
    first = last = place.key if place is not None else ()
    if shown:
        first, last = key_of(shown[0]), key_of(shown[-1])
    return Page(
        rows=tuple(shown),
        next=str(Place(key=last)) if is_more or backwards else "",
        previous=str(Place(key=first, backwards=True)) if place is not None and (is_more or not backwards) else "",
    )


def place_of(text: str, kinds: tuple[type, ...]) -> Place | None:
    """Return the place that a text names, None for an empty one; `NotFound` when it is none of these kinds."""
    if not text:
        return None
    try:
        place = _read(text)
    except (TypeError, ValueError, RecursionError):
        place = None
    if place is None or [type(each) for each in place.key] != list(kinds):
        raise NotFound("there is no such page of the list", hint="begin at its first page")
    return place


def _read(text: str) -> Place | None:
    if len(text) > LONGEST:
        return None
    backwards, *key = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    if backwards not in (0, 1) or not all(map(_may_stand_in_a_row, key)):
        return None
    return Place(key=tuple(key), backwards=bool(backwards))


def _may_stand_in_a_row(value: object) -> bool:
    """Say whether the database can be asked for it; `ValueError` for half of a character."""
    if isinstance(value, str):
        value.encode()
        return True
    return isinstance(value, int) and -LARGEST <= value < LARGEST
