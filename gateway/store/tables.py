"""The tables. `migrations/` builds them; a test proves that the migrations and this file say the same.

Times are ISO 8601 text in UTC with microseconds (`codec.write_time`): text order is time order. Values of the model
are canonical JSON text. What the store asks for in SQL has a column; large values that seldom change (`inspection`,
`circumstances`, `verdict`, `sealed`) have one each, so that a step does not write them again; the rest is in `value`.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

HEAD: Final = "0006"
"""The newest migration; a database that names another one is upgraded, or refused when it is newer."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("inspection", Text),
    Column("value", Text, nullable=False),
    Index(None, "received_at", "id"),
    Index(None, "state"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("verdict", Text),
    Column("sealed", Text),
    Column("value", Text, nullable=False),
    Column("circumstances", Text),
    Index(None, "state", "transfer_id"),
)

correspondents = Table(
    "correspondents",
    metadata,
    Column("sender", String, primary_key=True),
    Column("recipient", String, primary_key=True),
    Column("since", String, nullable=False),
)
"""Who has delivered something to whom before. Domains are in lower case."""

messages = Table(
    "messages",
    metadata,
    Column("digest", String, primary_key=True),
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("received_at", String, nullable=False),
    sqlite_with_rowid=False,  # one tree instead of three: a row is written for every mail
)
"""Which transfers came as mail with a Message-ID, by the SHA-256 of it. One that was sent again has the same."""

notices = Table(
    "notices",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("value", Text, nullable=False),
    Index(None, "state", "transfer_id"),
)

instructions = Table(
    "instructions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("transfer_id", String, ForeignKey("transfers.id"), nullable=False),
    Column("done", Boolean, nullable=False, server_default=false()),
    Column("value", Text, nullable=False),
    UniqueConstraint("id"),
    Index(None, "transfer_id", "done"),
)

wakes = Table(
    "wakes",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("at", String, nullable=False),
    Column("next_at", String),
    Column("ticket", Integer, nullable=False),
    Column("claimed_until", String),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("lane", String, nullable=False, server_default="house"),
    Column("turn", String, nullable=False, server_default="0"),
    Column("rank", Integer, nullable=False, server_default="60"),
    Column("hurried", Boolean, nullable=False, server_default=false()),
    Index(None, "at"),
    Index(None, "lane", "turn"),
)
"""A wake goes by its `turn` within its lane, `rank` seconds after it was due; `hurried` calls off the wait for a retry.

`at` and `turn` of one that is claimed stay as they were: what came meanwhile is in `next_at`."""

lanes = Table(
    "lanes",
    metadata,
    Column("lane", String, primary_key=True),
    Column("held_by", String),
    Column("held_at", String),
    Column("reason", String),
    Column("closed_until", String),
    Column("failures", Integer, nullable=False, server_default="0"),
)
"""Lanes that are not open: held by an officer, or closed for a time because their destination does not answer."""

objects = Table(
    "objects",
    metadata,
    Column("id", String, primary_key=True),
    Column("transfer_id", String, ForeignKey("transfers.id")),
    Column("size", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("inline", LargeBinary),
    Index(None, "transfer_id"),
)
"""Content objects. A standing secret is one as well and belongs to no transfer."""

secrets = Table(
    "secrets",
    metadata,
    Column("name", String, primary_key=True),
    Column("object_id", String, ForeignKey("objects.id"), nullable=False),
    Column("since", String, nullable=False),
)
"""Standing secrets by name: what a name stands for is an object in the vault."""

ledger = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
    CheckConstraint("seq >= 0", name="seq"),
)
