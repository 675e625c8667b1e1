"""What is held, as officers work through it: lists, counts, and who takes what on.

A list costs the same on its first page and on its last, and nothing is counted for it: triggers keep the counts.
Whoever takes something on names the version that they saw, so that of two at once one is told who was first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from gateway.errors import Conflict, NotFound
from gateway.model.held import HeldQuery, Order
from gateway.model.record import Entry, Event
from gateway.store.console_tables import held, people
from gateway.store.held_counts import Counts, Figures, by_reason, counts, figures
from gateway.store.held_list import ALL, held_of, listed
from gateway.store.ledger import entry_bytes, write_entries
from gateway.store.paging import LARGEST_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from gateway.model.held import Held, Why
    from gateway.store.database import Database
    from gateway.store.paging import Page

EVERYTHING: Final = HeldQuery()
OWN: Final = (held.c.transfer_id == bindparam("transfer"), held.c.delivery_id == bindparam("share"))
ONE: Final = ALL.where(*OWN)
OF_TRANSFER: Final = ALL.where(held.c.transfer_id == bindparam("transfer"))
CHANGE: Final = update(held).where(*OWN)
NAME: Final = select(people.c.name).where(people.c.id == bindparam("named"))


class SqlHeld:
    """What is held."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, query: HeldQuery = EVERYTHING, *, order: Order = Order.OLDEST, place: str = "", limit: int = 50
    ) -> Page[Held]:
        """Return a page of what fits a query; `NotFound` for a place that no page of this order gave."""
        with self._database.read() as connection:
            return listed(connection, query, order, place, min(limit, LARGEST_PAGE))

    def counts(self, query: HeldQuery = EVERYTHING) -> Counts:
        """Return how many fit a query, and beside each value of each filter how many would with that instead."""
        with self._database.read() as connection:
            return counts(connection, query)

    def by_reason(self, query: HeldQuery) -> Mapping[Why, int]:
        """Return how many fit a query, for each kind of reason that any is held for: every row is looked at."""
        with self._database.read() as connection:
            return by_reason(connection, query)

    def figures(self, now: datetime, decide_within: timedelta) -> Figures:
        """Return how much waits, past decision time and for a second person, and since when the oldest does."""
        with self._database.read() as connection:
            return figures(connection, now, decide_within)

    def get(self, transfer_id: str, delivery_id: str) -> Held:
        """Return what is held; `NotFound` where it is not, or not any more."""
        with self._database.read() as connection:
            return _one(connection, transfer_id, delivery_id)

    def of(self, transfer_id: str) -> tuple[Held, ...]:
        """Return what is held of a transfer."""
        with self._database.read() as connection:
            return tuple(map(held_of, connection.execute(OF_TRANSFER, {"transfer": transfer_id})))

    def claim(self, seen: Held, *, by: str, now: datetime) -> Held:
        """Let a person take on what nobody else has; `NotFound`, `Conflict` with who was first."""
        return self._change(seen, Event.DELIVERY_ASSIGNED, by, now, {"assigned_to": by}, alone=True)

    def assign(self, seen: Held, *, to: str, by: str, now: datetime) -> Held:
        """Let a person have it, whoever has it now, or nobody (`to` empty); `NotFound`, `Conflict`."""
        return self._change(seen, Event.DELIVERY_ASSIGNED, by, now, {"assigned_to": to})

    def escalate(self, seen: Held, *, to: str, by: str, now: datetime) -> Held:
        """Ask those who hold a role to look at it, or with an empty one nobody any more; `NotFound`, `Conflict`."""
        return self._change(seen, Event.DELIVERY_ESCALATED, by, now, {"escalated_to": to})

    def _change(
        self, seen: Held, event: Event, by: str, now: datetime, change: dict[str, str], *, alone: bool = False
    ) -> Held:
        """Change who has it where it is as it was seen, with its ledger entry, in one transaction."""
        facts = {"by": by, "to": next(iter(change.values())), "recipient": seen.recipient}
        about = {"transfer_id": seen.transfer_id, "delivery_id": seen.delivery_id}
        line = entry_bytes(Entry(event=event, at=now, facts=facts, **about))
        own = {"transfer": seen.transfer_id, "share": seen.delivery_id}

        def write(connection: Connection) -> Held:
            now_held = _one(connection, seen.transfer_id, seen.delivery_id)
            if now_held.version != seen.version or (alone and now_held.assigned_to not in ("", by)):
                raise Conflict(_who_was_first(connection, now_held), hint="read it again")
            changed: dict[str, Any] = {**change, "version": seen.version + 1}
            connection.execute(CHANGE.values(**changed), own)
            write_entries(connection, [line])
            return replace(now_held, **changed)

        return self._database.write(write)


def _one(connection: Connection, transfer_id: str, delivery_id: str) -> Held:
    row = connection.execute(ONE, {"transfer": transfer_id, "share": delivery_id}).first()
    if row is None:
        raise NotFound(f"delivery {delivery_id} of {transfer_id} is not held", hint="somebody decided on it")
    return held_of(row)


def _who_was_first(connection: Connection, found: Held) -> str:
    """Return what an officer is told who comes second."""
    if not found.assigned_to:
        return f"delivery {found.delivery_id} of {found.transfer_id} changed meanwhile"
    name = connection.execute(NAME, {"named": found.assigned_to}).scalar() or found.assigned_to
    return f"{name} was first: delivery {found.delivery_id} of {found.transfer_id} is theirs now"
