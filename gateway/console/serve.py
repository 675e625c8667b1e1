"""Serves the console until it is told to stop."""

from __future__ import annotations

from typing import Final

import uvicorn

from gateway.config.listening import host_and_port
from gateway.console.app import build
from gateway.console.deadlines import TimelyProtocol
from gateway.console.desk import Desk

AT_ONCE: Final = 200
"""Requests and connections at once: of those that only wait the oldest makes room for more, else these are told to come
back (503)."""

HEADER: Final = 32_768
"""Bytes of one request's header."""


def serve(desk: Desk) -> None:
    """Serve it in this process until SIGTERM or SIGINT; requests under way are answered first."""
    uvicorn.Server(configured(desk)).run()


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
