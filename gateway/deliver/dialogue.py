"""One message over an open connection, for one recipient or several: what was said of each.

RFC 5321 section 3.3, 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870), DSN (3461). A message is never converted: what was
sealed and signed arrives as it left protect, with CRLF line endings, or it does not go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import aiosmtplib

from gateway.deliver import Consignment, Result
from gateway.deliver.answers import against, reply_of, said
from gateway.deliver.connections import Connection, reason
from gateway.errors import TryLater, Undeliverable
from gateway.model.transfer import Receipt
from gateway.system.clock import Clock

PATIENCE: Final = 600.0  # seconds for the answer to a whole message: RFC 5321 section 4.5.3.2.6
CLOSING: Final = 421
RETURNS: Final = ("FULL", "HDRS")
NOTIFY: Final = ("NEVER", "SUCCESS", "FAILURE", "DELAY")
XTEXT: Final = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})"  # RFC 3461 section 4
ENVELOPE_ID: Final = re.compile(f"{XTEXT}{{1,100}}")
ORIGINAL: Final = re.compile(f"[A-Za-z0-9-]{{1,63}};{XTEXT}{{1,500}}")


class Stale(Exception):
    """A connection that was kept turned out to have ended before anything of this message was answered."""


class Dialogue:
    """One transaction: MAIL, RCPT for each recipient, DATA for those that were taken."""

    def __init__(self, connection: Connection, *, channel: str, clock: Clock, patience: float) -> None:
        self._connection = connection
        self._client = connection.client
        self._host = connection.hop.host
        self._channel = channel
        self._clock = clock
        self._patience = patience

    async def hand_over(self, consignments: Sequence[Consignment], message: bytes) -> list[Result]:
        """Send one message to all of them, and return what came of each in the same order; raises `Stale`.

        What was said about one recipient stands, whatever becomes of the others. Where the message is not taken, or the
        connection breaks off, that is the answer for all who had none.
        """
        results = [self._unfit(each, message) for each in consignments]
        left = [number for number, result in enumerate(results) if result is None]
        rest = Result(trouble=TryLater(f"{self._host} was not asked"))
        if left:
            rest = await self._transaction(consignments, left, results, message)
        return [result or rest for result in results]

    def _unfit(self, consignment: Consignment, message: bytes) -> Result | None:
        """Return what stands against a message where the server lacks what it needs, None where nothing does."""
        addresses = consignment.sender + consignment.recipient
        if not addresses.isprintable():
            return Result(trouble=Undeliverable("an address has characters that no mail address may have"))
        needs = {"8bitmime": not message.isascii(), "smtputf8": not addresses.isascii()}
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
        self, consignments: Sequence[Consignment], left: list[int], results: list[Result | None], message: bytes
    ) -> Result:
        """Fill in what was said about single recipients, and return what goes for all the others."""
        try:
            await self._mail([consignments[number] for number in left], message)
            for number in left:
                results[number] = await self._rcpt(consignments[number])
            if all(results):
                return Result()
            response = await self._client.data(message, timeout=self._patience)
        except aiosmtplib.SMTPResponseException as error:
            return against(reply_of(self._host, error.code, error.message), about_message=True)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Result(trouble=TryLater(f"the connection with {self._host} broke off: {reason(error)}"))
        finally:
            self._connection.messages += 1
        reply = reply_of(self._host, response.code, response.message)
        receipt = Receipt(
            channel=self._channel,
            at=self._clock.now(),
            answer=said(reply),
            tls=self._connection.tls,
            dsn=self._connection.offers("dsn"),
        )
        return Result(receipt=receipt, reply=reply)

    async def _mail(self, consignments: Sequence[Consignment], message: bytes) -> None:
        first = consignments[0]
        is_ascii = all((each.sender + each.recipient).isascii() for each in consignments)
        options = [f"SIZE={len(message)}"] if self._connection.offers("size") else []
        options += [] if message.isascii() else ["BODY=8BITMIME"]
        options += [] if is_ascii else ["SMTPUTF8"]
        if self._connection.offers("dsn"):
            options += [f"RET={first.returns}"] if first.returns in RETURNS else []
            options += [f"ENVID={first.envelope_id}"] if ENVELOPE_ID.fullmatch(first.envelope_id) else []
        try:
            await self._client.mail(first.sender, options=options, encoding="ascii" if is_ascii else "utf-8")
        except aiosmtplib.SMTPServerDisconnected:
            raise self._stale_or(None) from None
        except aiosmtplib.SMTPResponseException as error:
            raise (self._stale_or(error) if error.code == CLOSING else error) from None

    def _stale_or(self, error: aiosmtplib.SMTPException | None) -> Exception:
        """Return that the connection was stale, if it carried something before; else what happened."""
        return Stale() if self._connection.messages else error or aiosmtplib.SMTPServerDisconnected("it was ended")

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
            return against(reply_of(self._host, error.code, error.message), about_message=True)
        return None
