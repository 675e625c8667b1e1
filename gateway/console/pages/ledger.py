"""The ledger: what happened, newest first, and how to verify that nobody rewrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from starlette.responses import Response

from gateway.console.frame.days import span
from gateway.console.frame.exports import export
from gateway.console.frame.visit import Visit
from gateway.console.ledger.reading import REFERENCE, Sought, checkpoint, every, newest, of_transfer
from gateway.console.ledger.words import called
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.errors import NotFound
from gateway.model.record import Event

COLUMNS: Final = ("number", "at", "event", "transfer", "delivery", "words", "facts")
DIGITS: Final = 16
"""No number of an entry is as long."""

GROUPS: Final = tuple(sorted({event.partition(":")[0] for event in Event}))


def ledger(visit: Visit) -> Response:
    """Show the entries that are looked for, and how far the ledger is signed."""
    errors: dict[str, str] = {}
    return _shown(visit, _sought(visit, errors), errors, is_own=False)


def mine(visit: Visit) -> Response:
    """Show what the visitor did themselves."""
    errors: dict[str, str] = {}
    return _shown(visit, _own(visit, errors), errors, is_own=True)


def save(visit: Visit) -> Response:
    """Send the entries that are looked for as a file."""
    return export(visit, "ledger", visit.query.get("kind", "csv"), _rows(visit, _sought(visit, {})), COLUMNS)


def save_mine(visit: Visit) -> Response:
    """Send what the visitor did as a file."""
    return export(visit, "ledger-mine", visit.query.get("kind", "csv"), _rows(visit, _own(visit, {})), COLUMNS)


def signed(visit: Visit) -> Response:
    """Send the checkpoint as it was signed, for keeping elsewhere."""
    found = visit.desk.store.ledger.signed()
    if found is None:
        raise NotFound("nothing of the ledger is signed yet", hint="the daemon does it within seconds of its start")
    answer = Response(found[0], media_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="checkpoint.txt"'
    return answer


def _shown(visit: Visit, sought: Sought, errors: Mapping[str, str], *, is_own: bool) -> Response:
    book = visit.desk.store.ledger
    below = visit.query.get("below", "")
    start = int(below) if below.isdecimal() and len(below) < DIGITS else None
    is_one = bool(REFERENCE.fullmatch(sought.transfer))
    found = of_transfer(book, sought) if is_one else newest(book, sought, below=start)
    return visit.show(
        "ledger/list.html",
        found=found,
        names=visit.names,
        is_own=is_own,
        errors=errors,
        events=tuple(sorted(str(event) for event in Event)),
        groups=GROUPS,
        checkpoint=checkpoint(book),
        count=book.count(),
        asked={name: visit.query.get(name, "") for name in ("event", "person", "transfer", "since", "until")},
        is_narrowed=any(visit.query.get(name) for name in ("event", "person", "transfer", "since", "until")),
    )


def _sought(visit: Visit, errors: dict[str, str]) -> Sought:
    since, until = span(visit, errors)
    event, person, transfer = (visit.query.get(name, "").strip()[:200] for name in ("event", "person", "transfer"))
    ids = called(visit.people, person) if person else ()
    return Sought(event=event, person=person, ids=ids, transfer=transfer, since=since, until=until)


def _own(visit: Visit, errors: dict[str, str]) -> Sought:
    since, until = span(visit, errors)
    me = visit.me
    event = visit.query.get("event", "").strip()
    return Sought(event=event, since=since, until=until, only=lambda entry: entry.is_by(me))


def _rows(visit: Visit, sought: Sought) -> Iterator[Mapping[str, object]]:
    tongue, names = visit.tongue, visit.names
    for entry in every(visit.desk.store.ledger, sought):
        yield {
            "number": entry.number,
            "at": entry.at.isoformat(),
            "event": entry.event,
            "transfer": entry.transfer_id,
            "delivery": entry.delivery_id,
            "words": entry.words(tongue, names),
            "facts": entry.facts,
        }


PAGES: Final = (
    Page(method="GET", path="/ledger", act=ledger, needs=Permission.LEDGER),
    Page(method="GET", path="/ledger/mine", act=mine, needs=Permission.LEDGER_OWN),
    Page(method="GET", path="/ledger/export", act=save, needs=Permission.LEDGER),
    Page(method="GET", path="/ledger/mine/export", act=save_mine, needs=Permission.LEDGER_OWN),
    Page(method="GET", path="/ledger/checkpoint", act=signed, needs=Permission.LEDGER),
)
