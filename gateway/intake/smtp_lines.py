"""What a client sends: commands line by line, and the content of a message up to its end.

Only CRLF ends a line and only CRLF.CRLF ends a message (RFC 5321 sections 2.3.8 and 4.1.1.4). Other servers took other
endings too, and so read two messages where the sender wrote one (SMTP smuggling, CVE-2023-51764 to -51766).
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from typing import Any, Final

from gateway.intake.smtp_replies import Refusal

PIECE: Final = 1 << 16  # bytes; content is read in pieces of this size and a few times more
LONGEST_LINE: Final = 1 << 20  # bytes; real programs send lines far longer than the 998 of RFC 5322
END: Final = b"\r\n.\r\n"
CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")

COMMAND_TOO_LONG: Final = "500 5.5.6 the command is too long"
AMBIGUOUS: Final = "550 5.6.11 bare CR, bare LF or NUL in the message"
TOO_LARGE: Final = "552 5.3.4 the message is too large"
TOO_LONG: Final = "500 5.6.0 a line of the message is too long"


class Lines(asyncio.StreamReader):
    """The stream of one client."""

    _buffer: bytearray  # the stream's own; it has no other way to look at what came, or to put something before it

    async def readuntil(self, separator: Any = b"\n") -> bytes:  # noqa: ANN401 - of more types in later Pythons
        """Return a command with its CRLF; `Refusal` for one that could be read in two ways, or is far too long."""
        try:
            line = await super().readuntil(separator)
        except asyncio.LimitOverrunError:
            raise Refusal(COMMAND_TOO_LONG, parting=True) from None
        check_command(line)
        return line

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the content of a message as `Content` takes it, to its end; each piece is small, however long it is."""
        self._buffer[:0] = b"\r\n"  # so that a message without a line is no exception
        while True:
            try:
                last = await super().readuntil(END)
            except asyncio.LimitOverrunError as found:
                yield await self.read(found.consumed)
            else:
                yield last.removesuffix(b".\r\n")
                return

    @property
    def has_more(self) -> bool:
        """Say whether the client sent more than what was read so far."""
        return bool(self._buffer)

    def now_over(self, transport: asyncio.BaseTransport) -> None:
        """Read from `transport` from now on."""
        self._transport = transport  # kept by the stream, to stop reading while there is too much

    def forget(self) -> None:
        """Forget what was not read yet."""
        self._buffer.clear()


def check_command(line: bytes) -> None:
    """Raise `Refusal` for a command line that does not end with CRLF, has control characters, or is not UTF-8."""
    if not line.endswith(b"\r\n"):
        raise Refusal("500 5.5.2 a bare LF ends no command; use CRLF", parting=True)
    if CONTROL.search(line, 0, len(line) - 2):
        raise Refusal("500 5.5.2 control characters in a command")
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("500 5.5.2 a command that is not UTF-8") from None


class Content:
    """The content of one message, put together from pieces that may be cut anywhere, without the dots of transparency.

    The pieces are `CRLF` and then what is on the wire, without the dot line (RFC 5321 section 4.5.2). `refusal` is the
    reply once it cannot be taken; what follows is not kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = io.BytesIO()
        self._held = b""
        self._skip = len(b"\r\n")
        self._line = 0
        self.size = 0
        self.refusal = ""

    def add(self, piece: bytes) -> None:
        """Take the next piece. One that ends within a line ending waits for what follows."""
        piece = self._held + piece
        end = len(piece) - (2 if piece.endswith(b"\r\n") else 1 if piece.endswith(b"\r") else 0)
        self._held = piece[end:]
        self._take(piece[:end])

    def whole(self) -> bytes:
        """Return the content once the last piece was added. Nothing is copied."""
        self._take(self._held)
        return self._kept.getvalue()

    def refuse(self, reply: str) -> None:
        """Keep nothing more; the first reason counts."""
        self.refusal = self.refusal or reply
        self._kept = io.BytesIO()

    def _take(self, piece: bytes) -> None:
        if self.refusal or not piece:
            return
        plain = piece.replace(b"\r\n.", b"\r\n")[self._skip :]
        self._skip = 0
        self.size += len(plain)
        if not is_unambiguous(piece):
            self.refuse(AMBIGUOUS)
        elif self._is_too_long(piece):
            self.refuse(TOO_LONG)
        elif self.size > self._most:
            self.refuse(TOO_LARGE)
        else:
            self._kept.write(plain)

    def _is_too_long(self, piece: bytes) -> bool:
        first = piece.find(b"\r\n")
        if first < 0:
            self._line += len(piece)
            return self._line > LONGEST_LINE
        is_long = self._line + first > LONGEST_LINE
        self._line = len(piece) - piece.rfind(b"\r\n") - 2
        return is_long


def is_unambiguous(content: bytes) -> bool:
    """Say whether every CR and LF belongs to a CRLF, and there is no NUL. Counting is ten times faster than a regex."""
    return content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n") and b"\0" not in content
