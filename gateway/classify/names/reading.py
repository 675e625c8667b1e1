"""Reads a name of a person where something says that one stands, and tells whether words may be one.

There is no list of names: a name is words with capitals that are neither labels nor belong to an organisation or a
place. Sources for titles: GOV.UK content style guide, "Titles"; Ministry of Justice, "How to address judges" (not
used: judges act in public). Particles are those of the languages of the ONS census of 2021.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

CIVIL: Final = ("Mr", "Mrs", "Ms", "Miss", "Mx", "Sir", "Dame", "Lady", "Lord")
PROFESSIONAL: Final = (
    *("Dr", "Doctor", "Prof", "Professor", "Cllr", "Councillor", "PC", "DC", "DS", "DI", "PS", "WPC", "Sgt"),
    *("Sergeant", "Constable", "Inspector", "Nurse", "Rev", "Reverend", "Registrar", "Consultant"),
)
"""Titles of those who write about others: most often the clinician's, the officer's, the councillor's own name."""
_TITLES: Final = frozenset(title.lower() for title in (*CIVIL, *PROFESSIONAL))
_PROFESSIONAL: Final = frozenset(title.lower() for title in PROFESSIONAL)
PARTICLES: Final = frozenset(
    """al ap bin bint da das de del della den der di do dos du el ferch ibn la le san ter van von y
    """.split()  # noqa: SIM905 - words read better than quotes and commas
)
_MONTHS: Final = frozenset(
    "january february march april may june july august september october november december".split()  # noqa: SIM905 - words read better than quotes
)
"""Before a number they begin a date; else they may be somebody's own."""
_NO_NAME: Final = frozenset(
    # the next label of a form, and whom a letter to nobody in particular greets
    """a account address age aged all and any applicant appointment at attended attending born by care carer case cc
    chi client clinic colleague colleagues consultant contact current customer customers data date dear department
    details diagnosis dob email ethnicity everyone fax file for form friday friend friends from full gender gp group
    here home homeowner hospital i id if in is known landline madam me member members mobile monday name named names
    neighbour nhs nhsno nhsnumber nil nino no none not note number occupier of on or our parent parents patient
    permanent person phone please position postcode previous private re reader ref reference regarding religion
    report resident residents saturday sex sirs subject sunday team tel telephone tenant tenants the this thursday
    to tuesday type unknown update upn various was wednesday who will with work yes you your
    """.split()  # noqa: SIM905 - words read better than quotes and commas
)
_ORGANISATION: Final = frozenset(
    """academy agency association authority borough building buildings business centre center charity clinic club
    college commission committee community company conference contract corp corporation council county department
    directorate division enterprise finance foundation group guidance health holdings hospice hospital hotel housing
    inc industries infirmary institute insurance limited llc llp ltd management market medical meeting ministry
    museum nursery office partners partnership pharmacy plan plc police policy practice prison product products
    programme project region review school section server service services society solicitors solutions studio
    support surgery system systems team theatre training treatment trust union unit university version pepper
    kipling cakes martens
    """.split()  # noqa: SIM905 - as above; the last four are products that bear a title
)
_PLACES: Final = frozenset(
    """avenue bank bridge church close court crescent drive estate farm gardens green grove hall hill house lane park
    place road row square station street terrace view village ward way yard
    """.split()  # noqa: SIM905 - as above
)
"""Surnames of many, and the ends of addresses: which of the two, only a label or a title tells."""
_WORD: Final = re.compile(r"(?:[^\W\d_]+(?:['\-][^\W\d_]+)*)\.?")
_CELL: Final = re.compile(rf"{_WORD.pattern}(?:,?[ \t]{{1,3}}{_WORD.pattern}){{0,5}}")
_NOT_OF_PEOPLE: Final = _NO_NAME | _ORGANISATION
_NUMBER: Final = re.compile(r",?[ ]?[0-9]")
_GAP: Final = re.compile(r"[ \t]{1,3}")
_COMMA: Final = re.compile(r",[ \t]{0,2}")
_MOST_WORDS, _LONGEST, _LONGEST_WORD = 6, 80, 30
_SHORTEST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name as it stands. `start` and `end` leave the title out; `surname_first` is "SMITH, John"."""

    start: int
    end: int
    words: tuple[str, ...]
    title: str = ""
    surname_first: bool = False

    @property
    def is_professional(self) -> bool:
        """Whether the title is that of somebody who acts, and is not written about."""
        return self.title in _PROFESSIONAL

    @property
    def is_full(self) -> bool:
        """Whether there is a surname and something before it, an initial at least."""
        return len(self.words) >= _SHORTEST

    @property
    def may_be_a_place(self) -> bool:
        """Whether it ends as addresses do."""
        return not self.title and self.words[-1].lower() in _PLACES

    @property
    def value(self) -> str:
        """Return the name as it is the same however written: surname, then forenames."""
        return canonical(self.words, surname_first=self.surname_first)


def canonical(words: tuple[str, ...], *, surname_first: bool = False) -> str:
    """Return surname and forenames, small letters without accents. A particle belongs to the surname."""
    plain = [folded for word in words if (folded := fold(word))]
    if surname_first or len(plain) < _SHORTEST:
        return " ".join(plain)
    cut = len(plain) - 1
    while cut > 1 and plain[cut - 1] in PARTICLES:
        cut -= 1
    return " ".join(["".join(plain[cut:]), *plain[:cut]])


def fold(word: str) -> str:
    """Return the letters of a word, small and without accents."""
    if word.isascii() and word.isalpha():
        return word.lower()
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word)
    return "".join(filter(str.isalpha, word)).casefold()


def read_name(text: str, start: int) -> Name | None:
    """Return the name that begins at `start` (blanks are passed over), with or without a title; None if none does."""
    words: list[tuple[int, str]] = []
    title, at, limit = "", start, min(len(text), start + _LONGEST)
    comma = -1
    while len(words) < _MOST_WORDS:
        gap = _GAP.match(text, at, limit)
        found = _WORD.match(text, gap.end() if gap else at, limit)
        if found is None or (words and gap is None and comma != len(words)):
            break
        word = found.group()
        plain = word.rstrip(".").lower()
        if not words and plain in _TITLES:
            title, at = title or plain, found.end()
            continue
        if not _may_be_in_a_name(text, found):
            break
        end = found.end() - (word.endswith(".") and len(plain) > 1)
        words.append((found.start(), text[found.start() : end]))
        at = end
        after = _COMMA.match(text, at)
        if after and len(words) == 1 and comma < 0 and word.isupper() and len(word) > 1:
            comma, at = 1, after.end()
    return _finish(words, title, surname_first=comma == 1)


def _may_be_in_a_name(text: str, found: re.Match[str]) -> bool:
    word = found.group().rstrip(".")
    if text[found.end() : found.end() + 1] in {":", "@", "_", "/", "="}:
        return False  # the next label, an address
    if not word[0].isupper():
        return word in PARTICLES
    small = word.lower()
    if small in _NO_NAME or len(word) > _LONGEST_WORD:
        return False
    return small not in _MONTHS or not _NUMBER.match(text, found.end())


def _finish(words: list[tuple[int, str]], title: str, *, surname_first: bool) -> Name | None:
    while words and words[-1][1] in PARTICLES:
        words.pop()
    if words and words[-1][1].endswith("'s"):
        words[-1] = words[-1][0], words[-1][1][:-2]
    if not words or all(len(word.rstrip(".")) < _SHORTEST for _, word in words):
        return None
    plain = tuple(word.rstrip(".") for _, word in words)
    if any(word.lower() in _ORGANISATION for word in plain):
        return None
    surname_first = surname_first or (len(plain[0]) > 1 and plain[0].isupper() and not plain[-1].isupper())
    start, end = words[0][0], words[-1][0] + len(words[-1][1])
    return Name(start=start, end=end, words=plain, title=title, surname_first=surname_first and len(plain) > 1)


def is_name(cell: str) -> bool:
    """Say whether the whole text may be a name, in capitals or not: the cell of a column of names."""
    if len(cell) > _LONGEST or not _CELL.fullmatch(cell):
        return False
    words = cell.lower().replace(",", " ").replace(".", " ").split()
    return _NOT_OF_PEOPLE.isdisjoint(words) and len(max(words, key=len)) > 1


def may_be_one(one: str, other: str) -> bool:
    """Say whether two values may be names of one person: the same surname, and no forename against it.

    An initial and a missing forename are against nothing; nicknames and maiden names are not known to be.
    """
    surname, _, forenames = one.partition(" ")
    other_surname, _, other_forenames = other.partition(" ")
    if surname != other_surname:
        return False
    first, other_first = forenames.partition(" ")[0], other_forenames.partition(" ")[0]
    if min(len(first), len(other_first)) > 1:
        return first == other_first
    return first.startswith(other_first) or other_first.startswith(first)


def is_place(cell: str) -> bool:
    """Say whether a cell ends as addresses do."""
    return cell.rpartition(" ")[2].lower() in _PLACES


def without_title(cell: str) -> str:
    """Return a cell without the titles before the name."""
    first, _, rest = cell.partition(" ")
    while rest and first.rstrip(".").lower() in _TITLES:
        cell = rest.lstrip()
        first, _, rest = cell.partition(" ")
    return cell


def words_of(cell: str) -> tuple[tuple[str, ...], bool]:
    """Return the words of such a cell, and whether the surname comes first."""
    surname, comma, rest = cell.partition(",")
    return (*surname.split(), *rest.split()), bool(comma)
