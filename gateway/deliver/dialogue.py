"""One message over an open connection, for one recipient or several: what was said of each.

RFC 5321 section 3.3, 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870), DSN (3461). A message is never converted: what was
sealed and signed arrives as it left protect, with CRLF line endings, or it does not go.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import aiosmtplib
from aiosmtplib import SMTPResponse
from aiosmtplib.protocol import SMTPProtocol

from gateway.deliver import Consignment, Result
from gateway.deliver.answers import against, is_crowded, reply_of, said
from gateway.deliver.connections import Connection, Stopped, reason
from gateway.deliver.outgoing import Outgoing
from gateway.errors import TryLater, Undeliverable
from gateway.model.transfer import Receipt, Reply
from gateway.system.clock import Clock

PATIENCE: Final = 600.0  # seconds for the answer to a whole message: RFC 5321 section 4.5.3.2.6
CLOSING: Final = 421
GO_AHEAD: Final = 354
POSITIVE: Final = 2  # first digits of answers: RFC 5321 section 4.2.1
PERMANENT: Final = 5
REFUSALS: Final = frozenset({4, PERMANENT})
HEADERS: Final = "HDRS"
RETURNS: Final = ("FULL", HEADERS)
NOTIFY: Final = ("NEVER", "SUCCESS", "FAILURE", "DELAY")
XTEXT: Final = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})"  # RFC 3461 section 4
ENVELOPE_ID: Final = re.compile(f"{XTEXT}{{1,100}}")
ORIGINAL: Final = re.compile(f"[A-Za-z0-9-]{{1,63}};{XTEXT}{{1,500}}")


class Stale(Exception):
    """A connection that was kept turned out to have ended before anything of this message was answered."""


class Dialogue:
    """One transaction: MAIL, RCPT for each recipient, DATA for those that were taken."""

    def __init__(
        self, connection: Connection, *, channel: str, clock: Clock, patience: float, until: float = math.inf
    ) -> None:
        """`patience` is in seconds, `until` the time of the loop by which all of it must have been said."""
        self._connection = connection
        self._client = connection.client
        self._host = connection.hop.host
        self._channel = channel
        self._clock = clock
        self._patience = patience
        self._until = until
        self._may_have_it = False

    async def hand_over(self, consignments: Sequence[Consignment], message: Outgoing) -> list[Result]:
        """Send one message to all of them, and return what came of each in the same order; raises `Stale`, `Stopped`.

        What was said about one recipient stands, whatever becomes of the others. Where the message is not taken, or the
        connection breaks off, that is the answer for all who had none. `Stopped` where this server takes no part of it
        now, and another one of the same domain may (RFC 5321 section 5.1).
        """
        results = [self._unfit(each, message) for each in consignments]
        left = [number for number, result in enumerate(results) if result is None]
        if not left and results[0]:
            raise Stopped(replace(results[0], met=True))
        rest = await self._transaction(consignments, left, results, message)
        return [replace(result or rest, met=True) for result in results]

    def _unfit(self, consignment: Consignment, message: Outgoing) -> Result | None:
        """Return what stands against a message where the server lacks what it needs, None where nothing does."""
        addresses = consignment.sender + consignment.recipient
        if not addresses.isprintable():
            return Result(trouble=Undeliverable("an address has characters that no mail address may have"))
        needs = {"8bitmime": not message.is_ascii, "smtputf8": not addresses.isascii()}
        for extension, is_needed in needs.items():
            if is_needed and not self._connection.offers(extension):
                why = "the message has 8-bit content" if extension == "8bitmime" else "an address is not ASCII"
                return Result(
                    trouble=Undeliverable(
                        f"{why}, and {self._host} does not take that ({extension.upper()})",
                        hint="seal it in a container, or use a server that takes it",
                    )
                )
        return None

    async def _transaction(
        self, consignments: Sequence[Consignment], left: list[int], results: list[Result | None], message: Outgoing
    ) -> Result:
        """Fill in what was said about single recipients, and return what goes for all the others."""
        self._connection.is_clean = False
        try:
            async with asyncio.timeout_at(self._until):
                await self._mail([consignments[number] for number in left], message)
                for number in left:
                    results[number] = await self._rcpt(consignments[number])
                if all(results):
                    return Result()
                reply = await self._data(message)
                self._connection.is_clean = True
        except aiosmtplib.SMTPResponseException as error:
            return self._said_no(reply_of(self._host, error.code, error.message))
        except (aiosmtplib.SMTPException, OSError) as error:
            self._client.close()
            words = f"the connection with {self._host} broke off: {reason(error)}"
            return Result(trouble=TryLater(words), in_doubt=self._may_have_it)
        except Stopped:
            raise
        except BaseException:
            self._client.close()
            raise
        finally:
            self._connection.messages += 1
        if reply.code // 100 != POSITIVE:
            return self._said_no(reply)
        receipt = Receipt(
            channel=self._channel,
            at=self._clock.now(),
            answer=said(reply),
            tls=self._connection.tls,
            dsn=self._connection.offers("dsn"),
        )
        return Result(receipt=receipt, reply=reply)

    def _said_no(self, reply: Reply) -> Result:
        """Return what an answer comes to that is no success; one that is no refusal either leaves it in doubt."""
        is_refusal = reply.code // 100 in REFUSALS
        return replace(against(reply, about_message=True), in_doubt=self._may_have_it and not is_refusal)

    async def _data(self, message: Outgoing) -> Reply:
        """Send the content, and return what the server said of it. It may refuse it before the end, and not take it."""
        begun = await self._client.execute_command(b"DATA", timeout=self._patience)
        protocol = self._client.protocol
        if begun.code != GO_AHEAD:
            raise aiosmtplib.SMTPDataError(begun.code, begun.message)
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("it was ended")
        if protocol._buffer:  # noqa: SLF001 - else it would be taken for the answer to what was not said yet
            raise aiosmtplib.SMTPServerDisconnected("it answered before anything of the message was sent")
        answer = asyncio.create_task(protocol.read_response())
        try:
            with suppress(aiosmtplib.SMTPServerDisconnected, ConnectionError):  # then that is the answer, or it has one
                await self._write(message, protocol, answer)
            response = await asyncio.wait_for(answer, self._patience)
            if response.code // 100 == POSITIVE and not self._may_have_it:
                self._may_have_it = True  # so it says; whatever it has is not the message
                raise aiosmtplib.SMTPServerDisconnected(f"it answered {response.code} before all of it was sent")
        finally:
            answer.cancel()
            if not self._may_have_it:
                self._client.close()  # what follows would be taken for the rest of the message
        return reply_of(self._host, response.code, response.message)

    async def _write(self, message: Outgoing, protocol: SMTPProtocol, answer: asyncio.Task[SMTPResponse]) -> None:
        """Write the content a piece at a time, each when the one before has gone; stop where there is an answer."""
        pieces = message.wire()
        ready = next(pieces, b"")
        while ready and not answer.done():
            following = next(pieces, b"") if message.is_small else await asyncio.to_thread(next, pieces, b"")
            self._may_have_it = not following
            protocol.write(ready)
            async with asyncio.timeout(self._patience):
                await protocol._drain_helper()  # noqa: SLF001 - the library waits with the rest only for its own writes
            ready = following

    async def _mail(self, consignments: Sequence[Consignment], message: Outgoing) -> None:
        first = consignments[0]
        is_ascii = all((each.sender + each.recipient).isascii() for each in consignments)
        options = [f"SIZE={message.content.size}"] if self._connection.offers("size") else []
        options += [] if message.is_ascii else ["BODY=8BITMIME"]
        options += [] if is_ascii else ["SMTPUTF8"]
        if self._connection.offers("dsn"):
            returns = HEADERS if first.sealed.needs_verified_tls else first.returns  # a report comes back by any way
            options += [f"RET={returns}"] if returns in RETURNS else []
            options += [f"ENVID={first.envelope_id}"] if ENVELOPE_ID.fullmatch(first.envelope_id) else []
        try:
            await self._client.mail(first.sender, options=options, encoding="ascii" if is_ascii else "utf-8")
        except aiosmtplib.SMTPServerDisconnected as error:
            words = f"the connection with {self._host} broke off: {reason(error)}"
            raise self._stale_or(Result(trouble=TryLater(words), met=True)) from None
        except aiosmtplib.SMTPResponseException as error:
            if error.code // 100 == PERMANENT:
                raise
            result = replace(self._said_no(reply_of(self._host, error.code, error.message)), met=True)
            raise (self._stale_or(result) if error.code == CLOSING else Stopped(result)) from None

    def _stale_or(self, result: Result) -> Exception:
        """Return that the connection was stale, if it carried something before; else that nothing goes here now."""
        return Stale() if self._connection.messages else Stopped(result)

    async def _rcpt(self, consignment: Consignment) -> Result | None:
        """Name one recipient; return what the server has against it, None where it takes it (RFC 3461 section 5.2)."""
        options = []
        if self._connection.offers("dsn"):
            notify = [each for each in NOTIFY if each in consignment.notify]
            options += [f"NOTIFY={','.join(notify)}"] if notify else []
            options += [f"ORCPT={consignment.original}"] if ORIGINAL.fullmatch(consignment.original) else []
        encoding = "ascii" if consignment.recipient.isascii() else "utf-8"
        try:
            await self._client.rcpt(consignment.recipient, options=options, encoding=encoding)
        except aiosmtplib.SMTPRecipientRefused as error:
            reply = reply_of(self._host, error.code, error.message)
            return against(reply, about_message=not is_crowded(reply))
        return None
