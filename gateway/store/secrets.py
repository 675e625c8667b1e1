"""Standing secrets by name, each an object in the vault: set, read, removed, and gone for good when replaced.

What changes and the ledger's entry about it are one transaction. A secret is small and lies inline, so that destroying
its row destroys its key and its body together; the write-ahead log is then cut, because the row stood there too.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.errors import NotFound
from gateway.store import codec, rows, tables
from gateway.store.ledger import entry_bytes, write_entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.record import Entry
    from gateway.store.database import Database
    from gateway.store.vault import FileVault

SECRET: Final = tables.secrets.c
NAMED: Final = SECRET.name == bindparam("named")
ALL: Final = select(SECRET.name, SECRET.since).order_by(SECRET.name)
OBJECT: Final = select(SECRET.object_id).where(NAMED)
ADD: Final = insert(tables.secrets)
ADD_OBJECT: Final = insert(tables.objects)
CHANGE: Final = update(tables.secrets).where(NAMED)
REMOVE: Final = delete(tables.secrets).where(NAMED)
DESTROY: Final = delete(tables.objects).where(tables.objects.c.id == bindparam("object"))


class SqlSecrets:
    """`Secrets` of the Protocol."""

    def __init__(self, database: Database, vault: FileVault) -> None:
        self._database = database
        self._vault = vault

    def names(self) -> Mapping[str, datetime]:
        """Return the names that stand for something, and since when."""
        with self._database.read() as connection:
            return {row.name: codec.read_time(row.since) for row in connection.execute(ALL)}

    def read(self, name: str) -> str:
        """Return what a name stands for; `NotFound`, `Damaged`."""
        with self._database.read() as connection:
            object_id = _object_of(connection, name)
        if object_id is None:
            raise _unknown(name)
        return self._vault.read(object_id).decode()

    def set(self, name: str, text: str, entry: Entry) -> None:
        """Let a name stand for a text from now on, and destroy what it stood for before."""
        stored = self._vault.put(io.BytesIO(text.encode()))
        lines = [entry_bytes(entry)]
        since = codec.write_time(entry.at)

        def write(connection: Connection) -> bool:
            self._vault.require(stored)  # here, where no rotation can retire its key before the commit
            connection.execute(ADD_OBJECT, rows.object_row(stored, None))
            before = _object_of(connection, name)
            if before is None:
                connection.execute(ADD, {"name": name, "object_id": stored.id, "since": since})
            else:
                connection.execute(CHANGE.values(object_id=stored.id, since=since), {"named": name})
                connection.execute(DESTROY, {"object": before})
            write_entries(connection, lines)
            return before is not None

        if self._database.write(write):
            self._database.forget()

    def remove(self, name: str, entry: Entry) -> None:
        """Destroy what a name stands for; `NotFound`."""
        lines = [entry_bytes(entry)]

        def write(connection: Connection) -> None:
            before = _object_of(connection, name)
            if before is None:
                raise _unknown(name)
            connection.execute(REMOVE, {"named": name})
            connection.execute(DESTROY, {"object": before})
            write_entries(connection, lines)

        self._database.write(write)
        self._database.forget()

    def take_out(self, object_id: str, entry: Entry) -> str:
        """Return a text that has no name, destroyed and in the ledger: of several who ask, one gets it; `NotFound`."""
        text = self._vault.read(object_id).decode()
        lines = [entry_bytes(entry)]

        def write(connection: Connection) -> None:
            if not connection.execute(DESTROY, {"object": object_id}).rowcount:
                raise NotFound(f"no object {object_id} in the vault", hint="somebody took it out meanwhile")
            write_entries(connection, lines)

        self._database.write(write)
        self._vault.destroy(object_id)  # a body in a file, if it has one
        self._database.forget()
        return text


def _object_of(connection: Connection, name: str) -> str | None:
    return connection.execute(OBJECT, {"named": name}).scalar()


def _unknown(name: str) -> NotFound:
    return NotFound(f"nothing is kept under the name {name}")
