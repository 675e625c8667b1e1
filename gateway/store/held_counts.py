"""How much is held, beside each thing that a list can be narrowed to, without counting rows.

Triggers keep a table of how many rows are alike in everything that a list filters by (`console_tables.held_counts`):
a few hundred lines that answer for a hundred thousand. What contains a piece of text, or has waited for long, is in
no such table: of that so many are counted and no more, and where there are more, nobody says how many beside a filter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select

from gateway.model.held import HeldState, Why, states_of
from gateway.model.tier import Tier
from gateway.store import codec
from gateway.store.console_tables import COUNTED, held, held_counts
from gateway.store.held_conditions import ROW, bare, named, of_rows, rarest, uncounted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from sqlalchemy import Connection

    from gateway.model.held import HeldQuery

MOST_COUNTED: Final = 1_000
"""Rows that are counted one by one; where there are more, the page says "1,000+"."""

FIELDS: Final = ("why", "tier", "route", "assigned_to", "escalated_to", "states")
"""What a list filters by, in the order of `COUNTED`; the last two of those are states."""

ALL: Final = select(held_counts)
AT_LEAST_SINCE: Final = select(func.count()).where(held.c.held_at >= bindparam("since"))
ALL_AND_SECOND: Final = select(
    func.coalesce(func.sum(held_counts.c.waiting), 0),
    func.coalesce(func.sum(held_counts.c.waiting * held_counts.c.second), 0),
)
OLDEST: Final = select(func.min(held.c.held_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many fit a query, and how many would with one of its filters set to each value instead.

    With `is_more` more than `total` fit. Where it is not `exact`, too many have the words or the age that the query
    asks for: beside each value is then how many would fit without them, so at most so many.
    """

    total: int
    is_more: bool
    exact: bool
    why: Mapping[Why, int]
    tier: Mapping[Tier, int]
    route: Mapping[str, int]
    states: Mapping[HeldState, int]
    assigned_to: Mapping[str, int]
    escalated_to: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a dashboard says of all that is held: how much, past decision time, for a second person, since when."""

    waiting: int
    past: int
    second: int
    oldest: datetime | None


def counts(connection: Connection, query: HeldQuery) -> Counts:
    """Return the counts for a query."""
    if not (apart := list(uncounted(query))):
        return _counted(connection.execute(ALL).all(), query)
    first = select(*(held.c[name] for name in COUNTED)).where(*apart).limit(MOST_COUNTED + 1).subquery()
    rows = connection.execute(select(*first.c, func.count().label("waiting")).group_by(*first.c)).all()
    if sum(row.waiting for row in rows) <= MOST_COUNTED:
        return _counted(rows, query)
    total = _some(connection, query)
    without = _counted(connection.execute(ALL).all(), query)
    return replace(without, total=min(total, MOST_COUNTED), is_more=total > MOST_COUNTED, exact=False)


def _some(connection: Connection, query: HeldQuery) -> int:
    """Return how many rows fit a query, and where there are more than are counted, one more than that."""
    by = rarest(connection, query)
    fit = select(ROW.delivery_id).where(*of_rows(query, by, by_age=bool(by))).limit(MOST_COUNTED + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(fit)).scalar_one())


def by_reason(connection: Connection, query: HeldQuery) -> Mapping[Why, int]:
    """Return how many rows fit a query for each kind of reason."""
    by, why = rarest(connection, query), bare("why").label("kind")
    where = of_rows(query, by, by_age=bool(by))
    each = select(why, func.count().label("waiting")).select_from(held)
    rows = connection.execute(each.where(*where).group_by(why))
    return {Why(row.kind): row.waiting for row in rows}


def _counted(rows: Iterable[Any], query: HeldQuery) -> Counts:
    """Return the counts from rows of what is alike: each counts for what differs in one filter at most."""
    wanted = [(FIELDS.index(name), frozenset(values)) for name, values in named(query).items()]
    sums: list[Counter[Any]] = [Counter() for _ in FIELDS]
    total = 0
    for *values, waiting in rows:
        fields = (*values[:-2], _states(*values[-4:]))
        against = [field for field, allowed in wanted if fields[field] not in allowed]
        if query.states and query.states.isdisjoint(fields[-1]):
            against.append(len(FIELDS) - 1)
        total += 0 if against else waiting
        for field in () if len(against) > 1 else against or range(len(FIELDS)):
            for value in fields[-1] if field == len(FIELDS) - 1 else (fields[field],):
                sums[field][value] += waiting
    of = dict(zip(FIELDS, sums, strict=True))
    return Counts(
        total=total,
        is_more=False,
        exact=True,
        why={Why(value): count for value, count in of["why"].items()},
        tier={Tier(value): count for value, count in of["tier"].items()},
        route=of["route"],
        states=of["states"],
        assigned_to=of["assigned_to"],
        escalated_to=of["escalated_to"],
    )


@cache
def _states_of(*, assigned: bool, escalated: bool, asked: bool, second: bool) -> frozenset[HeldState]:
    return states_of(
        asked=asked, second=second, assigned="somebody" if assigned else "", escalated="a role" if escalated else ""
    )


def _states(assigned_to: str, escalated_to: str, asked: int, second: int) -> frozenset[HeldState]:
    return _states_of(assigned=bool(assigned_to), escalated=bool(escalated_to), asked=bool(asked), second=bool(second))


def figures(connection: Connection, now: datetime, decide_within: timedelta) -> Figures:
    """Return the figures of a dashboard."""
    waiting, second = connection.execute(ALL_AND_SECOND).one()
    since = codec.write_time(now - decide_within)
    recent = connection.execute(AT_LEAST_SINCE, {"since": since}).scalar_one() if waiting else 0
    oldest = connection.execute(OLDEST).scalar()
    return Figures(
        waiting=waiting, past=waiting - recent, second=second, oldest=codec.read_time(oldest) if oldest else None
    )
