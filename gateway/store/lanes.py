"""Lanes on the database: what waits in each, and which are not open.

Short transactions throughout: the command line changes lanes while the daemon serves them. The daemon looks at them as
often as it looks for wakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.errors import NotFound
from gateway.model.lane import HOUSE, TO
from gateway.model.lifecycle import DeliveryState
from gateway.store import codec, tables
from gateway.store.ledger import entry_bytes, write_entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.model.record import Entry
    from gateway.store.database import Database

WAKES: Final = tables.wakes.c
LANE: Final = tables.lanes.c
DELIVERY: Final = tables.deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Why a lane is not open: held by somebody since then, or closed until a time after so many failures in a row."""

    held_by: str = ""
    held_at: datetime | None = None
    reason: str = ""
    until: datetime | None = None
    failures: int = 0

    def is_closed(self, now: datetime) -> bool:
        """Say whether nothing may be handed over there now."""
        return bool(self.held_by) or (self.until is not None and now < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in one lane: transfers, those due by now, those being served, when the first of them came and is next.

    `first` and `last` are the ids of those whose turns come first and last: the last was often tried most lately.
    """

    lane: str
    transfers: int
    due: int
    served: int
    oldest: datetime | None
    next_at: datetime
    first: str
    last: str


ALL: Final = select(tables.lanes)
_HOLD = upsert(tables.lanes)
HOLD: Final = _HOLD.on_conflict_do_update(
    index_elements=[LANE.lane],
    set_={name: _HOLD.excluded[name] for name in ("held_by", "held_at", "reason")},
)
_CLOSE = upsert(tables.lanes)
CLOSE: Final = _CLOSE.on_conflict_do_update(
    index_elements=[LANE.lane], set_={name: _CLOSE.excluded[name] for name in ("closed_until", "failures")}
)
NAMED: Final = LANE.lane == bindparam("named")
RESUME: Final = (
    update(tables.lanes)
    .where(NAMED, LANE.held_by.is_not(None))
    .values(held_by=None, held_at=None, reason=None, closed_until=None, failures=0)
)
OPEN: Final = update(tables.lanes).where(NAMED).values(closed_until=None, failures=0)
OPEN_WITH_DOMAINS: Final = (
    update(tables.lanes)
    .where(or_(NAMED, and_(LANE.lane > bindparam("named") + "/", LANE.lane < bindparam("named") + "0")))  # "0" is next
    .values(closed_until=None, failures=0)
)
OPEN_ALL: Final = update(tables.lanes).values(closed_until=None, failures=0)
TIDY: Final = delete(tables.lanes).where(LANE.held_by.is_(None), LANE.closed_until.is_(None), LANE.failures == 0)
_IS_OLD = and_(
    LANE.held_by.is_(None), LANE.closed_until < bindparam("before"), ~exists().where(WAKES.lane == LANE.lane)
)
ANY_OLD: Final = select(LANE.lane).where(_IS_OLD).limit(1)
FORGET: Final = delete(tables.lanes).where(_IS_OLD)

IS_WAITING: Final = WAKES.claimed_until.is_(None)
WAITING: Final = (
    select(
        WAKES.lane,
        func.count().label("transfers"),
        func.sum(case((and_(IS_WAITING, WAKES.at <= bindparam("now")), 1), else_=0)).label("due"),
        func.sum(case((WAKES.claimed_until > bindparam("now"), 1), else_=0)).label("served"),
        func.min(tables.transfers.c.received_at).label("oldest"),
        func.min(WAKES.at).label("next_at"),
    )
    .join(tables.transfers, tables.transfers.c.id == WAKES.transfer_id)
    .group_by(WAKES.lane)
    .order_by(WAKES.lane)
)
_IN_LANE = select(WAKES.transfer_id).where(WAKES.lane == bindparam("named")).limit(1)
FIRST: Final = _IN_LANE.order_by(WAKES.turn, WAKES.transfer_id)
LAST: Final = _IN_LANE.order_by(WAKES.turn.desc(), WAKES.transfer_id.desc())
_GOES_THERE = exists().where(
    DELIVERY.transfer_id == WAKES.transfer_id,
    DELIVERY.state == DeliveryState.SEALED.value,
    func.json_extract(DELIVERY.sealed, "$.channel") == bindparam("channel"),
    or_(
        bindparam("domain") == literal_column("''"),
        func.lower(func.json_extract(DELIVERY.value, "$.recipient")).like(bindparam("at_domain")),
    ),
)
_HURRY = update(tables.wakes).values(
    hurried=True,
    at=case((IS_WAITING, func.min(WAKES.at, bindparam("now"))), else_=WAKES.at),
    turn=case((IS_WAITING, func.min(WAKES.turn, bindparam("now"))), else_=WAKES.turn),
    next_at=case((IS_WAITING, WAKES.next_at), else_=bindparam("now")),
    lane=case((and_(IS_WAITING, WAKES.lane != bindparam("named"), bindparam("named") != ""), HOUSE), else_=WAKES.lane),
)
HURRY_LANE: Final = _HURRY.where(or_(WAKES.lane == bindparam("named"), _GOES_THERE))
HURRY_ONE: Final = _HURRY.where(WAKES.transfer_id == bindparam("transfer"))
HURRY_ALL: Final = _HURRY.where(WAKES.lane >= TO, WAKES.lane < "to;")


class SqlLanes:
    """Lanes that are not open, and what waits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def closed(self) -> Mapping[str, Closed]:
        """Return the lanes that are held, or closed for a time that may be over, and why."""
        with self._database.read() as connection:
            return {row.lane: _closed(row) for row in connection.execute(ALL)}

    def waiting(self, now: datetime) -> Sequence[Waiting]:
        """Return what waits in each lane, by name."""
        with self._database.read() as connection:
            rows = connection.execute(WAITING, {"now": codec.write_time(now)}).all()
            ends = {
                row.lane: [connection.execute(end, {"named": row.lane}).scalar_one() for end in (FIRST, LAST)]
                for row in rows
            }
        return tuple(
            Waiting(
                lane=row.lane,
                transfers=row.transfers,
                due=row.due,
                served=row.served,
                oldest=codec.read_time(row.oldest),
                next_at=codec.read_time(row.next_at),
                first=ends[row.lane][0],
                last=ends[row.lane][1],
            )
            for row in rows
        )

    def hold(self, lane: str, *, by: str, reason: str, entry: Entry) -> None:
        """Let nothing be handed over there until it is resumed, with its ledger entry."""
        row = {"lane": lane, "held_by": by, "held_at": codec.write_time(entry.at), "reason": reason}
        self._write(HOLD, row, entry)

    def resume(self, lane: str, entry: Entry) -> None:
        """Open a lane that was held; `NotFound` when it is not."""

        def write(connection: Connection) -> None:
            if not connection.execute(RESUME, {"named": lane}).rowcount:
                raise NotFound(f"{lane.removeprefix(TO)} is not held", hint="see 'gateway queue'")
            connection.execute(TIDY)
            write_entries(connection, [entry_bytes(entry)])

        self._database.write(write)

    def close(self, lane: str, until: datetime, failures: int) -> None:
        """Let a lane be closed for a time, after so many failures in a row."""
        self._write(CLOSE, {"lane": lane, "closed_until": codec.write_time(until), "failures": failures})

    def reopen(self, lane: str) -> None:
        """Open a lane that was closed for a time; it stays held if it is held."""

        def write(connection: Connection) -> None:
            connection.execute(OPEN, {"named": lane})
            connection.execute(TIDY)

        self._database.write(write)

    def forget(self, before: datetime) -> None:
        """Forget what failed before then, where nothing waits: the domains that people mistype are without number."""
        about = {"before": codec.write_time(before)}
        with self._database.read() as connection:
            if connection.execute(ANY_OLD, about).first() is None:
                return
        self._database.write(lambda connection: connection.execute(FORGET, about).rowcount)

    def hurry(self, now: datetime, *, lane: str = "", transfer_id: str = "") -> int:
        """Let what waits for its next try be tried now: of a destination, of one transfer, or of all destinations.

        Returns how many transfers. Destinations that were closed for a time are open again, a channel's with all its
        domains; held ones stay held.
        """
        moment = codec.write_time(now)
        channel, _, domain = lane.removeprefix(TO).partition("/")
        about: dict[str, Any] = {"now": moment, "named": lane}
        statement, about = (HURRY_ALL, about) if not lane and not transfer_id else (HURRY_ONE, about)
        if transfer_id:
            about |= {"transfer": transfer_id}
        elif lane:
            statement = HURRY_LANE
            about |= {"channel": channel, "domain": domain, "at_domain": f"%@{domain}"}

        def write(connection: Connection) -> int:
            connection.execute(OPEN_WITH_DOMAINS if lane else OPEN_ALL, {"named": lane} if lane else {})
            connection.execute(TIDY)
            return int(connection.execute(statement, about).rowcount)

        return self._database.write(write)

    def _write(self, statement: Any, row: Mapping[str, object], entry: Entry | None = None) -> None:  # noqa: ANN401 - an upsert has no public type
        lines = [entry_bytes(entry)] if entry else []

        def write(connection: Connection) -> None:
            connection.execute(statement, row)
            write_entries(connection, lines)

        self._database.write(write)


def _closed(row: Any) -> Closed:  # noqa: ANN401 - a row has no type
    return Closed(
        held_by=row.held_by or "",
        held_at=row.held_at and codec.read_time(row.held_at),
        reason=row.reason or "",
        until=row.closed_until and codec.read_time(row.closed_until),
        failures=row.failures,
    )
