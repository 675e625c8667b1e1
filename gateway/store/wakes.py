"""The engine's one duty, on the database: which transfer is to be advanced, and when.

One row a transfer. `at` is the wake that is waiting or being served, `next_at` a wake that came while it was being
served. A claim draws a new ticket, and only the holder of the ticket may end, postpone or renew it; so a runner that
was frozen beyond its lease cannot end the wake of the one that took over, and a wake that comes during a run is
served after it. `tries` counts the claims in a row that ended without a word or with a failure: whoever claims may
see that this transfer keeps killing those who carry it.

A wake waits in a lane (`model.lane`) and is served there by its turn. A wake whose lane nobody knows yet waits in
`house`: whoever serves it finds out and passes it on.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select, text, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.model.lane import HOUSE, INSPECT, TO, WAITS, rank_of
from gateway.model.lifecycle import ENDED, DeliveryState, NoticeState, TransferState
from gateway.store import Claim, codec, tables
from gateway.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.dialects.sqlite import Insert

    from gateway.model.transfer import Transfer
    from gateway.store.database import Database

TICKET_BITS: Final = 62
MOST_APART: Final = 60  # seconds over which those that died with runners are spread at a start
MOST_DOUBLED: Final = 8
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
            "lane": case((waiting, new.excluded.lane), else_=WAKES.lane),
            "turn": case((waiting, func.min(WAKES.turn, new.excluded.turn)), else_=WAKES.turn),
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

WAKE: Final = Prepared(_wake(), columns_of_parameters=True)
_DUE = (
    select(WAKES.transfer_id, WAKES.tries, WAKES.lane, WAKES.turn, WAKES.rank, WAKES.hurried)
    .where(
        WAKES.turn <= bindparam("latest"),  # what is due has its turn a minute later at the most: the index ends there
        WAKES.at <= bindparam("now"),
        or_(WAKES.claimed_until.is_(None), WAKES.claimed_until <= bindparam("now")),
    )
    .order_by(WAKES.turn, WAKES.transfer_id)
    .limit(bindparam("limit"))
)
DUE: Final = Prepared(_DUE)
DUE_IN: Final = Prepared(_DUE.where(WAKES.lane == bindparam("lane")))
LANES: Final = text(
    """WITH RECURSIVE every(lane) AS (
        SELECT min(lane) FROM wakes
        UNION ALL SELECT (SELECT min(lane) FROM wakes WHERE lane > every.lane) FROM every WHERE every.lane IS NOT NULL
    )
    SELECT lane FROM every WHERE lane IS NOT NULL AND EXISTS (
        SELECT 1 FROM wakes WHERE wakes.lane = every.lane AND turn <= :latest AND at <= :now
            AND (claimed_until IS NULL OR claimed_until <= :now)
    )"""
)
"""Lanes with something to claim. Each is found by one look into the index, however many wakes wait in it."""
TAKE: Final = Prepared(
    update(tables.wakes).where(WAKES.transfer_id == bindparam("transfer")), columns_of_parameters=True
)
HELD: Final = and_(
    WAKES.transfer_id == bindparam("transfer"), WAKES.ticket == bindparam("held"), WAKES.claimed_until.is_not(None)
)
END: Final = Prepared(delete_rows(tables.wakes).where(HELD, WAKES.next_at.is_(None)))
END_WITH: Final = Prepared(
    delete_rows(tables.wakes).where(
        WAKES.transfer_id == bindparam("transfer"), WAKES.claimed_until.is_not(None), WAKES.next_at.is_(None)
    )
)
IS_HELD: Final = Prepared(select(WAKES.ticket).where(HELD))
GO_ON: Final = Prepared(
    update(tables.wakes)
    .where(HELD)
    .values(at=WAKES.next_at, next_at=None, claimed_until=None, tries=0, lane=HOUSE, turn=WAKES.next_at)
)
RENEW: Final = Prepared(update(tables.wakes).where(HELD).values(claimed_until=bindparam("until"), tries=0))
MOVED: Final = Prepared(
    update(tables.wakes).where(WAKES.transfer_id == bindparam("transfer"), WAKES.tries > 1).values(tries=0)
)
POSTPONE: Final = Prepared(
    update(tables.wakes)
    .where(HELD)
    .values(
        at=func.min(func.coalesce(WAKES.next_at, bindparam("moment")), bindparam("moment")),
        next_at=None,
        claimed_until=None,
        tries=bindparam("tried"),
        lane=case((WAKES.next_at < bindparam("moment"), HOUSE), else_=bindparam("to")),
        turn=func.min(func.coalesce(WAKES.next_at, bindparam("at_turn")), bindparam("at_turn")),
        hurried=and_(WAKES.hurried, bindparam("stays_hurried")),
    )
)
ROUND: Final = (
    update(tables.wakes)
    .where(WAKES.lane >= TO, WAKES.lane < TO[:-1] + chr(ord(TO[-1]) + 1))
    .where(WAKES.at <= bindparam("before"), WAKES.claimed_until.is_(None))
    .values(lane=HOUSE)
)
DIED: Final = select(WAKES.transfer_id, WAKES.tries, WAKES.at, WAKES.next_at, WAKES.turn).where(
    WAKES.claimed_until.is_not(None)
)
SUSPECTS: Final = select(WAKES.transfer_id).where(
    WAKES.tries > 1, WAKES.claimed_until.is_(None), WAKES.at <= bindparam("now")
)
GIVE_BACK: Final = (
    update(tables.wakes)
    .where(WAKES.transfer_id == bindparam("transfer"))
    .values(at=bindparam("moment"), turn=bindparam("at_turn"), next_at=None, claimed_until=None)
)
UNCOVERED: Final = select(tables.transfers.c.id).where(
    may_advance(), ~exists().where(WAKES.transfer_id == tables.transfers.c.id)
)
ANY_UNCOVERED: Final = UNCOVERED.limit(1)
ADD: Final = insert(tables.wakes)
NEXT: Final = (
    select(func.coalesce(func.max(WAKES.claimed_until, WAKES.at), WAKES.at).label("moment")).order_by("moment").limit(1)
)


def write_wake(connection: Connection, transfer_id: str, at: datetime, *, lane: str = HOUSE, rank: int = 0) -> None:
    """Wake a transfer inside the caller's transaction; the earlier of two waiting wakes counts."""
    WAKE.run(
        connection,
        {
            "transfer_id": transfer_id,
            "at": codec.write_time(at),
            "ticket": _ticket(),
            "lane": lane,
            "turn": codec.write_time(at + timedelta(seconds=rank)),
            "rank": rank,
        },
    )


