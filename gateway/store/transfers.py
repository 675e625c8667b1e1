"""Transfers on the database: one step is one transaction, fenced by version, and only along the lifecycle tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select, update

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
from gateway.model.record import Instruction
from gateway.store import codec, rows, tables
from gateway.store.ledger import entry_bytes, write_entries
from gateway.store.wakes import OVER, write_wake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from gateway.model.record import Entry
    from gateway.model.transfer import Delivery, Notice, Transfer
    from gateway.store import StoredObject
    from gateway.store.database import Database

PAGE = 200
"""Transfers read together: well below SQLite's limit on parameters."""


class SqlTransfers:
    """`Transfers` of the Protocol."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def commit(
        self,
        before: Transfer | None,
        after: Transfer,
        *,
        entries: Sequence[Entry],
        objects: Sequence[StoredObject] = (),
        wake: datetime | None = None,
        instruction_done: str = "",
    ) -> Transfer:
        """Write one step durably and return `after` with its new version.

        Raises `Conflict` when somebody moved the transfer first (or, for a new one, when it is there already),
        `IllegalMove` for a move that no lifecycle table has or a changed set of deliveries, `StorageFull`. Whatever
        is raised, nothing was written.
        """
        if before is not None and before.id != after.id:
            raise ValueError("a step changes one transfer")
        written = replace(after, version=1 if before is None else before.version + 1)
        lines = [entry_bytes(entry) for entry in entries]
        step = _Step(before, written)  # encoded here, so that the one writer has less to do

        def write(connection: Connection) -> None:
            step.write(connection)
            _write_objects(connection, after.id, objects)
            write_entries(connection, lines)
            if instruction_done:
                _carry_out(connection, after.id, instruction_done)
            if wake is not None:
                write_wake(connection, after.id, wake)

        self._database.write(write)
        return written

    def get(self, transfer_id: str) -> Transfer:
        """Return a transfer; a prefix of its id will do where only one begins with it; `NotFound`."""
        own = tables.transfers.c.id
        with self._database.read() as connection:
            found = connection.execute(select(own).where(own == transfer_id)).scalars().all()
            if not found and transfer_id:
                begins = own.startswith(transfer_id, autoescape=True)
                found = connection.execute(select(own).where(begins).limit(2)).scalars().all()
            if not found:
                raise NotFound(f"no transfer {transfer_id}", hint="see `gateway transfers list`")
            if len(found) > 1:
                raise NotFound(f"more than one transfer begins with {transfer_id}", hint="give more of its id")
            return _load(connection, found)[0]

    def find(self, *, held: bool = False, unfinished: bool = False, limit: int = 100) -> Iterator[Transfer]:
        """Return transfers, newest first: those with a held delivery, those not over, or all."""
        transfer, delivery = tables.transfers.c, tables.deliveries.c
        wanted = select(transfer.id).order_by(transfer.received_at.desc(), transfer.id.desc()).limit(limit)
        if held:
            wanted = wanted.where(
                exists().where(delivery.transfer_id == transfer.id, delivery.state == DeliveryState.HELD.value)
            )
        if unfinished:
            wanted = wanted.where(transfer.state.not_in([state.value for state in OVER]))
        with self._database.read() as connection:
            ids = connection.execute(wanted).scalars().all()
        for start in range(0, len(ids), PAGE):
            with self._database.read() as connection:  # never held open while the caller thinks
                page = _load(connection, ids[start : start + PAGE])
            yield from page

    def instruct(self, instruction: Instruction) -> None:
        """File an officer's instruction and wake its transfer, in one transaction; `NotFound`, `Conflict`."""
        value = codec.dumps(Instruction, instruction)

        def write(connection: Connection) -> None:
            delivery = tables.deliveries.c
            known = select(delivery.id).where(
                delivery.transfer_id == instruction.transfer_id, delivery.id == instruction.delivery_id
            )
            if connection.execute(known).first() is None:
                raise NotFound(f"no delivery {instruction.delivery_id} in transfer {instruction.transfer_id}")
            if connection.execute(_instruction_named(instruction.id)).first() is not None:
                raise Conflict(f"instruction {instruction.id} was filed already")
            connection.execute(
                insert(tables.instructions).values(id=instruction.id, transfer_id=instruction.transfer_id, value=value)
            )
            write_wake(connection, instruction.transfer_id, instruction.at)

        self._database.write(write)

    def instructions(self, transfer_id: str) -> Sequence[Instruction]:
        """Return the instructions for a transfer that are not carried out yet, oldest first."""
        waiting = (
            select(tables.instructions.c.value)
            .where(tables.instructions.c.transfer_id == transfer_id, tables.instructions.c.done.is_(False))
            .order_by(tables.instructions.c.number)
        )
        with self._database.read() as connection:
            texts = connection.execute(waiting).scalars().all()
        return tuple(codec.loads(Instruction, text) for text in texts)


