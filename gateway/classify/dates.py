"""Dates as people write them, and the day they mean.

Day first where it is ambiguous, as in the United Kingdom; month first only where there is no thirteenth month. There is
no clock in this room, so the century of a two-digit year is fixed: people born before 1930 are rare by now.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_ENGLISH: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WELSH: Final = ("ion", "chw", "maw", "ebr", "mai", "meh", "gor", "aws", "med", "hyd", "tac", "rha")
MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|hydref|tachwedd"
    r"|rhagfyr)"
)
_YEAR: Final = r"(?:[0-9]{4}|'?[0-9]{2})(?![0-9])"
DATE: Final = re.compile(
    r"(?i)(?<![0-9])(?<![0-9][/.-])(?:"
    r"(?P<year_first>[0-9]{4} ?[/.-] ?[0-9]{1,2} ?[/.-] ?[0-9]{1,2}(?![0-9]))"
    rf"|(?P<day_first>[0-9]{{1,2}} ?[/.-] ?[0-9]{{1,2}} ?[/.-] ?{_YEAR})"
    r"|(?P<spaced>[0-9]{1,2} [0-9]{1,2} (?:19|20)[0-9]{2}(?![0-9]))"
    rf"|(?P<day_and_month>[0-9]{{1,2}}(?:st|nd|rd|th|ain|fed|ed|ydd|eg)?[ ./-]{{0,2}}(?:day )?(?:of |o )?{MONTH}"
    rf"[ .,/\r\n-]{{0,3}}{_YEAR})"
    rf"|(?P<month_and_day>(?<![A-Za-z]){MONTH}[ .-]{{1,2}}[0-9]{{1,2}}(?:st|nd|rd|th)?[ ,.-]{{1,2}}[0-9]{{4}}"
    r"(?![0-9]))"
    rf"|(?P<year_and_month>[0-9]{{4}}[ /-]{MONTH}[ /-][0-9]{{1,2}}(?![0-9]))"
    r"|(?P<eight_digits>[0-9]{8}(?![0-9])))"
)
"""Finds dates in text; more than one way to read a date is for `iso_date`."""
_NUMBERS: Final = re.compile(r"[0-9]+")
_NAME: Final = re.compile(rf"(?i)(?<![a-z]){MONTH}")
_FIRST_OF_1900S: Final = 30
_CENTURY: Final = 100


def iso_date(found: re.Match[str], oldest: int, latest: int) -> str:
    """Return the day that a match of `DATE` means, in ISO 8601; nothing where there is no such day in these years."""
    written, kind = found.group(), found.lastgroup
    numbers = [int(number) for number in _NUMBERS.findall(written)]
    if kind == "eight_digits":
        early = _iso(int(written[:4]), int(written[4:6]), int(written[6:]), oldest, latest)
        return early or _iso(int(written[4:]), int(written[2:4]), int(written[:2]), oldest, latest)
    if kind == "year_first":
        year, month, day = numbers
    elif kind in {"day_first", "spaced"}:
        day, month, year = numbers
    else:
        name = _NAME.search(written)
        stem = name.group()[:3].lower() if name else ""
        month = (_ENGLISH.index(stem) if stem in _ENGLISH else _WELSH.index(stem)) + 1
        first, last = numbers
        year, day = (first, last) if kind == "year_and_month" else (last, first)
    return _iso(year, month, day, oldest, latest) or _iso(year, day, month, oldest, latest)


def full_year(year: int) -> int:
    """Return a year of two digits in full; others as they are."""
    if year >= _CENTURY:
        return year
    return year + (1900 if year >= _FIRST_OF_1900S else 2000)


def _iso(year: int, month: int, day: int, oldest: int, latest: int) -> str:
    try:
        when = date(full_year(year), month, day)
    except ValueError:
        return ""
    return when.isoformat() if oldest <= when.year <= latest else ""
