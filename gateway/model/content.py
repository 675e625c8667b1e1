"""Content of any size on its way: read from its beginning, any number of times, a piece at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol

CHUNK: Final = 1 << 20


class Readable(Protocol):
    """Anything that is read like a binary file."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none only at the end."""


class Writable(Protocol):
    """Anything that is written like a binary file."""

    def write(self, content: bytes, /) -> object:
        """Take all of `content`."""


class Content(Protocol):
    """Bytes that can be read any number of times, without all of them in memory."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def open(self) -> AbstractContextManager[Readable]:
        """Lend a reader at the beginning. Whatever goes wrong with the source is raised while reading."""


class Held:
    """Content in memory: mail, which is limited in size, and what we write ourselves. Its `repr` shows none of it."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.content)

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Lend a reader."""
        yield io.BytesIO(self.content)


def chunks(content: Content) -> Iterator[bytes]:
    """Yield the content in pieces of a mebibyte or less."""
    with content.open() as source:
        while piece := source.read(CHUNK):
            yield piece


def pour(content: Content, target: Writable) -> None:
    """Write all of the content into `target`."""
    for piece in chunks(content):
        target.write(piece)


def whole(content: Content) -> bytes:
    """Return all of the content: for mail, and for what has been found small enough."""
    return content.content if isinstance(content, Held) else b"".join(chunks(content))
