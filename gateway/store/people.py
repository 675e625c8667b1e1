"""People and their credentials on the database, each change with its entries in one transaction.

A credential is used by a write that compares first: of two who bring the same code at once, one gets in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.errors import Conflict, NotFound
from gateway.model.person import Credential, Kind, Person
from gateway.store import codec
from gateway.store.console_tables import credentials, people, sessions, tokens
from gateway.store.ledger import entry_bytes, write_entries
from gateway.store.officer_notices import write_notices
from gateway.store.sessions import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.officer_notice import OfficerNotice
    from gateway.model.record import Entry
    from gateway.store.database import Database

PERSON: Final = people.c
HELD: Final = credentials.c
BY_ID: Final = select(people).where(PERSON.id == bindparam("named"))
BY_ADDRESS: Final = select(people).where(PERSON.address == bindparam("named"))
ALL: Final = select(people).order_by(PERSON.name, PERSON.id)
OF: Final = select(credentials).where(HELD.person_id == bindparam("whose")).order_by(HELD.since, HELD.id)
ONE: Final = select(credentials).where(HELD.person_id == bindparam("whose"), HELD.id == bindparam("named"))
KNOWN: Final = select(credentials).where(HELD.kind == bindparam("sort"), HELD.id == bindparam("named"))
CHANGE: Final = update(people).where(PERSON.id == bindparam("named"), PERSON.version == bindparam("before"))
CHANGE_ONE: Final = update(credentials).where(HELD.person_id == bindparam("whose"), HELD.id == bindparam("named"))
REMOVE: Final = delete(credentials).where(HELD.person_id == bindparam("whose"), HELD.id == bindparam("named"))
REMOVE_KIND: Final = delete(credentials).where(HELD.person_id == bindparam("whose"), HELD.kind == bindparam("sort"))
END_TOKENS: Final = delete(tokens).where(tokens.c.person_id == bindparam("whose"))
END_SESSIONS: Final = delete(sessions).where(sessions.c.person_id == bindparam("whose"))
END_OTHERS: Final = END_SESSIONS.where(sessions.c.digest != bindparam("held"))
THEIRS: Final = select(sessions.c.digest).where(
    sessions.c.person_id == bindparam("whose"), sessions.c.digest == bindparam("held")
)


class SqlPeople:
    """Who may sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, person_id: str) -> Person:
        """Return a person; `NotFound`."""
        with self._database.read() as connection:
            row = connection.execute(BY_ID, {"named": person_id}).one_or_none()
        if row is None:
            raise NotFound(f"there is no person {person_id}", hint="see 'gateway people list'")
        return _person(row)

    def by_address(self, address: str) -> Person | None:
        """Return whose address this is, casefolded; None where nobody has it."""
        with self._database.read() as connection:
            row = connection.execute(BY_ADDRESS, {"named": address}).one_or_none()
        return None if row is None else _person(row)

    def all(self) -> Sequence[Person]:
        """Return everybody, by name."""
        with self._database.read() as connection:
            return [_person(row) for row in connection.execute(ALL)]

    def add(
        self,
        person: Person,
        held: Sequence[Credential],
        entries: Sequence[Entry],
        *,
        notices: Sequence[OfficerNotice] = (),
    ) -> None:
        """Add somebody with their first credentials; `Conflict` where somebody has that address."""
        lines = [entry_bytes(entry) for entry in entries]

        def write(connection: Connection) -> None:
            if connection.execute(BY_ADDRESS, {"named": person.address}).one_or_none() is not None:
                raise Conflict("somebody has this address already", hint="see 'gateway people list'")
            connection.execute(insert(people), _row(person))
            for credential in held:
                _keep(connection, credential)
            write_entries(connection, lines)
            write_notices(connection, notices)

        self._database.write(write)

    def change(
        self,
        person: Person,
        entries: Sequence[Entry],
        *,
        ends_sessions: bool,
        notices: Sequence[OfficerNotice] = (),
    ) -> Person:
        """Write another state of somebody, and end their sessions where that is asked.

        The tokens of who may not sign in any more end as well: they do not come back when the account is opened again.
        `Conflict` when somebody else changed them since `person.version` was read.
        """
        lines = [entry_bytes(entry) for entry in entries]
        after = replace(person, version=person.version + 1)

        def write(connection: Connection) -> None:
            values = {**_row(after)}
            named = {"named": values.pop("id"), "before": person.version}
            if not connection.execute(CHANGE.values(**values), named).rowcount:
                raise Conflict("somebody else changed this person meanwhile", hint="look again, then decide again")
            if ends_sessions:
                connection.execute(END_SESSIONS, {"whose": person.id})
            if not person.may_sign_in:
                connection.execute(END_TOKENS, {"whose": person.id})
            write_entries(connection, lines)
            write_notices(connection, notices)

        self._database.write(write)
        return after

    def credentials(self, person_id: str) -> Sequence[Credential]:
        """Return by what somebody proves who they are, oldest first."""
        with self._database.read() as connection:
            return [_credential(row) for row in connection.execute(OF, {"whose": person_id})]

    def find(self, kind: Kind, credential_id: str) -> Credential | None:
        """Return a passkey, or what somebody is at the provider, before it is known whose it is."""
        with self._database.read() as connection:
            row = connection.execute(KNOWN, {"sort": kind.value, "named": credential_id}).one_or_none()
        return None if row is None else _credential(row)

    def put(
        self,
        held: Sequence[Credential],
        entries: Sequence[Entry],
        *,
        instead_of: Sequence[Kind] = (),
        whose: str = "",
        ends_all: bool = False,
        in_session: str = "",
        notices: Sequence[OfficerNotice] = (),
    ) -> None:
        """Keep credentials, in the place of all that `whose` has of the kinds `instead_of`.

        With `ends_all` their sessions, their sign-ins under way and the tokens of their programs end as well, and a
        proof that was given before counts no more. `in_session` is the cookie of the session in which this is asked:
        it stays. `Conflict` where it is not theirs any more, or where one is kept already, of this person or another.
        """
        lines = [entry_bytes(entry) for entry in entries]

        def write(connection: Connection) -> None:
            asked = {"whose": whose, "held": digest_of(in_session)}
            if in_session and connection.execute(THEIRS, asked).one_or_none() is None:
                raise Conflict("this session has ended", hint="sign in again")
            for kind in instead_of:
                connection.execute(REMOVE_KIND, {"whose": whose, "sort": kind.value})
            for credential in held:
                _keep(connection, credential)
            if ends_all:
                connection.execute(END_OTHERS, asked)
                connection.execute(END_TOKENS, {"whose": whose})
                _renumber(connection, whose)
            write_entries(connection, lines)
            write_notices(connection, notices)

        self._database.write(write)
        if instead_of:
            self._database.forget()  # what was replaced stood in the write-ahead log too

    def use(self, credential: Credential, used: int, now: datetime, *, may_repeat: bool = False) -> bool:
        """Record that a credential was used as far as `used`; False when it was before, or is gone.

        With `may_repeat` the same `used` counts as well: passkeys that do not count say 0 for ever.
        """

        def write(connection: Connection) -> bool:
            named = {"whose": credential.person_id, "named": credential.id}
            row = connection.execute(ONE, named).one_or_none()
            if row is None:
                return False
            kept = _credential(row)
            if used < kept.used or (used == kept.used and not may_repeat):
                return False
            after = replace(kept, used=used, last_used=now)
            columns = {"value": codec.dumps(Credential, after), "last_used": codec.write_time(now)}
            connection.execute(CHANGE_ONE.values(**columns), named)
            return True

        return self._database.write(write)

    def use_up(self, credential: Credential) -> bool:
        """Remove a credential that is good for once; False when it is gone already."""
        named = {"whose": credential.person_id, "named": credential.id}
        return bool(self._database.write(lambda connection: connection.execute(REMOVE, named).rowcount))

    def remove(self, credential: Credential, entries: Sequence[Entry]) -> None:
        """Remove a credential; `NotFound` when it is gone already."""
        lines = [entry_bytes(entry) for entry in entries]

        def write(connection: Connection) -> None:
            if not connection.execute(REMOVE, {"whose": credential.person_id, "named": credential.id}).rowcount:
                raise NotFound("that is gone already", hint="load the page again")
            write_entries(connection, lines)

        self._database.write(write)


