"""Dates as they are the same however written: ISO 8601, day first, month first where it may be, month by name.

Where day and month can be told apart in two ways, and a century in two, all readings are returned: a reading that is
none of the register's does no harm.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.classify import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
DATES: Final = (
    Pattern(name="date", expression=r"\b\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?(?:\d{4}|\d{2})\b"),
    Pattern(name="date, spaced", expression=r"\b\d{2} \d{2} \d{4}\b"),
    Pattern(name="date, year first", expression=r"\b\d{4} ?[/.-] ?\d{1,2} ?[/.-] ?\d{1,2}\b"),
    Pattern(name="date, eight digits", expression=r"\b\d{8}\b"),
    Pattern(
        name="date, day and month",
        expression=rf"\b\d{{1,2}}(?:st|nd|rd|th)?[ .-]{{0,2}}(?:of )?{_MONTH}[ .,'/-]{{0,2}}(?:\d{{4}}|\d{{2}})\b",
        caseless=True,
    ),
    Pattern(
        name="date, month and day",
        expression=rf"\b{_MONTH}[ .-]{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?[ ,.-]{{1,2}}\d{{4}}\b",
        caseless=True,
    ),
    Pattern(
        name="date, year and month",
        expression=rf"\b\d{{4}}[ -]{_MONTH}[ -]\d{{1,2}}\b",
        caseless=True,
    ),
)
_NUMBERS: Final = re.compile(r"[0-9]+")
_NAME: Final = re.compile(r"(?i)(?<![a-z])" + _MONTH)
_OLDEST, _LATEST = 1880, 2099
_EIGHT, _YEAR, _PARTS = 8, 4, 3


@lru_cache(maxsize=1 << 14)
def read_date(text: str) -> tuple[str, ...]:
    """Return every day that `text` may mean, as ISO dates; none when it is no date."""
    numbers = _NUMBERS.findall(text)
    month = _NAME.search(text)
    if len(numbers) == 1 and len(numbers[0]) == _EIGHT:
        whole = numbers[0]
        readings = [
            (whole[:4], whole[4:6], whole[6:]),
            (whole[4:], whole[2:4], whole[:2]),
            (whole[4:], whole[:2], whole[2:4]),
        ]
    elif month is not None and len(numbers) == _PARTS - 1:
        number = str(_MONTHS.index(month.group()[:3].lower()) + 1)
        first, last = numbers if len(numbers[0]) == _YEAR else reversed(numbers)
        readings = [(first, number, last)]
    elif len(numbers) >= _PARTS and len(numbers[0]) == _YEAR:  # a time of day may follow
        readings = [(numbers[0], numbers[1], numbers[2])]
    elif len(numbers) >= _PARTS:
        readings = [(numbers[2], numbers[1], numbers[0]), (numbers[2], numbers[0], numbers[1])]
    else:
        return ()
    return tuple(dict.fromkeys(each for reading in readings for each in _days(*reading)))


def _days(year: str, month: str, day: str) -> Iterator[str]:
    for century in ("",) if len(year) == _YEAR else ("19", "20"):
        try:
            found = date(int(century + year), int(month), int(day))
        except ValueError:
            continue
        if _OLDEST <= found.year <= _LATEST:
            yield found.isoformat()
