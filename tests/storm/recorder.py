"""The far end of a storm: a mail server that takes everything and remembers it. It is never killed."""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

ADDRESS: Final = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One message as it arrived, for one recipient."""

    recipient: str
    content: bytes


class _Dialogue(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Take whatever is offered."""
        recipients: list[str] = []
        self.wfile.write(b"220 far.example ESMTP\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-far.example\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SIZE 100000000\r\n")
            elif verb == b"RCPT":
                found = ADDRESS.search(line)
                recipients.append(found[1].decode() if found else "")
                self.wfile.write(b"250 2.1.5 Ok\r\n")
            elif verb == b"DATA":
                self.wfile.write(b"354 go ahead\r\n")
                content = self._content()
                with self.server.lock:
                    self.server.copies += [Copy(recipient=each, content=content) for each in recipients]
                recipients = []
                self.wfile.write(b"250 2.0.0 Ok\r\n")
            else:
                recipients = [] if verb in {b"MAIL", b"RSET"} else recipients
                self.wfile.write(b"221 2.0.0 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 Ok\r\n")
                if verb == b"QUIT":
                    return

    def _content(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.lock = threading.Lock()
        self.copies: list[Copy] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that went away has its message still."""


class Recorder:
    """Start it with `with`; `copies` is what arrived."""

    def __init__(self) -> None:
        self._server = _Server()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def copies(self) -> list[Copy]:
        """Everything that arrived so far."""
        with self._server.lock:
            return list(self._server.copies)
