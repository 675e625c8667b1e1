"""What is on, missing or insecure about the gateway, each with its fix: what `gateway doctor` said last."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from gateway.console.frame.silence import is_silent
from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import mark
from gateway.model.board import DaemonBoard, DoctorBoard
from gateway.store.exchange import ask_refresh
from gateway.store.pinned import pinned

OLD: Final = timedelta(minutes=30)
"""The daemon asks every ten minutes; what is older was said by one that does not run any more, or cannot ask."""

STATES: Final = {
    "wrong": (mark("Wrong"), "red"),
    "note": (mark("Worth knowing"), "yellow"),
    "ok": (mark("In order"), "green"),
}
ASKED: Final = mark("The daemon examines the gateway again; load the page again in half a minute.")


def doctor(visit: Visit) -> Response:
    """Show what the doctor said last, what is wrong first."""
    boards, now = visit.desk.store.boards, visit.desk.clock.now()
    board = pinned(boards, DoctorBoard)
    order = list(STATES)
    lines = sorted(board.value.lines, key=lambda each: order.index(each.state)) if board else []
    return visit.show(
        "doctor/page.html",
        board=board,
        daemon=None if is_silent(visit.desk) else pinned(boards, DaemonBoard),
        is_old=board is not None and now - board.at > OLD,
        lines=[(each, *STATES[each.state]) for each in lines],
        counts=[
            (words, colour, sum(each.state == state for each in lines)) for state, (words, colour) in STATES.items()
        ],
        notice=visit.tongue.say(ASKED) if visit.query.get("asked") else "",
    )


def examine(visit: Visit) -> Response:
    """Ask the daemon to examine everything again."""
    ask_refresh(visit.desk.store.parcels, DoctorBoard.name, visit.desk.clock.now())
    return visit.go("/doctor?asked=yes")


PAGES: Final = (
    Page(method="GET", path="/doctor", act=doctor, needs=Permission.DOCTOR),
    Page(method="POST", path="/doctor/examine", act=examine, needs=Permission.DOCTOR),
)
