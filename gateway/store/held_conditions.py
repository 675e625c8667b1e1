"""What a list of held deliveries asks of a row, and of the counts of rows that are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, literal_column, not_, or_, tuple_

from gateway.model.held import HeldState
from gateway.store import codec
from gateway.store.console_tables import held, held_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.model.held import HeldQuery

ROW: Final = held.c
SAID: Final = (ROW.name, ROW.sender, ROW.recipient, ROW.transfer_id)
"""Where the words of a search are looked for."""


def named(query: HeldQuery) -> dict[str, list[Any]]:
    """Return which values of which columns a query names."""
    found: dict[str, list[Any]] = {
        "why": sorted(each.value for each in query.why),
        "tier": sorted(int(each) for each in query.tier),
        "route": sorted(query.route),
        "door": sorted(each.value for each in query.door),
        "assigned_to": [] if query.assigned_to is None else [query.assigned_to],
        "escalated_to": [] if query.escalated_to is None else [query.escalated_to],
    }
    return {name: values for name, values in found.items() if values}


def of_rows(query: HeldQuery, by: str = "") -> Iterator[ColumnElement[bool]]:
    """Yield what a row must meet; only the column `by` may be found by its index."""
    yield from _countable(query, lambda name: ROW[name] if name == by else bare(name))
    yield from uncounted(query)


def of_counts(query: HeldQuery) -> Iterator[ColumnElement[bool]]:
    """Yield what a row of counts must meet, as far as counts know."""
    yield from _countable(query, lambda name: held_counts.c[name])


def uncounted(query: HeldQuery) -> Iterator[ColumnElement[bool]]:
    """Yield those conditions that no count knows of: what a row contains, was picked, or has waited for so long."""
    if query.sender:
        yield ROW.sender.contains(query.sender.casefold(), autoescape=True)
    if query.recipient:
        yield ROW.recipient.contains(query.recipient.casefold(), autoescape=True)
    if query.only:
        yield tuple_(ROW.transfer_id, ROW.delivery_id).in_(sorted(query.only))
    for word in query.words:
        yield or_(*(column.contains(word.casefold(), autoescape=True) for column in SAID))  # LIKE: A is a
    if query.held_before is not None:
        yield ROW.held_at < codec.write_time(query.held_before)


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
