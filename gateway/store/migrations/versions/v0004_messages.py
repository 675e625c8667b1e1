"""Which messages came with which Message-ID, for threads and for what was sent twice.

Of mail that came before, nobody knows any more: its content is not read for it.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "messages",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_messages_transfer_id"),
        sa.PrimaryKeyConstraint("digest", "transfer_id", name="pk_messages"),
        sqlite_with_rowid=False,
    )
