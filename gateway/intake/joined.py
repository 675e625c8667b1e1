"""Content that lies in several pieces, read as one without being copied together."""

from __future__ import annotations


class Joined:
    """A reader over pieces in memory (`model.content.Readable`)."""

    def __init__(self, *pieces: bytes | memoryview) -> None:
        self._left = [memoryview(piece) for piece in reversed(pieces)]

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none only at the end."""
        while self._left:
            piece = self._left.pop()
            if len(piece) > size:
                self._left.append(piece[size:])
            if piece:
                return bytes(piece[:size])
        return b""
