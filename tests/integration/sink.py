"""A small mail server that keeps the raw bytes it got and answers as it is told. For tests of the sending side.

Any number of connections at once. At the end it hangs up on those that are still open.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

USUAL = ("PIPELINING", "8BITMIME", "SIZE 1000000")


class Sink:
    """Start it with `with`. `answers` replaces the answer to a command; an empty answer hangs up instead.

    `answers` may name a whole command (`RCPT TO:<b@nhs.net>`). `implicit` is TLS from the first byte; `injected` is
    sent in clear behind the answer to STARTTLS. After `most` messages a connection is ended without a word.
    `before_end` is called before the answer to a message. After `crowd` recipients of one `crowded` is the answer.
    """

    def __init__(
        self,
        *,
        extensions: Sequence[str] = USUAL,
        answers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        implicit: bool = False,
        injected: bytes = b"",
        most: int = 0,
        before_end: Callable[[], object] = lambda: None,
        crowd: int = 1_000_000,
        crowded: str = "452 4.5.3 too many recipients",
    ) -> None:
        self._crowd, self._crowded = crowd, crowded
        self._before_end = before_end
        self._times: dict[str, int] = {}
        self._extensions = [*extensions, *(["STARTTLS"] if tls and not implicit else [])]
        self._implicit = implicit
        self._injected = injected
        self._most = most
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._servants: list[threading.Thread] = []
        self.connections = 0
        self._answers = dict(answers or {})
        self._tls = tls
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self.hang_up()

    def answer(self, verb: str, answer: str, *, times: int = 1_000_000) -> None:
        """Replace the answer to a command from now on, so many times."""
        with self._lock:
            self._answers[verb], self._times[verb] = answer, times

    def hang_up(self) -> None:
        """End the connections that are open, and wait until they are."""
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for servant in self._servants:
            servant.join()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(100)
            self.connections += 1
            with self._lock:
                self._open.add(connection)
            servant = threading.Thread(target=self._guarded, args=(connection,))
            self._servants.append(servant)
            servant.start()

    def _guarded(self, connection: socket.socket) -> None:
        try:
            self._serve(connection)
        except (OSError, EOFError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Return the connection under TLS; the plain one is empty afterwards."""
        assert self._tls is not None
        secured = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.discard(connection)
            self._open.add(secured)
        try:
            secured.do_handshake()
        except OSError:
            secured.close()
            raise
        return secured

    def _serve(self, connection: socket.socket) -> None:
        carried = named = 0
        if self._implicit:
            connection = self._secured(connection)
        replies = connection.makefile("rb")
        try:
            self._reply(connection, "GREETING", "220 sink.example ESMTP")
            while line := replies.readline():
                command = line.decode("utf-8", "replace").rstrip("\r\n")
                self.commands.append(command)
                verb = command.split(" ")[0].upper()
                if verb == "STARTTLS" and self._tls:
                    connection.sendall(b"220 go ahead\r\n" + self._injected)
                    replies.close()
                    connection = self._secured(connection)
                    replies = connection.makefile("rb")
                elif verb == "EHLO":
                    lines = ["sink.example", *self._extensions]
                    marked = [f"250{'-' if line != lines[-1] else ' '}{line}" for line in lines]
                    self._reply(connection, verb, "\r\n".join(marked))
                elif verb == "DATA":
                    self._reply(connection, verb, "354 go ahead")
                    self.messages.append(_data(replies.readline))
                    self._before_end()
                    self._reply(connection, "END", "250 2.0.0 Ok: queued as 4711")
                    carried += 1
                    if carried == self._most:
                        break
                elif verb == "RCPT" and (named := named + 1) > self._crowd:
                    self._reply(connection, verb, self._crowded)
                else:
                    named = 0 if verb == "MAIL" else named
                    usual = "221 2.0.0 bye" if verb == "QUIT" else "250 2.1.0 Ok"
                    self._reply(
                        connection, verb, self._answers.get(command.partition("> ")[0].rstrip(">") + ">", usual)
                    )
                    if verb == "QUIT":
                        break
        finally:
            replies.close()
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _reply(self, connection: socket.socket, verb: str, usual: str) -> None:
        with self._lock:
            answer = self._answers.get(verb, usual)
            if verb in self._times:
                self._times[verb] -= 1
                if not self._times[verb]:
                    del self._answers[verb], self._times[verb]
        if not answer:
            raise EOFError
        connection.sendall(answer.encode("latin-1") + b"\r\n")
        if verb == "DATA" and not answer.startswith("354"):
            raise EOFError


def _data(readline: Callable[[], bytes]) -> bytes:
    lines = []
    while (line := readline()) != b".\r\n":
        if not line:
            raise EOFError
        lines.append(line)
    return b"".join(lines)
