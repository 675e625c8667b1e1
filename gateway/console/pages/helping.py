"""Help: what the gateway does, whom to ask, and the shipped documents."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame import manual
from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page


def index(visit: Visit) -> Response:
    """Show what to do and whom to ask; to who has signed in, the documents too."""
    is_known = visit.person is not None
    return visit.show(
        "help/index.html",
        documents=manual.titles() if is_known else (),
        decisions=manual.decisions() if is_known else (),
        organisation=visit.desk.organisation,
        help=visit.desk.help,
    )


def document(visit: Visit) -> Response:
    """Show one document."""
    return visit.show("help/document.html", document=manual.document(visit.path["name"]))


def decision(visit: Visit) -> Response:
    """Show one decision of the makers."""
    return visit.show("help/document.html", document=manual.document(f"{manual.DECISIONS}/{visit.path['name']}"))


PAGES: Final = (
    Page(method="GET", path="/help", act=index, needs=Permission.PUBLIC),
    Page(method="GET", path="/help/{name}", act=document, needs=Permission.SIGNED_IN),
    Page(method="GET", path="/help/decisions/{name}", act=decision, needs=Permission.SIGNED_IN),
)