def _renumber(connection: Connection, person_id: str) -> None:
    """Give somebody another version: whoever read them before does not go on with what they read."""
    person = _person(connection.execute(BY_ID, {"named": person_id}).one())
    values = _row(replace(person, version=person.version + 1))
    connection.execute(CHANGE.values(**values), {"named": person_id, "before": person.version})


def _row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "address": person.address,
        "state": person.state.value,
        "version": person.version,
        "value": codec.dumps(Person, person),
    }


def _person(row: Any) -> Person:  # noqa: ANN401 - a row has no type
    return codec.loads(Person, row.value)


def _credential(row: Any) -> Credential:  # noqa: ANN401 - a row has no type
    return codec.loads(Credential, row.value)


def _keep(connection: Connection, credential: Credential) -> None:
    known = {"sort": credential.kind.value, "named": credential.id}
    if connection.execute(KNOWN, known).one_or_none() is not None:
        raise Conflict("that is known already", hint="it can prove one person only")
    connection.execute(
        insert(credentials),
        {
            "person_id": credential.person_id,
            "id": credential.id,
            "kind": credential.kind.value,
            "since": codec.write_time(credential.since),
            "last_used": codec.write_time(credential.last_used) if credential.last_used else None,
            "value": codec.dumps(Credential, credential),
        },
    )
