"""How often something was tried: moving windows in the database, so that all processes count together.

An attempt is counted *before* what it tries is looked at, by one write that compares first: however many come at once,
no more than the limit get through in any window. What was refused is not counted, so nobody is kept out longer than
the window by somebody else's trying.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, insert, select

from gateway.store import codec
from gateway.store.console_tables import attempts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.store.database import Database

ATTEMPT: Final = attempts.c
COUNT: Final = (
    select(func.count()).select_from(attempts).where(ATTEMPT.key == bindparam("about"), ATTEMPT.at > bindparam("after"))
)
FORGET: Final = delete(attempts).where(ATTEMPT.key == bindparam("about"))
FORGET_OLD: Final = delete(attempts).where(ATTEMPT.at <= bindparam("before"))
KEEP: Final = timedelta(days=1)
"""No window is longer; what is older is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` attempts about the same `key` within any `window`."""

    key: str
    most: int
    window: timedelta


class SqlAttempts:
    """What the limits count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, limits: Sequence[Limit], now: datetime) -> bool:
        """Count one attempt under all limits; False, and nothing counted, where one of them is reached."""
        return self.take_or_say(limits, now) is None

    def take_or_say(self, limits: Sequence[Limit], now: datetime) -> Limit | None:
        """Do as `take`; return the limit that is reached, None where the attempt counts."""

        def write(connection: Connection) -> Limit | None:
            connection.execute(FORGET_OLD, {"before": codec.write_time(now - KEEP)})
            for limit in limits:
                window = {"about": limit.key, "after": codec.write_time(now - limit.window)}
                if connection.execute(COUNT, window).scalar_one() >= limit.most:
                    return limit
            for key in {limit.key for limit in limits}:
                connection.execute(insert(attempts), {"key": key, "at": codec.write_time(now)})
            return None

        return self._database.write(write)

    def forget(self, keys: Sequence[str]) -> None:
        """Forget what was counted about these: it was the right person after all."""

        def write(connection: Connection) -> None:
            for key in keys:
                connection.execute(FORGET, {"about": key})

        self._database.write(write)
