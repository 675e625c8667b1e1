"""The tables behind the console: people, what waits for officers, and what the console and the daemon exchange.

They stand beside those of the walk (`tables`), under the same conventions. Nothing of the content of a transfer is in
them, and no subject: what is searched are names and addresses.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gateway.store.tables import metadata

people = Table(
    "people",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("address", String, nullable=False),
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("address"),
)
"""Who may sign in to the console. `address` is in small letters (casefolded); no two people have the same."""

credentials = Table(
    "credentials",
    metadata,
    Column("person_id", String, ForeignKey("people.id"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("since", String, nullable=False),
    Column("last_used", String),
    Column("value", Text, nullable=False),
    Index(None, "kind", "id"),
)
"""By what a person proves who they are. A passkey is found by its `id` before it is known whose it is."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("person_id", String, ForeignKey("people.id")),
    Column("begun", String, nullable=False),
    Column("seen", String, nullable=False),
    Column("value", Text, nullable=False),
    Index(None, "person_id"),
    Index(None, "seen"),
)
"""Sessions by the digest of what their cookie holds. A sign-in under way stands under the person of its first proof."""

attempts = Table(
    "attempts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", String, nullable=False),
    Column("at", String, nullable=False),
    Index(None, "key", "at"),
    Index(None, "at"),
)
"""Attempts that are limited in number, by whom or from where."""

tokens = Table(
    "tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("id", String, nullable=False),
    Column("person_id", String, ForeignKey("people.id"), nullable=False),
    Column("expires", String),
    Column("value", Text, nullable=False),
    UniqueConstraint("id"),
    Index(None, "person_id"),
)
"""Tokens of programs that use the API in somebody's name, by their digest."""

held = Table(
    "held",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("delivery_id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("received_at", String, nullable=False),
    Column("held_at", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("door", String, nullable=False),
    Column("route", String, nullable=False),
    Column("name", String, nullable=False),
    Column("names", Text, nullable=False),
    Column("files", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("why", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("says", Text, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("second", Boolean, nullable=False),
    Column("assigned_to", String, nullable=False),
    Column("escalated_to", String, nullable=False),
    Index(None, "held_at", "transfer_id", "delivery_id"),
    Index(None, "why", "held_at", "transfer_id", "delivery_id"),
    Index(None, "tier", "held_at", "transfer_id", "delivery_id"),
    Index(None, "assigned_to", "held_at", "transfer_id", "delivery_id"),
    sqlite_with_rowid=False,
)
"""What waits for an officer, a row for each held delivery: written by the step that holds it, gone when it moves on.

The columns are those of `model.held.Held`, and `names`: what it is found by, each name of a file on a line of its own,
folded. `version` grows with each change and never repeats for a delivery.
"""

held_aside = Table(
    "held_aside",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("delivery_id", String, primary_key=True),
    Column("held_at", String, nullable=False),
    Column("assigned_to", String, nullable=False),
    Column("escalated_to", String, nullable=False),
    sqlite_with_rowid=False,
)
"""What of a row of `held` lasts while its delivery is decided again: taken up if it is held again, else forgotten."""

held_counts = Table(
    "held_counts",
    metadata,
    Column("why", String, primary_key=True),
    Column("tier", Integer, primary_key=True),
    Column("route", String, primary_key=True),
    Column("assigned_to", String, primary_key=True),
    Column("escalated_to", String, primary_key=True),
    Column("asked", Boolean, primary_key=True),
    Column("second", Boolean, primary_key=True),
    Column("waiting", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many rows of `held` are alike in what a list filters by: triggers keep it, so that no page counts rows."""

COUNTED: Final = ("why", "tier", "route", "assigned_to", "escalated_to", "asked", "second")
_NAMES: Final = ", ".join(COUNTED)
_NEW: Final = ", ".join(f"new.{name}" for name in COUNTED)
_COUNT: Final = (
    f"INSERT INTO held_counts ({_NAMES}, waiting) VALUES ({_NEW}, 1)"  # noqa: S608 - names of columns
    f" ON CONFLICT ({_NAMES}) DO UPDATE SET waiting = waiting + 1;"
)
_ALIKE: Final = " AND ".join(f"{name} = old.{name}" for name in COUNTED)
_DISCOUNT: Final = (
    f"UPDATE held_counts SET waiting = waiting - 1 WHERE {_ALIKE};"  # noqa: S608 - names of columns
    f" DELETE FROM held_counts WHERE waiting = 0 AND {_ALIKE};"
)
TRIGGERS: Final = (
    f"CREATE TRIGGER held_comes AFTER INSERT ON held BEGIN {_COUNT} END",
    f"CREATE TRIGGER held_goes AFTER DELETE ON held BEGIN {_DISCOUNT} END",
    f"CREATE TRIGGER held_changes AFTER UPDATE OF {_NAMES} ON held BEGIN {_COUNT} {_DISCOUNT} END",
)
"""They keep `held_counts`."""

told = Table(
    "told",
    metadata,
    Column("transfer_id", String, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which entries of the ledger are about which transfer. The daemon brings it up to date beside the walk (`history`)."""

views = Table(
    "views",
    metadata,
    Column("person_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("query", Text, nullable=False),
)
"""Filters that a person gave a name, as the query of a page's address."""

bulks = Table(
    "bulks",
    metadata,
    Column("id", String, primary_key=True),
    Column("person_id", String, nullable=False),
    Column("at", String, nullable=False),
    Column("state", String, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Index(None, "state"),
    Index(None, "at"),
)
"""Decisions over everything that matched (`model.bulk`)."""

bulk_items = Table(
    "bulk_items",
    metadata,
    Column("bulk_id", String, ForeignKey("bulks.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("transfer_id", String, nullable=False),
    Column("delivery_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("result", String),
    Column("words", Text),
    Index("ix_bulk_items_left", "bulk_id", "position", sqlite_where=text("result IS NULL")),
    sqlite_with_rowid=False,
)
"""Each delivery of such a decision as it was seen, and what came of it."""

parcels = Table(
    "parcels",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("goes_to", String, nullable=False),
    Column("key", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", String, nullable=False),
    Column("expires", String, nullable=False),
    Index(None, "goes_to", "at"),
    Index(None, "goes_to", "key"),
    Index(None, "expires"),
)
"""Sealed messages between the console and the daemon. `key` says what one is about, or which it answers."""

officer_notices = Table(
    "officer_notices",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("goes_to", String, nullable=False),
    Column("at", String, nullable=False),
    Column("state", String, nullable=False),
    Column("due", String, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("key", "goes_to"),
    Index(None, "state", "due"),
    Index(None, "at"),
)
"""Notices to officers about no single transfer: counts and references, no content. Of one `key` an officer has one."""

boards = Table(
    "boards",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("value", Text, nullable=False),
)
"""What the daemon puts up for others to read: each name has its newest value, JSON."""

saved_policies = Table(
    "saved_policies",
    metadata,
    Column("hash", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("value", Text, nullable=False),
    Index(None, "at"),
)
"""Every policy that was in force, by its hash: its files as text, JSON by name, and when it first was."""

SEARCH: Final = "search"
CREATE_SEARCH: Final = (
    "CREATE VIRTUAL TABLE search USING fts5(sender, recipients, names, hashes, content='',"
    " contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
)
"""Words of transfers (https://sqlite.org/fts5.html): a row has the rowid of its transfer. No content, no subject."""
