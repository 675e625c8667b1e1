"""Boards: what the daemon puts up for others to read, the newest value under each name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.store import codec
from gateway.store.console_tables import boards

if TYPE_CHECKING:
    from gateway.store.database import Database

LONGEST: Final = 4_000_000
"""Bytes of one board: what is longer belongs into a file."""

_NEW = upsert(boards)
PUT_UP: Final = _NEW.on_conflict_do_update(
    index_elements=[boards.c.name], set_={name: _NEW.excluded[name] for name in ("at", "value")}
)
READ: Final = select(boards.c.at, boards.c.value).where(boards.c.name == bindparam("named"))
TAKE_DOWN: Final = delete(boards).where(boards.c.name == bindparam("named"))
NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Of boards that the store itself keeps, for what it goes through bit by bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What stands on a board, plain JSON data, and since when."""

    at: datetime
    value: Any


class SqlBoards:
    """Boards by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_up(self, name: str, value: object, at: datetime) -> None:
        """Let a board say this from now on; `ValueError` for what is too long or no plain data."""
        row = {"name": name, "at": codec.write_time(at), "value": codec.canonical(value)}
        if len(row["value"]) > LONGEST:
            raise ValueError(f"board {name} is too long")
        self._database.write(lambda connection: connection.execute(PUT_UP, row).rowcount)

    def read(self, name: str) -> Board | None:
        """Return what a board says, None where nothing was put up."""
        with self._database.read() as connection:
            row = connection.execute(READ, {"named": name}).first()
        return Board(at=codec.read_time(row.at), value=json.loads(row.value)) if row else None

    def take_down(self, name: str) -> None:
        """Let a board say nothing any more."""
        self._database.write(lambda connection: connection.execute(TAKE_DOWN, {"named": name}).rowcount)
