"""The list of what is held as a file, as it is filtered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from starlette.responses import Response

from gateway.console.frame.exports import MOST, export
from gateway.console.frame.visit import Visit
from gateway.console.pages.quarantine import asked_of
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.model.held import Held
from gateway.store.paging import LARGEST_PAGE

COLUMNS: Final = (
    *("transfer", "delivery", "received_at", "held_at", "decide_by", "sender", "recipient", "door", "route", "name"),
    *("files", "size", "tier", "why", "rule", "says", "states", "assigned_to", "escalated_to"),
)


def save(visit: Visit) -> Response:
    """Send what is asked for as a file."""
    return export(visit, "quarantine", visit.query.get("kind", "csv"), _rows(visit), COLUMNS)


def _rows(visit: Visit) -> Iterator[Mapping[str, object]]:
    """Yield all that fit, in the order of the list, a few more than a file may hold at most; memory is bounded."""
    store, wanted, place, found = visit.desk.store, asked_of(visit), "", 0
    people = {each.id: each.address for each in visit.people}
    while found <= MOST:
        page = store.held.list(wanted.query, order=wanted.order, place=place, limit=LARGEST_PAGE)
        yield from (_row(visit, each, people) for each in page.rows)
        found += len(page.rows)
        place = page.next
        if not place:
            return


def _row(visit: Visit, held: Held, people: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "transfer": held.transfer_id,
        "delivery": held.delivery_id,
        "received_at": held.received_at.isoformat(),
        "held_at": held.held_at.isoformat(),
        "decide_by": (held.held_at + visit.desk.settings.decide_within).isoformat(),
        "sender": held.sender,
        "recipient": held.recipient,
        "door": str(held.door),
        "route": held.route,
        "name": held.name,
        "files": held.files,
        "size": held.size,
        "tier": held.tier.label,
        "why": str(held.why),
        "rule": held.rule,
        "says": held.says,
        "states": " ".join(sorted(held.states)),
        "assigned_to": people.get(held.assigned_to, held.assigned_to),
        "escalated_to": held.escalated_to,
    }


PAGES: Final = (Page(method="GET", path="/quarantine/export", act=save, needs=Permission.LIST),)
