"""What somebody looks for among transfers, out of a page's address; and what lists and files show of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.console.frame.days import span
from gateway.console.frame.exports import MOST
from gateway.console.held.words import DELIVERIES
from gateway.model.lifecycle import DeliveryState
from gateway.model.search import Line, TransferQuery
from gateway.model.transfer import Origin
from gateway.store.paging import LARGEST_PAGE, Page

if TYPE_CHECKING:
    from gateway.console.frame.visit import Visit
    from gateway.console.words.tongue import Tongue

Word = TypeVar("Word", bound=StrEnum)
LONGEST: Final = 500
ASKED: Final = ("q", "since", "until", "state", "door", "route")
COLUMNS: Final = (
    *("id", "received_at", "sender", "recipient", "recipients", "name", "files", "size", "door", "route", "state"),
    *(str(state) for state in DeliveryState),
)
"""The columns of a file: the last ones count deliveries by their state."""


def query_of(visit: Visit, errors: MutableMapping[str, str]) -> TransferQuery:
    """Return what the address asks for; what it cannot ask for is left out."""
    since, until = span(visit, errors)
    return TransferQuery(
        text=visit.query.get("q", "")[:LONGEST],
        since=since,
        until=until,
        delivery=_word(DeliveryState, visit.query.get("state", "")),
        door=_word(Origin, visit.query.get("door", "")),
        route=visit.query.get("route", "")[:LONGEST],
    )


def page_of(visit: Visit, query: TransferQuery, *, limit: int = 50) -> Page[Line]:
    """Return the page of the list that the address asks for; `NotFound` for a place that no page gave."""
    place, now = visit.query.get("place", ""), visit.desk.clock.now()
    return visit.desk.store.search.find(query, now=now, place=place, limit=limit)


def own_page(visit: Visit, query: TransferQuery, *, limit: int = 50) -> Page[Line]:
    """Return a page of the visitor's own transfers: those that have their address as the sender's."""
    address = visit.me.address
    page = page_of(visit, replace(query, text=f"{address} {query.text}"), limit=limit)
    return replace(page, rows=tuple(line for line in page.rows if line.sender.casefold() == address))


def every(visit: Visit, query: TransferQuery) -> Iterator[Line]:
    """Yield all that match, newest first, a few more than a file may hold at most; memory is bounded."""
    place, now, found = "", visit.desk.clock.now(), 0
    while found <= MOST:
        page = visit.desk.store.search.find(query, now=now, place=place, limit=LARGEST_PAGE)
        yield from page.rows
        found += len(page.rows)
        place = page.next
        if not place:
            return


def as_row(line: Line) -> Mapping[str, object]:
    """Return a transfer as a row of a file."""
    counts = {str(state): line.deliveries.get(state, 0) for state in DeliveryState}
    return {
        "id": line.id,
        "received_at": line.received_at.isoformat(),
        "sender": line.sender,
        "recipient": line.recipient,
        "recipients": sum(line.deliveries.values()),
        "name": line.name,
        "files": line.files,
        "size": line.size,
        "door": str(line.door),
        "route": line.route,
        "state": str(line.state),
        **counts,
    }


def states_of(line: Line, tongue: Tongue) -> Sequence[tuple[str, str]]:
    """Return where the deliveries of a transfer stand: words with how many where there are several, and a colour."""
    several = sum(line.deliveries.values()) > 1
    found = []
    for state, count in line.deliveries.items():
        words, colour = DELIVERIES[state]
        said = tongue.say(words)
        found.append((f"{said} ({tongue.number(count)})" if several else said, colour))
    return found


def _word(kind: type[Word], given: str) -> Word | None:
    return next((each for each in kind if each.value == given), None)
