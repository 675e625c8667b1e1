"""Statements that run for every transfer, several times: compiled once, and run on the driver's own connection.

SQLAlchemy builds and checks them as all others; only to run one it takes several times as long as SQLite does. Results
are plain tuples. The columns have types that the driver knows, so nothing is converted on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.sqlite import dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.sql.elements import ClauseElement


class Prepared:
    """One statement. Its columns are those of the parameters where it names none itself."""

    def __init__(self, statement: ClauseElement, *, columns_of_parameters: bool = False) -> None:
        self._statement = statement
        self._by_parameters = columns_of_parameters
        self._texts: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = {}

    def question(self, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return its text and all parameters, for `Database.ask`."""
        text, fixed = self._text(values)
        return text, {**fixed, **values} if fixed else values

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a cursor has no type
        """Run it once and return the cursor."""
        return driver_of(connection).execute(*self.question(values))

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each row; all have the same names."""
        if rows:
            text, fixed = self._text(rows[0])
            driver_of(connection).executemany(text, [{**fixed, **row} for row in rows] if fixed else rows)

    def _text(self, names: Iterable[str]) -> tuple[str, dict[str, Any]]:
        key = tuple(names) if self._by_parameters else ()
        found = self._texts.get(key)
        if found is None:
            columns: dict[str, Any] = {"column_keys": list(key)} if key else {}
            compiled = self._statement.compile(dialect=dialect(paramstyle="named"), **columns)
            fixed = {name: value for name, value in compiled.params.items() if name not in key}
            found = self._texts[key] = (str(compiled), fixed)
        return found


def driver_of(connection: Connection) -> Any:  # noqa: ANN401 - a DBAPI connection has no type
    """Return the driver's own connection."""
    return connection.connection.dbapi_connection
