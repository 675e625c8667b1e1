"""What the console needs: people and sessions, what waits for officers, and what it and the daemon exchange.

What is held already gets its rows here. What came before is found by search, and its
history by transfer, once the daemon has gone through it.

Revision ID: 0006
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"

PAGE = 500
NAMES_KEPT, NAMES_LONGEST = 200, 2_000
HELD = sa.text(
    "SELECT d.transfer_id, d.id, t.version, t.received_at, t.value AS transfer, d.value, d.verdict, d.circumstances,"
    " json_extract(t.inspection, '$.gaps') AS gaps, json_extract(t.inspection, '$.findings') AS findings"
    " FROM deliveries d JOIN transfers t ON t.id = d.transfer_id"
    " WHERE d.state = 'held' AND (d.transfer_id, d.id) > (:transfer, :delivery)"
    " ORDER BY d.transfer_id, d.id LIMIT :page"
)
SEARCH = (
    "CREATE VIRTUAL TABLE search USING fts5(sender, recipients, names, hashes, content='',"
    " contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
)
COLUMNS = (
    *("transfer_id", "delivery_id", "version", "received_at", "held_at", "sender", "recipient", "door", "route"),
    *("name", "names", "files", "size", "tier", "why", "rule", "says", "asked", "second"),
    *("assigned_to", "escalated_to"),
)

COUNTED = ("why", "tier", "route", "assigned_to", "escalated_to", "asked", "second")
NAMES = ", ".join(COUNTED)
NEW = ", ".join(f"new.{name}" for name in COUNTED)
COUNT = (
    f"INSERT INTO held_counts ({NAMES}, waiting) VALUES ({NEW}, 1)"  # noqa: S608 - names of columns
    f" ON CONFLICT ({NAMES}) DO UPDATE SET waiting = waiting + 1;"
)
ALIKE = " AND ".join(f"{name} = old.{name}" for name in COUNTED)
DISCOUNT = (
    f"UPDATE held_counts SET waiting = waiting - 1 WHERE {ALIKE};"  # noqa: S608 - names of columns
    f" DELETE FROM held_counts WHERE waiting = 0 AND {ALIKE};"
)
TRIGGERS = (
    f"CREATE TRIGGER held_comes AFTER INSERT ON held BEGIN {COUNT} END",
    f"CREATE TRIGGER held_goes AFTER DELETE ON held BEGIN {DISCOUNT} END",
    f"CREATE TRIGGER held_changes AFTER UPDATE OF {NAMES} ON held BEGIN {COUNT} {DISCOUNT} END",
)


def upgrade() -> None:
    """Add the tables, and fill the one of what is held from what is there."""
    _add_people()
    _add_sessions()
    _add_held()
    _add_beside_held()
    _add_bulks()
    _add_exchange()
    _add_boards()
    for statement in (*TRIGGERS, SEARCH):
        op.execute(statement)
    _fill(op.get_bind())


def _add_people() -> None:
    """Add who may sign in, and by what they prove it."""
    op.create_table(
        "people",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("address", name="uq_people_address"),
    )
    op.create_table(
        "credentials",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("last_used", sa.String(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_credentials_person_id"),
        sa.PrimaryKeyConstraint("person_id", "id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_kind_id", "credentials", ["kind", "id"])


def _add_sessions() -> None:
    """Add sessions, attempts and tokens."""
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("begun", sa.String(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sessions_person_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_index("ix_sessions_seen", "sessions", ["seen"])
    op.create_table(
        "attempts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_attempts"),
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_index("ix_attempts_key_at", "attempts", ["key", "at"])
    op.create_table(
        "tokens",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("expires", sa.String(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_tokens_person_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_tokens"),
        sa.UniqueConstraint("id", name="uq_tokens_id"),
    )
    op.create_index("ix_tokens_person_id", "tokens", ["person_id"])


def _add_held() -> None:
    """Add what waits for officers, and the counts of it."""
    op.create_table(
        "held",
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("held_at", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("assigned_to", sa.String(), nullable=False),
        sa.Column("escalated_to", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_held_transfer_id"),
        sa.PrimaryKeyConstraint("transfer_id", "delivery_id", name="pk_held"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_held_assigned_to_held_at_transfer_id_delivery_id",
        "held",
        ["assigned_to", "held_at", "transfer_id", "delivery_id"],
    )
    op.create_index("ix_held_held_at_transfer_id_delivery_id", "held", ["held_at", "transfer_id", "delivery_id"])
    op.create_index(
        "ix_held_tier_held_at_transfer_id_delivery_id", "held", ["tier", "held_at", "transfer_id", "delivery_id"]
    )
    op.create_index(
        "ix_held_why_held_at_transfer_id_delivery_id", "held", ["why", "held_at", "transfer_id", "delivery_id"]
    )


def _add_beside_held() -> None:
    """Add what lasts of what is decided again, the counts of what is held, histories and saved views."""
    op.create_table(
        "held_aside",
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("held_at", sa.String(), nullable=False),
        sa.Column("assigned_to", sa.String(), nullable=False),
        sa.Column("escalated_to", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_held_aside_transfer_id"),
        sa.PrimaryKeyConstraint("transfer_id", "delivery_id", name="pk_held_aside"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held_counts",
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("assigned_to", sa.String(), nullable=False),
        sa.Column("escalated_to", sa.String(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "why", "tier", "route", "assigned_to", "escalated_to", "asked", "second", name="pk_held_counts"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "told",
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", "seq", name="pk_told"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "views",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "name", name="pk_views"),
    )


def _add_bulks() -> None:
    """Add decisions over many."""
    op.create_table(
        "bulks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bulks"),
    )
    op.create_index("ix_bulks_at", "bulks", ["at"])
    op.create_index("ix_bulks_state", "bulks", ["state"])
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.id"], name="fk_bulk_items_bulk_id"),
        sa.PrimaryKeyConstraint("bulk_id", "position", name="pk_bulk_items"),
        sqlite_with_rowid=False,
    )
    left = sa.text("result IS NULL")
    op.create_index("ix_bulk_items_left", "bulk_items", ["bulk_id", "position"], sqlite_where=left)


def _add_exchange() -> None:
    """Add what the two processes exchange, and notices to officers."""
    op.create_table(
        "parcels",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("goes_to", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("expires", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parcels"),
    )
    op.create_index("ix_parcels_expires", "parcels", ["expires"])
    op.create_index("ix_parcels_goes_to_at", "parcels", ["goes_to", "at"])
    op.create_index("ix_parcels_goes_to_key", "parcels", ["goes_to", "key"])
    op.create_table(
        "officer_notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("goes_to", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_officer_notices"),
        sa.UniqueConstraint("key", "goes_to", name="uq_officer_notices_key_goes_to"),
    )
    op.create_index("ix_officer_notices_at", "officer_notices", ["at"])
    op.create_index("ix_officer_notices_state_due", "officer_notices", ["state", "due"])


def _add_boards() -> None:
    """Add what the daemon puts up, and policies that were in force."""
    op.create_table(
        "boards",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_boards"),
    )
    op.create_table(
        "saved_policies",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_saved_policies"),
    )
    op.create_index("ix_saved_policies_at", "saved_policies", ["at"])


def _fill(connection: sa.Connection) -> None:
    """Add a row for each delivery that is held, a bounded number at a time."""
    place = {"transfer": "", "delivery": ""}
    add = sa.table("held", *(sa.column(name) for name in COLUMNS)).insert()
    while page := list(connection.execute(HELD, {**place, "page": PAGE})):
        connection.execute(add, [_row(each) for each in page])
        place = {"transfer": page[-1].transfer_id, "delivery": page[-1].id}


def _row(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row has no type
    transfer, delivery = json.loads(row.transfer), json.loads(row.value)
    verdict, known = json.loads(row.verdict or "{}"), json.loads(row.circumstances or "{}")
    reasons, parts, trouble = verdict.get("reasons", []), transfer["parts"], delivery.get("trouble", "")
    held_at = known.get("at", row.received_at)
    found, gaps = json.loads(row.findings or "[]"), json.loads(row.gaps or "[]")
    return {
        "transfer_id": row.transfer_id,
        "delivery_id": row.id,
        "version": row.version << 20,
        "received_at": row.received_at,
        "held_at": held_at,
        "sender": transfer["sender"].casefold(),
        "recipient": delivery["recipient"].casefold(),
        "door": transfer["origin"],
        "route": verdict.get("route", ""),
        "name": parts[0]["name"] if parts else "",
        "names": _names([*(each["name"] for each in parts), *(each["part"] for each in (*found, *gaps))]),
        "files": len(parts),
        "size": sum(each["size"] for each in parts),
        "tier": verdict.get("tier", 0),
        "why": _why(trouble, [each["rule"] for each in reasons], gaps),
        "rule": reasons[0]["rule"] if reasons and not trouble else "",
        "says": trouble or (reasons[0]["says"] if reasons else ""),
        "asked": False,
        "second": bool(delivery.get("releases")) and not trouble,
        "assigned_to": "",
        "escalated_to": "",
    }


def _names(names: list[str]) -> str:
    """Return the first of these names, each on a line of its own, in one case and one form of its letters."""
    kept = list(dict.fromkeys(names))[:NAMES_KEPT]
    return "\n".join(unicodedata.normalize("NFC", each.casefold()) for each in kept)[:NAMES_LONGEST]


def _why(trouble: str, rules: list[str], gaps: list[object]) -> str:
    """Return the kind of reason as near as the record of before tells it."""
    if trouble:
        return "no_seal" if trouble.startswith("it could not be sealed") else "failed"
    if gaps:
        return "unread"
    if any(each.startswith("people/") for each in rules):
        return "personal_data"
    return "other"
