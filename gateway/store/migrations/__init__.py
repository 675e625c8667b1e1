"""Brings a database up to date, from the first table on, with Alembic driven from here: there is no `env.py`.

Every open asks for the revision (one small read); only a database that is behind loads Alembic.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import Unsound
from gateway.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection


def revision_of(connection: Connection) -> str | None:
    """Return the revision a database is at, None when it has no tables yet."""
    named = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() if named else None
    return None if row is None else str(row[0])


def upgrade(connection: Connection) -> None:
    """Run the missing migrations inside the caller's transaction.

    Raises `Unsound` for a database written by a newer gateway.
    """
    # Alembic takes longer to import than a command takes to run: only an old or new database pays for it.
    from alembic.migration import MigrationContext  # noqa: PLC0415 - see above
    from alembic.operations import Operations  # noqa: PLC0415 - see above
    from alembic.runtime.migration import MigrationStep  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    script = ScriptDirectory(str(Path(__file__).parent))
    known = {one.revision for one in script.walk_revisions()}
    if (at := revision_of(connection)) is not None and at not in known:
        raise Unsound(
            f"the database is at revision {at}, which this gateway does not know",
            hint="it was written by a newer gateway: run that one",
        )

    def missing(current: Any, _context: MigrationContext) -> list[MigrationStep]:  # noqa: ANN401 - Alembic's own shape
        steps = reversed(list(script.iterate_revisions("head", current or "base")))
        return [MigrationStep.upgrade_from_script(script.revision_map, one) for one in steps]

    context = MigrationContext.configure(
        connection, opts={"fn": missing, "target_metadata": tables.metadata, "transactional_ddl": True}
    )
    with Operations.context(context):
        context.run_migrations()
