"""Secrets that belong to no transfer: objects may be nobody's, and a table names those that are wanted.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.errors import Damaged

revision = "0003"
down_revision: str | None = "0002"

OPEN = sa.text(
    "UPDATE sqlite_master SET sql = replace(sql, :before, :after)"
    " WHERE type = 'table' AND name = 'objects' AND instr(sql, :before) > 0"
)


def upgrade() -> None:
    """Let an object be without a transfer, and add the table."""
    _let_objects_be_nobodys(op.get_bind())
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["object_id"], ["objects.id"], name="fk_secrets_object_id"),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def _let_objects_be_nobodys(connection: sa.Connection) -> None:
    """Take NOT NULL off a column without copying the table, which may be larger than what is left of the disk.

    No row changes by it, only the text of the table's definition: sqlite.org/lang_altertable.html#otheralter, the
    second procedure. SQLite has a statement for it since 3.53, which older builds that will do lack.
    """
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.execute(OPEN, {"before": "transfer_id VARCHAR NOT NULL", "after": "transfer_id VARCHAR"})
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
    if changed.rowcount != 1:
        raise Damaged("the table of objects is not as this gateway made it", hint="restore the state from a backup")
