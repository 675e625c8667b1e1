"""A small application that shows every component once, with headers as the console has them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import uvicorn
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway.config.look import LookSettings
from gateway.console.entrance.headers import Headers
from gateway.console.frame.navigation import PARTS, Entry
from gateway.console.frame.render import Renderer
from gateway.console.frame.static_files import FOREVER

HERE: Final = Path(__file__).resolve().parent
NOW: Final = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
HOSTILE: Final = "<img src=x onerror=alert(1)>.zip"
BARS: Final = [("Mon", 31), ("Tue", 44), ("Wed", 28), ("Thu", 37), ("Fri", 52), ("Sat", 4), ("Sun", 2)]


class StillClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """Return it."""
        return NOW

    def monotonic(self) -> float:
        """Return none that passes."""
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Who is signed in."""

    name: str = "A. Okafor"


def renderer(look: LookSettings | None = None) -> Renderer:
    """Return a renderer that knows the pages beside this file as well."""
    made = Renderer(look or LookSettings(name="Northshire secure transfer"), StillClock())
    for environment in made._environments.values():
        environment.loader = ChoiceLoader([FileSystemLoader(HERE), environment.loader])  # type: ignore[list-item]
    return made


def item(number: int, name: str, why: str, colour: str, reason: str) -> dict[str, object]:
    """Return a row of the list."""
    return {
        "reference": f"Q-2026-{number}",
        "name": name,
        "size": 412_000 * (number - 4110),
        "sender": "amira.khan@council.example",
        "recipient": "jo.bright@examplemail.test and 2 more",
        "why": why,
        "colour": colour,
        "reason": reason,
        "status": "New" if number % 2 else "Waiting for a second officer",
        "officer": "Not assigned" if number % 2 else "R. Patel",
        "due": NOW + timedelta(hours=(number - 4118) * 5),
        "at": NOW - timedelta(hours=27, minutes=12) + timedelta(hours=(number - 4117) * 5),
    }


VALUES: Final[dict[str, dict[str, object]]] = {
    "list": {
        "since": "1 day 3 hours",
        "items": [
            item(4117, "casework-Q2-final.xlsx", "Personal data", "orange", "14 NI numbers, 9 dates of birth"),
            item(
                4118, "Board paper, annex B.docx", "Marking too high", "red", "SECRET in header; route takes OFFICIAL"
            ),
            item(4119, "contract-v7-signed.pdf", "No recipient key", "", "No certificate for bids@supplier.example"),
            item(4120, HOSTILE, "Could not be read", "purple", "Archive nested 9 deep (at most 5)"),
            item(4121, "FOI-2291-" + "response" * 9 + ".pdf", "Hidden content", "yellow", "Box over text on page 4"),
        ],
        "bars": BARS,
        "more_bars": [(day, number * 9) for day, number in BARS],
    },
    "review": {
        "name": "casework-Q2-final.xlsx",
        "at": NOW - timedelta(hours=27, minutes=12),
        "due": NOW + timedelta(hours=1, minutes=30),
    },
    "forms": {"until": (datetime.now(UTC) + timedelta(minutes=1)).isoformat()},
}


def build(made: Renderer) -> Starlette:
    """Return the application."""

    def context(request: Request, page: str) -> dict[str, object]:
        chosen = "/quarantine" if page in {"list", "review"} else "/"
        navigation = [Entry(name=part.name, path=part.path, is_current=part.path == chosen) for part in PARTS]
        return {
            **VALUES.get(page, {}),
            "nonce": request.state.nonce,
            "person": Somebody(),
            "navigation": navigation,
            "address": request.url.path,
            "compact": "compact" in request.query_params,
            "here": lambda **changes: f"{request.url.path}?{changes}",
            "csrf": lambda: Markup('<input type="hidden" name="form_token" value="0">'),
            "errors": {"reason": "Write a reason", "way": "Choose how it goes"} if request.method == "POST" else {},
            "notice": "Released. It goes in 60 seconds." if "done" in request.query_params else "",
        }

    async def page(request: Request) -> Response:
        name = request.path_params["page"]
        text = made.render(f"{name}.html", request.query_params.get("language", "en"), **context(request, name))
        injected = (
            '<div id="injected" hx-get="/fragment" hx-trigger="load" hx-swap="innerHTML">not touched</div></main>'
        )
        if "inject" in request.query_params:
            text = text.replace("</main>", injected)
        return HTMLResponse(text)

    async def static(request: Request) -> Response:
        found = made.files.find(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOREVER})

    async def fragment(request: Request) -> Response:
        nonce = request.state.nonce
        return HTMLResponse(
            f'<div id="waiting" hx-get="/fragment" hx-trigger="every 60s" hx-nonce="{nonce}"><p>38 wait.</p></div>'
        )

    routes = [
        Route("/static/{name}", static),
        Route("/fragment", fragment),
        Route("/{page}", page, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Headers, is_secure=False)])


@contextmanager
def serving(application: Starlette) -> Iterator[str]:
    """Serve the application on this machine; yield its address."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None, ws="none", lifespan="off"))
    started = threading.Event()
    startup = server.startup

    async def tell(sockets: object = None) -> None:
        await startup(sockets)  # type: ignore[arg-type]
        started.set()

    server.startup = tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        if not started.wait(60):
            raise TimeoutError("the showcase did not start")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join()
