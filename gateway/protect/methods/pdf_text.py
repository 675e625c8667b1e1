"""Text in lines for a PDF page, in the standard font Helvetica, which every PDF program has.

It has the letters of Western Europe (WinAnsiEncoding, ISO 32000-2 annex D.2, which is Windows-1252). Others are shown
without their accents where that is possible, and as a question mark where it is not; `plain` says whether it is.
Widths: Adobe's font metrics of Helvetica for ASCII, in thousandths of the size; an accented letter is as wide as its
base, and for all else, and for bold, a bound is taken, so that a line is never wider than thought.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

UNKNOWN: Final = "?"
WIDEST: Final = 1015
BOLDER: Final = 1.25
_WIDTHS: Final = """
278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584
584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278
278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500
500 334 260 334 584
"""
WIDTHS: Final = {chr(code): int(width) for code, width in enumerate(_WIDTHS.split(), start=0x20)}


def plain(text: str) -> str:
    """Return text of which every character has a place in Windows-1252, one for one or without its accents."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == "\t":
        return "    "
    if _has(character):
        return character
    bare = "".join(each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each))
    return "".join(each if _has(each) else UNKNOWN for each in bare)


def _has(character: str) -> bool:
    if unicodedata.category(character).startswith("C"):
        return False
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return a bound for how wide plain text is."""
    thousandths = sum(map(_width, text))
    return thousandths * size / 1000 * (BOLDER if bold else 1)


def _width(character: str) -> int:
    base = unicodedata.normalize("NFD", character)[0]
    return WIDTHS.get(character) or WIDTHS.get(base) or WIDEST


def lines(text: str, size: float, room: float, *, bold: bool = False) -> Iterator[str]:
    """Yield plain text in lines that fit: broken at spaces, and within what is longer than a line."""
    line = ""
    for word in _words(text, size, room, bold=bold):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold=bold) > room:
            yield line
            longer = word
        line = longer
    yield line


def _words(text: str, size: float, room: float, *, bold: bool) -> Iterator[str]:
    for word in text.split(" "):
        start = taken = 0
        wide = 0.0
        for taken, character in enumerate(word):
            more = width(character, size, bold=bold)
            if wide + more > room:
                yield word[start:taken]
                start, wide = taken, 0.0
            wide += more
        yield word[start:]
