"""Tokens of programs that use the API for somebody, by the hash of the token."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.errors import NotFound
from gateway.model.person import ApiToken
from gateway.store import codec
from gateway.store.console_tables import tokens
from gateway.store.ledger import entry_bytes, write_entries
from gateway.store.sessions import digest_of, require_unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.person import Person
    from gateway.model.record import Entry
    from gateway.store.database import Database

TOKEN: Final = tokens.c
ONE: Final = select(tokens).where(TOKEN.digest == bindparam("held"))
OF: Final = select(tokens).where(TOKEN.person_id == bindparam("whose")).order_by(TOKEN.expires.desc())
CHANGE: Final = update(tokens).where(TOKEN.digest == bindparam("held"))
REMOVE: Final = delete(tokens).where(TOKEN.id == bindparam("named"), TOKEN.person_id == bindparam("whose"))


class SqlTokens:
    """Leave for programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, secret: str, token: ApiToken, entries: Sequence[Entry], *, unchanged: Person | None = None) -> None:
        """Keep a token by the hash of what its program holds; `Conflict` unless its person is `unchanged` since."""
        lines = [entry_bytes(entry) for entry in entries]
        row = {
            "digest": digest_of(secret),
            "id": token.id,
            "person_id": token.person_id,
            "expires": codec.write_time(token.until),
            "value": codec.dumps(ApiToken, token),
        }

        def write(connection: Connection) -> None:
            if unchanged is not None:
                require_unchanged(connection, unchanged)
            connection.execute(insert(tokens), row)
            write_entries(connection, lines)

        self._database.write(write)

    def find(self, secret: str) -> ApiToken | None:
        """Return the token that a program holds, over or not; None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(ONE, {"held": digest_of(secret)}).one_or_none()
        return None if row is None else _token(row)

    def of(self, person_id: str) -> Sequence[ApiToken]:
        """Return somebody's tokens, the one that lasts longest first."""
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(OF, {"whose": person_id})]

    def touch(self, secret: str, token: ApiToken, now: datetime) -> None:
        """Record that a token was used now."""
        value = codec.dumps(ApiToken, replace(token, last_used=now))
        held = {"held": digest_of(secret)}
        self._database.write(lambda connection: connection.execute(CHANGE.values(value=value), held))

    def revoke(self, person_id: str, token_id: str, entries: Sequence[Entry]) -> None:
        """End a token of somebody's; `NotFound`."""
        lines = [entry_bytes(entry) for entry in entries]

        def write(connection: Connection) -> None:
            if not connection.execute(REMOVE, {"whose": person_id, "named": token_id}).rowcount:
                raise NotFound("that token is gone already", hint="load the page again")
            write_entries(connection, lines)

        self._database.write(write)


def _token(row: Any) -> ApiToken:  # noqa: ANN401 - a row has no type
    return codec.loads(ApiToken, row.value)
