"""What decisions were made from, several releases to a delivery, and who has written to whom before.

Revision ID: 0002
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

PAGE = 500
DELIVERIES = sa.text(
    "SELECT d.rowid AS number, d.state, d.value, t.value AS transfer, t.received_at"
    " FROM deliveries d JOIN transfers t ON t.id = d.transfer_id WHERE d.rowid > :after ORDER BY d.rowid LIMIT :page"
)
REWRITE = sa.text("UPDATE deliveries SET value = :value WHERE rowid = :number")
REMEMBER = sa.text(
    "INSERT INTO correspondents (sender, recipient, since) VALUES (:sender, :recipient, :since)"
    " ON CONFLICT (sender, recipient) DO UPDATE SET since = min(since, excluded.since)"
)


def upgrade() -> None:
    """Add the column and the table, and fill them from what is there."""
    op.add_column("deliveries", sa.Column("circumstances", sa.Text()))
    op.create_table(
        "correspondents",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sender", "recipient", name="pk_correspondents"),
    )
    connection = op.get_bind()
    for page in _pages(connection):
        rewritten, known = [], []
        for row in page:
            value = json.loads(row.value)
            if row.state == "delivered":
                known.append(_correspondents(row, value))
            if "release" in value:
                release = value.pop("release")
                value["releases"] = [] if release is None else [release]
                text = json.dumps(value, sort_keys=True, separators=(",", ":"))
                rewritten.append({"number": row.number, "value": text})
        if rewritten:
            connection.execute(REWRITE, rewritten)
        if known:
            connection.execute(REMEMBER, known)


def _pages(connection: sa.Connection) -> Iterator[list[Any]]:
    """Yield all deliveries, a bounded number at a time."""
    after = 0
    while page := list(connection.execute(DELIVERIES, {"after": after, "page": PAGE})):
        yield page
        after = page[-1].number


def _correspondents(row: Any, delivery: dict[str, Any]) -> dict[str, str]:  # noqa: ANN401 - a row has no type
    receipt = delivery.get("receipt") or {}
    return {
        "sender": _lower_domain(json.loads(row.transfer)["sender"]),
        "recipient": _lower_domain(delivery["recipient"]),
        "since": receipt.get("at") or row.received_at,
    }


def _lower_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"
