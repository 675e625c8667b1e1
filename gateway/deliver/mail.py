"""Channel kind smtp: hands one sealed message to a mail server, for one recipient or several.

Connections are kept open for a while, on one event loop for all channels (`loop`, `connections`); where a message goes
and what must be proved there is the next hop's (`next_hop`), what is said of it the dialogue's.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Final

from gateway.deliver import Consignment, Result
from gateway.deliver.account import Account
from gateway.deliver.connections import ASKED_AFTER, IDLE, MOST_MESSAGES, Connection, Pool, Stopped, connect
from gateway.deliver.dialogue import PATIENCE, Dialogue, Stale
from gateway.deliver.group import Group
from gateway.deliver.hop import Hop
from gateway.deliver.level import PROVING, TlsLevel
from gateway.deliver.loop import LOOP
from gateway.deliver.next_hop import FixedHop, MxHops, NextHop
from gateway.deliver.outgoing import Outgoing
from gateway.deliver.tls import context
from gateway.errors import NotProved, NotSealed, TryLater, Undeliverable
from gateway.model.transfer import Receipt, Sealed
from gateway.system.clock import Clock, MachineClock
from gateway.system.log import get_log

MOST_RECIPIENTS: Final = 100  # of one transaction: every server takes so many (RFC 5321 section 4.5.3.1.8)
LONGEST: Final = 1200.0  # seconds for one hand-over, all of it: half a lease of the wake that it is made under is more
NO_METHOD: Final = "none"
OURS: Final = frozenset({TlsLevel.VERIFY, TlsLevel.PIN})
"""Levels that we demand. What a domain demands of all who send to it (MTA-STS, DANE) binds what is sealed too."""


class SmtpChannel:
    """Sends through one mail server, or through those that DNS names for each recipient's domain (`by_domain`)."""

    takes_messages = True

    def __init__(  # noqa: PLR0913 - each is one line of configuration
        self,
        name: str,
        *,
        host: str = "",
        port: int = 25,
        tls: TlsLevel = TlsLevel.VERIFY,
        ca_file: str = "",
        implicit: bool = False,
        pins: frozenset[str] = frozenset(),
        next_hop: NextHop | None = None,
        account: Account | None = None,
        ehlo: str = "",
        timeout: float = 60.0,
        patience: float = PATIENCE,
        longest: float = LONGEST,
        idle: float = IDLE,
        asked_after: float = ASKED_AFTER,
        most_messages: int = MOST_MESSAGES,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._tls = tls
        self.by_domain = isinstance(next_hop, MxHops)
        own = Hop(host=host, port=port, address=host, level=tls, implicit=implicit, pins=pins)
        self._next_hop = next_hop or FixedHop(hop=own)
        by_authority = tls in {TlsLevel.VERIFY, TlsLevel.MTA_STS}
        self._verifying = context(TlsLevel.VERIFY, ca_file) if by_authority else None
        self._unchecked = context(TlsLevel.MAY)
        self._account = account
        self._ehlo = ehlo
        self._timeout = timeout
        self._patience = patience
        self._longest = longest
        self._clock = clock or MachineClock()
        self._pool = Pool(self._connect, idle=idle, most=most_messages, asked_after=asked_after)

    def send(self, consignment: Consignment) -> Receipt:
        """Hand over, and return the server's answer and what the connection was.

        Raises `NotSealed` when the form demands verified TLS and this channel never proves it; `NotProved` when the
        server could not; `TryLater` for no connection, a 4xx answer or no answer; `Undeliverable` for a 5xx answer to
        this very message.
        """
        [result] = self.send_group([consignment])
        if result.receipt is None:
            raise result.trouble or TryLater(f"the channel {self.name} said nothing")
        return result.receipt

    def send_group(self, consignments: Sequence[Consignment]) -> Sequence[Result]:
        """Hand one message over to all these recipients, and return what came of each, in the same order.

        That takes `longest` seconds at most: what was not said by then is said later.
        """
        first = consignments[0]
        if not first.sealed.message or len(first.contents) != 1:
            raise ValueError("a mail channel takes one whole message")
        if wrong := self._unsafe(first.sealed):
            return [Result(trouble=wrong)] * len(consignments)
        return LOOP.run(self._send(consignments, Outgoing.of(first.contents[0][1])))

    def close(self) -> None:
        """End the connections that are kept."""
        LOOP.run(self._pool.close())

    def _unsafe(self, sealed: Sealed) -> NotSealed | None:
        """Return why a form may not go by this channel at all."""
        if sealed.needs_verified_tls and self._tls not in PROVING:
            return NotSealed(
                f"the channel {self.name} does not verify TLS, and this delivery demands it",
                hint="set tls: verify for the channel, or route the recipient through another one",
            )
        if sealed.unproved and (sealed.needs_verified_tls or sealed.method == NO_METHOD):
            return NotSealed("its route could not be proved safe, and it is not sealed", hint="release it again")
        return None

    async def _send(self, consignments: Sequence[Consignment], message: Outgoing) -> list[Result]:
        """Send to every domain at the same time; what goes wrong with one says nothing about the others."""
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(consignments):
            groups[each.recipient.rpartition("@")[2].lower() if self.by_domain else ""].append(number)
        until = asyncio.get_running_loop().time() + self._longest
        results = [Result(trouble=TryLater("it was not tried"))] * len(consignments)
        await asyncio.gather(
            *(
                self._to_domain(domain, Group(consignments, numbers, results), message, until)
                for domain, numbers in groups.items()
            )
        )
        return results

    async def _to_domain(self, domain: str, group: Group, message: Outgoing, until: float) -> None:
        """Fill in what comes of each, a transaction after the other; where no server takes it, of all that are left."""
        sealed = group.first.sealed
        try:
            async with asyncio.timeout_at(until):
                hops = await self._next_hop.hops(domain, needs_proof=sealed.needs_verified_tls)
            while some := group.next(MOST_RECIPIENTS):
                group.answered(await self._to_one_of(hops, some, message, until))
        except (TryLater, Undeliverable) as trouble:
            group.end(Result(trouble=trouble))
        except Stopped as stopped:
            group.end(stopped.result)
        except TimeoutError:
            group.end(Result(trouble=TryLater(f"where mail for {domain} goes was not found in time")))
        except Exception as error:  # noqa: BLE001 - our own mistake, or a stranger's; the others' answers must stand
            get_log().error("channel:failed", channel=self.name, error=error)
            group.end(Result(trouble=TryLater(f"the channel {self.name} failed"), in_doubt=True))

    async def _to_one_of(
        self, hops: Sequence[Hop], consignments: Sequence[Consignment], message: Outgoing, until: float
    ) -> list[Result]:
        """Try one server after the other until one takes MAIL; what it then says is the answer.

        Where none does, it waits while one of them may do later.
        """
        sealed = consignments[0].sealed
        stopped: list[Stopped] = []
        for hop in hops:
            if sealed.needs_verified_tls and not hop.proves:  # none comes here; were there one, it would not go
                stopped.append(Stopped(Result(trouble=NotProved(f"{hop.host} is asked for no proof"))))
                continue
            is_relaxed = sealed.unproved and self._tls in OURS and self._account is None
            needed = _relaxed(hop) if is_relaxed else hop
            try:
                return await self._over(needed, consignments, message, until)
            except Stopped as trouble:
                stopped.append(trouble)
        unproved = [each for each in stopped if isinstance(each.result.trouble, NotProved)]
        waiting = [each for each in stopped if isinstance(each.result.trouble, TryLater)]
        raise (unproved or waiting or stopped)[0]

    async def _over(
        self, hop: Hop, consignments: Sequence[Consignment], message: Outgoing, until: float
    ) -> list[Result]:
        connection = await self._lease(hop, until)
        try:
            return await self._through(connection, consignments, message, until)
        except Stale:
            connection = await self._lease(hop, until, fresh=True)
            return await self._through(connection, consignments, message, until)

    async def _lease(self, hop: Hop, until: float, *, fresh: bool = False) -> Connection:
        try:
            async with asyncio.timeout_at(until):
                return await self._pool.lease(hop, fresh=fresh)
        except TimeoutError:
            raise Stopped(Result(trouble=TryLater(f"no connection with {hop.host}: no answer in time"))) from None

    async def _through(
        self, connection: Connection, consignments: Sequence[Consignment], message: Outgoing, until: float
    ) -> list[Result]:
        dialogue = Dialogue(connection, channel=self.name, clock=self._clock, patience=self._patience, until=until)
        try:
            return await dialogue.hand_over(consignments, message)
        finally:
            self._pool.give_back(connection)

    async def _connect(self, hop: Hop) -> Connection:
        name = self._ehlo or await asyncio.to_thread(lambda: self._own_name)
        open_one = partial(connect, timeout=self._timeout, name=name, account=self._account)
        try:
            return await open_one(hop, self._settings(hop.level))
        except Stopped as stopped:
            if hop.level is not TlsLevel.MAY or not isinstance(stopped.result.trouble, NotProved):
                raise
        # it offers TLS and has none that works: nothing is promised here, so it goes as if TLS were not offered
        in_clear = replace(hop, level=TlsLevel.NONE)
        return replace(await open_one(in_clear, None), hop=hop)

    def _settings(self, level: TlsLevel) -> ssl.SSLContext | None:
        if level is TlsLevel.NONE:
            return None
        return self._verifying if level is TlsLevel.VERIFY else self._unchecked

    @cached_property
    def _own_name(self) -> str:
        return socket.getfqdn()


def _relaxed(hop: Hop) -> Hop:
    """Return a hop for what is sealed because its route proved nothing: TLS where it is offered, by any certificate."""
    level = TlsLevel.ENCRYPT if hop.implicit else TlsLevel.MAY
    return Hop(host=hop.host, port=hop.port, address=hop.address, level=level, implicit=hop.implicit)
