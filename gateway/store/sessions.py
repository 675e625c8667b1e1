"""Sessions of the console on the database, by the hash of what the browser holds. Revoked means deleted.

What is under way in a session (`Pending`) is taken by a write that clears it: a challenge or a state is good for once.
A sign-in that is under way stands under the person whom it will sign in, and ends with their sessions.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.errors import Conflict, NotFound
from gateway.model.person import Pending, Person, Session
from gateway.store import codec
from gateway.store.console_tables import people, sessions
from gateway.store.ledger import entry_bytes, write_entries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.record import Entry
    from gateway.store.database import Database

SESSION: Final = sessions.c
ONE: Final = select(sessions).where(SESSION.digest == bindparam("held"))
OF: Final = select(sessions).where(SESSION.person_id == bindparam("whose")).order_by(SESSION.seen.desc())
CHANGE: Final = update(sessions).where(SESSION.digest == bindparam("held"))
REMOVE: Final = delete(sessions).where(SESSION.digest == bindparam("held"))
TAKE_OUT: Final = REMOVE.returning(SESSION.person_id)
VERSION: Final = select(people.c.version).where(people.c.id == bindparam("whose"))
REMOVE_OLD: Final = delete(sessions).where(SESSION.seen < bindparam("before"))


def digest_of(cookie: str) -> str:
    """Return by what a session is stored: SHA-256, because what the browser holds has 256 random bits."""
    return hashlib.sha256(cookie.encode()).hexdigest()


class SqlSessions:
    """Browsers that somebody signed in with, or is signing in with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        cookie: str,
        session: Session,
        *,
        instead_of: str = "",
        proved: Person | None = None,
        entries: Sequence[Entry] = (),
    ) -> None:
        """Store a session, in the place of another that the same browser held.

        `Conflict` where that one was somebody's and is gone: what was ended does not come back by what was under way.
        Where it was not theirs yet, somebody is as they were when they `proved` who they are, or `Conflict` as well.
        """
        lines, columns = [entry_bytes(entry) for entry in entries], _columns(session)

        def write(connection: Connection) -> None:
            before = connection.execute(TAKE_OUT, {"held": digest_of(instead_of)}).scalar() if instead_of else None
            if (instead_of or proved) and columns["person_id"] and before != columns["person_id"]:
                require_unchanged(connection, proved)
            connection.execute(insert(sessions), {"digest": digest_of(cookie), **columns})
            write_entries(connection, lines)

        self._database.write(write)

    def find(self, cookie: str) -> Session | None:
        """Return the session that a browser holds, over or not; None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(ONE, {"held": digest_of(cookie)}).one_or_none()
        return None if row is None else _session(row)

    def of(self, person_id: str) -> Sequence[Session]:
        """Return somebody's sessions, the one that was used last first; no sign-in that is under way."""
        with self._database.read() as connection:
            found = [_session(row) for row in connection.execute(OF, {"whose": person_id})]
        return [each for each in found if each.person_id]

    def touch(self, cookie: str, now: datetime) -> None:
        """Record that a session was used now."""
        values = {"seen": codec.write_time(now)}
        self._database.write(
            lambda connection: connection.execute(CHANGE.values(**values), {"held": digest_of(cookie)})
        )

    def note(self, cookie: str, pending: Pending) -> None:
        """Note what is under way in a session; `NotFound` when it ended meanwhile."""

        def write(connection: Connection) -> None:
            if _set_pending(connection, digest_of(cookie), pending) is None:
                raise NotFound("this session has ended", hint="sign in again")

        self._database.write(write)

    def take(self, cookie: str, now: datetime) -> Pending:
        """Return what is under way in a session, and end it: one of several who ask gets it, none past its limit."""
        before = self._database.write(lambda connection: _set_pending(connection, digest_of(cookie), Pending()))
        return Pending() if before is None or now >= before.until else before.pending

    def end(self, cookie: str, entries: Sequence[Entry] = ()) -> None:
        """End the session that a browser holds, if it is one. Idempotent."""
        lines = [entry_bytes(entry) for entry in entries]

        def write(connection: Connection) -> None:
            if connection.execute(REMOVE, {"held": digest_of(cookie)}).rowcount:
                write_entries(connection, lines)

        self._database.write(write)

    def revoke(self, person_id: str, entries: Sequence[Entry], *, only: str = "", spare: str = "") -> int:
        """End somebody's sessions: the one with the id `only`, or all but the one with the id `spare`.

        Sign-ins under way end as well. Returns how many there were; with none nothing is recorded.
        """
        lines = [entry_bytes(entry) for entry in entries]

        def write(connection: Connection) -> int:
            ended = 0
            for row in connection.execute(OF, {"whose": person_id}).all():
                session = _session(row)
                if session.id != spare and only in {"", session.id}:
                    ended += connection.execute(REMOVE, {"held": row.digest}).rowcount
            if ended:
                write_entries(connection, lines)
            return ended

        return self._database.write(write)

    def sweep(self, before: datetime) -> int:
        """Remove sessions that nobody used since then; return how many."""
        values = {"before": codec.write_time(before)}
        return int(self._database.write(lambda connection: connection.execute(REMOVE_OLD, values).rowcount))


def _set_pending(connection: Connection, digest: str, pending: Pending) -> Session | None:
    """Write what is under way; return the session as it was before, None where there is none."""
    row = connection.execute(ONE, {"held": digest}).one_or_none()
    if row is None:
        return None
    before = _session(row)
    if before.pending != pending:
        value = codec.dumps(Session, replace(before, pending=pending))
        connection.execute(CHANGE.values(value=value), {"held": digest})
    return before


def require_unchanged(connection: Connection, person: Person | None) -> None:
    """Raise `Conflict` unless somebody is in the database as they were read."""
    if person is None or connection.execute(VERSION, {"whose": person.id}).scalar() != person.version:
        raise Conflict("this session has ended, or the account was changed meanwhile", hint="sign in again")


def _columns(session: Session) -> dict[str, Any]:
    return {
        "person_id": session.person_id or session.pending.person_id or None,
        "begun": codec.write_time(session.begun),
        "seen": codec.write_time(session.seen),
        "value": codec.dumps(Session, session),
    }


def _session(row: Any) -> Session:  # noqa: ANN401 - a row has no type
    return replace(codec.loads(Session, row.value), seen=codec.read_time(row.seen))
