"""The rows of one step, and the lifecycle checks that stand before them.

Everything that does not need the database is made ready in the caller's thread, because all steps share one writer.
Statements are built and compiled once (`store.prepared`): SQLAlchemy takes longer for either than SQLite to run one.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, bindparam, cast, insert, literal_column, null, select, union_all, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.errors import Conflict, NotFound
from gateway.model.lifecycle import (
    DELIVERY_MOVES,
    NOTICE_MOVES,
    TRANSFER_MOVES,
    DeliveryState,
    IllegalMove,
    NoticeState,
    TransferState,
    may_move,
)
from gateway.store import codec, rows, tables
from gateway.store.held_rows import HeldRows
from gateway.store.prepared import Prepared, driver_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from gateway.model.transfer import Delivery, Notice, Transfer

TRANSFER: Final = tables.transfers.c
ADD_TRANSFER: Final = Prepared(
    upsert(tables.transfers).on_conflict_do_nothing(index_elements=[TRANSFER.id]), columns_of_parameters=True
)
CHANGE_TRANSFER: Final = Prepared(
    update(tables.transfers).where(TRANSFER.id == bindparam("transfer")), columns_of_parameters=True
)
ADD_DELIVERIES: Final = Prepared(insert(tables.deliveries), columns_of_parameters=True)
ADD_NOTICES: Final = Prepared(insert(tables.notices), columns_of_parameters=True)
ADD_MESSAGE: Final = "INSERT INTO messages (transfer_id, digest, received_at) VALUES (?, ?, ?)"
REMEMBER: Final = Prepared(upsert(tables.correspondents).on_conflict_do_nothing(), columns_of_parameters=True)
DELIVERED: Final = DeliveryState.DELIVERED


def _states(table: Table, id_of: ColumnElement[str], version: ColumnElement[int]) -> Select[Any]:
    own = id_of == bindparam("transfer")
    return select(literal_column(f"'{table.name}'"), table.c.id, table.c.state, version).where(own)


NO_VERSION: Final = cast(null(), Integer)
STORED: Final = Prepared(
    union_all(
        _states(tables.transfers, TRANSFER.id, TRANSFER.version),
        _states(tables.deliveries, tables.deliveries.c.transfer_id, NO_VERSION),
        _states(tables.notices, tables.notices.c.transfer_id, NO_VERSION),
    )
)
"""Rows (table, id, state, version): all that a step is checked against."""


def _change_of(table: Table) -> Prepared:
    own = (table.c.transfer_id == bindparam("transfer"), table.c.id == bindparam("share"))
    return Prepared(update(table).where(*own), columns_of_parameters=True)


CHANGE_DELIVERIES: Final = _change_of(tables.deliveries)
CHANGE_NOTICES: Final = _change_of(tables.notices)


class Step:
    """The rows of one step: encoded when made, checked against what is stored and written inside the transaction.

    Making one raises `IllegalMove` for what is wrong whatever is stored. `at` is when it is made, for what it holds.
    """

    def __init__(
        self,
        before: Transfer | None,
        after: Transfer,
        through: Sequence[Transfer] = (),
        at: datetime | None = None,
    ) -> None:
        self.before, self.after = before, after
        self.stages = (*through, after)
        _check_ids(after.deliveries)
        _check_ids(after.notices)
        if before is None:
            _check_start(after)
        self.row = rows.transfer_row(after, before)
        self.deliveries = _changed(rows.DELIVERY, before.deliveries if before else (), after.deliveries)
        self.notices = _changed(rows.NOTICE, before.notices if before else (), after.notices)
        self.delivered = {one.id: _correspondents(after, one) for one in after.deliveries if one.state is DELIVERED}
        self.held = HeldRows(before, self.stages, at)

    def write(self, connection: Connection) -> None:
        """Write the rows; `Conflict`, `NotFound`, `IllegalMove`."""
        if self.before is None:
            self._create(connection)
        else:
            self._change(connection, self.before)
            self.held.write(connection)

    def _create(self, connection: Connection) -> None:
        if not ADD_TRANSFER.run(connection, self.row).rowcount:
            raise Conflict(f"transfer {self.after.id} is there already")
        _insert(connection, ADD_DELIVERIES, self.after.id, self.deliveries)
        _insert(connection, ADD_NOTICES, self.after.id, self.notices)
        if digest := self.after.message_id:
            driver_of(connection).execute(ADD_MESSAGE, (self.after.id, digest, self.row["received_at"]))

    def _change(self, connection: Connection, before: Transfer) -> None:
        stored: dict[str, dict[str, str]] = defaultdict(dict)
        version = None
        for table, own_id, state, found in STORED.run(connection, {"transfer": before.id}):
            stored[table][own_id] = state
            version = version if found is None else found
        if version is None:
            raise NotFound(f"no transfer {before.id}")
        if version != before.version:
            raise Conflict(f"transfer {before.id} moved meanwhile", hint="read it again")
        # against what is stored, not against what the caller says was stored
        checked: Mapping[str, Mapping[str, str]] = stored
        for stage in self.stages:
            was = TransferState(checked["transfers"][before.id])
            _check_move(TRANSFER_MOVES, was, stage.state, f"transfer {before.id}")
            _check_deliveries(stage, checked["deliveries"])
            _check_notices(stage, checked["notices"])
            checked = _states_of(stage)
        CHANGE_TRANSFER.run(connection, _named(self.row, transfer=before.id))
        _update(connection, CHANGE_DELIVERIES, before.id, self.deliveries)
        known = stored["notices"]
        _update(connection, CHANGE_NOTICES, before.id, [row for row in self.notices if row["id"] in known])
        if new := [row for share, row in self.delivered.items() if stored["deliveries"][share] != DELIVERED.value]:
            REMEMBER.run_each(connection, new)
        _insert(connection, ADD_NOTICES, before.id, [row for row in self.notices if row["id"] not in known])


def _states_of(transfer: Transfer) -> Mapping[str, Mapping[str, str]]:
    """Return the states in a transfer as they would be stored."""
    return {
        "transfers": {transfer.id: transfer.state.value},
        "deliveries": {each.id: each.state.value for each in transfer.deliveries},
        "notices": {each.id: each.state.value for each in transfer.notices},
    }


def _changed(layout: rows.Layout[Any], before: Sequence[Any], after: Sequence[Any]) -> list[rows.Row]:
    """Return the rows of what is new, changed or in another place."""
    was = {one.id: (position, one) for position, one in enumerate(before)}
    found = []
    for position, one in enumerate(after):
        place, old = was.get(one.id, (None, None))
        if (place, old) != (position, one):
            found.append({**layout.to_row(one, old), "position": position})
    return found


def _correspondents(transfer: Transfer, delivery: Delivery) -> rows.Row:
    at = delivery.receipt.at if delivery.receipt else transfer.received_at
    return {
        "sender": rows.as_correspondent(transfer.sender),
        "recipient": rows.as_correspondent(delivery.recipient),
        "since": codec.write_time(at),
    }


def _insert(connection: Connection, statement: Prepared, transfer_id: str, new: Sequence[rows.Row]) -> None:
    statement.run_each(connection, [{**row, "transfer_id": transfer_id} for row in new])


def _update(connection: Connection, statement: Prepared, transfer_id: str, changed: Sequence[rows.Row]) -> None:
    """Update rows; those that change the same columns go together, because a statement names its columns."""
    for _, alike in groupby(sorted(changed, key=tuple), key=tuple):
        statement.run_each(connection, [_named(row, transfer=transfer_id, share=row["id"]) for row in alike])


def _named(row: rows.Row, **names: str) -> rows.Row:
    """Return a row as parameters of an update: its id says which row it is and is not written again."""
    return {**{column: value for column, value in row.items() if column != "id"}, **names}


def _check_move(moves: Mapping[Any, Mapping[str, Any]], before: Any, after: Any, what: str) -> None:  # noqa: ANN401 - any of three enums
    if not may_move(moves, before, after):
        raise IllegalMove(f"{what}: {before} to {after}")


def _check_start(after: Transfer) -> None:
    if after.state is not TransferState.RECEIVED:
        raise IllegalMove(f"transfer {after.id}: a new one is received, not {after.state}")
    for delivery in after.deliveries:
        if delivery.state is not DeliveryState.UNDECIDED:
            raise IllegalMove(f"delivery {delivery.id}: a new one is undecided, not {delivery.state}")
    _check_notices(after, {})


def _check_deliveries(after: Transfer, stored: Mapping[str, str]) -> None:
    if stored.keys() != {delivery.id for delivery in after.deliveries}:
        raise IllegalMove(f"transfer {after.id}: deliveries are fixed at acceptance")
    for delivery in after.deliveries:
        was = DeliveryState(stored[delivery.id])
        _check_move(DELIVERY_MOVES, was, delivery.state, f"delivery {delivery.id}")


def _check_notices(after: Transfer, stored: Mapping[str, str]) -> None:
    if missing := stored.keys() - {notice.id for notice in after.notices}:
        raise IllegalMove(f"transfer {after.id}: notices {sorted(missing)} are gone")
    for notice in after.notices:
        if notice.id in stored:
            _check_move(NOTICE_MOVES, NoticeState(stored[notice.id]), notice.state, f"notice {notice.id}")
        elif notice.state is not NoticeState.WAITING:
            raise IllegalMove(f"notice {notice.id}: a new one waits, it is not {notice.state}")


def _check_ids(shares: Sequence[Delivery] | Sequence[Notice]) -> None:
    if len({one.id for one in shares}) != len(shares):
        raise IllegalMove("two deliveries or notices of one transfer have the same id")
