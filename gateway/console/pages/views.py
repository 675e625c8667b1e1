"""Saved views: a filter of the list that somebody gave a name."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.visit import Visit
from gateway.console.held.asking import asked_text
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.errors import NotAccepted


def save(visit: Visit) -> Response:
    """Give the filter of a list a name; what is no filter of ours is left out."""
    if not visit.said("name"):
        raise NotAccepted("a view needs a name", hint="go back and give it one")
    within = visit.desk.settings.decide_within
    wanted = asked_text(visit.said("query"), me=visit.me.id, now=visit.desk.clock.now(), decide_within=within)
    visit.desk.store.views.save(visit.me.id, visit.said("name"), wanted.text)
    return visit.go(f"/quarantine?{wanted.text}")


def remove(visit: Visit) -> Response:
    """Forget a view."""
    visit.desk.store.views.remove(visit.me.id, visit.said("name"))
    return visit.go("/quarantine")


PAGES: Final = (
    Page(method="POST", path="/quarantine/views", act=save, needs=Permission.LIST),
    Page(method="POST", path="/quarantine/views/remove", act=remove, needs=Permission.LIST),
)
