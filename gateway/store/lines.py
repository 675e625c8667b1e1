"""Transfers as a list shows them, read by their ids: a few columns of each, however large it is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, text

from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.search import Line
from gateway.model.transfer import Origin
from gateway.store import codec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

TRANSFERS: Final = text(
    "SELECT id, state, received_at, json_extract(value, '$.origin') AS door, json_extract(value, '$.route') AS route,"
    " json_extract(value, '$.sender') AS sender, json_extract(value, '$.parts[0].name') AS name,"
    " json_array_length(value, '$.parts') AS files,"
    " (SELECT sum(json_extract(part.value, '$.size')) FROM json_each(transfers.value, '$.parts') part) AS size"
    " FROM transfers WHERE id IN :ids"
).bindparams(bindparam("ids", expanding=True))
DELIVERIES: Final = text(
    "SELECT transfer_id, state, count(*) AS many,"
    " max(CASE WHEN position = 0 THEN json_extract(value, '$.recipient') END) AS first,"
    " max(CASE WHEN position = 0 THEN json_extract(verdict, '$.route') END) AS route"
    " FROM deliveries WHERE transfer_id IN :ids GROUP BY transfer_id, state"
).bindparams(bindparam("ids", expanding=True))


def lines_of(connection: Connection, ids: Sequence[str]) -> tuple[Line, ...]:
    """Return these transfers in the order of their ids, without those that are not there."""
    if not ids:
        return ()
    states: dict[str, dict[DeliveryState, int]] = defaultdict(dict)
    firsts: dict[str, Any] = {}
    for row in connection.execute(DELIVERIES, {"ids": ids}):
        states[row.transfer_id][DeliveryState(row.state)] = row.many
        if row.first is not None:
            firsts[row.transfer_id] = row
    found = {}
    for row in connection.execute(TRANSFERS, {"ids": ids}):
        first = firsts.get(row.id)
        found[row.id] = Line(
            id=row.id,
            state=TransferState(row.state),
            received_at=codec.read_time(row.received_at),
            door=Origin(row.door),
            route=row.route or (first.route if first else None) or "",
            sender=row.sender,
            recipient=first.first if first else "",
            name=row.name or "",
            files=row.files,
            size=row.size or 0,
            deliveries=states[row.id],
        )
    return tuple(found[each] for each in ids if each in found)
