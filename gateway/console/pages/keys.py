"""Recipients' keys: whose, until when, who approved them. The console holds no keys, so it shows how to act on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.model.board import KeyLine, KeysBoard
from gateway.store.exchange import ask_refresh
from gateway.store.pinned import pinned

SOON: Final = timedelta(days=30)
OLD: Final = timedelta(minutes=10)
"""A board that is older was put up by a daemon that does not run any more."""


def keys(visit: Visit) -> Response:
    """Show the keys that the daemon has in its ring, those that want attention first."""
    board, now = pinned(visit.desk.store.boards, KeysBoard), visit.desk.clock.now()
    sought = visit.query.get("q", "").strip().casefold()

    def standing(line: KeyLine) -> tuple[int, str, str]:
        """Return how urgent it is, and how it stands in words with a colour."""
        if line.approved_by and line.reason:
            return 0, mark("Cannot be used"), "red"
        if line.ends and line.ends <= now + SOON and not line.reason:
            return 1, mark("Runs out soon"), "yellow"
        if line.reason:
            return 3, mark("Cannot be used"), "grey"
        if not line.approved_by:
            return 2, mark("Not approved, not used"), "grey"
        return 4, mark("In use"), "green"

    lines = [(each, *standing(each)) for each in (board.value.keys if board else ()) if _fits(each, sought)]
    lines.sort(key=lambda each: (each[1], each[0].ends is None, each[0].ends or now, each[0].addresses))
    return visit.show(
        "keys/list.html",
        board=board,
        is_old=board is not None and now - board.at > OLD,
        lines=lines,
        asked=visit.query.get("q", ""),
        notice=visit.tongue.say(ASKED) if visit.query.get("asked") else "",
    )


def refresh(visit: Visit) -> Response:
    """Ask the daemon to look again."""
    ask_refresh(visit.desk.store.parcels, KeysBoard.name, visit.desk.clock.now())
    return visit.go("/keys?asked=yes")


ASKED: Final = mark("The daemon looks again; load the page again in a few seconds.")


def _fits(line: KeyLine, sought: str) -> bool:
    said = (*line.addresses, line.fingerprint, line.approved_by, line.kind)
    return not sought or any(sought in each.casefold() for each in said)


PAGES: Final = (
    Page(method="GET", path="/keys", act=keys, needs=Permission.KEYS_READ),
    Page(method="POST", path="/keys/refresh", act=refresh, needs=Permission.KEYS_READ),
)
