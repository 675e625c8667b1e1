"""Serves the console until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from gateway.config.listening import host_and_port
from gateway.console.app import build
from gateway.console.entrance.deadlines import TimelyProtocol
from gateway.console.frame.desk import Desk
from gateway.errors import GatewayError

AT_ONCE: Final = 200
"""Requests and connections at once: of those that only wait the oldest makes room for more, else these are told to come
back (503)."""

HEADER: Final = 32_768
"""Bytes of one request's header."""


class Server(uvicorn.Server):
    """Says when it listens, and why it cannot."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen; `GatewayError` where that address is not to be had."""
        try:
            await super().startup(sockets)
        except SystemExit as leaving:  # it would end the process without a word of ours
            reason = leaving.__context__
            told = reason.strerror if isinstance(reason, OSError) and reason.strerror else "it did not begin"
            where = f"{self.config.host}:{self.config.port}"
            hint = "is another one running? 'console.listen' says where it listens"
            raise GatewayError(f"the console cannot listen at {where}: {told}", hint=hint) from None
        self._listening()


def serve(desk: Desk, listening: Callable[[], None]) -> None:
    """Serve it in this process until SIGTERM or SIGINT; requests under way are answered first.

    `listening` is called once it does.
    """
    Server(configured(desk), listening).run()


def configured(desk: Desk) -> uvicorn.Config:
    """Return how it is served."""
    host, port = host_and_port(desk.settings.listen)
    tls = desk.settings.tls
    return uvicorn.Config(
        build(desk),
        host=host,
        port=port,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        http=TimelyProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=AT_ONCE,
        h11_max_incomplete_event_size=HEADER,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
    )
