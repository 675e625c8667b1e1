"""Made-up people and tables of them, the same each time: for tests and measurements of registers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import Final

GIVEN: Final = """
John Mary Ann José Siân Zoë Mary-Jane Aisha Mohammed Piotr Björn Chloë Oluwaseun Priya Wei Fatima George Hannah Ivan
Jacob Kwame Leila Marta Nia Omar Peter Quentin Rosa Samuel Tomasz Una Victor Wendy Xenia Yusuf Zara Alan Beth Carl Dora
""".split()  # noqa: SIM905 - names read better than a list
_FIRST: Final = "b bl br c ch cl cr d dr f fl g gl gr h j k kn l m n p pr qu r s sc sh st t th tr v w wh".split()  # noqa: SIM905 - as above
_MIDDLE: Final = "a e i o u ai ea ee oo ou".split()  # noqa: SIM905 - as above
_LAST: Final = "ck d ld ll m mb n nd ng nt p r rd rk rn rt s sk st t tch th x".split()  # noqa: SIM905 - as above
_ENDS: Final = ("", "", "", "", "ton", "ley", "ham", "field", "well", "worth", "by", "son", "er", "man")
HEADINGS: Final = ("Given name", "Family name", "Date of birth", "NHS number", "Case number", "Postcode")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A person who is not."""

    given: str
    family: str
    born: date
    nhs_number: str
    case_number: str
    postcode: str

    @property
    def row(self) -> tuple[str, ...]:
        """The person as a row under `HEADINGS`."""
        born = f"{self.born:%d/%m/%Y}"
        return self.given, self.family, born, self.nhs_number, self.case_number, self.postcode


class Draw:
    """Numbers that look random and are the same each time."""

    def __init__(self, seed: str) -> None:
        self._seed, self._left = seed, 0

    def below(self, limit: int) -> int:
        """Return the next number below `limit`."""
        if self._left < limit << 64:
            self._left = int.from_bytes(blake2b(f"{self._seed} {self._left}".encode()).digest(), "big")
        self._left, number = divmod(self._left, limit)
        return number

    def some(self, choices: Sequence[str], count: int) -> list[str]:
        """Return so many of `choices`, each at most once."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def of(self, choices: Sequence[str]) -> str:
        """Return one of `choices`, an earlier one sooner: names are not evenly spread."""
        return choices[min(self.below(len(choices)), self.below(len(choices)))]


def make_people(count: int, seed: str = "people") -> Iterator[MadeUp]:
    """Yield so many people."""
    for number in range(count):
        draw = Draw(f"{seed} {number}")
        family = _family(draw)
        if not draw.below(25):
            family = f"{family}-{_family(draw)}"
        elif not draw.below(40):
            family = f"O'{family}"
        yield MadeUp(
            given=draw.of(GIVEN),
            family=family,
            born=date(1931, 1, 1) + timedelta(days=draw.below(33_000)),
            nhs_number=_nhs_number(draw),
            case_number=f"SC{draw.below(10):d}/{number:07d}",
            postcode=f"{'ABEGLMNSW'[draw.below(9)]}{1 + draw.below(20)} {draw.below(10)}{_two(draw)}",
        )


def _family(draw: Draw) -> str:
    name = draw.of(_FIRST) + draw.of(_MIDDLE) + draw.of(_LAST)
    if not draw.below(3):
        name += draw.of(_MIDDLE) + draw.of(_LAST)
    return (name + _ENDS[draw.below(len(_ENDS))]).capitalize()


def _two(draw: Draw) -> str:
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    return letters[draw.below(20)] + letters[draw.below(20)]


def _nhs_number(draw: Draw) -> str:
    """Return ten digits in the range never issued, with their check digit (modulus 11)."""
    digits = f"9{draw.below(10**8):08d}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    whole = f"{digits}{check}" if check < len(digits) + 1 else f"{digits[:8]}{(int(digits[8]) + 1) % 10}0"
    return f"{whole[:3]} {whole[3:6]} {whole[6:]}"


def as_table(people: Iterable[MadeUp]) -> Iterator[str]:
    """Yield the lines of a CSV file of people."""
    yield ",".join(HEADINGS) + "\n"
    for person in people:
        yield ",".join(person.row) + "\n"


def letter(person: MadeUp, *, number: int = 0) -> str:
    """Return a letter about a person, their name and date of birth written in one of several ways."""
    given, family, born = person.given, person.family, person.born
    ways = (
        f"Re: {given} {family}, date of birth {born.day} {born:%B %Y}",
        f"Re: {family.upper()}, {given} A   DOB {born:%d/%m/%y}",
        f"I saw {given[0]}. {family} (born {born:%d.%m.%Y}) on the ward today.",
        f"name: {given.lower()} {family.lower()}, dob: {born:%Y-%m-%d}",
        f"Case {person.case_number.lower()} was reviewed with the family.",
        f"NHS No. {person.nhs_number.replace(' ', '')}: the results are in.",
    )
    return f"Dear colleague,\n{ways[number % len(ways)]}\nThank you for your help with this.\nKind regards\n"
