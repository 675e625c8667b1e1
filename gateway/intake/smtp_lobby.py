"""What all connections of one mail door share: who may do what, the limits, and who is in."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from gateway.intake.message import Take
from gateway.intake.smtp_accounts import Accounts
from gateway.intake.smtp_limits import Gate, Limits
from gateway.intake.smtp_replies import NOT_HERE
from gateway.intake.smtp_tls import DoorTls
from gateway.system.log import get_log

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
AT_ONCE: Final = 2  # log-ins that are judged at the same time: each takes 32 MiB and a core
CODES: Final = re.compile(r"\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3}\b)?")  # of a reply; what follows may name somebody


def _always(_size: int) -> bool:
    return True


def nobody(_code: str) -> None:
    """Tell nobody of a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a door demands and offers.

    `clients` may send without logging in; those of `accounts` after it, over TLS. With `senders`, only addresses of
    these domains send, whoever they are; who logs in always sends as one of `internal`. The null sender always may.
    `xforward_peers` are believed when they say for whom they relay. `has_room` says whether the disks have room for so
    many bytes more. `refused` is told the code of each refusal.
    """

    hostname: str = ""
    max_size: int = 50 * 1024 * 1024
    clients: tuple[Network, ...] = LOOPBACK
    xforward_peers: tuple[str, ...] = ()
    accounts: Accounts | None = None
    internal: frozenset[str] = frozenset()
    senders: frozenset[str] | None = None
    tls: DoorTls | None = None
    tls_required: bool = False
    limits: Limits = field(default_factory=Limits)
    has_room: Callable[[int], bool] = _always
    refused: Callable[[str], None] = nobody


class Guest(Protocol):
    """One connection, as the lobby knows it."""

    client: str

    def part_if_idle(self) -> None:
        """Say that the door closes, unless a message is on its way."""

    def cut_off(self) -> None:
        """End the connection."""


class Lobby:
    """One door's connections. Everything runs on the door's event loop."""

    def __init__(self, terms: Terms, take: Take, loop: asyncio.AbstractEventLoop) -> None:
        """`judging` is held while a log-in is judged."""
        self.terms = terms
        self.take = take
        self.gate = Gate(terms.limits, loop.time)
        self.is_closing = False
        self._loop = loop
        self._inside: set[Guest] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._asked = ("", False)  # the client that was asked about last, and the answer
        self.judging = asyncio.Semaphore(AT_ONCE)

    def enter(self, guest: Guest) -> str:
        """Let a connection in and return nothing, or return the reply that turns it away.

        Who may not send without logging in has few of them, and none where nobody can log in.
        """
        is_known = self.lets_send(guest.client)
        if not is_known and not self.terms.accounts:
            return NOT_HERE
        refusal = self.gate.enter(guest.client, is_known=is_known)
        if not refusal:
            self._inside.add(guest)
            self._empty.clear()
        return refusal

    def leave(self, guest: Guest) -> None:
        """See a connection out that was let in."""
        self._inside.discard(guest)
        self.gate.leave(guest.client, is_known=self.lets_send(guest.client))
        if not self._inside:
            self._empty.set()

    async def close(self, grace: float) -> None:
        """Part with everybody: the idle at once, the others once they have the reply to their message.

        Who is cut off after `grace` seconds got no reply, so that the message is still with its sender.
        """
        self.is_closing = True
        for guest in tuple(self._inside):
            guest.part_if_idle()
        try:
            await asyncio.wait_for(self._empty.wait(), grace)
        except TimeoutError:
            for guest in tuple(self._inside):
                guest.cut_off()

    def refused(self, client: str, reply: str) -> None:
        """Leave a trace of a reply that was no yes: its codes, and to which client."""
        code = found[0] if (found := CODES.match(reply)) else ""
        get_log().info("mail:refused", client=client, code=code)
        self.terms.refused(code)

    def trusts(self, client: str) -> bool:
        """Say whether this peer may tell us where a message really came from."""
        return client in self.terms.xforward_peers

    def lets_send(self, client: str) -> bool:
        """Say whether this client may send without logging in."""
        if client != self._asked[0]:
            self._asked = (client, self._is_within(client))
        return self._asked[1]

    def _is_within(self, client: str) -> bool:
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return False
        return any(address in network for network in self.terms.clients)

    async def knows(self, name: str, password: bytes) -> bool:
        """Say whether this is the password of that account; `Unsound` when the accounts cannot be read."""
        if self.terms.accounts is None:
            return False
        return await asyncio.to_thread(self.terms.accounts.fits, name, password)


def plain_address(peer: object) -> str:
    """Return the address of a peer as the socket tells it; an IPv4 one within IPv6 as what it is."""
    text = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
