"""Compatibility form of text (Unicode Standard Annex 15, NFKC), in time that grows with its length only.

The library sorts the marks that stand behind a letter, and its time for them grows with the square of their number:
half a megabyte of accents in the wrong order would take minutes, in which the interpreter does nothing else. Nobody
writes more than a few in a row. After `MOST` of them a text is cut (as section 13 of the annex does, after 30).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MOST: Final = 100
_ASCII: Final = bytes(range(0x80))


def nfkc(text: str) -> str:
    """Return the compatibility form of text; of one with `MOST` marks in a row, the forms of its pieces."""
    if len(text) <= MOST or text.isascii():
        return unicodedata.normalize("NFKC", text)
    marks = "".join(sorted(filter(_is_mark, beyond_ascii(text))))  # where nothing means more than itself
    pieces, at = [], 0
    for found in re.finditer(f"[{marks}]{{1,{MOST}}}+", text) if marks else ():
        if found.end() - found.start() == MOST:
            pieces.append(text[at : found.end()])
            at = found.end()
    return "".join(unicodedata.normalize("NFKC", piece) for piece in (*pieces, text[at:]))


def beyond_ascii(text: str) -> set[str]:
    """Return the characters beyond ASCII. By way of bytes, which is ten times faster than a set of the whole text."""
    return set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4_096)
def _is_mark(char: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) > 0
