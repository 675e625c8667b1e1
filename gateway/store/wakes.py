"""The engine's one duty, on the database: which transfer is to be advanced, and when.

One row a transfer. `at` is the wake that is waiting or being served, `next_at` a wake that came while it was being
served. A claim draws a new ticket, and only the holder of the ticket may end, postpone or renew it; so a runner that
was frozen beyond its lease cannot end the wake of the one that took over, and a wake that comes during a run is
served after it. `tries` counts the claims in a row that ended without a word or with a failure: whoever claims may
see that this transfer keeps killing those who carry it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.model.lifecycle import ENDED, DeliveryState, NoticeState, TransferState
from gateway.store import Claim, codec, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.dialects.sqlite import Insert

    from gateway.store.database import Database

TICKET_BITS: Final = 62
OVER: Final = (TransferState.FINISHED, TransferState.DESTROYED)
AT_WORK: Final = tuple(state for state in DeliveryState if state not in ENDED and state is not DeliveryState.HELD)

WAKES: Final = tables.wakes.c


def _wake() -> Insert:
    new = upsert(tables.wakes)
    waiting, moment = WAKES.claimed_until.is_(None), new.excluded.at
    return new.on_conflict_do_update(
        index_elements=[WAKES.transfer_id],
        set_={
            "at": case((waiting, func.min(WAKES.at, moment)), else_=WAKES.at),
            "next_at": case((waiting, None), else_=func.min(func.coalesce(WAKES.next_at, moment), moment)),
            "ticket": case((waiting, new.excluded.ticket), else_=WAKES.ticket),
        },
    )


def may_advance() -> ColumnElement[bool]:
    """Return the condition under which a row of `transfers` has a move to make that no officer must make first."""
    transfer = tables.transfers.c
    deliveries = tables.deliveries.c
    own = deliveries.transfer_id == transfer.id
    unended = exists().where(own, deliveries.state.not_in([state.value for state in ENDED]))
    at_work = exists().where(own, deliveries.state.in_([state.value for state in AT_WORK]))
    notice = exists().where(
        tables.notices.c.transfer_id == transfer.id, tables.notices.c.state == NoticeState.WAITING.value
    )
    instruction = exists().where(
        tables.instructions.c.transfer_id == transfer.id, tables.instructions.c.done.is_(False)
    )
    early = transfer.state.in_([TransferState.RECEIVED.value, TransferState.INSPECTED.value])
    ready_to_finish = and_(transfer.state == TransferState.DECIDED.value, ~unended)
    return and_(
        transfer.state.not_in([state.value for state in OVER]),
        or_(early, at_work, notice, instruction, ready_to_finish),
    )


# Built once: SQLAlchemy takes longer to build a statement than SQLite takes to run it.

WAKE: Final = _wake()
DUE: Final = (
    select(WAKES.transfer_id, WAKES.tries)
    .where(WAKES.at <= bindparam("now"), or_(WAKES.claimed_until.is_(None), WAKES.claimed_until <= bindparam("now")))
    .order_by(WAKES.at, WAKES.transfer_id)
    .limit(bindparam("limit"))
)
TAKE: Final = update(tables.wakes).where(WAKES.transfer_id == bindparam("transfer"))
HELD: Final = and_(
    WAKES.transfer_id == bindparam("transfer"), WAKES.ticket == bindparam("held"), WAKES.claimed_until.is_not(None)
)
END: Final = delete_rows(tables.wakes).where(HELD, WAKES.next_at.is_(None))
GO_ON: Final = update(tables.wakes).where(HELD).values(at=WAKES.next_at, next_at=None, claimed_until=None, tries=0)
RENEW: Final = update(tables.wakes).where(HELD).values(claimed_until=bindparam("until"), tries=0)
POSTPONE: Final = (
    update(tables.wakes)
    .where(HELD)
    .values(
        at=func.min(func.coalesce(WAKES.next_at, bindparam("moment")), bindparam("moment")),
        next_at=None,
        claimed_until=None,
        tries=bindparam("tried"),
    )
)
FORGET: Final = (
    update(tables.wakes)
    .where(WAKES.claimed_until.is_not(None))
    .values(at=func.min(func.coalesce(WAKES.next_at, WAKES.at), WAKES.at), next_at=None, claimed_until=None)
)
UNCOVERED: Final = select(tables.transfers.c.id).where(
    may_advance(), ~exists().where(WAKES.transfer_id == tables.transfers.c.id)
)
ANY_UNCOVERED: Final = UNCOVERED.limit(1)
ADD: Final = insert(tables.wakes)
NEXT: Final = (
    select(func.coalesce(func.max(WAKES.claimed_until, WAKES.at), WAKES.at).label("moment")).order_by("moment").limit(1)
)


def write_wake(connection: Connection, transfer_id: str, at: datetime) -> None:
    """Wake a transfer inside the caller's transaction; the earlier of two waiting wakes counts."""
    connection.execute(WAKE, {"transfer_id": transfer_id, "at": codec.write_time(at), "ticket": _ticket()})


