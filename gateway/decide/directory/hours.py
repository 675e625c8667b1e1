"""Working hours and closed days, in the organisation's own time.

The time zone is its legal rule, since this room opens no file: Summer Time Act 1972 as amended by the Summer Time Order
2002 (from the last Sunday of March to the last Sunday of October, each at one o'clock in the morning, Greenwich mean
time). The tests hold it against the tz database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from gateway.decide.shapes import Day
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document
from gateway.model.facts import Hours
from gateway.model.validation import Strict, Words

CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
HOUR: Final = timedelta(hours=1)
MARCH, OCTOBER, SUNDAY = 3, 10, 6


def _clock(given: object) -> object:
    found = CLOCK.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f"'{given}' is no time of day; write hours and minutes, for example 08:30")
    return time(int(found[1]), int(found[2]))


class SpanShape(Strict):
    """The hours of one day of the week."""

    from_time: Annotated[time, BeforeValidator(_clock)] = Field(alias="from")
    until: Annotated[time, BeforeValidator(_clock)]


class HoursShape(Strict):
    """The days on which somebody is at work; a day that is left out is closed."""

    monday: SpanShape | None = None
    tuesday: SpanShape | None = None
    wednesday: SpanShape | None = None
    thursday: SpanShape | None = None
    friday: SpanShape | None = None
    saturday: SpanShape | None = None
    sunday: SpanShape | None = None


class ClosedShape(Strict):
    """A day on which nobody is at work."""

    day: Day
    says: Words


class CalendarFile(Strict):
    """`calendar.yaml`."""

    zone: Literal["uk", "utc"]
    hours: HoursShape
    closed: tuple[ClosedShape, ...] = ()
    source: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When somebody is at work: `spans` by the day of the week, Monday first, None for closed; always without any."""

    has_summer_time: bool
    spans: tuple[tuple[time, time] | None, ...]
    closed: Mapping[date, str]

    def local(self, at: datetime) -> datetime:
        """Return the organisation's wall time, without a zone; `at` without one is taken as UTC."""
        try:
            universal = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
        except OverflowError:  # the first and the last day there are
            universal = at.replace(tzinfo=None)
        if not self.has_summer_time:
            return universal
        begins, ends = summer(universal.year)
        return universal + HOUR if begins <= universal < ends else universal

    def hours(self, at: datetime) -> Hours:
        """Return whether somebody is at work."""
        return self.at_work(self.local(at))

    def at_work(self, now: datetime) -> Hours:
        """Return whether somebody is at work at the organisation's wall time."""
        if not self.spans:
            return Hours.OPEN
        span = self.spans[now.weekday()]
        is_open = span is not None and span[0] <= now.time() < span[1] and now.date() not in self.closed
        return Hours.OPEN if is_open else Hours.CLOSED


@lru_cache(maxsize=256)
def summer(year: int) -> tuple[datetime, datetime]:
    """Return when summer time begins and ends in a year, in UTC without a zone."""
    return _last_sunday(year, MARCH), _last_sunday(year, OCTOBER)


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1)  # noqa: DTZ001 - in UTC, as `Calendar.local` compares it
    return last - timedelta(days=(last.weekday() - SUNDAY) % 7)


ALWAYS_OPEN: Final = Calendar(has_summer_time=True, spans=(), closed={})


def calendar_of(document: Document, file: CalendarFile, complaints: Complaints) -> Calendar:
    """Return the calendar."""
    complaints.add(*_complaints(document, file))
    days = (getattr(file.hours, name) for name in HoursShape.model_fields)
    return Calendar(
        has_summer_time=file.zone == "uk",
        spans=tuple((span.from_time, span.until) if span else None for span in days),
        closed=MappingProxyType({each.day: each.says for each in file.closed}),
    )


def _complaints(document: Document, file: CalendarFile) -> Iterator[Complaint]:
    for name in HoursShape.model_fields:
        span: SpanShape | None = getattr(file.hours, name)
        if span is not None and span.until <= span.from_time:
            yield document.complaint(("hours", name, "until"), "work ends before it begins; leave out a closed day")
    days = [each.day for each in file.closed]
    for number, day in enumerate(days):
        if day in days[:number]:
            message = f"{day.isoformat()} stands here already ({file.closed[days.index(day)].says}); keep one"
            yield document.complaint(("closed", number, "day"), message)
