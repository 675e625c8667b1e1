"""A message on its way out: what must be known of it before it goes, and its bytes as they stand on the wire.

RFC 5321 section 4.5.2 (a dot at the beginning of a line is doubled) and section 2.3.8 (lines end with CRLF, and CR and
LF stand nowhere else). However large it is, little of it is in memory at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.model.content import CHUNK, Content, Held, chunks, whole

LINE_END: Final = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be handed over; `content` may be read any number of times."""

    content: Content
    is_ascii: bool

    @classmethod
    def of(cls, content: Content) -> Outgoing:
        """Read a message once, to its end. Whatever is wrong with where it is kept is raised here."""
        if content.size <= CHUNK:
            content = Held(whole(content))
        return cls(content=content, is_ascii=all(piece.isascii() for piece in chunks(content)))

    @property
    def is_small(self) -> bool:
        """True where all of it is in memory in one piece; of any other the pieces are worth a thread of their own."""
        return self.content.size <= CHUNK

    def wire(self) -> Iterator[bytes]:
        """Yield what goes after DATA, the last piece with the dot that ends it; every line end becomes CRLF."""
        ready, at_start = b"", True
        for lines in _lines(self.content):
            if ready:
                yield ready
            ready = lines.replace(b"\r\n.", b"\r\n..")
            if at_start and lines.startswith(b"."):
                ready = b"." + ready
            at_start = lines.endswith(b"\r\n")
        yield ready + (b".\r\n" if at_start else b"\r\n.\r\n")


def _lines(content: Content) -> Iterator[bytes]:
    """Yield the content, none of it empty, with CRLF at the end of each line and never one cut in two."""
    held = b""
    for piece in chunks(content):
        joined = held + piece
        held = b"\r" if joined.endswith(b"\r") else b""
        lines = joined[: len(joined) - len(held)]
        if not lines.count(b"\r\n") == lines.count(b"\r") == lines.count(b"\n"):
            lines = LINE_END.sub(b"\r\n", lines)
        if lines:
            yield lines
    if held:
        yield b"\r\n"
