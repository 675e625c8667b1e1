"""The second channel: tells a recipient a passphrase apart from what it opens, by a program or over HTTP.

What is told goes to a program's standard input or into the body of a request: never onto a command line, into an
environment, an address or a log. Over HTTP nothing but TLS 1.2 or later with a verified certificate will do, plain HTTP
for this very machine excepted; redirections are not followed, nothing of an answer is read but its head, and no proxy
is asked. Answers: 2xx is told; 4xx will not be, but for 408, 425 and 429, which say themselves that it is a matter of
time (RFC 9110 section 15.5.9, RFC 8470, RFC 6585); all else is tried again.

Telling again has the effect of once where the far side looks at the notice's id, which is the same each time.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import urlencode, urlsplit

from gateway.deliver.level import TlsLevel
from gateway.deliver.tls import context
from gateway.errors import GatewayError, TryLater, Undeliverable
from gateway.model.transfer import Notice
from gateway.system.deadline import closing_within
from gateway.system.programs import start

PATIENCE: Final = 30.0
NO_USER: Final = 67
"""What a program exits with when its recipient does not exist (EX_NOUSER, sysexits.h)."""
LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
PORTS: Final = {"http": 80, "https": 443}

Body: TypeAlias = Callable[[Notice, str], tuple[str, bytes]]
"""Makes the body of a request, with its media type."""
Proof: TypeAlias = Callable[[], str]
"""Returns the value of `Authorization`, read anew each time; empty for none."""


class CommandPost:
    """Has a program tell it. On its standard input: `To: …`, `Id: …`, an empty line, the text."""

    def __init__(self, command: Sequence[str], *, seconds: float = PATIENCE) -> None:
        self._command = tuple(command)
        self._seconds = seconds

    def tell(self, notice: Notice, text: str, _at: datetime) -> None:
        """Run the program; 0 is told, 67 (EX_NOUSER) is `Undeliverable`, all else `TryLater`."""
        said = f"To: {notice.to}\nId: {notice.id}\n\n{text}\n".encode()
        try:
            code = self._run(said)
        except (OSError, GatewayError, subprocess.TimeoutExpired) as error:
            raise TryLater(f"the program of the second channel did not do it ({type(error).__name__})") from None
        if code == NO_USER:
            raise Undeliverable(f"the program of the second channel ended with {code}: no such recipient")
        if code:
            raise TryLater(f"the program of the second channel ended with {code}")

    def _run(self, said: bytes) -> int:
        """Return what the program ends with. It has no pipe but its input: no child that it leaves is waited for."""
        nothing = subprocess.DEVNULL
        with start(self._command, None, None, output=nothing, complaint=nothing) as process:
            try:
                process.communicate(said, timeout=self._seconds)
            except BaseException:  # its time is over, or somebody pressed Ctrl-C
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return process.returncode


class WebPost:
    """Posts it over HTTP. `proof` says who we are; `body` makes what is posted."""

    def __init__(
        self, url: str, *, body: Body, proof: Proof = str, ca_file: str = "", seconds: float = PATIENCE
    ) -> None:
        self._url = urlsplit(url)
        self._body = body
        self._proof = proof
        self._seconds = seconds
        self._context = context(TlsLevel.VERIFY, ca_file) if self._url.scheme == "https" else None

    def tell(self, notice: Notice, text: str, _at: datetime) -> None:
        """Post it; raises `TryLater` or `Undeliverable`."""
        host = self._url.hostname or ""
        try:
            kind, body = self._body(notice, text)
            status = self._ask(host, body, self._headers(notice, kind))
        except GatewayError as error:
            raise TryLater(f"we cannot prove to {host} who we are: {error.message}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TryLater(f"{host} could not be asked: {_why(error)}") from None
        if status in LATER:
            raise TryLater(f"{host} answered {status}")
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Undeliverable(f"{host} answered {status}")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise TryLater(f"{host} answered {status}")

    def _headers(self, notice: Notice, kind: str) -> Mapping[str, str]:
        headers = {"Content-Type": kind, "Idempotency-Key": notice.id, "Connection": "close", "Host": self._url.netloc}
        proof = self._proof()
        return headers | ({"Authorization": proof} if proof else {})

    def _ask(self, host: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Return the status of the answer. The whole has a deadline, however slowly the far side goes on talking."""
        stream = socket.create_connection((host, self._url.port or PORTS[self._url.scheme]), self._seconds)
        if self._context is not None:
            stream = self._context.wrap_socket(stream, server_hostname=host, do_handshake_on_connect=False)
        with closing_within(stream, self._seconds):
            if isinstance(stream, ssl.SSLSocket):
                stream.do_handshake()
            connection = http.client.HTTPConnection(host)
            connection.sock = stream
            path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
            connection.request("POST", path, body, dict(headers))
            return connection.getresponse().status


def as_json(notice: Notice, text: str) -> tuple[str, bytes]:
    """Return what an HTTP hook takes: `{"id": …, "to": …, "text": …}`."""
    return "application/json", json.dumps({"id": notice.id, "to": notice.to, "text": text}).encode()


def as_form(number: str, words: str, fields: Mapping[str, str]) -> Body:
    """Return what makes the form of an SMS gateway; `number` and `words` are what its fields are called."""

    def form(notice: Notice, text: str) -> tuple[str, bytes]:
        said = urlencode({**fields, number: notice.to, words: text})
        return "application/x-www-form-urlencoded", said.encode("ascii")

    return form


def bearer(token: Callable[[], str]) -> Proof:
    """Return the proof by a token (RFC 6750)."""
    return lambda: f"Bearer {token()}"


def basic(user: str, password: Callable[[], str]) -> Proof:
    """Return the proof by a name and a password (RFC 7617)."""
    return lambda: "Basic " + base64.b64encode(f"{user}:{password()}".encode()).decode("ascii")


def _why(error: Exception) -> str:
    """Return what went wrong, in our words: the far side's may be anything."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate does not verify"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return type(error).__name__
