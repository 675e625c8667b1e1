"""The rows of what is held: made from a step in its caller's thread, written in its transaction.

A step that holds nothing, moves nothing out of quarantine and asks nobody costs nothing here.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.model.held import is_asked, needs_second, why_held
from gateway.model.lifecycle import DeliveryState
from gateway.store import codec
from gateway.store.console_tables import held, held_aside
from gateway.store.held_conditions import folded, names_in
from gateway.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.model.transfer import Delivery, Transfer

VERSIONS: Final = 20
"""Bits of a version that count changes of a row; those above are the version of the transfer that was held."""

MOST_NAMES: Final = 200
LONGEST_NAMES: Final = 2_000
"""Names of files, and characters of them, that what is held is found by: each recipient of it has a row."""

_OWN: Final = (held.c.transfer_id == bindparam("transfer"), held.c.delivery_id == bindparam("share"))
_ASIDE: Final = (held_aside.c.transfer_id == bindparam("transfer"), held_aside.c.delivery_id == bindparam("share"))
LASTING: Final = ("held_at", "assigned_to", "escalated_to")
PUT_ASIDE: Final = Prepared(
    insert(held_aside)
    .prefix_with("OR REPLACE")
    .from_select(
        ["transfer_id", "delivery_id", *LASTING],
        select(held.c.transfer_id, held.c.delivery_id, *(held.c[name] for name in LASTING)).where(*_OWN),
    )
)
REMOVE: Final = Prepared(delete(held).where(*_OWN))
ADD: Final = Prepared(insert(held), columns_of_parameters=True)
TAKE_UP: Final = Prepared(
    update(held)
    .where(*_OWN, held_aside.c.transfer_id == held.c.transfer_id, held_aside.c.delivery_id == held.c.delivery_id)
    .values({name: held_aside.c[name] for name in LASTING})
)
FORGET: Final = Prepared(delete(held_aside).where(*_ASIDE))
ASKED: Final = Prepared(update(held).where(*_OWN).values(asked=bindparam("is_asked"), version=held.c.version + 1))
HELD: Final = DeliveryState.HELD
AGAIN: Final = frozenset({DeliveryState.UNDECIDED, DeliveryState.CLEARED})
"""States of what is decided again and has not been sealed: if it is held now, it has waited all the time."""


class HeldRows:
    """What a step does to the rows of what is held. `stages` are how the transfer stood, its end last."""

    def __init__(self, before: Transfer | None, stages: Sequence[Transfer], at: datetime | None) -> None:
        self._aside: list[dict[str, str]] = []
        self._gone: list[dict[str, str]] = []
        self._new: list[dict[str, Any]] = []
        self._again: list[dict[str, str]] = []
        self._over: list[dict[str, str]] = []
        self._asked: list[dict[str, Any]] = []
        if before is None:  # of a new transfer nothing is held
            return
        after, known = stages[-1], {each.id: each for each in before.deliveries}
        names = names_of(after) if any(each.state is HELD for each in after.deliveries) else ""
        for delivery in after.deliveries:
            was, own = known.get(delivery.id, delivery), {"transfer": after.id, "share": delivery.id}
            is_aside = was.state in AGAIN and bool(was.releases or before.reason)
            if HELD not in (was.state, delivery.state) and not is_aside:
                continue
            way = {_state_of(stage, delivery.id) for stage in stages}
            if was.state is HELD and way == {HELD}:
                if (asked := is_asked(after, delivery)) != is_asked(before, was):
                    self._asked.append({**own, "is_asked": asked})
                continue
            self._moves(was, delivery.state, own, waits=way <= AGAIN | {HELD})
            if delivery.state is HELD:
                self._new.append(row_of(after, delivery, at, names))

    def _moves(self, was: Delivery, to: DeliveryState, own: dict[str, str], *, waits: bool) -> None:
        """Take note of what moves; with `waits` it was neither sealed nor is it over."""
        if was.state is HELD:
            self._gone.append(own)
            if waits:
                self._aside.append(own)
        if to is HELD and waits:
            self._again.append(own)
        if to not in AGAIN:
            self._over.append(own)

    def write(self, connection: Connection) -> None:
        """Write them."""
        PUT_ASIDE.run_each(connection, self._aside)
        REMOVE.run_each(connection, self._gone)
        ADD.run_each(connection, self._new)
        TAKE_UP.run_each(connection, self._again)
        FORGET.run_each(connection, self._over)
        ASKED.run_each(connection, self._asked)


def _state_of(stage: Transfer, delivery_id: str) -> DeliveryState | None:
    return next((each.state for each in stage.deliveries if each.id == delivery_id), None)


def names_of(transfer: Transfer) -> str:
    """Return by what something held is found: the names of its files and of what was found, opened or not, in them."""
    seen = transfer.inspection
    parts = [each.name for each in transfer.parts]
    if seen:
        parts += [
            *seen.names,
            *(each.part for each in seen.findings),
            *(each.part for each in seen.gaps),
            *(each.part for each in seen.remarks),
        ]
    found = dict.fromkeys(chain.from_iterable(map(names_in, dict.fromkeys(parts))))
    return "\n".join(map(folded, islice(found, MOST_NAMES)))[:LONGEST_NAMES]


def row_of(transfer: Transfer, delivery: Delivery, at: datetime | None, names: str) -> dict[str, Any]:
    """Return the row of a delivery that is held from `at` on; without a time, from when it was decided."""
    known, verdict = delivery.circumstances, delivery.verdict
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
        "names": names,
        "files": len(transfer.parts),
        "size": transfer.size,
        "tier": int(verdict.tier) if verdict else 0,
        "why": why.value,
        "rule": reason.rule if reason else "",
        "says": reason.says if reason else delivery.trouble,
        "asked": is_asked(transfer, delivery),
        "second": needs_second(delivery),
        "assigned_to": "",
        "escalated_to": "",
    }
