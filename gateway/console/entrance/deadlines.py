"""Closes connections on which a request does not come in time, or an answer is not taken, so that all find a place.

A connection waits from its beginning, and again from each answer, until a request has come whole. It may wait `within`
seconds, and in a body as many more as its length needs at `SLOWEST`. Where places run out, the one that has waited
longest makes room: whoever opens connections and says nothing shuts out nobody but themselves, though all may have the
address of a web server before us.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

SLOWEST: Final = 100_000
"""Bytes in a second that a large body must come with."""

FULL: Final = 0.75
"""The share of the places from which on somebody makes room: the request of who just went counts for a moment still."""

LONGEST: Final = 600.0
"""Seconds for a body, however long."""


class TimelyProtocol(H11Protocol):
    """One connection."""

    within: ClassVar[float] = 20.0

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._since = 0.0
        self._ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; where no place is left, let the one go that has waited longest."""
        super().connection_made(transport)
        self._wait()
        if self.limit_concurrency is not None and len(self.connections) > FULL * self.limit_concurrency:
            self._make_room()

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, TimelyProtocol) and each is not self]
        waiting = [each for each in others if each.is_waiting]
        if waiting:
            oldest = min(waiting, key=lambda each: each._since)  # noqa: SLF001 - one of its own kind
            self.connections.discard(oldest)  # at once: as many as come now each find another one
            oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End it."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Read on; a request that has begun has time for its body."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and self.is_waiting:
            declared = next((value for name, value in self.headers if name == b"content-length"), b"0")
            self._wait(min(int(declared[:20]) / SLOWEST, LONGEST))

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._wait()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for the other side to take what was written."""
        super().pause_writing()
        self._wait()

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the other side: for a request that is whole, or to be read."""
        if self.cycle is None:  # before the first request, though its type does not say so
            return True
        if self.cycle.response_complete or self.transport.is_closing():
            return True
        return self.cycle.more_body or self.flow.write_paused

    def _wait(self, more: float = 0.0) -> None:
        self._stop_waiting()
        self._since = self.loop.time()
        self._ends = self.loop.call_later(self.within + more, self._too_late)

    def _stop_waiting(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _too_late(self) -> None:
        if self.is_waiting:
            self.transport.abort()
