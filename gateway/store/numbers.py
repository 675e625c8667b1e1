"""How many deliveries are in each state that is no end: asked of an index, whatever else is in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from gateway.model.lifecycle import ENDED, DeliveryState
from gateway.store import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.store.database import Database

UNENDED: Final = tuple(state.value for state in DeliveryState if state not in ENDED)
COUNTS: Final = (
    select(tables.deliveries.c.state, func.count())
    .where(tables.deliveries.c.state.in_(UNENDED))
    .group_by(tables.deliveries.c.state)
)


def deliveries_by_state(database: Database) -> Mapping[str, int]:
    """Return how many deliveries are held, sealed and so on; 0 where none is."""
    with database.read() as connection:
        found = {str(state): int(count) for state, count in connection.execute(COUNTS)}
    return {state: found.get(state, 0) for state in UNENDED}
