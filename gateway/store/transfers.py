"""Transfers on the database: one step is one transaction, fenced by version, and only along the lifecycle tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, Table, and_, bindparam, exists, insert, select, update

from gateway.errors import Conflict, NotFound, Repeated
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import Instruction
from gateway.store import codec, rows, tables
from gateway.store.deciding import refuse
from gateway.store.ledger import entry_bytes, write_entries
from gateway.store.prepared import Prepared, driver_of
from gateway.store.recorded import counted, recorded
from gateway.store.step import Step
from gateway.store.wakes import OVER, end_wake, note_move, write_first_wake, write_wake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.record import Entry, Recorded
    from gateway.model.transfer import Transfer
    from gateway.store import StoredObject
    from gateway.store.database import Database

PAGE: Final = 200
"""Transfers read together: well below SQLite's limit on parameters."""

MOST_ALIKE: Final = 50
"""Transfers that are named of those with one Message-ID."""

# Built once: SQLAlchemy takes longer to build a statement than SQLite takes to run it.

TRANSFER: Final = tables.transfers.c
DELIVERY: Final = tables.deliveries.c
INSTRUCTION: Final = tables.instructions.c
CORRESPONDENT: Final = tables.correspondents.c

HELD: Final = exists().where(DELIVERY.transfer_id == TRANSFER.id, DELIVERY.state == DeliveryState.HELD.value)
UNFINISHED: Final = TRANSFER.state.not_in([state.value for state in OVER])
NEWEST: Final = select(TRANSFER.id).order_by(TRANSFER.received_at.desc(), TRANSFER.id.desc()).limit(bindparam("limit"))
FOUND: Final[dict[tuple[bool, bool], Select[Any]]] = {
    (False, False): NEWEST,
    (True, False): NEWEST.where(HELD),
    (False, True): NEWEST.where(UNFINISHED),
    (True, True): NEWEST.where(HELD, UNFINISHED),
}
"""Ids of transfers, by (held, unfinished)."""

OWN_ROWS: Final = select(tables.transfers).where(TRANSFER.id.in_(bindparam("ids", expanding=True)))


def _shares_of(table: Table) -> Select[Any]:
    return select(table).where(table.c.transfer_id.in_(bindparam("ids", expanding=True))).order_by(table.c.position)


SHARES: Final = (_shares_of(tables.deliveries), _shares_of(tables.notices))


def _share_of_one(table: Table) -> Select[Any]:
    return select(table).where(table.c.transfer_id == bindparam("transfer")).order_by(table.c.position)


WHOLE: Final = (
    Prepared(select(tables.transfers).where(TRANSFER.id == bindparam("transfer"))),
    *(Prepared(_share_of_one(table)) for table in (tables.deliveries, tables.notices)),
)
"""The rows of one transfer: its own, its deliveries, its notices."""

NAMES: Final = tuple(table.columns.keys() for table in (tables.transfers, tables.deliveries, tables.notices))

ADD_OBJECTS: Final = Prepared(insert(tables.objects), columns_of_parameters=True)
ADD_INSTRUCTION: Final = insert(tables.instructions)
KNOWN_DELIVERY: Final = select(DELIVERY.id).where(
    DELIVERY.transfer_id == bindparam("transfer"), DELIVERY.id == bindparam("delivery")
)
NAMED_INSTRUCTION: Final = select(INSTRUCTION.transfer_id, INSTRUCTION.done).where(
    INSTRUCTION.id == bindparam("instruction")
)
CARRY_OUT: Final = update(tables.instructions).where(INSTRUCTION.id == bindparam("instruction")).values(done=True)
KNOWN: Final = Prepared(
    select(CORRESPONDENT.since).where(
        CORRESPONDENT.sender == bindparam("sender"), CORRESPONDENT.recipient == bindparam("recipient")
    )
)
CAME: Final = "SELECT 1 FROM messages WHERE digest = ? AND received_at >= ? LIMIT 1"  # asked of every mail
ALIKE: Final = (
    "SELECT transfer_id FROM messages WHERE digest = :digest AND received_at >= :since"
    " ORDER BY received_at DESC, transfer_id DESC LIMIT :most"
)
SAME: Final = (  # one row is read for each of them, and none is decoded
    f"SELECT id FROM ({ALIKE}) JOIN transfers ON id = transfer_id"  # noqa: S608 - of our own words
    " WHERE json_extract(value, '$.sent_sha256') = :sent ORDER BY received_at DESC, id DESC"
)
WAITING: Final = Prepared(
    select(INSTRUCTION.value)
    .where(and_(INSTRUCTION.transfer_id == bindparam("transfer"), INSTRUCTION.done.is_(False)))
    .order_by(INSTRUCTION.number)
)


