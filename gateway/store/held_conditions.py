"""What a list of held deliveries asks of a row, and of the counts of rows that are alike."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, func, literal_column, not_, or_, select, tuple_

from gateway.model.held import HeldState
from gateway.store import codec
from gateway.store.console_tables import held, held_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from gateway.model.held import HeldQuery

ROW: Final = held.c
SAID: Final = (ROW.names, ROW.sender, ROW.recipient, ROW.transfer_id)
"""Where the words of a search are looked for."""
INDEXED: Final = ("why", "tier", "assigned_to")
"""Columns that have an index in the order of age."""
WAITING: Final = select(func.coalesce(func.sum(held_counts.c.waiting), 0))


IN_PATH: Final = re.compile("/(?:[0-9]+/)?")
"""What stands between the names in the path of a part: `letter.eml/1/plan.docx`."""


def folded(text: str) -> str:
    """Return a text as it is compared: in one case and one form of its letters (Unicode 15, sections 3.13 and 3.11)."""
    return unicodedata.normalize("NFC", text.casefold())


def names_in(path: str) -> list[str]:
    """Return the names in the path of a part, the outermost first: each is kept once, and a path is found by them."""
    return [name for name in IN_PATH.split(path) if name]


def named(query: HeldQuery) -> dict[str, list[Any]]:
    """Return which values of which columns a query names."""
    found: dict[str, list[Any]] = {
        "why": sorted(each.value for each in query.why),
        "tier": sorted(int(each) for each in query.tier),
        "route": sorted(query.route),
        "assigned_to": [] if query.assigned_to is None else [query.assigned_to],
        "escalated_to": [] if query.escalated_to is None else [query.escalated_to],
    }
    return {name: values for name, values in found.items() if values}


def of_rows(query: HeldQuery, by: str = "", *, by_age: bool = True) -> Iterator[ColumnElement[bool]]:
    """Yield what a row must meet; only the column `by`, and with `by_age` that of age, may be found by an index."""
    yield from _countable(query, lambda name: ROW[name] if name == by else bare(name))
    yield from uncounted(query, by_age=by_age)


def of_counts(query: HeldQuery) -> Iterator[ColumnElement[bool]]:
    """Yield what a row of counts must meet, as far as counts know."""
    yield from _countable(query, lambda name: held_counts.c[name])


def uncounted(query: HeldQuery, *, by_age: bool = True) -> Iterator[ColumnElement[bool]]:
    """Yield those conditions that no count knows of: what a row contains, was picked, or has waited for so long."""
    if query.only:
        yield tuple_(ROW.transfer_id, ROW.delivery_id).in_(sorted(query.only))
    for name in chain.from_iterable(names_in(word) or [word] for word in query.words):
        yield or_(*(column.contains(folded(name), autoescape=True) for column in SAID))
    if query.held_before is not None:
        yield (ROW.held_at if by_age else bare("held_at")) < codec.write_time(query.held_before)


def rarest(connection: Connection, query: HeldQuery) -> str:
    """Return the column by whose index the fewest rows are looked at, empty where none narrows the list."""
    one = {name: values[0] for name, values in named(query).items() if name in INDEXED and len(values) == 1}
    if len(one) <= 1:
        return next(iter(one), "")
    rows = {
        name: connection.execute(WAITING.where(held_counts.c[name] == value)).scalar_one()
        for name, value in one.items()
    }
    return min(rows, key=lambda name: rows[name])


def bare(name: str) -> ColumnElement[Any]:
    """Return a column that no index is chosen for: https://sqlite.org/optoverview.html#disqualify."""
    return literal_column(f"+held.{name}", ROW[name].type)


def _countable(query: HeldQuery, column: Callable[[str], ColumnElement[Any]]) -> Iterator[ColumnElement[bool]]:
    for name, values in named(query).items():
        yield column(name) == values[0] if len(values) == 1 else column(name).in_(values)
    if query.states:
        yield or_(*(_state(state, column) for state in sorted(query.states)))


def _state(state: HeldState, column: Callable[[str], ColumnElement[Any]]) -> ColumnElement[bool]:
    applies: dict[HeldState, ColumnElement[bool]] = {
        HeldState.CLAIMED: column("assigned_to") != "",
        HeldState.ESCALATED: column("escalated_to") != "",
        HeldState.ASKED: column("asked") == 1,
        HeldState.SECOND: column("second") == 1,
    }
    return applies[state] if state in applies else not_(or_(*applies.values()))
