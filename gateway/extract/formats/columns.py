"""Places of cells in rows: one that is empty or missing keeps its place, so that a value stands under its header."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from string import ascii_uppercase
from typing import Final

WIDEST: Final = 50
"""A longer stretch of empty cells is written as so many: a cell at the end of a sheet must not fill the memory."""
_LETTERS: Final = re.compile(r"[A-Za-z]{1,3}")
_NAMES: Final = [first + second for first in ("", *ascii_uppercase) for second in ascii_uppercase]
COLUMN_AFTER: Final = dict(pairwise(_NAMES))
"""By the letters of a column those of the next: A to ZY."""


def missing(count: int) -> str:
    """Return the tabs for so many cells that are not there, for none where cells are out of order."""
    return "\t" * min(count, WIDEST)


@lru_cache(maxsize=1024)
def column_number(reference: str) -> int:
    """Return the number of a column by the letters that a reference begins with (`C5` is 3); 0 where there are none."""
    found = _LETTERS.match(reference)
    number = 0
    for letter in found[0].upper() if found else "":
        number = number * 26 + ord(letter) - 64
    return number


def as_line(cells: Iterable[tuple[int, str]], first: int = 1) -> str:
    """Return a row as a line, without the empty cells at its end.

    Of each cell comes its column, counted from `first` on, and its text.
    """
    pieces: list[str] = []
    following = first
    for column, text in cells:
        pieces.append(f"{missing(column - following)}{text}")
        following = column + 1
    return "\t".join(pieces).rstrip("\t")


def without_empty_ends(rows: str) -> str:
    """Return rows, a line each, without the empty cells at their ends, and without those that have no other."""
    if "\t\n" not in rows:
        return rows
    lines = ((line, line.rstrip("\t")) for line in rows.split("\n"))
    return "\n".join(kept for line, kept in lines if kept or not line)