class SqlTransfers:
    """`Transfers` of the Protocol. `require` refuses an object that nobody could open any more."""

    def __init__(self, database: Database, require: Callable[[StoredObject], None]) -> None:
        self._database = database
        self._require = require

    def commit(
        self,
        before: Transfer | None,
        after: Transfer,
        *,
        entries: Sequence[Entry],
        objects: Sequence[StoredObject] = (),
        wake: datetime | None = None,
        instruction_done: str = "",
        through: Sequence[Transfer] = (),
        alone_since: datetime | None = None,
    ) -> Transfer:
        """Write one step durably and return `after` with its new version.

        A step may be several moves: `through` is how the transfer stood between them.

        Raises `Conflict` when somebody moved the transfer first (or, for a new one, when it is there already),
        `IllegalMove` for a move that no lifecycle table has or a changed set of deliveries, `StorageFull`; `Repeated`
        where a transfer with the same `message_id` was received at or after `alone_since`. Whatever is raised, nothing
        was written.
        """
        if before is not None and before.id != after.id:
            raise ValueError("a step changes one transfer")
        version = 1 if before is None else before.version + 1
        written = after if after.version == version else replace(after, version=version)
        lines = [entry_bytes(entry) for entry in entries]
        # encoded here, so that the one writer has less to do
        step = Step(before, written, through, at=entries[-1].at if entries else None)
        contents = [rows.object_row(one, after.id) for one in objects]
        is_move = before is not None and not any(each.attempt_open for each in after.deliveries)

        def write(connection: Connection) -> bool:
            if alone_since is not None and _came(connection, after.message_id, alone_since):
                return False  # no error: with one, all that is written at the same time would be written again
            step.write(connection)
            if written.state in OVER:
                end_wake(connection, after.id)
            elif is_move:  # to begin an attempt is none: it may be what kills
                note_move(connection, after.id)
            self._add(connection, objects, contents)
            write_entries(connection, lines)
            if instruction_done:
                _carry_out(connection, after.id, instruction_done)
            if wake is not None:
                write_first_wake(connection, after, wake)
            return True

        if not self._database.write(write):
            raise Repeated("mail with the same Message-ID came not long before")
        return written

    def _add(self, connection: Connection, objects: Sequence[StoredObject], contents: Sequence[rows.Row]) -> None:
        for one in objects:  # here, where no rotation can retire a key between this look and the commit
            self._require(one)
        ADD_OBJECTS.run_each(connection, contents)

    def get(self, transfer_id: str) -> Transfer:
        """Return a transfer; a prefix of its id will do where only one begins with it; `NotFound`."""
        if one := _load_one(self._database, transfer_id):
            return one
        found: Sequence[Transfer] = ()
        with self._database.read() as connection:
            if transfer_id:
                begins = TRANSFER.id.startswith(transfer_id, autoescape=True)
                ids = connection.execute(select(TRANSFER.id).where(begins).limit(2)).scalars().all()
                if len(ids) > 1:
                    raise NotFound(f"more than one transfer begins with {transfer_id}", hint="give more of its id")
                found = _load(connection, ids)
        if not found:
            raise NotFound(f"no transfer {transfer_id}", hint="see `gateway transfers list`")
        return found[0]

    def find(self, *, held: bool = False, unfinished: bool = False, limit: int = 100) -> Iterator[Transfer]:
        """Return transfers, newest first: those with a held delivery, those not over, or all."""
        with self._database.read() as connection:
            ids = connection.execute(FOUND[held, unfinished], {"limit": limit}).scalars().all()
        for start in range(0, len(ids), PAGE):
            with self._database.read() as connection:  # never held open while the caller thinks
                page = _load(connection, ids[start : start + PAGE])
            yield from page

    def instruct(self, instruction: Instruction, *, seen: int | None = None) -> None:
        """File an officer's instruction and wake its transfer when it is due, in one transaction.

        `NotFound`; `Conflict` when it was filed already, another decision on the same delivery waits, or what is held
        is not of the version that the officer saw (`seen`); `NotPermitted` for one person's second release.
        """
        value = codec.dumps(Instruction, instruction)
        row = {"id": instruction.id, "transfer_id": instruction.transfer_id, "value": value}
        told = {"transfer": instruction.transfer_id, "delivery": instruction.delivery_id}

        def write(connection: Connection) -> None:
            if connection.execute(KNOWN_DELIVERY, told).first() is None:
                raise NotFound(f"no delivery {instruction.delivery_id} in transfer {instruction.transfer_id}")
            if connection.execute(NAMED_INSTRUCTION, {"instruction": instruction.id}).first() is not None:
                raise Conflict(f"instruction {instruction.id} was filed already")
            refuse(connection, instruction, seen)
            connection.execute(ADD_INSTRUCTION, row)
            write_wake(connection, instruction.transfer_id, instruction.not_before or instruction.at)

        self._database.write(write)

    def withdraw(self, instruction_id: str, entry: Entry) -> None:
        """Take back an instruction that was not carried out yet, with its ledger entry, in one transaction.

        `NotFound` where there is none of this transfer, `Conflict` when it was carried out or taken back before.
        """
        line = entry_bytes(entry)

        def write(connection: Connection) -> None:
            _carry_out(connection, entry.transfer_id, instruction_id)
            write_entries(connection, [line])

        self._database.write(write)

    def instructions(self, transfer_id: str) -> Sequence[Instruction]:
        """Return the instructions for a transfer that are not carried out yet, oldest first."""
        texts = self._database.ask(*WAITING.question({"transfer": transfer_id}))
        return tuple(codec.loads(Instruction, text) for (text,) in texts)

    def was_instructed(self, instruction_id: str) -> bool:
        """Say whether an instruction of that id was ever filed, carried out or not."""
        with self._database.read() as connection:
            return connection.execute(NAMED_INSTRUCTION, {"instruction": instruction_id}).first() is not None

    def has_corresponded(self, sender: str, recipient: str) -> bool:
        """Say whether something was delivered from this sender to this recipient before."""
        pair = {"sender": rows.as_correspondent(sender), "recipient": rows.as_correspondent(recipient)}
        return bool(self._database.ask(*KNOWN.question(pair)))

    def with_message_id(self, digest: str, *, since: datetime | None = None, sent: str = "") -> Sequence[str]:
        """Return the ids of transfers whose `message_id` is this, newest first, of those received at or after `since`.

        Of many with the same the newest 50; of these, where `sent` is given, those whose `sent_sha256` it is.
        """
        about = {"digest": digest, "since": codec.write_time(since) if since else "", "most": MOST_ALIKE}
        question, about = (SAME, {**about, "sent": sent}) if sent else (ALIKE, about)
        return tuple(transfer_id for (transfer_id,) in self._database.ask(question, about))

    def recorded(
        self, *, since: datetime | None = None, after: str = "", limit: int | None = None
    ) -> Iterator[Recorded]:
        """Yield what was decided of each delivery last, the transfer received first first; `NotFound`, `Damaged`.

        Only transfers received at or after `since`, and behind the transfer `after`. What was decided before a gateway
        kept circumstances is left out. Memory is bounded however many there are.
        """
        return recorded(self._database, since=since, after=after, limit=limit)

    def counted(self, *, since: datetime | None = None) -> tuple[int, int]:
        """Return how many deliveries `recorded` yields, and how many it leaves out for want of circumstances."""
        return counted(self._database, since=since)


