"""The first tables.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create every table."""
    _create_transfers()
    _create_shares("deliveries", sa.Column("verdict", sa.Text()), sa.Column("sealed", sa.Text()))
    _create_shares("notices")
    _create_instructions_and_wakes()
    _create_objects_and_ledger()


def _transfer_id(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=f"fk_{table}_transfer_id"),
    ]


def _create_transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("inspection", sa.Text()),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
    )
    op.create_index("ix_transfers_received_at_id", "transfers", ["received_at", "id"])
    op.create_index("ix_transfers_state", "transfers", ["state"])


def _create_shares(table: str, *own: sa.Column[str]) -> None:
    op.create_table(
        table,
        *_transfer_id(table),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        *own,
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", "id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_state_transfer_id", table, ["state", "transfer_id"])


def _create_instructions_and_wakes() -> None:
    op.create_table(
        "instructions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        *_transfer_id("instructions"),
        sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_instructions"),
        sa.UniqueConstraint("id", name="uq_instructions_id"),
    )
    op.create_index("ix_instructions_transfer_id_done", "instructions", ["transfer_id", "done"])
    op.create_table(
        "wakes",
        *_transfer_id("wakes"),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("next_at", sa.String()),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.String()),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("transfer_id", name="pk_wakes"),
    )
    op.create_index("ix_wakes_at", "wakes", ["at"])


def _create_objects_and_ledger() -> None:
    op.create_table(
        "objects",
        sa.Column("id", sa.String(), nullable=False),
        *_transfer_id("objects"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("inline", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_objects"),
    )
    op.create_index("ix_objects_transfer_id", "objects", ["transfer_id"])
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
        sa.CheckConstraint("seq >= 0", name="seq"),
    )
