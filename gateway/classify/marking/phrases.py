"""The expressions for the words of markings: those that read them, and those by which the engine finds them.

A marking is sought where it is written in capitals or begins with one, anywhere; in lower case only where a line, cell
or value begins: a lower-case word in running text is no marking, and common. What is read by OCR may hold digits for
letters (0FFICIAL, RESTR1CTED).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.classify.marking.schemes import Scheme

WITHIN: Final = r"[^A-Za-z0-9\n\r\f\v]{0,5}"
"""What may stand between the words of one phrase: anything but another word; no dot may make it a lower one."""
WORD: Final = re.compile(r"[^\W\d_]+")
_BETWEEN: Final = re.compile(r"[ :/+-]+")
_BEGINS: Final = "\\n\\r\\f\\v\\t|:=\\[(\"'*>"
_BEFORE_LOWER: Final = rf"(?:[{_BEGINS}]|  )[ \t*_]{{0,12}}"
_SCAN_LOWER: Final = f"(?:[{_BEGINS}_]|[{_BEGINS}_ ] )"
"""Cheaper for the engine, and it ends where the other ends: what may stand right before the phrase."""
_SLIPS: Final = {
    "A": "[A4]", "B": "[B8]", "E": "[E3]", "G": "[G6]", "I": "[I1l|]", "L": "[L1I|]", "O": "[O0]", "S": "[S5]",
    "T": "[T7]",
}  # fmt: skip
_SHORT: Final = 2
_SHORTEST_SLIPPED: Final = 6
"""A shorter word with a digit in it is more likely a code."""


def words_of(phrase: str) -> list[str]:
    """Return the words of a phrase, without what stands between them."""
    return [word for word in _BETWEEN.split(phrase) if word]


def phrase(words: Sequence[str], phrases: Iterable[Sequence[str]]) -> str:
    """Return the expression of a phrase, with a bar on what would make it a longer one of `phrases`."""
    longer = {
        WITHIN.join(map(re.escape, other[len(words) :]))
        for other in phrases
        if len(other) > len(words) and list(other[: len(words)]) == list(words)
    }
    bar = f"(?!{WITHIN}(?:{'|'.join(sorted(longer))}))" if longer else ""
    return _written(words) + bar


def _written(words: Sequence[str]) -> str:
    """Return the expression of a phrase; one of single letters stands as it is: `O-S` is no `OS`."""
    return ("-" if all(len(word) == 1 for word in words) else WITHIN).join(map(re.escape, words))


def any_of(phrases: Iterable[str]) -> str:
    """Return an expression for any of these, the longest first, with a blank, dash or `_` for each blank in them."""
    longest_first = sorted(phrases, key=lambda each: (-len(each), each))
    return "(?:" + "|".join(r"[ \t_-]{1,2}".join(map(re.escape, each.split())) for each in longest_first) + ")"


def slipped(phrases: Iterable[Sequence[str]]) -> tuple[re.Pattern[str], list[str]]:
    """Return an expression for long phrases in capitals with slips of OCR, and what each of its groups stands for."""
    meant = [" ".join(words) for words in phrases if _is_long(words)]
    core = "|".join(f"({_slipped(each.split())})" for each in meant) or "((?!))"
    return re.compile(rf"(?<![A-Za-z0-9])(?:{core})(?![A-Za-z0-9])"), meant


def _is_long(words: Sequence[str]) -> bool:
    return max(map(len, words)) >= _SHORTEST_SLIPPED and "".join(words).isascii()


def _slipped(words: Sequence[str]) -> str:
    return WITHIN.join("".join(_SLIPS.get(char, re.escape(char)) for char in word) for word in words)


def patterns(phrases: Sequence[Sequence[str]], schemes: Iterable[Scheme]) -> Iterator[Pattern]:
    """Yield the patterns by which the engine finds what may be a marking."""
    for words in phrases:
        name = " ".join(words).encode("ascii", "replace").decode("ascii")
        yield Pattern(name=name, expression=rf"(?:\b|_){_capitalised(words)}(?:\b|_)")
        if len(words) == 1 and _is_long(words):
            yield Pattern(name=f"{name}, slipped", expression=rf"\b{_with_a_digit(words[0])}\b")
    lower = [_lower(words) for words in phrases if "".join(words).isascii()]
    if lower:
        phrase_of = rf"(?:{'|'.join(lower)})\b"
        scan = tuple(rf"{_SCAN_LOWER}{each}\b" for each in lower)
        yield Pattern(name="lower case", expression=_BEFORE_LOWER + phrase_of, scan=scan, start_known=False)
    for scheme in schemes:
        if scheme.introduced:
            expression = rf"\b{re.escape(scheme.introduced)}"
            yield Pattern(name=f"introduced {scheme.name}", expression=expression, caseless=True)
        labels = [label for each in scheme.fields for label in each.labels]
        if labels:
            yield Pattern(name=f"field {scheme.name}", expression=rf"\b{any_of(labels)}\b", caseless=True)
    spaced = (r"(?:[A-Z] ){5}[A-Z]\b",)
    yield Pattern(name="letter-spaced", expression=r"\b(?:[A-Z] ){5,40}[A-Z]\b", scan=spaced, start_known=False)


def _capitalised(words: Sequence[str]) -> str:
    """Return a phrase that begins with a capital letter; letters that are not ASCII are bytes that are not."""
    written = _written(words)
    if len(words[0]) == len("".join(words)) // len(words) == 1:
        return written
    if len(words[0]) <= _SHORT and len(words) > 1:  # too little to begin with in any case: the engine would be slow
        titled = WITHIN.join(re.escape(word.capitalize()) for word in words)
        return f"(?:{written}|{titled})"
    tail = re.sub(r"[^\x00-\x7f]", r"[^ -~]{1,3}", written[1:])
    return f"{written[0]}(?i:{tail})" if tail else written


def _lower(words: Sequence[str]) -> str:
    """Return a phrase that begins with a small letter."""
    return f"{words[0][0].lower()}(?i:{_written(words)[1:]})"


def _with_a_digit(word: str) -> str:
    """Return the word in capitals with a slip in at least one place: one alternative for each place of the first."""
    ways = []
    for place, char in enumerate(word):
        wrong = _SLIPS.get(char, "").replace(char, "", 1)
        if len(wrong) > len("[]"):
            ways.append(word[:place] + wrong + "".join(_SLIPS.get(each, each) for each in word[place + 1 :]))
    return f"(?:{'|'.join(ways)})"