class _Step:
    """The rows of one step: encoded when made, checked against what is stored and written inside the transaction."""

    def __init__(self, before: Transfer | None, after: Transfer) -> None:
        self.before, self.after = before, after
        self.row = rows.transfer_row(after, before)
        was = before.deliveries if before else ()
        self.deliveries = _changed(rows.DELIVERY, was, after.deliveries)
        self.notices = _changed(rows.NOTICE, before.notices if before else (), after.notices)

    def write(self, connection: Connection) -> None:
        """Write the rows; `Conflict`, `IllegalMove`."""
        if self.before is None:
            self._create(connection)
        else:
            self._change(connection, self.before)
        for table, changed in ((tables.deliveries, self.deliveries), (tables.notices, self.notices)):
            stored = _states(connection, table, self.after.id)
            for row in changed:
                _write_share(connection, table, self.after.id, row, is_new=row["id"] not in stored)

    def _create(self, connection: Connection) -> None:
        if connection.execute(select(tables.transfers.c.id).where(tables.transfers.c.id == self.after.id)).first():
            raise Conflict(f"transfer {self.after.id} is there already")
        _check_start(self.after)
        connection.execute(insert(tables.transfers).values(self.row))

    def _change(self, connection: Connection, before: Transfer) -> None:
        own = tables.transfers.c
        stored = connection.execute(select(own.version, own.state).where(own.id == before.id)).first()
        if stored is None:
            raise NotFound(f"no transfer {before.id}")
        if stored.version != before.version:
            raise Conflict(f"transfer {before.id} moved meanwhile", hint="read it again")
        # against what is stored, not against what the caller says was stored
        _check_move(TRANSFER_MOVES, TransferState(stored.state), self.after.state, f"transfer {before.id}")
        _check_deliveries(self.after, _states(connection, tables.deliveries, before.id))
        _check_notices(self.after, _states(connection, tables.notices, before.id))
        connection.execute(update(tables.transfers).where(own.id == before.id).values(self.row))


def _changed(layout: rows.Layout[Any], before: Sequence[Any], after: Sequence[Any]) -> list[rows.Row]:
    """Return the rows of what is new, changed or in another place."""
    was = {one.id: (position, one) for position, one in enumerate(before)}
    return [
        {**layout.to_row(one), "position": position}
        for position, one in enumerate(after)
        if was.get(one.id) != (position, one)
    ]


def _write_share(connection: Connection, table: Table, transfer_id: str, row: rows.Row, *, is_new: bool) -> None:
    if is_new:
        connection.execute(insert(table).values({**row, "transfer_id": transfer_id}))
    else:
        connection.execute(update(table).where(table.c.transfer_id == transfer_id, table.c.id == row["id"]).values(row))


def _write_objects(connection: Connection, transfer_id: str, objects: Sequence[StoredObject]) -> None:
    for one in objects:
        connection.execute(
            insert(tables.objects).values(
                id=one.id,
                transfer_id=transfer_id,
                size=one.size,
                sha256=one.sha256,
                header=one.header,
                inline=one.inline,
            )
        )


def _carry_out(connection: Connection, transfer_id: str, instruction_id: str) -> None:
    named = _instruction_named(instruction_id).where(tables.instructions.c.transfer_id == transfer_id)
    row = connection.execute(named).first()
    if row is None:
        raise NotFound(f"no instruction {instruction_id} for transfer {transfer_id}")
    if row.done:
        raise Conflict(f"instruction {instruction_id} was carried out already")
    connection.execute(update(tables.instructions).where(tables.instructions.c.id == instruction_id).values(done=True))


def _instruction_named(instruction_id: str) -> Any:  # noqa: ANN401 - SQLAlchemy's type of a select is a page long
    return select(tables.instructions.c.id, tables.instructions.c.done).where(
        tables.instructions.c.id == instruction_id
    )


def _states(connection: Connection, table: Table, transfer_id: str) -> Mapping[str, str]:
    found = connection.execute(select(table.c.id, table.c.state).where(table.c.transfer_id == transfer_id))
    return {row.id: row.state for row in found}


def _check_move(moves: Mapping[Any, Mapping[str, Any]], before: Any, after: Any, what: str) -> None:  # noqa: ANN401 - any of three enums
    if not may_move(moves, before, after):
        raise IllegalMove(f"{what}: {before} to {after}")


def _check_start(after: Transfer) -> None:
    if after.state is not TransferState.RECEIVED:
        raise IllegalMove(f"transfer {after.id}: a new one is received, not {after.state}")
    for delivery in after.deliveries:
        if delivery.state is not DeliveryState.UNDECIDED:
            raise IllegalMove(f"delivery {delivery.id}: a new one is undecided, not {delivery.state}")
    _check_ids(after.deliveries)
    _check_notices(after, {})


def _check_deliveries(after: Transfer, stored: Mapping[str, str]) -> None:
    _check_ids(after.deliveries)
    if stored.keys() != {delivery.id for delivery in after.deliveries}:
        raise IllegalMove(f"transfer {after.id}: deliveries are fixed at acceptance")
    for delivery in after.deliveries:
        was = DeliveryState(stored[delivery.id])
        _check_move(DELIVERY_MOVES, was, delivery.state, f"delivery {delivery.id}")


def _check_notices(after: Transfer, stored: Mapping[str, str]) -> None:
    _check_ids(after.notices)
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


def _load(connection: Connection, ids: Sequence[str]) -> list[Transfer]:
    """Return transfers in the order of `ids`."""
    own = {
        row["id"]: row
        for row in connection.execute(select(tables.transfers).where(tables.transfers.c.id.in_(ids))).mappings()
    }
    shares: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for table in (tables.deliveries, tables.notices):
        wanted = select(table).where(table.c.transfer_id.in_(ids)).order_by(table.c.position)
        for row in connection.execute(wanted).mappings():
            shares.setdefault((table.name, row["transfer_id"]), []).append(dict(row))
    return [
        rows.transfer_of(dict(own[one]), shares.get(("deliveries", one), []), shares.get(("notices", one), []))
        for one in ids
        if one in own
    ]
