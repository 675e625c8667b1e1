"""The rows of what is held: made from a step in its caller's thread, written in its transaction.

A step that holds nothing, moves nothing out of quarantine and asks nobody costs nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, update

from gateway.model.held import is_asked, needs_second, why_held
from gateway.model.inspection import MarkingStatus
from gateway.model.lifecycle import DeliveryState
from gateway.store import codec
from gateway.store.console_tables import held
from gateway.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.transfer import Delivery, Transfer

VERSIONS: Final = 20
"""Bits of a version that count changes of a row; those above are the version of the transfer that was held."""

_OWN: Final = (held.c.transfer_id == bindparam("transfer"), held.c.delivery_id == bindparam("share"))
REMOVE: Final = Prepared(delete(held).where(*_OWN))
ADD: Final = Prepared(insert(held), columns_of_parameters=True)
ASKED: Final = Prepared(update(held).where(*_OWN).values(asked=bindparam("is_asked"), version=held.c.version + 1))
HELD: Final = DeliveryState.HELD


class HeldRows:
    """What a step does to the rows of what is held. `stages` are how the transfer stood, its end last."""

    def __init__(self, before: Transfer | None, stages: Sequence[Transfer], at: datetime | None) -> None:
        self._gone: list[dict[str, str]] = []
        self._new: list[dict[str, Any]] = []
        self._asked: list[dict[str, Any]] = []
        if before is None:  # of a new transfer nothing is held
            return
        after = stages[-1]
        held_before = {each.id: each for each in before.deliveries if each.state is HELD}
        for delivery in after.deliveries:
            was, own = held_before.get(delivery.id), {"transfer": after.id, "share": delivery.id}
            if was and all(_is_held(stage, delivery.id) for stage in stages):
                asked = is_asked(after, delivery)
                if asked != is_asked(before, was):
                    self._asked.append({**own, "is_asked": asked})
                continue
            if was:
                self._gone.append(own)
            if delivery.state is HELD:
                self._new.append(row_of(after, delivery, at))

    def write(self, connection: Connection) -> None:
        """Write them."""
        REMOVE.run_each(connection, self._gone)
        ADD.run_each(connection, self._new)
        ASKED.run_each(connection, self._asked)


def _is_held(stage: Transfer, delivery_id: str) -> bool:
    return any(each.state is HELD for each in stage.deliveries if each.id == delivery_id)


def row_of(transfer: Transfer, delivery: Delivery, at: datetime | None) -> dict[str, Any]:
    """Return the row of a delivery that is held from `at` on; without a time, from when it was decided."""
    known, verdict, inspection = delivery.circumstances, delivery.verdict, transfer.inspection
    since = at or (known.at if known else transfer.received_at)
    why, reason = why_held(delivery)
    return {
        "transfer_id": transfer.id,
        "delivery_id": delivery.id,
        "version": transfer.version << VERSIONS,
        "received_at": codec.write_time(transfer.received_at),
        "held_at": codec.write_time(since),
        "sender": transfer.sender.casefold(),
        "recipient": delivery.recipient.casefold(),
        "door": transfer.origin.value,
        "route": verdict.route if verdict else transfer.route,
        "name": transfer.parts[0].name if transfer.parts else "",
        "files": len(transfer.parts),
        "size": transfer.size,
        "tier": int(verdict.tier) if verdict else 0,
        "marking_status": (inspection.marking_status if inspection else MarkingStatus.NONE).value,
        "why": why.value,
        "rule": reason.rule if reason else "",
        "says": reason.says if reason else delivery.trouble,
        "releases": len(delivery.releases),
        "asked": is_asked(transfer, delivery),
        "second": needs_second(delivery),
        "assigned_to": "",
        "escalated_to": "",
    }
