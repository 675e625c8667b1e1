"""Scripts and stylesheets, and the choice of a language."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.frame.static_files import FOREVER
from gateway.console.frame.visit import Visit
from gateway.console.roles import Permission
from gateway.console.routes import Page
from gateway.console.words import LANGUAGES
from gateway.errors import NotFound

A_YEAR: Final = 365 * 24 * 3600


def static(visit: Visit) -> Response:
    """Return a file whose address holds its content's hash."""
    found = visit.desk.render.files.find(visit.path["name"])
    if found is None:
        raise NotFound("there is no such file")
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOREVER})


def choose_language(visit: Visit) -> Response:
    """Keep the language that a visitor chose."""
    answer = visit.go(visit.said("back") or "/")
    if (language := visit.said("language")) in LANGUAGES:
        answer.set_cookie(
            "language", language, max_age=A_YEAR, httponly=True, samesite="lax", secure=visit.desk.settings.is_secure
        )
    return answer


PAGES: Final = (
    Page(method="GET", path="/static/{name}", act=static, needs=Permission.PUBLIC),
    Page(method="POST", path="/language", act=choose_language, needs=Permission.PUBLIC),
)
