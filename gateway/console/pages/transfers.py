"""Every transfer: found by who, what or when, and all that is known of one."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.exports import export
from gateway.console.frame.visit import Visit
from gateway.console.held.words import DELIVERIES, DOORS
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.transfers.finding import ASKED, COLUMNS, as_row, every, own_page, page_of, query_of, states_of
from gateway.console.transfers.sheet import sheet_of
from gateway.console.words import mark
from gateway.errors import NotFound
from gateway.model.lifecycle import DeliveryState
from gateway.model.search import Line

ASKS: Final = mark("An officer asks")


def listed(visit: Visit) -> Response:
    """Show a page of transfers, newest first."""
    return _shown(visit, is_own=False)


def mine(visit: Visit) -> Response:
    """Show a page of the visitor's own."""
    return _shown(visit, is_own=True)


def save(visit: Visit) -> Response:
    """Send what is looked for as a file."""
    rows = map(as_row, every(visit, query_of(visit, {})))
    return export(visit, "transfers", visit.query.get("kind", "csv"), rows, COLUMNS)


def one(visit: Visit) -> Response:
    """Show one transfer, with its history out of the ledger."""
    store = visit.desk.store
    transfer = store.transfers.get(visit.path["transfer"])
    if transfer.id != visit.path["transfer"]:
        raise NotFound(f"no transfer {visit.path['transfer']}", hint="look for it in the list")
    tongue, entries = visit.tongue, store.ledger.about(transfer.id)
    sheet = sheet_of(transfer, tongue, entries, visit.names)
    return visit.show("transfers/one.html", sheet=sheet)


def _shown(visit: Visit, *, is_own: bool) -> Response:
    errors: dict[str, str] = {}
    query = query_of(visit, errors)
    page = (own_page if is_own else page_of)(visit, query)
    tongue, policy = visit.tongue, visit.desk.policy()
    return visit.show(
        "transfers/list.html",
        is_own=is_own,
        page=page,
        states={line.id: [*_asked(visit, line, is_own=is_own), *states_of(line, tongue)] for line in page.rows},
        asked={name: visit.query.get(name, "") for name in ASKED},
        is_narrowed=any(visit.query.get(name) for name in ASKED),
        choices=[
            ("", tongue.say("Any")),
            *((str(state), tongue.say(words)) for state, (words, _) in DELIVERIES.items()),
        ],
        doors=[("", tongue.say("Any")), *((str(door), tongue.say(words)) for door, words in DOORS.items())],
        routes=[("", tongue.say("Any")), *((route, route) for route in sorted(policy.routes if policy else ()))],
        errors=errors,
    )


def _asked(visit: Visit, line: Line, *, is_own: bool) -> list[tuple[str, str]]:
    """Return the tag that tells a sender of a question."""
    if not is_own or DeliveryState.HELD not in line.deliveries:
        return []
    question = visit.desk.store.transfers.get(line.id).open_question
    return [(visit.tongue.say(ASKS), "yellow")] if question else []


PAGES: Final = (
    Page(method="GET", path="/transfers", act=listed, needs=Permission.LIST),
    Page(method="GET", path="/transfers/export", act=save, needs=Permission.LIST),
    Page(method="GET", path="/transfers/{transfer}", act=one, needs=Permission.MASKED),
    Page(method="GET", path="/mine", act=mine, needs=Permission.OWN),
)
