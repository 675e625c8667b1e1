"""Open connections with mail servers, kept for a while for the next message. Everything here runs on the one loop."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import aiosmtplib

from gateway.deliver import Result
from gateway.deliver.account import Account
from gateway.deliver.answers import against, printable, reply_of
from gateway.deliver.hop import Hop
from gateway.deliver.level import TlsLevel
from gateway.errors import NotProved, TryLater

IDLE: Final = 10.0  # seconds: far below what servers wait for a command (RFC 5321 section 4.5.3.2.7: five minutes)
ASKED_AFTER: Final = 1.0  # seconds for which a kept connection is taken to answer still
MOST_MESSAGES: Final = 100  # over one connection: many servers end it after some
UNKNOWN: Final = frozenset({500, 502})  # what a server says to a command that it does not know (RFC 5321 section 4.2.4)
PARTING: Final = 2.0  # seconds for QUIT; how we part does not matter


class Stopped(Exception):
    """Nothing can be handed over here; `result` says why. Nothing of a message was said yet."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One connection, greeted and secured. `tls` is the evidence of what it is; `messages` counts what it carried.

    `is_clean` where the last message had its answer, after which nothing of it is left (RFC 5321 section 4.1.1.4);
    `kept_at` is when it was given back, by the loop's clock.
    """

    hop: Hop
    client: aiosmtplib.SMTP
    tls: str
    messages: int = 0
    is_clean: bool = False
    kept_at: float = 0.0
    ending: asyncio.TimerHandle | None = field(default=None, repr=False)

    def offers(self, extension: str) -> bool:
        """Say whether the server announced an extension, after TLS where there is some."""
        return self.client.supports_extension(extension)

    async def part(self) -> None:
        """End it."""
        with suppress(aiosmtplib.SMTPException, OSError):
            await self.client.quit(timeout=PARTING)
        self.client.close()


class Pool:
    """Keeps connections by hop. `open_one` makes a new one; it raises `Stopped`."""

    def __init__(
        self,
        open_one: Callable[[Hop], Awaitable[Connection]],
        *,
        idle: float = IDLE,
        most: int = MOST_MESSAGES,
        asked_after: float = ASKED_AFTER,
    ) -> None:
        self._open = open_one
        self._idle = idle
        self._most = most
        self._asked_after = asked_after
        self._kept: defaultdict[Hop, list[Connection]] = defaultdict(list)
        self._partings: set[asyncio.Task[None]] = set()

    async def lease(self, hop: Hop, *, fresh: bool = False) -> Connection:
        """Return a connection that nobody else has: one that was kept and still answers, or a new one.

        One that was used a moment ago is not asked: where it broke since, that is found out at once (`Stale`).
        """
        while not fresh and (connection := self._taken(hop)):
            if connection.is_clean and connection.client.is_connected and _age(connection) < self._asked_after:
                return connection
            try:
                await connection.client.rset()
            except (aiosmtplib.SMTPException, OSError):  # it broke while nobody used it: no failed attempt
                connection.client.close()
            except asyncio.CancelledError:
                connection.client.close()
                raise
            else:
                return connection
        return await self._open(hop)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next message, for a while; one that broke or has carried enough is ended."""
        if not connection.client.is_connected or connection.messages >= self._most:
            self._part(connection)
            return
        loop = asyncio.get_running_loop()
        connection.kept_at = loop.time()
        connection.ending = loop.call_later(self._idle, self._expire, connection)
        self._kept[connection.hop].append(connection)

    async def close(self) -> None:
        """End all that are kept."""
        for connection in [each for kept in self._kept.values() for each in kept]:
            self._expire(connection)
        await asyncio.gather(*self._partings)

    def _taken(self, hop: Hop) -> Connection | None:
        kept = self._kept.get(hop)
        if not kept:
            return None
        connection = kept.pop()  # the one used last: the others may then expire
        if connection.ending is not None:
            connection.ending.cancel()
        if not kept:
            del self._kept[hop]
        return connection

    def _expire(self, connection: Connection) -> None:
        kept = self._kept[connection.hop]
        kept.remove(connection)
        if connection.ending is not None:
            connection.ending.cancel()
        if not kept:
            del self._kept[connection.hop]
        self._part(connection)

    def _part(self, connection: Connection) -> None:
        parting = asyncio.get_running_loop().create_task(connection.part())
        self._partings.add(parting)
        parting.add_done_callback(self._partings.discard)


