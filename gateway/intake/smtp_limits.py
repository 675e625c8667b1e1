"""What a mail door takes at once and from one client, so that none can starve the others.

Everything here runs on the door's event loop, so nothing is locked.
"""

from __future__ import annotations

import ipaddress
from asyncio import Future
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

MINUTE: Final = 60.0
TRIES: Final = 10
"""Failed log-ins of one client within `TRIES_WITHIN` seconds; after that it waits. Clients try each mechanism."""

TRIES_WITHIN: Final = 600.0
MOST_REMEMBERED: Final = 10_000
"""Clients that are remembered for their log-ins or their rate; more of them, and those of old are forgotten first."""

STRANGERS: Final = 2
"""Who is let in without being known has this part of all connections at most, so that they keep out nobody known."""

EACH_STRANGER: Final = 10
"""And each client of theirs this part of what a known one may have."""

NETWORK: Final = 64
"""Bits of an IPv6 address that tell clients apart: whoever has one has all of such a network (RFC 6177)."""

TOO_MANY: Final = "421 4.7.0 too many connections, try again later"
TOO_MANY_OF_YOURS: Final = "421 4.7.0 too many connections from this client, try again later"
TOO_FAST: Final = "451 4.7.0 too many messages from this client within a minute, try again later"
NO_MEMORY: Final = "452 4.3.1 too much mail on its way, try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one door. Times in seconds, sizes in bytes; `messages_a_minute` 0 means any number.

    `per_client` counts connections of one address, of IPv6 one network. `in_flight` is all content that is in memory at
    once; one client has half of it at most. `idle` is the longest silence, `longest` the longest time for one message,
    and from one to the next. `errors` is how many refusals one session may earn between two messages.
    """

    connections: int = 500
    per_client: int = 250
    messages_a_minute: int = 0
    recipients: int = 1000
    in_flight: int = 256_000_000
    idle: float = 300.0
    longest: float = 900.0
    errors: int = 20


class Gate:
    """Counts who is in and what is on its way. `now` gives monotonic seconds."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self.limits = limits
        self._now = now
        self._connections: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._messages = Recent(limits.messages_a_minute, MINUTE)
        self._failures = Recent(TRIES, TRIES_WITHIN)

    def enter(self, client: str, *, is_known: bool = True) -> str:
        """Count a connection and return nothing, or return why there can be none."""
        source, limits = source_of(client), self.limits
        per_client = limits.per_client if is_known else max(1, limits.per_client // EACH_STRANGER)
        if self._connections.total() >= limits.connections:
            return TOO_MANY
        if not is_known and self._strangers.total() >= limits.connections // STRANGERS:
            return TOO_MANY
        if self._connections[source] >= per_client:
            return TOO_MANY_OF_YOURS
        self._connections[source] += 1
        self._strangers[source] += not is_known
        return ""

    def leave(self, client: str, *, is_known: bool = True) -> None:
        """Count one connection less."""
        self._connections[source_of(client)] -= 1
        self._strangers[source_of(client)] -= not is_known
        self._connections += Counter()  # leaves out those at nothing
        self._strangers += Counter()

    def is_too_fast(self, client: str) -> bool:
        """Say whether this client has sent its messages of this minute."""
        return bool(self.limits.messages_a_minute) and self._messages.is_full(source_of(client), self._now())

    def sent(self, client: str) -> None:
        """Count a message."""
        if self.limits.messages_a_minute:
            self._messages.add(source_of(client), self._now())

    def may_try(self, client: str) -> bool:
        """Say whether this client may try to log in."""
        return not self._failures.is_full(source_of(client), self._now())

    def failed(self, client: str) -> None:
        """Count a failed log-in."""
        self._failures.add(source_of(client), self._now())

    def has_room(self, client: str, size: int) -> bool:
        """Say whether so many bytes more fit into memory, and into this client's half of it."""
        most = self.limits.in_flight
        return self._bytes.total() + size <= most and self._bytes[source_of(client)] + size <= most // 2

    def share(self, client: str) -> Share:
        """Return what one message takes; use it in `with`."""
        return Share(self, self._bytes, source_of(client))


def source_of(client: str) -> str:
    """Return what counts as one client: an address, and of IPv6 the network that it is in."""
    if ":" not in client or "/" in client:
        return client
    try:
        return str(ipaddress.ip_network((client, NETWORK), strict=False))
    except ValueError:
        return client


class Share:
    """The bytes of one message in memory, given back at the end of `with`, or of what still holds them then."""

    def __init__(self, gate: Gate, all_bytes: Counter[str], client: str) -> None:
        self._gate = gate
        self._all = all_bytes
        self._client = client
        self._taken = 0
        self._work: Future[str] | None = None

    def __enter__(self) -> Self:
        """Begin with nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give all of it back, now or once the work that has the message is done."""
        if self._work is not None and not self._work.done():
            self._work.add_done_callback(self._give_back)
        else:
            self._give_back()

    def until(self, work: Future[str]) -> None:
        """Keep it for as long as that goes on: a client that goes away does not end it."""
        self._work = work

    def _give_back(self, _: object = None) -> None:
        self._all[self._client] -= self._taken
        self._taken = 0
        if not self._all[self._client]:
            del self._all[self._client]

    def reach(self, size: int) -> bool:
        """Take as much as is missing to `size` bytes; False, and nothing taken, where there is no room."""
        more = size - self._taken
        if more > 0:
            if not self._gate.has_room(self._client, more):
                return False
            self._all[self._client] += more
            self._taken = size
        return True


class Recent:
    """When each client did something, for as long as it counts."""

    def __init__(self, most: int, within: float) -> None:
        self._most = most
        self._within = within
        self._times: dict[str, deque[float]] = {}

    def add(self, client: str, now: float) -> None:
        """Remember one time."""
        times = self._times.pop(client, None) or deque(maxlen=self._most)
        times.append(now)
        self._times[client] = times  # at the end: the first ones are the oldest
        if len(self._times) > MOST_REMEMBERED:
            del self._times[next(iter(self._times))]

    def is_full(self, client: str, now: float) -> bool:
        """Say whether there were as many as may be, within the time that counts."""
        times = self._times.get(client)
        return times is not None and len(times) == self._most and now - times[0] < self._within
