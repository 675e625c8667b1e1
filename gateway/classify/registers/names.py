"""Names as they are the same however written: case, accents, apostrophes, hyphens, order and titles make no difference.

A name is compared by its words: one of the given names (or its initial) and one of the words of the family name. So a
middle name may be missing and half of a double-barrelled name may stand for it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
"""A word of a name; hyphens part words."""
_TITLES: Final = frozenset(
    """
    mr mrs miss ms mx dr prof professor sir dame lord lady rev revd master mstr
    """.split()  # noqa: SIM905 - words read better than a list
)
_PARTICLES: Final = frozenset(
    """
    de la le du da do dos das di del der den van von af av ten ter al el bin ibn bint ap y e
    """.split()  # noqa: SIM905 - words read better than a list
)
_SUFFIXES: Final = frozenset(
    """
    jr sr jnr snr ii iii iv obe mbe cbe jp
    """.split()  # noqa: SIM905 - words read better than a list
)
_MOST_WORDS: Final = 4
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "'": ""}
)


@lru_cache(maxsize=1 << 13)
def fold(word: str) -> str:
    """Return a word without case, accents and apostrophes."""
    if word.isascii():
        return word.lower().replace("'", "")
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return "".join(char for char in apart if not unicodedata.combining(char)).translate(_PLAIN)


def words_of(text: str) -> list[str]:
    """Return the folded words of a name, titles and suffixes left out."""
    words = [fold(word) for word in WORD.findall(text)]
    return [word for word in words if word and word not in _TITLES and word not in _SUFFIXES]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """The words of a name: `given` in their order, `family` without particles. Either may be empty."""

    given: tuple[str, ...]
    family: tuple[str, ...]

    @classmethod
    def of(cls, given: str, family: str) -> PersonName:
        """Read a name that a register keeps in two columns."""
        words = words_of(family)[:_MOST_WORDS]
        plain = [word for word in words if word not in _PARTICLES and len(word) > 1]
        return cls(given=tuple(words_of(given)[:_MOST_WORDS]), family=tuple(plain or words))

    @classmethod
    def of_whole(cls, name: str) -> PersonName:
        """Read a name that stands in one column: `John Smith`, or `SMITH, John`."""
        family, comma, given = name.partition(",")
        if comma:
            return cls.of(given, family)
        words = words_of(name)
        first = next((place for place, word in enumerate(words) if place and word in _PARTICLES), len(words) - 1)
        last = WORD.findall(name.rpartition(" ")[2])  # a hyphen joins the words of a family name
        first = min(first, max(1, len(words) - max(1, len(last))))
        return cls.of(" ".join(words[:first]), " ".join(words[first:]))

    @property
    def is_whole(self) -> bool:
        """Say whether there is a given name and a family name."""
        return bool(self.given and self.family)


def pair(one: str, other: str) -> str:
    """Return two words of a name so that their order makes no difference."""
    return f"{one} {other}" if one < other else f"{other} {one}"
