"""The shingles and anchors of a text."""

from __future__ import annotations

import re
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Final

from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_WRITING: Final = frozenset({Where.ATTACHMENT_NAME, Where.HIDDEN, Where.LABEL, Where.MAIL_HEADER, Where.PROPERTY})
"""Where no words of a form stand, but what programs write."""
ANCHOR: Final = b"co"
"""An anchor is what follows these two letters: about one in 140 letters of English, many of them in words of forms."""
_ANCHOR_LENGTH: Final = 14
_LETTERS: Final = bytes.maketrans(ascii_uppercase.encode(), ascii_lowercase.encode())
_OTHERS: Final = bytes(sorted(set(range(256)) - set(ascii_letters.encode())))
_WRAPPED: Final = re.compile(r"(?<=[^\n]{50})\n(?=[^\W\d_])")
_TOKENS: Final = re.compile(r"[^\W\d_]+|[:\t\n|\u2610-\u2612]|_{2,}|\.{3,}")
_WORDS: Final = 4
_LABEL_WORDS: Final = (2, 3)


def anchors(text: str) -> list[bytes]:
    """Return the anchors of a text: letters only, so that blanks, digits, marks and line breaks make no difference."""
    letters = text.encode("ascii", "ignore").translate(_LETTERS, _OTHERS)
    pieces = letters.split(ANCHOR)[1:]
    return [piece[:_ANCHOR_LENGTH] for piece in pieces if len(piece) >= _ANCHOR_LENGTH]


def shingles(text: str, *, learning: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yield the shingles of a text with their places. A line of prose goes on in the next; other line ends part.

    A short label is a shingle of its own. In a text that is not learnt from, what was filled in before it may stand in
    its line, so there the last words before every end are tried as well.
    """
    words: list[tuple[str, int, int]] = []
    for token in _TOKENS.finditer(_WRAPPED.sub(" ", text)):
        word = token.group()
        if word[0].isalpha():
            words.append((word.lower(), token.start(), token.end()))
            if len(words) >= _WORDS:
                yield _joined(words[-_WORDS:])
            continue
        yield from _labels(words, learning=learning)
        words = []
    yield from _labels(words, learning=learning)


def _labels(words: list[tuple[str, int, int]], *, learning: bool) -> Iterator[tuple[str, int, int]]:
    for count in _LABEL_WORDS:
        if len(words) == count or (len(words) > count and not learning):
            yield _joined(words[-count:])


def _joined(words: list[tuple[str, int, int]]) -> tuple[str, int, int]:
    return " ".join(word for word, _, _ in words), words[0][1], words[-1][2]
