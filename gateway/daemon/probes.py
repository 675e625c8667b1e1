"""A small HTTP listener for those who watch the gateway: numbers for Prometheus, and whether it lives and is ready.

    GET /metrics    the numbers, in the text format of Prometheus
    GET /live       200 while every thread runs and the store has not failed; else 503 and why
    GET /ready      200 when content can come in too: the vault has its key, the disk has room, the database writes

It says nothing of content and takes nothing, so it has no sign-in: keep it on loopback or a network of your own.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from gateway.errors import GatewayError
from gateway.system.log import get_log

PATIENCE: Final = 10.0  # seconds for a request to arrive

Complaints = Callable[[], Sequence[str]]
"""Says what is wrong, in a few words each; nothing when all is well."""


class Probes:
    """Listens until stopped. `live` and `ready` are asked at each request."""

    def __init__(
        self, host: str, port: int, *, registry: CollectorRegistry, live: Complaints, ready: Complaints
    ) -> None:
        self._wanted = (host, port)
        self._answers: dict[str, Complaints] = {"/live": live, "/ready": lambda: (*live(), *ready())}
        self._registry = registry
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._server.server_address[:2] if self._server else self._wanted
        return str(host), int(port)

    def start(self) -> None:
        """Listen; `GatewayError` when the port cannot be had."""
        probes = self

        class Handler(BaseHTTPRequestHandler):
            timeout = PATIENCE
            server_version = "gateway"
            sys_version = ""

            def do_GET(self) -> None:
                code, kind, body = probes.answer(self.path.partition("?")[0])
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: who looks every few seconds would fill the log."""

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in probes._wanted[0] else socket.AF_INET
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Say nothing: a watcher that hung up is no trouble of ours."""

        try:
            self._server = Server(self._wanted, Handler)
        except OSError as trouble:
            raise GatewayError(
                f"cannot listen on {self._wanted[0]} port {self._wanted[1]} for those who watch: {trouble.strerror}",
                hint="stop the program that holds the port, or set another one under 'monitoring'",
            ) from trouble
        self._thread = threading.Thread(target=self._server.serve_forever, name="probes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening. Idempotent."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._thread = None

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, media type and body for a path."""
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(self._registry)
        if path not in self._answers:
            return 404, "text/plain; charset=utf-8", b"not found: /metrics, /live, /ready\n"
        try:
            complaints = self._answers[path]()
        except Exception as error:  # noqa: BLE001 - who cannot say that all is well says that it is not
            get_log().error("probe:failed", error=error)
            complaints = ("it could not be told",)
        body = "".join(f"{each}\n" for each in complaints) or "good\n"
        return 503 if complaints else 200, "text/plain; charset=utf-8", body.encode()
