"""Channel kind smtp: hands one sealed message to a mail server, for one recipient.

RFC 5321, STARTTLS (3207), 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870). A message is never converted: what was sealed
and signed arrives as it left protect, with CRLF line endings, or it does not go.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import aiosmtplib

from gateway.deliver import Consignment
from gateway.deliver.answers import printable
from gateway.deliver.tls import TlsLevel, context, describe
from gateway.errors import NotSealed, TryLater, Undeliverable
from gateway.model.content import whole
from gateway.model.transfer import Receipt
from gateway.system.clock import Clock, MachineClock

PATIENCE: Final = 600.0  # seconds for the answer to a whole message: RFC 5321 section 4.5.3.2.6


class SmtpChannel:
    """Sends through one mail server."""

    takes_messages = True

    def __init__(
        self,
        name: str,
        *,
        host: str,
        port: int = 25,
        tls: TlsLevel = TlsLevel.VERIFY,
        ca_file: str = "",
        timeout: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._tls = tls
        self._context = context(tls, ca_file)
        self._timeout = timeout
        self._clock = clock or MachineClock()

    def send(self, consignment: Consignment) -> Receipt:
        """Hand over, and return the server's answer and what the connection was.

        Raises `NotSealed` when the form demands verified TLS and this channel does not; `TryLater` for no connection,
        no TLS as demanded, a 4xx answer or no answer; `Undeliverable` for a 5xx answer to this very message.
        """
        if consignment.sealed.needs_verified_tls and self._tls is not TlsLevel.VERIFY:
            raise NotSealed(
                f"the channel {self.name} does not verify TLS, and this delivery demands it",
                hint="set tls: verify for the channel, or route the recipient through another one",
            )
        if not consignment.sealed.message or len(consignment.contents) != 1:
            raise ValueError("a mail channel takes one whole message")
        return asyncio.run(self._hand_over(consignment, whole(consignment.contents[0][1])))

    async def _hand_over(self, consignment: Consignment, message: bytes) -> Receipt:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._timeout,
            use_tls=False,
            start_tls=False,  # the library's own ways with TLS end in clear text where it is not offered
            tls_context=self._context,
        )
        try:
            with self._about_the_server():
                await client.connect()
                await client.ehlo()
                tls = await self._secure(client)
            with self._about_the_message():
                answer = await self._dialogue(client, consignment, message)
            with suppress(aiosmtplib.SMTPException):  # it is theirs since the 250; how they part does not matter
                await client.quit()
        finally:
            client.close()
        return Receipt(channel=self.name, at=self._clock.now(), answer=answer, tls=tls)

    async def _secure(self, client: aiosmtplib.SMTP) -> str:
        """Bring the connection to the level demanded, and return what it then is."""
        if self._tls is TlsLevel.NONE:
            return ""
        if not client.supports_extension("starttls"):
            if self._tls is TlsLevel.MAY:
                return ""
            raise TryLater(
                f"{self._host} does not offer TLS, and the channel {self.name} demands it",
                hint="switch STARTTLS on at the far side",
            )
        await client.starttls()
        await client.ehlo()
        connection = client.get_transport_info("ssl_object")
        if not isinstance(connection, ssl.SSLObject):
            raise TryLater(f"{self._host} agreed to TLS, but the connection is in clear")
        return describe(connection, self._tls)

    async def _dialogue(self, client: aiosmtplib.SMTP, consignment: Consignment, message: bytes) -> str:
        addresses = consignment.sender + consignment.recipient
        options = [f"SIZE={len(message)}"] if client.supports_extension("size") else []
        if not message.isascii():
            self._require(client, "8bitmime", "the message has 8-bit content")
            options.append("BODY=8BITMIME")
        if not addresses.isascii():
            self._require(client, "smtputf8", "an address is not ASCII")
            options.append("SMTPUTF8")
        encoding = "ascii" if addresses.isascii() else "utf-8"
        await client.mail(consignment.sender, options=options, encoding=encoding)
        await client.rcpt(consignment.recipient, encoding=encoding)
        response = await client.data(message, timeout=max(self._timeout, PATIENCE))
        return printable(f"{response.code} {response.message}")

    def _require(self, client: aiosmtplib.SMTP, extension: str, why: str) -> None:
        if not client.supports_extension(extension):
            raise Undeliverable(
                f"{why}, and {self._host} does not take that ({extension.upper()})",
                hint="seal it in a container, or use a server that takes it",
            )

    @contextmanager
    def _about_the_server(self) -> Iterator[None]:
        """Whatever goes wrong before MAIL says nothing about this message: it waits."""
        try:
            yield
        except aiosmtplib.SMTPResponseException as error:
            raise TryLater(f"{self._host} answered: {printable(f'{error.code} {error.message}')}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise TryLater(f"no connection with {self._host}: {_reason(error)}") from None

    @contextmanager
    def _about_the_message(self) -> Iterator[None]:
        """From MAIL on a 5xx is the last word."""
        try:
            yield
        except aiosmtplib.SMTPResponseException as error:
            answer = f"{self._host} answered: {printable(f'{error.code} {error.message}')}"
            if 500 <= error.code <= 599:  # noqa: PLR2004 - permanent negative replies, RFC 5321 section 4.2.1
                raise Undeliverable(answer) from None
            raise TryLater(answer) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise TryLater(f"the connection with {self._host} broke off: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {printable(error.verify_message)}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {printable(error.reason or 'no reason given')}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return printable(str(error)) or type(error).__name__
