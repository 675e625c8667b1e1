"""A small HTTP server that keeps what was posted and answers as it is told, byte for byte."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Posted:
    """One request: its first line, its headers by name in small letters, its body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    """Return an answer."""
    head = "\r\n".join([f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


class WebSink:
    """Start it with `with`. `answer` is what it says to each request; a callable writes it itself."""

    def __init__(
        self, answer: bytes | Callable[[socket.socket], None] = b"", *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer or status(200)
        self._tls = tls
        self.posted: list[Posted] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def url(self, path: str = "/send", *, host: str = "localhost") -> str:
        """Return its address."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def drip(self, connection: socket.socket) -> None:
        """Answer one byte of an endless header at a time, for as long as anybody listens."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self._stopping.is_set():
            connection.sendall(b"x")
            time.sleep(0.02)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                with connection:
                    connection.settimeout(60)
                    self._serve(connection)
            except (OSError, EOFError, ValueError):
                continue  # the client went away, which is what some tests are about

    def _serve(self, connection: socket.socket) -> None:
        stream = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
        with stream, stream.makefile("rb") as lines:
            first = lines.readline().decode().strip()
            pairs = iter(lambda: lines.readline().decode().strip(), "")
            headers = {name.lower(): value.strip() for name, _, value in (pair.partition(":") for pair in pairs)}
            self.posted.append(Posted(first, headers, lines.read(int(headers.get("content-length", "0")))))
            if callable(self.answer):
                self.answer(stream)
            else:
                stream.sendall(self.answer)