def _came(connection: Connection, digest: str, since: datetime) -> bool:
    """Say whether mail with this Message-ID was received at or after then."""
    return driver_of(connection).execute(CAME, (digest, codec.write_time(since))).fetchone() is not None


def _carry_out(connection: Connection, transfer_id: str, instruction_id: str) -> None:
    row = connection.execute(NAMED_INSTRUCTION, {"instruction": instruction_id}).first()
    if row is None or row.transfer_id != transfer_id:
        raise NotFound(f"no instruction {instruction_id} for transfer {transfer_id}")
    if row.done:
        raise Conflict(f"instruction {instruction_id} was carried out already")
    connection.execute(CARRY_OUT, {"instruction": instruction_id})


def _load_one(database: Database, transfer_id: str) -> Transfer | None:
    """Return the transfer of that id, if there is one."""
    about = {"transfer": transfer_id}
    found = database.ask_at_once([each.question(about) for each in WHOLE])
    own, deliveries, notices = (
        [dict(zip(names, row, strict=True)) for row in part] for names, part in zip(NAMES, found, strict=True)
    )
    return rows.transfer_of(own[0], deliveries, notices) if own else None


def _load(connection: Connection, ids: Sequence[str]) -> list[Transfer]:
    """Return transfers in the order of `ids`, without those that are not there."""
    if not ids:
        return []
    own = {row["id"]: row for row in _rows(connection, OWN_ROWS, ids)}
    if not own:
        return []
    shares: list[dict[str, list[rows.Row]]] = []
    for statement in SHARES:
        shares.append(defaultdict(list))
        for row in _rows(connection, statement, ids):
            shares[-1][row["transfer_id"]].append(row)
    deliveries, notices = shares
    return [rows.transfer_of(own[one], deliveries[one], notices[one]) for one in ids if one in own]


def _rows(connection: Connection, statement: Select[Any], ids: Sequence[str]) -> Iterator[rows.Row]:
    found = connection.execute(statement, {"ids": ids})
    names = tuple(found.keys())
    return (dict(zip(names, row, strict=True)) for row in found)
