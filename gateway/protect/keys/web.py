"""Fetches a small file over the network, for those who were told that they may: bounded in time and size.

No cookies, no proxies, no credentials. A redirection is followed only where it is asked for, and never to another
scheme. Content is untrusted until somebody verifies it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit

from gateway.errors import TryLater
from gateway.system.deadline import closing_within

SECONDS: Final = 10.0
REDIRECTIONS: Final = 3
PORTS: Final = {"http": 80, "https": 443}
MOVED: Final = frozenset({301, 302, 303, 307, 308})

Connect: TypeAlias = Callable[[tuple[str, int], float], socket.socket]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to fetch, and how much of it at most. With `body` it is posted."""

    url: str
    most: int
    schemes: frozenset[str] = frozenset({"https"})
    body: bytes | None = None
    headers: Mapping[str, str] | None = None
    redirections: int = 0


class NoSuchHost(TryLater):
    """There is no such host."""


class Web:
    """Talks HTTP. `connect` opens the connection, `context` is for TLS; tests bring their own."""

    def __init__(self, *, connect: Connect = socket.create_connection, context: ssl.SSLContext | None = None) -> None:
        self._connect = connect
        self._context = context

    def fetch(self, request: Request) -> bytes | None:
        """Return the content, None where the far side says that there is none (404); `TryLater` for all else."""
        url = request.url
        for _ in range(request.redirections + 1):
            split = _address(url, request.schemes)
            status, content, moved = self._ask(split, request)
            if status in MOVED and moved:
                url = urljoin(url, moved)
                continue
            if status == http.HTTPStatus.OK:
                return content
            if status in {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE}:
                return None
            raise TryLater(f"{split.hostname} answered {status}")
        raise TryLater(f"{_address(url, request.schemes).hostname} sends us elsewhere too often")

    def _ask(self, url: SplitResult, request: Request) -> tuple[int, bytes, str]:
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        try:
            stream = self._connect((host, port), SECONDS)
            if url.scheme == "https":
                context = self._context or ssl.create_default_context()
                stream = context.wrap_socket(stream, server_hostname=host, do_handshake_on_connect=False)
            with closing_within(stream, SECONDS):
                return _exchange(stream, url, request)
        except socket.gaierror:
            raise NoSuchHost(f"there is no host {host}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TryLater(f"{host} could not be asked ({type(error).__name__})") from None


def _exchange(stream: socket.socket, url: SplitResult, request: Request) -> tuple[int, bytes, str]:
    if isinstance(stream, ssl.SSLSocket):
        stream.do_handshake()
    connection = http.client.HTTPConnection(url.netloc)
    connection.sock = stream
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request("POST" if request.body is not None else "GET", path, request.body, dict(request.headers or {}))
    response = connection.getresponse()
    content = response.read(request.most + 1)
    if len(content) > request.most:
        raise ValueError("too large")
    if response.length:  # the connection ended before what was announced
        raise ValueError("cut short")
    return response.status, content, response.headers.get("Location", "")


def _address(url: str, schemes: frozenset[str]) -> SplitResult:
    """Return an address in its parts; `TryLater` when it is not one that may be asked."""
    refusal = TryLater(f"an address that may not be asked: only {' and '.join(sorted(schemes))}")
    try:
        split = urlsplit(url)
        is_good = split.scheme in schemes and bool(split.hostname) and split.port != 0
    except ValueError:
        raise refusal from None
    if not is_good or not url.isascii() or not url.isprintable() or " " in url or "@" in split.netloc:
        raise refusal
    return split
