"""What PNC IDs and CRO numbers share: the check letter, and the century of a two-digit year.

Source: Ministry of Justice, hmpps-person-record (rules and published examples).
"""

from __future__ import annotations

from typing import Final

_LETTERS: Final = "ZABCDEFGHJKLMNPQRTUVWXY"
_FIRST_OF_1900S: Final = 50
"""Two-digit years from here on are of the twentieth century: records began about 1950, and none is of the future."""


def has_check_letter(number: str, letter: str) -> bool:
    """Say whether `letter`, a capital, is the check letter of the digits `number`."""
    return _LETTERS[int(number) % len(_LETTERS)] == letter


def full_year(year: str) -> str:
    """Return a year of two or four digits in four."""
    if len(year) > len("00"):
        return year
    return f"{'19' if int(year) >= _FIRST_OF_1900S else '20'}{year}"
