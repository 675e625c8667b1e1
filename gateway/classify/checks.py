"""Check digits that more than one detector of people's numbers needs.

Sources: NHS Data Dictionary, attribute NHS NUMBER, for the modulus; ranges from the package nhs-number.
"""

from __future__ import annotations

from operator import mul
from typing import Final

_WEIGHTS: Final = tuple(range(10, 0, -1))
_MODULUS: Final = 11
_MOST_DAYS, _MONTHS = 31, 12


def has_nhs_check_digit(digits: str) -> bool:
    """Say whether ten ASCII digits satisfy modulus 11. A calculated check digit of 10 is never issued.

    NHS, CHI and H&C numbers share it, and so do books (ISBN-10). The check digit counts with weight 1, and the
    weights add up to a multiple of 11, so the codes of the digits serve as well as the digits.
    """
    total: int = sum(map(mul, _WEIGHTS, digits.encode("ascii")))
    return total % _MODULUS == 0


def begins_with_day(digits: str) -> bool:
    """Say whether digits begin with a day and a month, as CHI numbers do with a date of birth."""
    return 1 <= int(digits[:2]) <= _MOST_DAYS and 1 <= int(digits[2:4]) <= _MONTHS
