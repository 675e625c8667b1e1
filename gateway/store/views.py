"""Saved views: filters of a list that a person gave a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.errors import NotFound, NotPermitted
from gateway.store.console_tables import views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from gateway.store.database import Database

MOST: Final = 50
LONGEST_NAME: Final = 80
LONGEST_QUERY: Final = 2_000

_NEW = upsert(views)
SAVE: Final = _NEW.on_conflict_do_update(
    index_elements=[views.c.person_id, views.c.name], set_={"query": _NEW.excluded.query}
)
OWN: Final = views.c.person_id == bindparam("whose")
OF: Final = select(views.c.name, views.c.query).where(OWN).order_by(views.c.name)
COUNT: Final = select(func.count()).where(OWN, views.c.name != bindparam("named"))
REMOVE: Final = delete(views).where(OWN, views.c.name == bindparam("named"))


class SqlViews:
    """Saved views of each person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person_id: str) -> Mapping[str, str]:
        """Return a person's views, by name."""
        with self._database.read() as connection:
            return {row.name: row.query for row in connection.execute(OF, {"whose": person_id})}

    def save(self, person_id: str, name: str, query: str) -> None:
        """Give a filter (the query of a page's address) a name, in place of one that had it before.

        `NotPermitted` for an empty or long name, a long query, and more than 50 views.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or len(query) > LONGEST_QUERY:
            raise NotPermitted("a view has a name of 80 characters at most", hint="give it a shorter one")

        def write(connection: Connection) -> None:
            if connection.execute(COUNT, {"whose": person_id, "named": name}).scalar_one() >= MOST:
                raise NotPermitted(f"you have {MOST} saved views", hint="remove one first")
            connection.execute(SAVE, {"person_id": person_id, "name": name, "query": query})

        self._database.write(write)

    def remove(self, person_id: str, name: str) -> None:
        """Forget a view; `NotFound`."""

        def write(connection: Connection) -> None:
            if not connection.execute(REMOVE, {"whose": person_id, "named": name}).rowcount:
                raise NotFound("no such saved view")

        self._database.write(write)
