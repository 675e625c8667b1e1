"""Times, sizes, numbers and sentences in the words of one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from gateway.console.words import mark, translations

UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")
THOUSAND: Final = 1000
SAME_YEAR: Final = "d MMMM"
OTHER_YEAR: Final = "d MMMM y"
NOON: Final = 12
MANY_HOURS: Final = 6
"""From so many on, nobody wants to know the minutes."""

NEAR: Final = {-1: mark("Yesterday"), 0: mark("Today"), 1: mark("Tomorrow")}
"""How days are called, by how far they are from today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language, and the time zone in which its times are told."""

    language: str
    zone: ZoneInfo

    def say(self, words: str, **values: object) -> str:
        """Return a sentence with its `%(name)s` filled in; without values it stays as it is, with any `%`."""
        said = translations(self.language).gettext(words) if words else ""
        return said % values if values else said

    def several(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the sentence for one or for many; the number stands where it says `%(num)s`."""
        said = translations(self.language).ngettext(one, many, number)
        return said % {"num": self.number(number), **values} if values else said.replace("%(num)s", self.number(number))

    def number(self, number: float) -> str:
        """Return a number with its thousands apart: 18,432."""
        return format_decimal(number, locale=self.language)

    def day(self, at: datetime | date, now: datetime | None = None) -> str:
        """Return a day: Today, Tomorrow or Yesterday where that is near `now`, or 14 June, or 14 June 2026."""
        day = at.astimezone(self.zone).date() if isinstance(at, datetime) else at
        today = now.astimezone(self.zone).date() if now else None
        if today and (near := NEAR.get((day - today).days)):
            return self.say(near)
        is_this_year = today is not None and today.year == day.year
        return format_date(day, SAME_YEAR if is_this_year else OTHER_YEAR, locale=self.language)

    def hour(self, at: datetime) -> str:
        """Return a time of day: 9:02am, 12:30pm."""
        local = at.astimezone(self.zone)
        half = self.say(mark("am")) if local.hour < NOON else self.say(mark("pm"))
        return f"{(local.hour - 1) % NOON + 1}:{local.minute:02}{half}"

    def time(self, at: datetime, now: datetime | None = None) -> str:
        """Return a day and a time of day: Today 11:00am, 14 June 9:02am."""
        return f"{self.day(at, now)} {self.hour(at)}"

    def lasted(self, span: timedelta) -> str:
        """Return how long, as exactly as anybody wants it: 1 day 3 hours, 7 hours, 1 hour 5 minutes, 48 minutes."""
        minutes = max(0, int(span.total_seconds())) // 60
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        if hours >= MANY_HOURS:
            minutes = 0
        parts = [
            self.several("%(num)s day", "%(num)s days", days) if days else "",
            self.several("%(num)s hour", "%(num)s hours", hours) if hours else "",
            self.several("%(num)s minute", "%(num)s minutes", minutes) if minutes else "",
        ]
        first = next((at for at, part in enumerate(parts) if part), None)
        if first is None:
            return self.say("less than a minute")
        return " ".join(part for part in parts[first : first + 2] if part)

    def size(self, octets: int) -> str:
        """Return a size: 412 kB, 1.2 MB (thousands, as a file manager shows it)."""
        amount, unit = float(octets), 0
        while amount >= THOUSAND and unit < len(UNITS) - 1:
            amount, unit = amount / THOUSAND, unit + 1
        if unit == 0:
            return self.several("%(num)s byte", "%(num)s bytes", octets)
        return f"{self.number(round(amount, 1 if amount < 10 else None))} {UNITS[unit]}"  # noqa: PLR2004 - one digit

    def listed(self, items: Sequence[str]) -> str:
        """Return a list as it is read: one, two and three."""
        if len(items) < 2:  # noqa: PLR2004 - two are joined
            return "".join(items)
        return self.say("%(first)s and %(last)s", first=", ".join(items[:-1]), last=items[-1])
