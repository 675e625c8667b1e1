"""The first page: how much waits and since when, what the last days brought, and what wants attention. No names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.words import WHY
from gateway.console.ledger.reading import checkpoint
from gateway.console.ledger.tally import UNREAD, Tally
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.model.board import KeysBoard, PolicyBoard, QueueBoard, QueueLine
from gateway.model.lane import TO
from gateway.model.record import Event
from gateway.store.embedded import Store
from gateway.store.pinned import pinned

STATES: Final = (
    (Event.TRANSFER_RECEIVED, mark("Transfers received")),
    (Event.DELIVERY_CLEARED, mark("Deliveries that may go")),
    (Event.DELIVERY_HELD, mark("Held")),
    (Event.DELIVERY_RELEASED, mark("Released")),
    (Event.DELIVERY_DELIVERED, mark("Handed over")),
    (Event.DELIVERY_DEFERRED, mark("Attempts to be made again")),
    (Event.DELIVERY_REFUSED, mark("Refused")),
    (Event.DELIVERY_FAILED, mark("Could not be delivered")),
)


HELD, AWAY, OPEN = mark("held by an officer"), mark("does not answer"), mark("open")
SOON: Final = timedelta(days=30)
MOST: Final = 20
"""Destinations that are shown."""


def front(visit: Visit) -> Response:
    """Lead everybody to what is theirs."""
    if visit.may(Permission.COUNTS):
        return visit.go("/dashboard")
    return visit.go("/mine" if visit.may(Permission.OWN) else "/account")


def dashboard(visit: Visit) -> Response:
    """Show the figures."""
    desk, now = visit.desk, visit.desk.clock.now()
    tallied = tally_of(desk.store, desk.settings.look.zone).until(now)
    tongue = visit.tongue

    def by_day(event: Event) -> list[tuple[str, int]]:
        return [(format_date(day, "EEE", locale=visit.language), n) for day, n in tallied.by_day(event)]

    counts = desk.store.held.counts().why
    return visit.show(
        "dashboard/front.html",
        figures=desk.store.held.figures(now, desk.settings.decide_within),
        why=[(why, tongue.say(WHY[why][0]), n) for why, n in Counter(counts).most_common() if n],
        held=by_day(Event.DELIVERY_HELD),
        sealed=by_day(Event.DELIVERY_SEALED),
        states=[(tongue.say(words), tallied.total(event)) for event, words in STATES],
        routes=tallied.by_route(),
        unread=(tallied.total(UNREAD), tallied.total(Event.TRANSFER_INSPECTED)),
        notices=tallied.total(Event.NOTICE_FAILED),
        is_complete=tallied.is_complete,
        policy=desk.policy(),
        signed=checkpoint(desk.store.ledger),
        soon=_soon(visit),
        queue=_queue(visit),
        standing=pinned(desk.store.boards, PolicyBoard),
    )


def _soon(visit: Visit) -> int | None:
    """Return how many keys in use run out within 30 days or cannot be used any more; None where nobody says."""
    board, end = pinned(visit.desk.store.boards, KeysBoard), visit.desk.clock.now() + SOON
    if board is None:
        return None
    used = [each for each in board.value.keys if each.approved_by]
    return sum(bool(each.reason) or (each.ends is not None and each.ends <= end) for each in used)


def _queue(visit: Visit) -> Sequence[tuple[str, QueueLine, str]] | None:
    """Return what waits for each destination, and how that stands in words; None where nobody says."""
    board, say = pinned(visit.desk.store.boards, QueueBoard), visit.tongue.say
    if board is None:
        return None
    lines = [each for each in board.value.lines if each.lane.startswith(TO)]
    return [(each.lane.removeprefix(TO), each, _standing(each, say)) for each in lines[:MOST]]


def _standing(line: QueueLine, say: Callable[[str], str]) -> str:
    if line.held_by:
        return f"{say(HELD)}: {line.reason}"
    if line.closed_until:
        return f"{say(AWAY)}: {line.reason}"
    return say(OPEN)


@lru_cache(maxsize=4)
def tally_of(store: Store, zone: str) -> Tally:
    """Return what was counted of a store, kept between pages."""
    return Tally(store.ledger, ZoneInfo(zone))


PAGES: Final = (
    Page(method="GET", path="/", act=front, needs=Permission.SIGNED_IN),
    Page(method="GET", path="/dashboard", act=dashboard, needs=Permission.COUNTS),
)