async def connect(
    hop: Hop,
    settings: ssl.SSLContext | None,
    *,
    timeout: float,  # noqa: ASYNC109 - the library's own, for each command
    name: str,
    account: Account | None = None,
) -> Connection:
    """Open a connection, bring it to what its hop demands, and log in where we have an account; raises `Stopped`.

    `name` is what we call ourselves.
    """
    if account is not None and not hop.may_log_in:
        words = f"{hop.host} is asked for no proof now, and without one our password does not go there"
        raise Stopped(Result(trouble=NotProved(words)))
    client = aiosmtplib.SMTP(
        hostname=hop.address,
        port=hop.port,
        timeout=timeout,
        local_hostname=name,
        use_tls=hop.implicit,
        start_tls=False,  # the library's own ways with TLS end in clear text where it is not offered
        tls_context=settings,
    )
    try:
        with _about_the_server(hop):
            await client.connect()
            await _greet(client)
            tls = await _secured(client, hop, settings)
            if account is not None:
                await account.log_in(client, hop.host)
    except BaseException:
        client.close()
        raise
    return Connection(hop=hop, client=client, tls=tls)


async def _greet(client: aiosmtplib.SMTP) -> None:
    """Say EHLO, or HELO to a server that does not know it (RFC 5321 section 3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in UNKNOWN or not client.is_connected:
            raise
        await client.helo()


async def _secured(client: aiosmtplib.SMTP, hop: Hop, settings: ssl.SSLContext | None) -> str:
    """Bring a connection to the level demanded, and return the evidence; empty where it is in clear, as allowed."""
    if settings is None and hop.level is TlsLevel.NONE:
        return ""
    if not hop.implicit:
        if not client.supports_extension("starttls"):
            if hop.level is TlsLevel.MAY:
                return ""
            raise NotProved(f"{hop.host} does not offer TLS, and this delivery goes by TLS only")
        try:
            await client.starttls(server_hostname=hop.host)
        except aiosmtplib.SMTPResponseException as error:
            reply = reply_of(hop.host, error.code, error.message)
            words = f"{hop.host} offered TLS and would not begin it: {printable(f'{reply.code} {reply.text}')}"
            raise Stopped(Result(trouble=NotProved(words), reply=reply)) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # ValueError: a name that TLS cannot ask for
            raise NotProved(f"no TLS with {hop.host}: {reason(error)}") from None
    connection = client.get_transport_info("ssl_object")
    if not isinstance(connection, ssl.SSLObject):
        raise NotProved(f"{hop.host} agreed to TLS, but the connection is in clear")
    evidence = hop.proof(connection)
    if not hop.implicit:
        await _greet(client)  # what was announced in clear counts no more (RFC 3207 section 4.2)
    return evidence


@contextmanager
def _about_the_server(hop: Hop) -> Iterator[None]:
    """Whatever goes wrong before MAIL says nothing about a message: it waits."""
    try:
        yield
    except TryLater as trouble:
        raise Stopped(Result(trouble=trouble)) from None
    except aiosmtplib.SMTPResponseException as error:
        raise Stopped(against(reply_of(hop.host, error.code, error.message), about_message=False)) from None
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # ValueError: a name that nobody can look up
        cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error  # implicit TLS wraps it
        words = f"no connection with {hop.host}: {reason(cause)}"
        kind = NotProved if isinstance(cause, ssl.SSLError) else TryLater
        raise Stopped(Result(trouble=kind(words))) from None


def reason(error: BaseException) -> str:
    """Return what went wrong with a connection, in a few words fit to be kept."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {printable(error.verify_message)}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {printable(error.reason or 'no reason given')}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return printable(str(error)) or type(error).__name__


def _age(connection: Connection) -> float:
    return asyncio.get_running_loop().time() - connection.kept_at