class SqlWakes:
    """`Wakes` of the Protocol."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Claim]:
        """Take due wakes that nobody holds, the longest due first."""
        if lease <= timedelta(0):
            raise ValueError("a lease must last")
        moment, until = codec.write_time(now), codec.write_time(now + lease)
        with self._database.read() as connection:  # asking often must not cost a flush each time
            if connection.execute(DUE, {"now": moment, "limit": min(limit, 1)}).first() is None:
                return ()

        def write(connection: Connection) -> list[Claim]:
            due = connection.execute(DUE, {"now": moment, "limit": limit}).all()
            held_until = codec.read_time(until)
            claims = [Claim(transfer_id=one, ticket=_ticket(), until=held_until, tries=tries + 1) for one, tries in due]
            if claims:
                connection.execute(
                    TAKE,
                    [
                        {"transfer": one.transfer_id, "ticket": one.ticket, "claimed_until": until, "tries": one.tries}
                        for one in claims
                    ],
                )
            return claims

        return tuple(self._database.write(write))

    def done(self, claim: Claim) -> None:
        """The wake is over; one that came meanwhile now waits. Nothing happens when somebody else took over."""

        def write(connection: Connection) -> None:
            if not connection.execute(END, _fence(claim)).rowcount:
                connection.execute(GO_ON, _fence(claim))

        self._database.write(write)

    def later(self, claim: Claim, at: datetime, *, failed: bool = False) -> None:
        """The same wake again, not before `at`, unless a wake that came meanwhile is due before."""
        values = {**_fence(claim), "moment": codec.write_time(at), "tried": claim.tries if failed else 0}
        self._database.write(lambda connection: connection.execute(POSTPONE, values).rowcount)

    def renew(self, claim: Claim, until: datetime) -> bool:
        """Hold a claim on, after a move was made; False when somebody else has taken it over."""
        values = {**_fence(claim), "until": codec.write_time(until)}
        return bool(self._database.write(lambda connection: connection.execute(RENEW, values).rowcount))

    def forget_claims(self) -> None:
        """Give back every claim: for the only runner of a database, at its start, after the one before it died."""
        self._database.write(lambda connection: connection.execute(FORGET).rowcount)

    def sweep(self, now: datetime) -> int:
        """Wake every transfer that has something to do and no wake; return how many there were."""
        with self._database.read() as connection:
            if connection.execute(ANY_UNCOVERED).first() is None:
                return 0
        moment = codec.write_time(now)

        def write(connection: Connection) -> int:
            found = connection.execute(UNCOVERED).scalars().all()
            if found:
                connection.execute(ADD, [{"transfer_id": one, "at": moment, "ticket": _ticket()} for one in found])
            return len(found)

        return self._database.write(write)

    def next_due(self) -> datetime | None:
        """Return when the next wake can be claimed: the earliest one due, or the earliest lease that runs out."""
        with self._database.read() as connection:
            moment = connection.execute(NEXT).scalar()
        return None if moment is None else codec.read_time(moment)


def _fence(claim: Claim) -> dict[str, str | int]:
    """Return the parameters of `HELD`."""
    return {"transfer": claim.transfer_id, "held": claim.ticket}


def _ticket() -> int:
    return secrets.randbits(TICKET_BITS)
