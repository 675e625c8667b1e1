"""Decisions over everything that matched: what they are about is fixed at once, and carried out bit by bit.

Whoever carries one out files an instruction for each delivery as for any other, with all that may be against it, and
writes down what came of it. It goes on where it was after a restart.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, func, insert, literal, select, update

from gateway.errors import Conflict, NotFound
from gateway.model.bulk import Bulk, BulkItem, BulkState, Result
from gateway.model.held import Why
from gateway.store.console_tables import bulk_items, bulks, held
from gateway.store.held_conditions import of_rows
from gateway.store.paging import LARGEST_PAGE, Page, page_of, place_of
from gateway.store.rows import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from gateway.model.held import HeldQuery
    from gateway.store.database import Database

MOST: Final = 100_000
"""Deliveries of one decision."""

BULK: Final = bulks.c
ITEM: Final = bulk_items.c
LAYOUT: Final = Layout(
    kind=Bulk, plain=("id", "person_id", "at", "state", "total", "done", "failed"), apart=(), elsewhere=()
)
WHICH: Final = select(held.c.why, held.c.transfer_id, held.c.delivery_id, held.c.version).limit(MOST + 1)
ONE: Final = select(bulks).where(BULK.id == bindparam("named"))
NEWEST: Final = select(bulks).order_by(BULK.at.desc(), BULK.id.desc()).limit(bindparam("most"))
RUNNING: Final = select(bulks).where(BULK.state == BulkState.RUNNING.value).order_by(BULK.at, BULK.id)
LEFT: Final = (
    select(bulk_items)
    .where(ITEM.bulk_id == bindparam("named"), ITEM.result.is_(None))
    .order_by(ITEM.position)
    .limit(bindparam("most"))
)
NOTE: Final = (
    update(bulk_items)
    .where(ITEM.bulk_id == bindparam("named"), ITEM.position == bindparam("place"), ITEM.result.is_(None))
    .values(result=bindparam("came_of_it"), words=bindparam("said"))
)
COUNT: Final = (
    update(bulks)
    .where(BULK.id == bindparam("named"))
    .values(
        done=BULK.done + bindparam("more"),
        failed=BULK.failed + bindparam("bad"),
        state=case((BULK.done + bindparam("more") >= BULK.total, BulkState.FINISHED.value), else_=BULK.state),
    )
)
STOP: Final = (
    update(bulks)
    .where(BULK.id == bindparam("named"), BULK.state == BulkState.RUNNING.value)
    .values(state=BulkState.STOPPED.value)
)


class SqlBulks:
    """Decisions over many."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, query: HeldQuery) -> dict[Why, str]:
        """Return for each kind of reason a digest of what is held for it and fits the query: which, as it is now."""
        with self._database.read() as connection:
            return _seen(connection, query)

    def create(self, bulk: Bulk, query: HeldQuery, seen: Mapping[Why, str]) -> Bulk:
        """Begin one over what is held and fits the query now, the longest waiting first, and return how many it is.

        `total` of what is given, and what was `seen`, are what its officer was shown: where it is anything else by now,
        nothing is begun, `Conflict`. `NotFound` where nothing fits.
        """
        row = {**LAYOUT.to_row(bulk), "state": BulkState.RUNNING.value, "done": 0, "failed": 0}
        place = func.row_number().over(order_by=(held.c.held_at, held.c.transfer_id, held.c.delivery_id))
        chosen = (
            select(literal(bulk.id), place, held.c.transfer_id, held.c.delivery_id, held.c.version)
            .where(*of_rows(query))
            .limit(MOST + 1)
        )
        fill = insert(bulk_items).from_select(["bulk_id", "position", "transfer_id", "delivery_id", "version"], chosen)

        def write(connection: Connection) -> Bulk:
            connection.execute(insert(bulks), row)
            found = connection.execute(fill).rowcount
            if not found:
                raise NotFound("nothing that is held fits any more", hint="look at the list again")
            if found != bulk.total:
                raise Conflict(f"{found} fit by now, not {bulk.total}", hint="look at the list again")
            if _seen(connection, query) != seen:
                raise Conflict("what fits is not what you were shown", hint="look at the list again")
            return _bulk(connection, bulk.id)

        return self._database.write(write)

    def get(self, bulk_id: str) -> Bulk:
        """Return one; `NotFound`."""
        with self._database.read() as connection:
            return _bulk(connection, bulk_id)

    def newest(self, limit: int = 50) -> tuple[Bulk, ...]:
        """Return the newest."""
        with self._database.read() as connection:
            return tuple(map(_bulk_of, connection.execute(NEWEST, {"most": min(limit, LARGEST_PAGE)}).mappings()))

    def running(self) -> tuple[Bulk, ...]:
        """Return those that are to be carried on, the oldest first."""
        with self._database.read() as connection:
            return tuple(map(_bulk_of, connection.execute(RUNNING).mappings()))

    def next(self, bulk_id: str, limit: int = 50) -> tuple[BulkItem, ...]:
        """Return the next deliveries without a result; none when it was stopped, or is finished."""
        with self._database.read() as connection:
            if _bulk(connection, bulk_id).state is not BulkState.RUNNING:
                return ()
            return tuple(map(_item_of, connection.execute(LEFT, {"named": bulk_id, "most": limit})))

    def record(self, bulk_id: str, items: Sequence[BulkItem]) -> Bulk:
        """Write down what came of deliveries, once for each, and return how far it has come; `NotFound`."""

        def write(connection: Connection) -> Bulk:
            more = bad = 0
            for item in items:
                result = item.result or Result.MISSED
                about = {"named": bulk_id, "place": item.position, "came_of_it": result.value, "said": item.words}
                noted = connection.execute(NOTE, about).rowcount
                more, bad = more + noted, bad + (noted if result is not Result.FILED else 0)
            connection.execute(COUNT, {"named": bulk_id, "more": more, "bad": bad})
            return _bulk(connection, bulk_id)

        return self._database.write(write)

    def stop(self, bulk_id: str) -> Bulk:
        """Let no more of it be carried out, and return how far it came; `NotFound`. What is over stays as it is."""

        def write(connection: Connection) -> Bulk:
            connection.execute(STOP, {"named": bulk_id})
            return _bulk(connection, bulk_id)

        return self._database.write(write)

    def items(self, bulk_id: str, *, failed: bool = False, place: str = "", limit: int = 50) -> Page[BulkItem]:
        """Return a page of its deliveries, or of those for which nothing was filed; `NotFound` for a wrong place."""
        limit, at = min(limit, LARGEST_PAGE), place_of(place, (int,))
        backwards = at is not None and at.backwards
        statement = select(bulk_items).where(ITEM.bulk_id == bulk_id).limit(limit + 1)
        statement = statement.order_by(ITEM.position.desc() if backwards else ITEM.position)
        if at is not None:
            statement = statement.where(ITEM.position < at.key[0] if backwards else ITEM.position > at.key[0])
        if failed:
            statement = statement.where(ITEM.result != Result.FILED.value)
        with self._database.read() as connection:
            rows = tuple(map(_item_of, connection.execute(statement)))
        return page_of(rows, limit, at, lambda item: (item.position,))


def _seen(connection: Connection, query: HeldQuery) -> dict[Why, str]:
    found: dict[Why, list[str]] = {}
    for why, *which in connection.execute(WHICH.where(*of_rows(query))):
        found.setdefault(Why(why), []).append(" ".join(map(str, which)))
    return {why: sha256("\n".join(sorted(lines)).encode()).hexdigest() for why, lines in found.items()}


def _bulk(connection: Connection, bulk_id: str) -> Bulk:
    row = connection.execute(ONE, {"named": bulk_id}).mappings().first()
    if row is None:
        raise NotFound(f"no decision over many {bulk_id}")
    return _bulk_of(row)


def _bulk_of(row: RowMapping) -> Bulk:
    return LAYOUT.from_row({**row})


def _item_of(row: Any) -> BulkItem:  # noqa: ANN401 - a row has no type
    return BulkItem(
        position=row.position,
        transfer_id=row.transfer_id,
        delivery_id=row.delivery_id,
        version=row.version,
        result=Result(row.result) if row.result else None,
        words=row.words or "",
    )
