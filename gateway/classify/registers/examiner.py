"""Finds the people of registers: by identifier, by name with date of birth or postcode, by a name that is theirs alone.

Source: exact data match as DLP products know it; the sources behind each entry are the operator's own.
A date, a postcode or a number shape is looked up together with the names near it; names alone count only where they are
capitalised, stand in the register once, and are no phrase and no place. A finding names the register, never the person.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.classify import Detection, Pattern
from gateway.classify.context import Label
from gateway.classify.registers.dates import DATES, read_date
from gateway.classify.registers.identifiers import canonical, is_identifier, patterns, shape
from gateway.classify.registers.index import SEVERAL, Index, Kind, Words
from gateway.classify.registers.names import fold, pair
from gateway.classify.registers.surroundings import (
    FAMILY,
    GIVEN,
    INITIAL,
    is_phrase,
    pairs,
    run_at,
    words_near,
    words_of_run,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from gateway.classify import Candidate, Sight

ENTITY: Final = "REGISTERED_PERSON"
_LETTER: Final = r"(?:[A-Z]|\xc3[\x80-\x9e])"
_NAMES: Final = Pattern(
    name="name",
    expression=rf"{_LETTER}(?:[A-Za-z'-]|[\x80-\xff]){{0,30}}(?:[.,]? |[\t,;|]\"?){_LETTER}",
    start_known=False,
)
_POSTCODE: Final = Pattern(name="postcode", expression=r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", caseless=True)
_LABEL: Final = Label.of(
    r"(?:sur|fore|first|last|full|family|given)?[ _-]?names?|mr|mrs|miss|ms|mx|dr|re|patient|client|child|pupil|mother"
    r"|father|son|daughter|case|ref(?:erence)?|id(?:entifier)?|record"
)
_REACH: Final = 5
_SMALL_WORDS: Final = frozenset("ai")
_REACH_ALONE: Final = 3
_PIECES: Final = re.compile(r"[0-9A-Za-z]+")
_MOST_PIECES: Final = 8


_Owned: TypeAlias = "tuple[tuple[str, int], int, int, tuple[str, ...], int]"
"""Register and row, where the name begins and ends in its run, its words, where the run's last word begins."""


