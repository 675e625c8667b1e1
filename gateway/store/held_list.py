"""Pages of what is held. Each walks one index in the order of the list, from the place where the page begins.

Which index is chosen by the counts (`held_counts`): that of the rarest thing which the query names, so that few rows
are passed over. A list by tier is one such walk for each tier, the highest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, literal, literal_column, select, tuple_

from gateway.model.held import Held, Order, Why
from gateway.model.tier import Tier
from gateway.model.transfer import Origin
from gateway.store import codec
from gateway.store.console_tables import held, held_counts
from gateway.store.held_conditions import bare, of_counts, of_rows, rarest
from gateway.store.paging import Page, Place, page_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from gateway.model.held import HeldQuery

ALL: Final = select(*(column for column in held.c if column is not held.c.names))
TIERS: Final = select(held_counts.c.tier).distinct()

BY_AGE: Final = ("held_at", "transfer_id", "delivery_id")
SORTED: Final[Mapping[Order, Sequence[ColumnElement[Any]]]] = {
    Order.OLDEST: [bare(name) for name in BY_AGE],
    Order.NEWEST: [bare(name) for name in BY_AGE],
    Order.HIGHEST: [literal_column("-held.tier", Integer), *(bare(name) for name in BY_AGE)],
    Order.LARGEST: [bare(name) for name in ("size", "transfer_id", "delivery_id")],
}
"""What a list is sorted by, where no index is to be used."""

KINDS: Final[Mapping[Order, tuple[type, ...]]] = {
    Order.OLDEST: (str, str, str),
    Order.NEWEST: (str, str, str),
    Order.HIGHEST: (int, str, str, str),
    Order.LARGEST: (int, str, str),
}


def listed(connection: Connection, query: HeldQuery, order: Order, text: str, limit: int) -> Page[Held]:
    """Return a page of at most `limit` rows from the place that a text names; `NotFound` where it names none."""
    place = place_of(text, KINDS[order])
    rows = [held_of(row) for row in _walk(connection, query, order, place, limit + 1)]
    return page_of(rows, limit, place, lambda one: key_of(order, one))


def _walk(connection: Connection, query: HeldQuery, order: Order, place: Place | None, most: int) -> Iterator[Row[Any]]:
    """Yield the next rows from a place on, in the direction it has."""
    tiers = connection.execute(TIERS.where(*of_counts(query))).scalars().all()
    if not tiers:
        return
    down, columns = order in (Order.NEWEST, Order.LARGEST), [held.c[name] for name in BY_AGE]
    if query.words or query.only or order is Order.LARGEST:
        # All rows are looked at, in the order in which they lie, and what fits is sorted: an index would be slower.
        yield from _ordered(connection, list(of_rows(query)), SORTED[order], place, most, down=down)
    elif order is Order.HIGHEST:
        yield from _tier_by_tier(connection, query, place, most, tiers)
    else:
        by = rarest(connection, query)
        yield from _ordered(connection, list(of_rows(query, by)), columns, place, most, down=down)


def _tier_by_tier(
    connection: Connection, query: HeldQuery, place: Place | None, most: int, tiers: Sequence[int]
) -> Iterator[Row[Any]]:
    """Yield rows of the highest tier first, each by age; from a place that goes backwards, the other way round."""
    backwards = place is not None and place.backwards
    columns = [held.c[name] for name in BY_AGE]
    for tier in sorted(tiers, reverse=not backwards):
        key: tuple[str | int, ...] = ()
        if place is not None and -tier == place.key[0]:
            key = place.key[1:]
        elif place is not None and (-tier > int(place.key[0])) is backwards:
            continue
        within = Place(key=key, backwards=backwards)
        rows = _ordered(connection, [held.c.tier == tier, *of_rows(query)], columns, within, most, down=False)
        yield from rows
        most -= len(rows)
        if not most:
            return


def _ordered(
    connection: Connection,
    where: Sequence[ColumnElement[bool]],
    columns: Sequence[ColumnElement[Any]],
    place: Place | None,
    most: int,
    *,
    down: bool,
) -> Sequence[Row[Any]]:
    """Return rows by these columns, ascending or `down`; the other way round from a place that goes backwards."""
    goes_down = down is not (place is not None and place.backwards)
    statement = ALL.where(*where).order_by(*(each.desc() if goes_down else each for each in columns)).limit(most)
    if place is not None and place.key:
        key = tuple_(*(literal(value, column.type) for value, column in zip(place.key, columns, strict=True)))
        statement = statement.where(tuple_(*columns) < key if goes_down else tuple_(*columns) > key)
    return connection.execute(statement).all()


def key_of(order: Order, one: Held) -> tuple[str | int, ...]:
    """Return what something held is sorted by."""
    own = (one.transfer_id, one.delivery_id)
    if order is Order.LARGEST:
        return (one.size, *own)
    return (*((-int(one.tier),) if order is Order.HIGHEST else ()), codec.write_time(one.held_at), *own)


def held_of(row: Row[Any]) -> Held:
    """Return what a row says."""
    return Held(
        **{
            **row._asdict(),
            "received_at": codec.read_time(row.received_at),
            "held_at": codec.read_time(row.held_at),
            "door": Origin(row.door),
            "tier": Tier(row.tier),
            "why": Why(row.why),
        }
    )
