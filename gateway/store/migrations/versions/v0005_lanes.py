"""Wakes wait in lanes, and lanes may be held. Wakes of before wait in `house`: whoever serves one finds its lane.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Add the columns, the index that a claim asks, and the table."""
    op.add_column("wakes", sa.Column("lane", sa.String(), server_default="house", nullable=False))
    op.add_column("wakes", sa.Column("turn", sa.String(), server_default="0", nullable=False))
    op.add_column("wakes", sa.Column("rank", sa.Integer(), server_default="60", nullable=False))
    op.add_column("wakes", sa.Column("hurried", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_wakes_lane_turn", "wakes", ["lane", "turn"])
    op.create_table(
        "lanes",
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("held_at", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("closed_until", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_lanes"),
    )