class RegisterExaminer:
    """Examiner of REGISTERED_PERSON. `indexes` by the names of their registers."""

    name = "register"

    def __init__(self, indexes: Mapping[str, Index]) -> None:
        self._indexes = dict(indexes)
        forms = [form for index in self._indexes.values() for form in index.header["forms"]]
        self._alone = {register: frozenset(index.header["alone"]) for register, index in self._indexes.items()}
        self.patterns: tuple[Pattern, ...] = (_NAMES, *DATES, _POSTCODE, *patterns(forms))
        self._bits = lru_cache(maxsize=1 << 16)(self._bits_of)
        self._people = lru_cache(maxsize=1 << 12)(self._people_of)

    def examine(self, sight: Sight) -> Iterable[tuple[int, Detection]]:
        """Yield each registered person at each place once, by the surest way."""
        for number, candidates in sight.candidates.items():
            text = sight.segments[number].text
            best: dict[tuple[int, int], Detection] = {}
            for each in self._detections(text, candidates):
                known = best.get((each.start, each.end))
                if known is None or known.confidence < each.confidence:
                    best[each.start, each.end] = each
            yield from ((number, each) for each in self._named(text, candidates, best))
            yield from ((number, each) for each in best.values())

    def _detections(self, text: str, candidates: Sequence[Candidate]) -> Iterator[Detection]:
        """Yield the people at dates, postcodes and identifiers."""
        for each in candidates:
            if each.pattern == _NAMES.name:
                continue
            value = text[each.start : each.end]
            if each.pattern == _POSTCODE.name:
                yield from self._beside_name(text, each, Kind.NAME_AND_POSTCODE, (canonical(value),))
            elif each.pattern.startswith("date"):
                yield from self._beside_name(text, each, Kind.NAME_AND_DATE, read_date(value))
            else:
                yield from self._by_identifier(text, each)

    def _named(
        self, text: str, candidates: Sequence[Candidate], known: Collection[tuple[int, int]]
    ) -> Iterator[Detection]:
        """Yield the people whose names stand alone, but for the places that are known already."""
        reached = 0
        for each in candidates:
            if each.pattern != _NAMES.name or each.start < reached:
                continue
            start, run = run_at(text, each.start)
            for (register, row), begin, end, words, last in self._people(run):
                span = start + begin, start + end
                reached = max(reached, start + last)
                if span not in known and not is_phrase(text, span[1], words):
                    evidence = _LABEL.evidence(text, span[0])
                    why = ("name", evidence) if evidence else ("name",)
                    yield _found(register, row, span, 0.65 if evidence else 0.55, *why)

    def _people_of(self, run: str) -> tuple[_Owned, ...]:
        """Return who is named in a run of words, and where."""
        found: list[_Owned] = []
        words = words_of_run(run, self._bits)
        for given, family in pairs(words, _REACH_ALONE):
            families = [family, *(each for each in words if each.place == family.place + 1 and each is not given)]
            for count in range(len(families), 0, -1):
                names = [each.word for each in families[:count]]
                owner = self._owner_of(given.word, " ".join(sorted(names)))
                if owner:
                    begin, end = min(given.start, family.start), max(given.end, families[count - 1].end)
                    found.append((owner, begin, end, (given.word, *names), words[-1].start))
                    break
        return tuple(found)

    def _beside_name(self, text: str, at: Candidate, kind: Kind, values: Sequence[str]) -> Iterator[Detection]:
        """Look up each value with each name near it."""
        if not values:
            return
        code = "dob" if kind is Kind.NAME_AND_DATE else "postcode"
        for given, family in pairs(words_near(text, at.start, at.end, self._bits), _REACH):
            words = pair(given.word, family.word)
            for register, index in self._indexes.items():
                for value in values:
                    row = index.find(kind, f"{words} {value}")
                    if row is not None:
                        whole = len(given.word) > 1
                        span = min(given.start, family.start), max(given.end, family.end)
                        sure = 0.95 if whole else 0.85
                        yield _found(register, row, span, sure, "name" if whole else "initial", code, value=words)

    def _by_identifier(self, text: str, at: Candidate) -> Iterator[Detection]:
        for start, end, value in _readings(text, at):
            for register, index in self._indexes.items():
                row = index.find(Kind.IDENTIFIER, value)
                if row is None:
                    continue
                family = self._family_near(text, at, index, row)
                if shape(value) in self._alone[register]:
                    sure = 0.97 if family else 0.9
                elif family:
                    sure = 0.85
                else:
                    sure = 0.6 if _LABEL.evidence(text, start) else 0.3
                why = ("identifier", "name") if family else ("identifier",)
                yield _found(register, row, (start, end), sure, *why, value=value)

    def _family_near(self, text: str, at: Candidate, index: Index, row: int) -> bool:
        """Say whether a family name of that row stands near its identifier."""
        return row != SEVERAL and any(
            index.find(Kind.FAMILY_OF, f"{each.word} {row}") is not None
            for each in words_near(text, at.start, at.end, self._bits)
            if each.bits & FAMILY
        )

    def _bits_of(self, word: str) -> int:
        """Say what a word may be in the names of any register."""
        folded = fold(word)
        if len(folded) == 1:
            return 0 if word in _SMALL_WORDS else INITIAL
        bits = 0
        for index in self._indexes.values():
            bits |= GIVEN * index.may_have(Words.GIVEN, folded) | FAMILY * index.may_have(Words.FAMILY, folded)
        return bits

    def _owner_of(self, given: str, family: str) -> tuple[str, int] | None:
        """Return the register and the row of the one person of this name."""
        words = pair(given, family)
        for register, index in self._indexes.items():
            row = index.find(Kind.NAME, words)
            if row is not None and row != SEVERAL:
                return register, row
        return None


def _readings(text: str, at: Candidate) -> Iterator[tuple[int, int, str]]:
    """Yield what the candidate may hold, the longest first: words before a number, or two numbers, may have joined."""
    pieces = list(_PIECES.finditer(text, at.start, at.end))[:_MOST_PIECES]
    for count in range(len(pieces), 0, -1):
        for first in range(len(pieces) - count + 1):
            start, end = pieces[first].start(), pieces[first + count - 1].end()
            value = canonical(text[start:end])
            if is_identifier(value):
                yield start, end, value


def _found(register: str, row: int, span: tuple[int, int], sure: float, *why: str, value: str = "") -> Detection:
    return Detection(
        entity=ENTITY,
        start=span[0],
        end=span[1],
        confidence=sure,
        why=("register", register, *why),
        value=f"{register} {row if row != SEVERAL else value}",
    )
