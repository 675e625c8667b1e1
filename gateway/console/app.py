"""The console as one ASGI application, out of the pages of its modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.console import api, pages
from gateway.console.api.operation import ROOT
from gateway.console.entrance.clients import Clients
from gateway.console.entrance.guard import Guard
from gateway.console.entrance.headers import Headers
from gateway.console.entrance.hosts import Hosts
from gateway.console.frame.desk import Desk
from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page, checked
from gateway.errors import NotFound

ALL: Final = (*pages.PAGES, *api.PAGES)
"""Everything that the console answers."""


def build(desk: Desk, known: Iterable[Page] = ALL) -> ASGIApp:
    """Return the application; `ValueError` when a page declares no permission."""
    nowhere = Guard(NOWHERE, desk)

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        headers = (error.headers if isinstance(error, HTTPException) else None) or {}
        if request.url.path.startswith(f"{ROOT}/"):
            told = {"error": "there is no such operation", "hint": f"see {ROOT}/openapi.json"}
            return JSONResponse(told, status, headers=headers)
        answer = await nowhere.answer(request)
        answer.status_code = status
        answer.headers.update(headers)
        return answer

    app = Starlette(
        routes=[Route(page.path, Guard(page, desk).answer, methods=[page.method]) for page in checked(known)],
        middleware=[
            Middleware(Hosts, settings=desk.settings),
            Middleware(Clients, proxies=desk.settings.proxies),
        ],
        exception_handlers={404: missing, 405: missing},
    )
    app.router.redirect_slashes = False  # it would send browsers to whatever host the request names
    return Headers(app, is_secure=desk.settings.is_secure)  # around all, the answer to a fault of our own too


def _nowhere(_visit: Visit) -> Response:
    raise NotFound("there is no such page", hint="look for it from the front page")


NOWHERE: Final = Page(method="GET", path="/nowhere", act=_nowhere, needs=Permission.PUBLIC)
"""What answers where there is nothing."""
