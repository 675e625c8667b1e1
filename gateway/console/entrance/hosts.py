"""Answers only who asks for this console by its name: a page of another site that leads its name here gets nothing.

Without it a site could give its own name the address of this machine and then talk to the console as itself (DNS
rebinding). RFC 9110 section 15.5.20: 421, misdirected request.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.config.console import ConsoleSettings
from gateway.config.listening import host_and_port

MISDIRECTED: Final = 421


def known_hosts(settings: ConsoleSettings) -> frozenset[str]:
    """Return what may stand in Host: how browsers reach it, where it listens, and this machine by its usual names.

    A web server before it may ask by any of them.
    """
    port, own = host_and_port(settings.listen)[1], ("localhost", "127.0.0.1", "[::1]")
    with_port = (f"{name}:{port}" for name in own)
    return frozenset({settings.reached_at.partition("://")[2], settings.listen.lower(), *own, *with_port})


class Hosts:
    """Refuses requests for another host (pure ASGI)."""

    def __init__(self, app: ASGIApp, *, settings: ConsoleSettings) -> None:
        self._app, self._known = app, known_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http" and Headers(scope=scope).get("host", "").lower() not in self._known:
            refusal = PlainTextResponse("this console has another address\n", MISDIRECTED)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