def end_wake(connection: Connection, transfer_id: str) -> None:
    """End the wake that is being served inside the caller's transaction, which ends the transfer; keep a later one."""
    END_WITH.run(connection, {"transfer": transfer_id})


def note_move(connection: Connection, transfer_id: str) -> None:
    """Count tries from none inside the caller's transaction: whoever carries it made a move, and may die after it."""
    MOVED.run(connection, {"transfer": transfer_id})


def write_first_wake(connection: Connection, transfer: Transfer, at: datetime) -> None:
    """Wake a transfer in the lane and with the rank that it shows by itself."""
    lane = INSPECT if transfer.state is TransferState.RECEIVED else HOUSE
    write_wake(connection, transfer.id, at, lane=lane, rank=rank_of(urgent=transfer.urgent, size=transfer.size))


class SqlWakes:
    """`Wakes` of the Protocol."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, now: datetime, lease: timedelta, limit: int, lane: str = "") -> Sequence[Claim]:
        """Take due wakes that nobody holds, of one lane or of all, those whose turn came first."""
        if lease <= timedelta(0):
            raise ValueError("a lease must last")
        until = codec.write_time(now + lease)
        statement, about = DUE_IN if lane else DUE, _moment(now) | ({"lane": lane} if lane else {})
        if not self._database.ask(*statement.question({**about, "limit": min(limit, 1)})):
            return ()  # asking often must not cost a flush each time

        def write(connection: Connection) -> list[Claim]:
            due = statement.run(connection, {**about, "limit": limit}).fetchall()
            held_until = codec.read_time(until)
            claims = [
                Claim(
                    transfer_id=transfer_id,
                    ticket=_ticket(),
                    until=held_until,
                    tries=tries + 1,
                    lane=its_lane,
                    turn=turn,
                    rank=rank,
                    hurried=bool(hurried),
                )
                for transfer_id, tries, its_lane, turn, rank, hurried in due
            ]
            TAKE.run_each(
                connection,
                [
                    {"transfer": one.transfer_id, "ticket": one.ticket, "claimed_until": until, "tries": one.tries}
                    for one in claims
                ],
            )
            return claims

        return tuple(self._database.write(write))

    def lanes(self, now: datetime) -> Sequence[str]:
        """Return the lanes in which a wake is due that nobody holds."""
        with self._database.read() as connection:
            return tuple(connection.execute(LANES, _moment(now)).scalars())

    def done(self, claim: Claim) -> None:
        """The wake is over; one that came meanwhile now waits. Nothing happens when somebody else took over."""
        if not self._database.ask(*IS_HELD.question(_fence(claim))):
            return  # it ended with its transfer: that must not cost a flush

        def write(connection: Connection) -> None:
            if not END.run(connection, _fence(claim)).rowcount:
                GO_ON.run(connection, _fence(claim))

        self._database.write(write)

    def later(self, claim: Claim, at: datetime, *, failed: bool = False, lane: str = "") -> None:
        """The same wake again, not before `at`, unless a wake that came meanwhile is due before."""
        turn = codec.write_time(at + timedelta(seconds=claim.rank))
        self._postpone(claim, at, turn, lane=lane or claim.lane, tried=claim.tries if failed else 0)

    def pass_on(self, claim: Claim, now: datetime, lane: str) -> None:
        """The same wake in another lane, now, with the turn that it has."""
        self._postpone(claim, now, claim.turn or codec.write_time(now), lane=lane, tried=0)

    def _postpone(self, claim: Claim, at: datetime, turn: str, *, lane: str, tried: int) -> None:
        values = {
            **_fence(claim),
            "moment": codec.write_time(at),
            "at_turn": turn,
            "to": lane,
            "tried": tried,
            "stays_hurried": not claim.hurried or tried > 0,
        }
        self._database.write(lambda connection: POSTPONE.run(connection, values).rowcount)

    def renew(self, claim: Claim, until: datetime) -> bool:
        """Hold a claim on, after a move was made; False when somebody else has taken it over."""
        values = {**_fence(claim), "until": codec.write_time(until)}
        return bool(self._database.write(lambda connection: RENEW.run(connection, values).rowcount))

    def forget_claims(self, now: datetime) -> None:
        """Give back every claim: for the only runner of a database, at its start, after the one before it died.

        Whoever died with a runner more than once in a row may have killed it: others go first, for longer each time.
        """

        def write(connection: Connection) -> None:
            given = _one_by_one(connection, now)
            given += [
                {
                    "transfer": row.transfer_id,
                    "moment": max(min(row.at, row.next_at or row.at), after),
                    "at_turn": max(row.turn, after),
                }
                for row in connection.execute(DIED)
                for after in (_after(now, row.tries),)
            ]
            if given:
                connection.execute(GIVE_BACK, given)

        self._database.write(write)

    def sweep(self, now: datetime) -> int:
        """Wake every transfer that has something to do and no wake; return how many there were."""
        with self._database.read() as connection:
            if connection.execute(ANY_UNCOVERED).first() is None:
                return 0
        moment = codec.write_time(now)

        def write(connection: Connection) -> int:
            found = connection.execute(UNCOVERED).scalars().all()
            if found:
                connection.execute(
                    ADD, [{"transfer_id": one, "at": moment, "turn": moment, "ticket": _ticket()} for one in found]
                )
            return len(found)

        return self._database.write(write)

    def round(self, before: datetime) -> None:
        """Let what has been due at a destination since `before` be looked after once, whether or not it may go."""
        moment = codec.write_time(before)
        self._database.write(lambda connection: connection.execute(ROUND, {"before": moment}).rowcount)

    def next_due(self) -> datetime | None:
        """Return when the next wake can be claimed: the earliest one due, or the earliest lease that runs out."""
        with self._database.read() as connection:
            moment = connection.execute(NEXT).scalar()
        return None if moment is None else codec.read_time(moment)


def _one_by_one(connection: Connection, now: datetime) -> list[dict[str, str]]:
    """Return when those that are due and died with runners before go, a second apart and in any order.

    All at once, the one that kills would take the same others with it each time, and they would be held as it is.
    """
    suspects = list(connection.execute(SUSPECTS, {"now": codec.write_time(now)}).scalars())
    secrets.SystemRandom().shuffle(suspects)
    moments = (codec.write_time(now + timedelta(seconds=number % MOST_APART)) for number in range(len(suspects)))
    return [{"transfer": each, "moment": at, "at_turn": at} for each, at in zip(suspects, moments, strict=True)]


def _after(now: datetime, tries: int) -> str:
    """Return before when a wake that died with so many runners in a row is not claimed again; empty for the first.

    Those that died together come back at different times: the one that kills must not take the others with it.
    """
    if tries <= 1:
        return ""
    seconds = 2 ** min(tries, MOST_DOUBLED) * (1 + secrets.randbelow(1000) / 1000)
    return codec.write_time(now + timedelta(seconds=seconds))


def _moment(now: datetime) -> dict[str, str]:
    """Return the parameters of what is due."""
    return {"now": codec.write_time(now), "latest": codec.write_time(now + WAITS)}


def _fence(claim: Claim) -> dict[str, Any]:
    """Return the parameters of `HELD`."""
    return {"transfer": claim.transfer_id, "held": claim.ticket}


def _ticket() -> int:
    return secrets.randbits(TICKET_BITS)
