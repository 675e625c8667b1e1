"""Frames over a socket: a length (8 bytes, little-endian) and that many bytes. What comes back is to be mistrusted.

A request is two frames, what is asked and the content it is about. An answer begins with one byte of `Status`; frames
`AT` before it say how far the work has come.
"""

from __future__ import annotations

import io
import os
import select
import socket
import struct
import time
from enum import IntEnum

LENGTH = struct.Struct("<Q")
NEVER = float("inf")
LONGEST = 1 << 30
CHUNK = 1 << 20
AHEAD = 1 << 16  # read at once, so that a small frame takes one call
BRISK = 0.001  # seconds; to go to sleep and wake up takes up to a fifth of that


class Status(IntEnum):
    """How a worker's frame begins."""

    DONE = 0
    DONE_AND_WORN = 1  # a good answer, but replace me
    FAILED = 2
    AT = 3  # no answer yet: what is being worked on


class Wire:
    """One end of a socket. Each call is told the monotonic time at which to give up.

    While the other end is brisk (its last word took a millisecond at most), its next one is waited for awake, for
    as long as that. Otherwise this end sleeps at once.
    """

    __slots__ = ("_ahead", "_is_brisk", "_poll", "_socket")

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self._socket, self._ahead, self._is_brisk = end, b"", False
        self._poll = select.poll()

    def send(self, *frames: tuple[bytes, ...], end: float = NEVER) -> None:
        """Send frames, each made of pieces; `TimeoutError`, `OSError`."""
        small: list[bytes] = []
        room = CHUNK
        for pieces in frames:
            for piece in (LENGTH.pack(sum(map(len, pieces))), *pieces):
                room -= len(piece)
                if room < 0:  # large pieces are not copied
                    self._send(b"".join(small), end)
                    self._send(piece, end)
                    small, room = [], CHUNK
                else:
                    small.append(piece)
        self._send(b"".join(small), end)

    def receive(self, end: float = NEVER, longest: int = LONGEST) -> bytes:
        """Receive one frame; `TimeoutError`, `OSError`, `EOFError`, `ValueError` if it is too long."""
        size = LENGTH.unpack(self.exactly(LENGTH.size, end))[0]
        if size > longest:
            raise ValueError(size)
        return self.exactly(size, end)

    def exactly(self, size: int, end: float = NEVER) -> bytes:
        """Receive that many bytes. What was not sent yet takes no memory, and what was is not copied twice."""
        ahead, self._ahead = self._ahead, b""
        if len(ahead) >= size:
            self._ahead = ahead[size:]
            return ahead[:size]
        gathered = io.BytesIO()
        left = size - gathered.write(ahead)
        while left > 0:
            piece = self._some(max(AHEAD, min(left, CHUNK)), end)
            if len(piece) > left:
                piece, self._ahead = piece[:left], piece[left:]
            left -= gathered.write(piece)
        return gathered.getvalue()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send(self, content: bytes, end: float) -> None:
        view = memoryview(content)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, end)

    def _some(self, most: int, end: float) -> bytes:
        begun, piece = time.monotonic(), None
        while piece is None:
            try:
                piece = self._socket.recv(most)
            except BlockingIOError:
                if self._is_brisk and time.monotonic() - begun < BRISK:
                    os.sched_yield()  # who has something to do goes first
                else:
                    self._wait(select.POLLIN, end)
        if not piece:
            raise EOFError
        self._is_brisk = time.monotonic() - begun < BRISK
        return piece

    def _wait(self, event: int, end: float) -> None:
        self._poll.register(self._socket, event)
        left = end - time.monotonic()
        if left <= 0 or not self._poll.poll(None if end == NEVER else 1000 * left):
            raise TimeoutError
