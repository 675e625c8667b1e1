"""What stands around a value: the words near it that may be names, and what makes two words a phrase or a place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.classify.registers.names import WORD, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

GIVEN, FAMILY, INITIAL = 1, 2, 4
NEAR: Final = 120
"""Characters to either side in which a name belongs to a date, a postcode or an identifier."""
_LONGEST_ROW: Final = 400
_MOST_WORDS: Final = 60
_REACH_OF_INITIAL: Final = 2
_MOST_PLACES: Final = 1_000
_RUN: Final = re.compile(
    r"[^\W\d_](?:[\w']|-(?=\w)){0,30}(?:[.,]{0,2}[ \t;,|\"-]{1,3}[^\W\d_](?:[\w']|-(?=\w)){0,30}){1,5}"
)
_CELLS: Final = re.compile(r"[;|]|,(?=[^ \n])")
_BEHIND: Final = re.compile(r"[ ,\-]{1,2}([^\W\d_]+)")
_PLACES: Final = frozenset(
    """
    academy arena avenue awards bank bridge building cathedral centre center chapel church clinic close club college
    committee company corporation council county court crescent drive estate farm festival field fields foundation
    garden gardens green grove hall hill hospital hotel house inc infirmary institute international island lane league
    library limited llp lodge ltd mill museum park partnership place plc practice primary railway reserve river road
    school services society square st station street surgery terrace theatre theater town trust union university valley
    view village walk way wood works
    """.split()  # noqa: SIM905 - words read better than a list
)
_PLAIN_WORDS: Final = frozenset(
    """
    abbey act all angel april art august autumn baker banks bell best bishop black blue books boots bond brown bush
    butcher carpenter chance chapel chase child christian church coach cook cross day dean drew early east english
    faith fair farmer field fields fish fisher ford fortune forest foster fox freeman french frost gift glass gold good
    grace grand grant gray great green guy hall hand hands hard harvest heath high hill holiday holly holy home hope
    house hunt hunter ivy jack joy june just justice key king knight lake lane law light lily little long lord love
    major man march mark marks mason may mercy merry miles mill miller moon moore new noble north now olive page park
    patience penny people person piper point poor porter potter power price pride prince prior prudence queen read
    reading rich rivers rock rose royal ruby short silver skies small smart snow south speed spring stone strong
    summer sunny sweet tailor taylor temple turner van victor violet walker wall walls ward waters way west white will
    winter wise wish wood woods work worth young
    """.split()  # noqa: SIM905 - words read better than a list
)


class Word(NamedTuple):
    """A word of a text that may be part of a name: where it stands, and which one of the words there it is."""

    word: str
    bits: int
    start: int
    end: int
    place: int


def words_near(text: str, start: int, end: int, bits_of: Callable[[str], int]) -> list[Word]:
    """Return the words near a span that may be names: within `NEAR` characters, or within the same row of a table.

    Without what may be a given name (or an initial) and a family name there are none.
    """
    begin, finish = _row(text, start, end) or (max(0, start - NEAR), min(len(text), end + NEAR))
    bits = list(map(bits_of, WORD.findall(text, begin, finish)))
    kinds = set(bits)
    if not any(each & FAMILY for each in kinds):
        return []
    found = [
        Word(fold(each.group()), bits[place], *each.span(), place)
        for place, each in enumerate(WORD.finditer(text, begin, finish))
        if bits[place] and not start <= each.start() < end
    ]
    if len(found) > _MOST_WORDS:
        found = sorted(
            sorted(found, key=lambda each: abs(each.start - start))[:_MOST_WORDS], key=lambda each: each.start
        )
    return found


def _row(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the row of a table around a span; None where it stands in a text."""
    begin = text.rfind("\n", max(0, start - _LONGEST_ROW), start) + 1 or max(0, start - _LONGEST_ROW)
    finish = text.find("\n", end, end + _LONGEST_ROW)
    if finish < 0:
        finish = min(len(text), end + _LONGEST_ROW)
    if text.find("\t", begin, finish) >= 0 or len(_CELLS.findall(text, begin, finish)) > 1:
        return begin, finish
    return None


def run_at(text: str, start: int) -> tuple[int, str]:
    """Return where the run of capitalised words around a candidate begins, and the run; empty where there is none."""
    if text[max(0, start - 1) : start].isalpha():  # its first letter ended the candidate before it
        start -= 1
    run = _RUN.match(text, start)
    return start, run.group() if run else ""


def words_of_run(run: str, bits_of: Callable[[str], int]) -> list[Word]:
    """Return the capitalised words of a run that may be names; none where fewer than two may."""
    found = [
        Word(fold(each.group()), bits, *each.span(), place)
        for place, each in enumerate(WORD.finditer(run))
        if (bits := bits_of(each.group())) & (GIVEN | FAMILY) and each.group()[0].isupper()
    ]
    return found if len(found) > 1 else []


def pairs(words: list[Word], reach: int) -> Iterator[tuple[Word, Word]]:
    """Yield what may be a given name (or an initial) and a family name, in either order, `reach` words apart."""
    for number, one in enumerate(words):
        for other in words[number + 1 :]:
            if other.place - one.place > reach:
                break
            with_initials = other.place - one.place <= _REACH_OF_INITIAL
            first = GIVEN | INITIAL if with_initials else GIVEN
            if one.bits & first and other.bits & FAMILY:
                yield one, other
            if one.bits & FAMILY and other.bits & first:
                yield other, one


def is_phrase(text: str, end: int, words: Sequence[str]) -> bool:
    """Say whether the words of a registered name that end at `end` mean something else: a place, or plain words."""
    behind = _BEHIND.match(text, end)
    if behind and fold(behind.group(1)) in _PLACES:
        return True
    if all(word in _PLAIN_WORDS or word in _PLACES for word in words):
        return True
    # words that stand in small letters in the same text are words and no name
    return all(_stands_in(text, word) for word in words)


def _stands_in(text: str, word: str) -> bool:
    """Say whether a word stands in a text as it is written here; looks at the first thousand places."""
    place = -1
    for _ in range(_MOST_PLACES):
        place = text.find(word, place + 1)
        if place < 0:
            return False
        end = place + len(word)
        if not text[place - 1 : place].isalnum() and not text[end : end + 1].isalnum():
            return True
    return False
