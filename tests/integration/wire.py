"""Raw SMTP on a socket: says exactly these bytes. Clients of the standard library tidy what they send."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self


class Wire:
    """One connection to a mail server, greeted already."""

    def __init__(self, address: tuple[str, int], *, source: str = "127.0.0.1") -> None:
        self._socket = socket.create_connection(address, timeout=60, source_address=(source, 0))
        self._replies = self._socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._replies.close()
        self._socket.close()

    def write(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def reply(self) -> str:
        """Return the last line of the next reply."""
        return self.lines()[-1]

    def lines(self) -> list[str]:
        """Return all lines of the next reply; an empty one when the server hung up."""
        lines = []
        while True:
            line = self._replies.readline().decode("latin-1").rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return lines

    def say(self, command: str) -> str:
        self.write(command.encode("latin-1") + b"\r\n")
        return self.reply()

    def begin(self, sender: str = "a@force.police.uk", recipient: str = "b@nhs.net") -> None:
        """Come as far as DATA."""
        assert self.say("EHLO client.example").startswith("250")
        assert self.say(f"MAIL FROM:<{sender}>").startswith("250")
        assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.say("DATA").startswith("354")

    def send(self, raw: bytes) -> str:
        """Send a whole message after `begin`; `raw` is on the wire as it is, with the end of data added."""
        self.write(raw + b"\r\n.\r\n")
        return self.reply()
