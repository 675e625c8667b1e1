"""Secrets that belong to no transfer: objects may be nobody's, and a table names those that are wanted.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Let an object be without a transfer, and add the table."""
    with op.batch_alter_table("objects") as objects:
        objects.alter_column("transfer_id", existing_type=sa.String(), nullable=True)
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["object_id"], ["objects.id"], name="fk_secrets_object_id"),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
