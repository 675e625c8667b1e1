"""How a visitor wants pages to look, and what we say of how anybody can use them."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.pages.files import A_YEAR
from gateway.console.roles import Permission
from gateway.console.routes import Page

KEPT: Final = frozenset({"yes", "no"})


def choose_rows(visit: Visit) -> Response:
    """Keep whether rows stand close together."""
    answer = visit.go(visit.said("back") or "/")
    if (compact := visit.said("compact")) in KEPT:
        answer.set_cookie(
            "compact", compact, max_age=A_YEAR, httponly=True, samesite="lax", secure=visit.desk.settings.is_secure
        )
    return answer


def accessibility(visit: Visit) -> Response:
    """Say how these pages can be used, what was tested, and whom to ask."""
    return visit.show("accessibility.html", organisation=visit.desk.organisation, help=visit.desk.help)


PAGES: Final = (
    Page(method="POST", path="/rows", act=choose_rows, needs=Permission.SIGNED_IN),
    Page(method="GET", path="/accessibility", act=accessibility, needs=Permission.PUBLIC),
)
