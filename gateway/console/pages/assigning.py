"""Who has a held delivery, who else should look at it, and a notice about it that is sent again."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held import acting
from gateway.console.held.filing import case_of
from gateway.console.pages.deciding import PATH, decidable, first, version_of
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.errors import Conflict, NotFound


def assign(visit: Visit) -> Response:
    """Let somebody have it, or nobody."""
    case, to = decidable(visit), visit.said("to")
    try:
        acting.assign(case, to, version_of(visit))
    except (Conflict, NotFound):
        return first(case)
    done = "taken" if to == visit.me.id else "assigned" if to else "left"
    return visit.go(f"{case.path}?done={done}")


def escalate(visit: Visit) -> Response:
    """Ask those who hold a role to look at it, or nobody any more."""
    case, role = decidable(visit), visit.said("role")
    try:
        acting.escalate(case, role, version_of(visit))
    except (Conflict, NotFound):
        return first(case)
    done = "escalated" if role else "not_escalated"
    return visit.go(f"{case.path}?done={done}")


def resend(visit: Visit) -> Response:
    """Have a notice sent again that could not be sent."""
    case = case_of(visit)
    acting.resend(case, visit.said("notice"))
    return visit.go(f"{case.path}?done=resent")


PAGES: Final = (
    Page(method="POST", path=f"{PATH}/assign", act=assign, needs=Permission.DECIDE),
    Page(method="POST", path=f"{PATH}/escalate", act=escalate, needs=Permission.DECIDE),
    Page(method="POST", path=f"{PATH}/resend", act=resend, needs=Permission.DECIDE),
)
