"""A small mail server that keeps the raw bytes it got and answers as it is told. For tests of the sending side."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

USUAL = ("PIPELINING", "8BITMIME", "SIZE 1000000")


class Sink:
    """Start it with `with`. `answers` replaces the answer to a command; an empty answer hangs up instead."""

    def __init__(
        self,
        *,
        extensions: Sequence[str] = USUAL,
        answers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self._extensions = [*extensions, *(["STARTTLS"] if tls else [])]
        self._answers = dict(answers or {})
        self._tls = tls
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", port))
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

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(30)
            try:
                self._serve(connection)
            except (OSError, EOFError):
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        replies = connection.makefile("rb")
        try:
            self._reply(connection, "GREETING", "220 sink.example ESMTP")
            while line := replies.readline():
                command = line.decode("utf-8", "replace").rstrip("\r\n")
                self.commands.append(command)
                verb = command.split(" ")[0].upper()
                if verb == "STARTTLS" and self._tls:
                    connection.sendall(b"220 go ahead\r\n")
                    replies.close()
                    connection = self._tls.wrap_socket(connection, server_side=True)
                    replies = connection.makefile("rb")
                elif verb == "EHLO":
                    lines = ["sink.example", *self._extensions]
                    marked = [f"250{'-' if line != lines[-1] else ' '}{line}" for line in lines]
                    self._reply(connection, verb, "\r\n".join(marked))
                elif verb == "DATA":
                    self._reply(connection, verb, "354 go ahead")
                    self.messages.append(_data(replies.readline))
                    self._reply(connection, "END", "250 2.0.0 Ok: queued as 4711")
                else:
                    self._reply(connection, verb, "221 2.0.0 bye" if verb == "QUIT" else "250 2.1.0 Ok")
                    if verb == "QUIT":
                        break
        finally:
            replies.close()
            connection.close()

    def _reply(self, connection: socket.socket, verb: str, usual: str) -> None:
        answer = self._answers.get(verb, usual)
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
