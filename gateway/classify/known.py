"""By what a value that was found is known again, wherever it stands and however it is written.

By its letters and digits in their normal form, whatever stands between them. The name of a person also by each of its
words as a word of its own, in any order, with an initial or another of them joined to it. Case and accents do not
count. Rather too much than too little: what is known again is hidden, and nobody misses it who sees its mask.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from gateway.classify.names.reading import CIVIL, PROFESSIONAL, canonical, without_title
from gateway.model.normalise import Normalised, normalise

DOT: Final = "\u2022"  # stands for a character that is not shown
SHORTEST: Final = 4  # letters and digits of a value that is known again: fewer are a part of many words
PIECE: Final = 100  # letters and digits of which a longer value is known again
SHORTEST_WORD: Final = 3  # letters of a word of a name; one of two is known by its capital
LONGEST_WORD: Final = 64  # letters of a word that may be two words of a name
PEOPLE: Final = frozenset({"PERSON_NAME", "REGISTERED_PERSON"})
PHONE: Final = "UK_PHONE"
PREFIX: Final = re.compile("^(?:44)?0*")  # of a telephone number, from abroad or at home
COMMON: Final = frozenset(
    """about after all also and any are been before but can could did does down each for from get had has have her here
    him his how into its just last like long made make many may more most much must new not now off once one only other
    our out over own said same see she should some such than that the their them then there these they this too two
    under until use very was way well went were what when where which while who whom why will with would yes you your
    """.split()  # noqa: SIM905 - words read better than quotes and commas
) | {title.lower() for title in (*CIVIL, *PROFESSIONAL)}
"""Words that are no name in small letters: with a capital they are hidden, as somebody may be called so."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:(?:'|-\s*+)[^\W\d_]+)*+")
"""A word, with what an apostrophe, a hyphen or the end of a line parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """By what values are known again. `words` are those of names, each with the initials that stand beside it."""

    signs: Sequence[str] = ()
    words: Mapping[str, set[str]] = field(default_factory=dict)
    capitals: frozenset[str] = frozenset()

    @classmethod
    def of(cls, values: Iterable[tuple[str, str]]) -> Known:
        """Return by what values are known again, each with its entity."""
        signs: set[str] = set()
        words: defaultdict[str, set[str]] = defaultdict(set)
        for entity, value in set(values):
            form = normalise(value)
            signs.update(_pieces(entity, form))
            for word, initials in _words(form) if entity in PEOPLE else ():
                words[word] |= initials
        rare = {word for word in words if len(word) < SHORTEST_WORD or word in COMMON}
        return cls(
            signs=tuple(sorted(signs)),
            words={word: initials for word, initials in words.items() if word not in rare},
            capitals=frozenset(rare),
        )

    def without(self, text: str) -> str:
        """Return a text with dots for all that is known again, of the same length."""
        read = Normalised.of(text)
        folded, places = _folded(read.text)
        shown = list(text)
        for start, end in (*self._values(read.text, folded, places), *self._names(read.text, folded, places)):
            begin, finish = read.span(start, end)
            shown[begin:finish] = DOT * (finish - begin)
        return "".join(shown)

    def _values(self, text: str, folded: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield where values stand in a normal form.

        Letters alone are known as whole words, but for pieces of what is longer.
        """
        at = [place for place, char in enumerate(folded) if char.isalnum()]
        signs = "".join([folded[place] for place in at])
        for each in self.signs:
            found = signs.find(each)
            while found >= 0:
                start, end = places[at[found]], places[at[found + len(each) - 1]] + 1
                if not each.isalpha() or len(each) == PIECE or _is_word(text, start, end):
                    yield start, end
                found = signs.find(each, found + 1)

    def _names(self, text: str, folded: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield where words of names stand in a normal form."""
        for whole in _WORD.finditer(folded) if self.words or self.capitals else ():
            parts = [whole, *_LETTERS.finditer(folded, *whole.span())]
            for start, end in (each.span() for each in parts):
                first, last = places[start], places[end - 1] + 1
                if self._is_of_a_name("".join(_LETTERS.findall(folded, start, end)), text[first]):
                    yield first, last

    def _is_of_a_name(self, word: str, first: str) -> bool:
        """Say whether a word is one of a name, or two of them, or one with an initial; or is more than one of them."""
        return any(
            each in self.words
            or (each in self.capitals and not first.islower())
            or each[0] in self.words.get(each[1:], ())
            or each[-1] in self.words.get(each[:-1], ())
            or (len(each) <= LONGEST_WORD and any(self._are_two(each[:cut], each[cut:]) for cut in range(2, len(each))))
            for each in {word, word.removesuffix("s") or word}
        )

    def _are_two(self, one: str, other: str) -> bool:
        return (one in self.words and (other in self.words or other in self.capitals)) or (
            one in self.capitals and other in self.words
        )


def _pieces(entity: str, value: str) -> Iterator[str]:
    """Yield by which letters and digits a value is known; a long one by piece."""
    signs = "".join(filter(str.isalnum, _folded(value)[0]))
    if entity == PHONE:
        signs = PREFIX.sub("", signs)
    starts = range(0, max(1, len(signs) - PIECE + 1), PIECE)
    for start in (*starts, max(0, len(signs) - PIECE)):
        if len(piece := signs[start : start + PIECE]) >= SHORTEST:
            yield piece


def _words(name: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the words of a name, with the initials of all of them; its surname also as one word (van der Berg)."""
    folded = _folded(without_title(" ".join(name.split())))[0]
    whole = ["".join(_LETTERS.findall(each)) for each in _WORD.findall(folded)]
    surname = canonical(tuple(whole), surname_first="," in folded).partition(" ")[0]
    initials = {word[0] for word in whole}
    for word in {*whole, *_LETTERS.findall(folded), surname}:
        if len(word) > 1:
            yield word, initials


def _is_word(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return a normal form as it is compared, and where each of its characters stands."""
    if text.isascii():
        return text.lower(), range(len(text))
    pairs = [(sign, place) for place, char in enumerate(text) for sign in _fold(char)]
    return "".join([sign for sign, _ in pairs]), [place for _, place in pairs]


@lru_cache(maxsize=4_096)
def _fold(char: str) -> str:
    """Return a character in small letters without marks."""
    plain = unicodedata.normalize("NFKD", char.casefold())
    return "".join(sign for sign in plain if not unicodedata.category(sign).startswith("M"))
