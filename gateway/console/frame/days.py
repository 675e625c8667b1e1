"""Days as people name them in forms, and when they begin and end where the organisation is."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.console.words import mark

if TYPE_CHECKING:
    from gateway.console.frame.visit import Visit


def zone_of(visit: Visit) -> ZoneInfo:
    """Return the zone whose time pages tell."""
    return ZoneInfo(visit.desk.settings.look.zone)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def asked_day(visit: Visit, name: str, errors: MutableMapping[str, str]) -> date | None:
    """Return the day that the page's address asks for; None where it asks for none, or for one that does not read."""
    given = visit.query.get(name, "").strip()
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        errors[name] = mark("Write the day as year-month-day, for example 2026-06-14")
        return None


def span(visit: Visit, errors: MutableMapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Return from when to when the address asks (`since` and `until`, both days counted); None where it does not."""
    zone, since, until = zone_of(visit), asked_day(visit, "since", errors), asked_day(visit, "until", errors)
    end = begins(until + timedelta(days=1), zone) if until and until < date.max else None
    return (begins(since, zone) if since and since.year > 1 else None), end
