r"""What both matching engines share: which patterns may be loaded, and how they see a text.

Loaded are the patterns that every matching engine reads in the same way, in bounded time and space.

Refused: no upper bound, may match nothing, longer than `WIDEST`; look-around and back-references (hyperscan and RE2
have neither); `^`, `$`, `\A`, `\Z` and `\s` (the engines disagree about line ends and the vertical tab).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.classify import Pattern

WIDEST: Final = 4_096
"""The longest match allowed, in bytes."""
LONGEST_TERM: Final = 200
"""The longest term of a lexicon, in characters."""
BREAKS: Final = ("\n", "\r\n")
"""What may stand for one blank of a term: a line is wrapped once within it, if at all."""
CANDIDATES: Final = 1_000_000
"""Candidates in one text before the search is cut short."""
EACH: Final = 100_000
"""Candidates of one pattern in one text, the same."""

# The parser of `re` is a private module; tests pin what is used of it.
_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001 - the only source of a pattern's width

_ENGINES_DISAGREE: Final = {"AT_BEGINNING", "AT_BEGINNING_STRING", "AT_END", "AT_END_STRING", "AT_BEGINNING_LINE"}
_NOT_EVERYWHERE: Final = {"ASSERT", "ASSERT_NOT", "GROUPREF", "GROUPREF_EXISTS", "ATOMIC_GROUP", "POSSESSIVE_REPEAT"}


def width(pattern: Pattern) -> int:
    """Return the bytes of the longest match of `pattern.expression`; `ValueError` names a pattern that may not load."""
    longest = 0
    if pattern.term:
        return _width_of_term(pattern)
    for expression in (*pattern.scan, pattern.expression):
        if not expression.isascii():
            raise ValueError(f"pattern {pattern.name!r} is not ASCII; text is folded to ASCII before it is searched")
        try:
            tree = _parser.parse(expression.encode("ascii"))
        except re.error as trouble:
            raise ValueError(f"pattern {pattern.name!r} cannot be read: {trouble}") from trouble
        shortest, longest = tree.getwidth()
        if not shortest:
            raise ValueError(f"pattern {pattern.name!r} may match nothing")
        if longest > WIDEST:
            raise ValueError(f"pattern {pattern.name!r} may match more than {WIDEST} bytes; bound its repeats")
        if unfit := sorted(set(_names(tree)) & (_ENGINES_DISAGREE | _NOT_EVERYWHERE | {"CATEGORY_SPACE"})):
            raise ValueError(f"pattern {pattern.name!r} uses {', '.join(unfit)}, which not every engine reads alike")
    return int(longest)


def _width_of_term(pattern: Pattern) -> int:
    words = pattern.expression
    if not words.isascii() or not words.isprintable() or words != " ".join(words.split()) or not words:
        raise ValueError(f"pattern {pattern.name!r} is no term: ASCII words with one blank between them")
    if len(words) > LONGEST_TERM:
        raise ValueError(f"pattern {pattern.name!r} is a term of more than {LONGEST_TERM} characters")
    return len(words)


def widths(patterns: Sequence[Pattern]) -> list[int]:
    """Return the width of each pattern; `ValueError` if one is unfit or two share a name."""
    counts = Counter(pattern.name for pattern in patterns)
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise ValueError(f"two patterns are named {', '.join(twice)}")
    return [width(pattern) for pattern in patterns]


def _names(node: object) -> Iterable[str]:
    """Walk a parse tree and name every operation in it."""
    name = getattr(node, "name", None)
    if name is not None:
        yield str(name).replace("CATEGORY_NOT_SPACE", "CATEGORY_SPACE")
    elif hasattr(node, "data"):
        yield from _names(node.data)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _names(item)


def written(term: str) -> tuple[str, ...]:
    """Return the ways in which a term may stand: in one line, or wrapped at one of its blanks."""
    places = [place for place, char in enumerate(term) if char == " "]
    return (term, *(f"{term[:place]}{each}{term[place + 1 :]}" for place in places for each in BREAKS))


def reference(pattern: Pattern) -> str:
    """Return the regular expression, for `re`, of exactly what `pattern` matches."""
    if not pattern.term:
        return pattern.expression
    return rf"(?<![0-9A-Za-z_])(?:{'|'.join(map(re.escape, written(pattern.expression)))})(?![0-9A-Za-z_])"


def compiled(pattern: Pattern) -> re.Pattern[bytes]:
    """Return what confirms `pattern`, over bytes."""
    return re.compile(reference(pattern).encode("ascii"), re.IGNORECASE if pattern.caseless else 0)


def as_bytes(text: str) -> bytes:
    """Return `text` as the engines see it: one byte a character, so that offsets are the same in both.

    Patterns are ASCII and word boundaries know ASCII only, so all that counts of another character is that it is none:
    those of Latin-1 are themselves, any other is a question mark.
    """
    return text.encode("latin-1", "replace")
