"""Numbers of a workbook as its reader sees them: dates, patterns of zeros, large whole numbers.

ECMA-376 part 1, 18.8.30 (codes and built-in formats), 18.17.4.1 (the two date systems).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

EPOCH: Final = date(1899, 12, 30)  # day 0 of most workbooks
EPOCH_1904: Final = date(1904, 1, 1)  # of those that a Macintosh began
LAST_DAY: Final = 2_958_465  # 9999-12-31
LAST_DAY_1904: Final = 2_957_003
DATES: Final = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58})  # built-in
LITERAL: Final = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].')
ZEROS: Final = re.compile(r"[0# \-/().]*[0#][0# \-/().]*")
DATE_LETTERS: Final = re.compile(r"[yd]", re.IGNORECASE)
EXACT: Final = 10**15  # more digits than that a workbook does not keep

Show = Callable[[str], str]


class Formats:
    """Number formats by cell style."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.styles: list[int] = []
        self.in_cells = self.is_1904 = False
        self.shows: dict[str, Show] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note the formats and which style uses which."""
        local = name.rpartition(":")[2]
        number = attributes.get("numFmtId", "")
        if local == "numFmt" and number.isdecimal():
            self.codes[int(number)] = attributes.get("formatCode", "")
        elif local == "cellXfs":
            self.in_cells = True
        elif local == "xf" and self.in_cells:
            self.styles.append(int(number) if number.isdecimal() else 0)

    def end(self, name: str) -> None:
        """Leave the list of styles."""
        if name.rpartition(":")[2] == "cellXfs":
            self.in_cells = False

    def show(self, value: str, style: str) -> str:
        """Return a number as its style shows it, if that matters."""
        return self.shower(style)(value)

    def shower(self, style: str) -> Show:
        """Return what shows the numbers of a style."""
        if style not in self.shows:
            index = int(style) if style.isdecimal() else -1
            identifier = self.styles[index] if 0 <= index < len(self.styles) else 0
            self.shows[style] = self.of_format(identifier)
        return self.shows[style]

    def of_format(self, identifier: int) -> Show:
        """Return what shows the numbers of a format."""
        code = self.codes.get(identifier, "").partition(";")[0]
        bare = LITERAL.sub("", code)
        if identifier in DATES or DATE_LETTERS.search(bare):
            return _show_date_1904 if self.is_1904 else _show_date
        if ZEROS.fullmatch(bare) and code not in {"0", "#"}:
            return lambda value: _fill(code, whole) if (whole := show_number(value)).isdecimal() else whole
        return show_number


def show_number(value: str) -> str:
    """Return a number, whole ones without an exponent: `9.434765919E9` is an NHS number."""
    if ".0" not in value and "E" not in value and "e" not in value:
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    if not number.is_integer() or not 0 <= number < EXACT:
        return value
    return str(int(number))


@lru_cache(maxsize=4096)
def _show_date(value: str) -> str:
    return _date(value, EPOCH, LAST_DAY)


@lru_cache(maxsize=4096)
def _show_date_1904(value: str) -> str:
    return _date(value, EPOCH_1904, LAST_DAY_1904)


def _date(value: str, epoch: date, last: int) -> str:
    """Return a day, and the time if there is one."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not 0 < number <= last:
        return value
    day = epoch + timedelta(days=int(number))
    shown = f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
    minutes = round((number - int(number)) * 1440)
    return f"{shown} {minutes // 60:02d}:{minutes % 60:02d}" if 0 < minutes < 1440 else shown  # noqa: PLR2004 - a day


def _fill(code: str, digits: str) -> str:
    """Write digits into a pattern such as `00-00-00`, from the right; the first place takes what is left over."""
    pattern = LITERAL.sub(lambda match: match[1] or match[2] or "", code).replace("#", "0").partition(".")[0]
    zeros = code.replace("#", "").count("0")
    left, shown = digits.zfill(zeros), []
    for number, char in enumerate(reversed(pattern)):
        if char != "0":
            shown.append(char if left else "")
        elif "0" in pattern[: len(pattern) - number - 1]:
            shown.append(left[-1:])
            left = left[:-1]
        else:
            shown.append(left[::-1])
    return "".join(shown)[::-1]
