"""Parcels: sealed messages that the console and the daemon leave for one another. Nobody else can read them.

A parcel is taken once and is gone then; what nobody took is gone when it expires. There is room for so many and no
more, so that nobody can fill the disk with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, func, insert, select

from gateway.errors import Busy, Conflict, NotAccepted
from gateway.store import codec
from gateway.store.console_tables import parcels

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.database import Database

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of one parcel."""
MOST: Final = 200
"""Parcels that wait for one side."""
MOST_BYTES: Final = 512 * 1024 * 1024
"""Bytes of all that waits for one side."""

PARCEL: Final = parcels.c
FIELDS: Final = (PARCEL.id, PARCEL.kind, PARCEL.goes_to, PARCEL.key, PARCEL.body, PARCEL.at, PARCEL.expires)
IS_FRESH: Final = PARCEL.expires > bindparam("now")
TO: Final = PARCEL.goes_to == bindparam("side")
WAITING: Final = select(*FIELDS).where(TO, IS_FRESH).order_by(PARCEL.at, PARCEL.id).limit(bindparam("most"))
NAMED: Final = (
    select(*FIELDS).where(TO, PARCEL.key == bindparam("named"), IS_FRESH).order_by(PARCEL.at, PARCEL.id).limit(1)
)
ANY: Final = select(PARCEL.id).where(TO, IS_FRESH).limit(1)
ANY_NAMED: Final = select(PARCEL.id).where(TO, PARCEL.key == bindparam("named"), IS_FRESH).limit(1)
LOAD: Final = select(func.count(), func.coalesce(func.sum(func.length(PARCEL.body)), 0)).where(TO)
KNOWN: Final = select(PARCEL.id).where(PARCEL.id == bindparam("named"))
REMOVE: Final = delete(parcels).where(PARCEL.id == bindparam("taken"))
EXPIRE: Final = delete(parcels).where(PARCEL.expires <= bindparam("now"))
ANY_EXPIRED: Final = select(PARCEL.id).where(PARCEL.expires <= bindparam("now")).limit(1)


class Side(StrEnum):
    """Whom a parcel is for."""

    CONSOLE = "console"
    DAEMON = "daemon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A sealed message. `kind` says what it is, `key` what it is about or which parcel it answers."""

    id: str
    kind: str
    goes_to: Side
    key: str
    body: bytes = field(repr=False)
    at: datetime
    expires: datetime


class SqlParcels:
    """Parcels that wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leave(self, parcel: Parcel) -> None:
        """Leave a parcel; `NotAccepted` for one that is too large, `Busy` while too much waits, `Conflict`."""
        if len(parcel.body) > LARGEST:
            raise NotAccepted(f"a parcel of {len(parcel.body)} bytes is too large", hint="send a smaller file")
        row = {
            "id": parcel.id,
            "kind": parcel.kind,
            "goes_to": parcel.goes_to.value,
            "key": parcel.key,
            "body": parcel.body,
            "at": codec.write_time(parcel.at),
            "expires": codec.write_time(parcel.expires),
        }

        def write(connection: Connection) -> None:
            connection.execute(EXPIRE, {"now": row["at"]})
            many, size = connection.execute(LOAD, {"side": row["goes_to"]}).one()
            if many >= MOST or size + len(parcel.body) > MOST_BYTES:
                raise Busy("too much waits for the gateway at this moment", hint="try again in a minute")
            if connection.execute(KNOWN, {"named": parcel.id}).first():
                raise Conflict(f"parcel {parcel.id} was left already")
            connection.execute(insert(parcels), row)

        self._database.write(write)

    def take(self, side: Side, now: datetime, limit: int = 10) -> tuple[Parcel, ...]:
        """Take what waits for a side, the oldest first; whoever takes a parcel is the only one who has it."""
        return self._take(WAITING, ANY, {"side": side.value, "now": codec.write_time(now), "most": limit})

    def take_about(self, side: Side, key: str, now: datetime) -> Parcel | None:
        """Take the oldest parcel with a key that waits for a side, None where there is none yet."""
        about = {"side": side.value, "now": codec.write_time(now), "named": key}
        return next(iter(self._take(NAMED, ANY_NAMED, about)), None)

    def expire(self, now: datetime) -> None:
        """Remove what nobody took in time."""
        about = {"now": codec.write_time(now)}
        with self._database.read() as connection:
            if connection.execute(ANY_EXPIRED, about).first() is None:
                return
        self._database.write(lambda connection: connection.execute(EXPIRE, about).rowcount)

    def _take(self, statement: Any, is_any: Any, about: dict[str, Any]) -> tuple[Parcel, ...]:  # noqa: ANN401 - statements of SQLAlchemy
        with self._database.read() as connection:  # asking often must not cost a flush each time
            if connection.execute(is_any, about).first() is None:
                return ()

        def write(connection: Connection) -> tuple[Parcel, ...]:
            found = connection.execute(statement, about).all()
            if found:
                connection.execute(REMOVE, [{"taken": row.id} for row in found])
            return tuple(map(_parcel_of, found))

        return self._database.write(write)


def _parcel_of(row: Any) -> Parcel:  # noqa: ANN401 - a row has no type
    return Parcel(
        id=row.id,
        kind=row.kind,
        goes_to=Side(row.goes_to),
        key=row.key,
        body=row.body,
        at=codec.read_time(row.at),
        expires=codec.read_time(row.expires),
    )
