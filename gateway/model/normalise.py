"""Text as what is looked for sees it, and the way back to the text as it was extracted.

Four steps: what is invisible goes (zero width, bidirectional controls, soft hyphen, tags), compatibility forms fold
(Unicode Standard Annex 15, NFKC: full-width digits, no-break spaces, ligatures), odd dashes become `-`, and look-alikes
become the ASCII character they look like (any decimal digit of any script, and `lookalikes`). ASCII text, the common
case, is returned as it is. `str.translate` takes no part: it is ten times slower than `replace` on long text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.model.lookalikes import LOOKALIKES
from gateway.model.normal_form import beyond_ascii, nfkc

if TYPE_CHECKING:
    from collections.abc import Sequence

INVISIBLE: Final = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\ufeff\uffa0"
    + "".join(
        chr(code)
        for first, last in (
            (0x180B, 0x180D),  # Mongolian variation selectors
            (0x200B, 0x200F),  # zero width, left-to-right and right-to-left marks
            (0x202A, 0x202E),  # bidirectional embedding and override
            (0x2060, 0x206F),  # word joiner, isolates
            (0xFE00, 0xFE0F),  # variation selectors
            (0xE0000, 0xE007F),  # tags
            (0xE0100, 0xE01EF),  # more variation selectors
        )
        for code in range(first, last + 1)
    )
)
_DASHES: Final = (
    "\u00ac\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796\u30fc\ufe58\ufe63\uff0d"
)
_BREAKS: Final = "\x85\u2028\u2029"
# Starters that compose with what stands before them (Brahmic vowel signs, Hangul vowels and finals).
_SECOND: Final = frozenset(
    "\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e\u1b35"
    "\U00011127\U0001133e\U00011357\U000113b8\U000113bb\U000113c2\U000113c9\U000114b0\U000114ba\U000114bd\U000115af"
    "\U0001611e\U0001611f\U00016120\U00016129\U00016d67\U00011930"
    + "".join(map(chr, range(0x1161, 0x1176)))
    + "".join(map(chr, range(0x11A8, 0x11C3)))
)


def normalise(text: str) -> str:
    """Return `text` in its normal form; the same object when it is ASCII."""
    return text if text.isascii() else _normalise(text, beyond_ascii(text))


def _normalise(text: str, odd: set[str]) -> str:
    for char in odd & INVISIBLE:
        text = text.replace(char, "")
    if any(map(_joins, odd - INVISIBLE)):
        text = nfkc(text)
        odd = beyond_ascii(text)
    for char in odd:  # where nothing joins, the form of a text is that of its characters
        form = _fold(char)
        if form != char:
            text = text.replace(char, form)
    return text


@lru_cache(maxsize=4_096)
def _fold(char: str) -> str:
    """Return the normal form of one character."""
    return "".join(map(_plain, unicodedata.normalize("NFKC", char)))


def _plain(char: str) -> str:
    if char in _DASHES:
        return "-"
    if char in _BREAKS:
        return "\n"
    if char in INVISIBLE:
        return ""
    if char.isspace():
        return " "
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return LOOKALIKES.get(char, char)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch of the original and where its normal form begins; `verbatim` when the two go 1:1."""

    at: int
    start: int
    end: int
    verbatim: bool


class _Map(NamedTuple):
    """The pieces of a text, and where each begins in the normal form; none where the two go 1:1."""

    pieces: Sequence[_Piece]
    starts: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """A text and its normal form. `span` maps offsets back; the map is made when first asked for."""

    original: str
    text: str
    odd: frozenset[str] = frozenset()
    """The characters of the original beyond ASCII."""
    _made: list[_Map] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(cls, original: str) -> Normalised:
        """Normalise `original`."""
        if original.isascii():
            return cls(original=original, text=original)
        odd = beyond_ascii(original)
        return cls(original=original, text=_normalise(original, odd), odd=frozenset(odd))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of the original whose normal form contains `text[start:end]` (`start` < `end`)."""
        if not self._made:
            self._made.append(_map(self.original, self.text, set(filter(_is_uneven, self.odd))))
        pieces, starts = self._made[0]
        if not pieces:
            return start, end
        first = pieces[bisect_right(starts, start) - 1]
        last = pieces[bisect_right(starts, end - 1) - 1]
        begin = first.start + (start - first.at) if first.verbatim else first.start
        finish = last.start + (end - last.at) if last.verbatim else last.end
        return begin, finish


def _is_uneven(char: str) -> bool:
    """Say whether `char` may not have exactly one in the normal form, whatever stands beside it."""
    return char in INVISIBLE or _joins(char) or len(_fold(char)) != 1


@lru_cache(maxsize=4_096)
def _form(cluster: str) -> str:
    """Return the normal form of a few characters."""
    return normalise(cluster)


@lru_cache(maxsize=4_096)
def _joins(char: str) -> bool:
    """Say whether `char` may melt into what stands before it."""
    first = unicodedata.normalize("NFKD", char)[0]
    return bool(unicodedata.combining(first)) or first in _SECOND


def _map(original: str, text: str, uneven: set[str]) -> _Map:
    pieces: list[_Piece] = []
    at = 0
    for start, end in _clusters(original, uneven) if uneven else ():
        source = original[start:end]
        verbatim = source[-1] not in uneven  # a cluster ends with what joins
        form = text[at : at + end - start] if verbatim else _form(source)
        pieces.append(_Piece(at=at, start=start, end=end, verbatim=verbatim))
        if not text.startswith(form, at):
            break
        at += len(form)
    if pieces and at < len(text):
        # A cluster rule missed a composition of this Unicode version: point at the whole text, never at a wrong place.
        pieces = [_Piece(at=0, start=0, end=len(original), verbatim=False)]
    return _Map(pieces, [piece.at for piece in pieces])


def _clusters(original: str, uneven: set[str]) -> list[tuple[int, int]]:
    """Cut `original` where the normal form of the whole is that of the pieces, joined."""
    cut: list[tuple[int, int]] = []
    base = -1  # index in `cut` of the last visible piece
    each = "".join(sorted(uneven))  # beyond ASCII, where nothing means more than itself
    for found in re.finditer(f"[^{each}]+|[{each}]", original):
        start, end = found.span()
        char = original[start]
        if char in INVISIBLE:
            cut.append((start, end))
            continue
        if char in uneven and base >= 0 and _joins(char):
            begin, finish = cut[base]
            del cut[base:]
            if finish - begin > 1 and original[finish - 1] not in uneven:  # a run gives up its last character
                cut.append((begin, finish - 1))
                begin = finish - 1
            cut.append((begin, end))
        else:
            cut.append((start, end))
        base = len(cut) - 1
    return cut
