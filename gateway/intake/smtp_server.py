"""The SMTP dialogue: aiosmtpd behind our own words. Nothing else imports it.

RFC 5321 with SIZE (1870), 8BITMIME (6152), PIPELINING (2920), SMTPUTF8 (6531), ENHANCEDSTATUSCODES (2034), DSN (3461),
STARTTLS (3207) and AUTH (4954). The library keeps the loop and the small commands. Ours are what could be read in two
ways (commands, parameters, content), TLS, log-in, limits and every reply. XFORWARD (Postfix) is announced to, and taken
from, listed peers only: anybody else could forge an origin with it.
"""

from __future__ import annotations

import asyncio
import collections
import logging
from collections.abc import Callable
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope

from gateway.intake.message import OUR_FAULT, Message
from gateway.intake.smtp_limits import NO_MEMORY, TOO_FAST, Share
from gateway.intake.smtp_lines import PIECE, Content, Lines
from gateway.intake.smtp_lobby import Lobby, plain_address
from gateway.intake.smtp_login import log_in
from gateway.intake.smtp_parameters import FORWARDED, Sender, read_mail, read_recipient, read_xforward
from gateway.intake.smtp_replies import NOT_HERE, Refusal, with_code
from gateway.intake.smtp_tls import DoorTls
from gateway.system.log import get_log

LONGEST_COMMAND: Final = 4096  # bytes: ENVID and ORCPT are long
HANDSHAKE: Final = 30.0  # seconds
LINGER: Final = 5.0  # seconds for the last words to be read, before they are forgotten
PATIENCE: Final = 3600.0  # seconds for the house: clients wait ten minutes (RFC 5321 section 4.5.3.2.6)

CLOSING: Final = "421 4.3.2 the gateway is stopping, try again later"
IDLE: Final = "421 4.4.2 too long without a command, try again later"
SLOW: Final = "421 4.4.2 the message took too long, try again later"
TOO_MANY_ERRORS: Final = "421 4.7.0 too many errors"
FULL: Final = "452 4.3.1 insufficient storage, try again later"


class _Transaction(Envelope):
    """One mail transaction. The library makes a new one for each, so nothing leaks into the next message."""

    def __init__(self) -> None:
        super().__init__()
        self.sender: Sender | None = None
        self.recipients: list[str] = []
        self.dsn_recipients: list[dict[str, str]] = []
        self.tries = 0
        self.xforward: dict[str, str] = {}


class Dialogue(SMTP):
    """One connection."""

    command_size_limit = LONGEST_COMMAND

    def __init__(self, lobby: Lobby, loop: asyncio.AbstractEventLoop, tls_first: DoorTls | None) -> None:
        super().__init__(
            object(), hostname=lobby.terms.hostname, ident="ESMTP", enable_SMTPUTF8=True, loop=loop,
            timeout=lobby.terms.limits.idle,
        )  # fmt: skip
        self.lobby = lobby
        self.lines = Lines(limit=PIECE, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, self.lines, self._cb_client_connected, loop)  # with our reader
        self.command_size_limits = collections.defaultdict(lambda: LONGEST_COMMAND)  # the library's is shared by all
        self.client = ""
        self.login = ""
        self.is_secured = False
        self._tls_first = tls_first
        self._is_busy = False
        self._is_parting = False
        self._errors = 0
        self._since = loop.time()  # the last message, or the beginning
        self._until = self._since  # when the client will have been silent for too long

    def _create_envelope(self) -> _Transaction:
        return _Transaction()

    def transaction(self) -> _Transaction:  # no property: the library reads every one of those too early
        """Return the current mail transaction."""
        if not isinstance(self.envelope, _Transaction):
            raise TypeError("no connection was made")
        return self.envelope

    async def _handle_client(self) -> None:
        self.client = plain_address(self.session.peer if self.session else None)
        refusal = CLOSING if self.lobby.is_closing else self.lobby.enter(self)
        if refusal:
            return self._say_and_part(refusal) if self._tls_first is None else self.cut_off()
        try:
            if self._tls_first is not None:
                await self._secure(self._tls_first)
            await super()._handle_client()
        except ConnectionError:  # the client went away, or has to
            self.cut_off()
        finally:
            self.lobby.leave(self)
        return None

    async def push(self, status: str | bytes) -> None:
        """Send a reply, with its enhanced code; too many refusals end the session."""
        reply = status if isinstance(status, bytes) else with_code(status).encode()
        if reply[:1] == b"5":
            self._errors += 1
            if self._errors > self.lobby.terms.limits.errors:
                reply = TOO_MANY_ERRORS.encode()
        if reply[:1] in {b"4", b"5"}:
            self.lobby.refused(self.client, reply.decode())
        await super().push(reply)
        if self._is_parting or reply.startswith(b"421 ") or (self.lobby.is_closing and not self._is_busy):
            raise ConnectionResetError  # ends the loop: what was sent after that is not read as commands

    async def handle_exception(self, error: Exception) -> str:
        """Our fault is temporary and says nothing: the library's answer is permanent and quotes the exception."""
        if isinstance(error, Refusal):
            self._is_parting = error.parting
            return error.reply
        get_log().error("mail:failed", error=type(error).__name__)
        self.envelope = self._create_envelope()  # or the next MAIL on this connection is refused as nested
        return OUR_FAULT

    def part_if_idle(self) -> None:
        """Say that the door closes, unless a message is on its way: that one gets its reply first."""
        if not self._is_busy:
            self._say_and_part(CLOSING)

    def cut_off(self) -> None:
        """End the connection, after what was written to it, if that is read."""
        if self.transport is not None:
            self.transport.close()
            self.loop.call_later(LINGER, self._writer.transport.abort)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Begin to wait for the client: as long as it may be silent, or as long as it may go without a message."""
        limits, now = self.lobby.terms.limits, self.loop.time()
        self._until = now + (duration or max(min(limits.idle, self._since + limits.longest - now), 0.001))
        timer = self._timeout_handle
        if timer is None or timer.when() > self._until:
            self._set_timer()

    def _set_timer(self) -> None:
        """Look at `_until`. A timer that ends too early is set again then: most are put off many times before."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._timeout_handle = self.loop.call_at(self._until, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._until:
            self._set_timer()
        else:
            self._say_and_part(IDLE)

    def _say_and_part(self, reply: str) -> None:
        self.lobby.refused(self.client, reply)
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(reply.encode() + b"\r\n")
        self.cut_off()

    # What the client says

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - the library's name
        """EHLO: what is offered here and now."""
        self._greeted(hostname, extended=True)
        terms = self.lobby.terms
        offered = [f"SIZE {terms.max_size}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "DSN"]
        if terms.tls and not self.is_secured:
            offered.append("STARTTLS")
        if terms.accounts and self.is_secured:
            offered.append("AUTH PLAIN LOGIN")
        if self.lobby.trusts(self.client):
            offered.append(f"XFORWARD {' '.join(FORWARDED)}")
        lines = [self.hostname, *offered]
        await self.push("\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines).encode())

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802 - the library's name
        """HELO: no extensions."""
        self._greeted(hostname, extended=False)
        await self.push(f"250 {self.hostname}".encode())

    def _greeted(self, hostname: str, *, extended: bool) -> None:
        if not hostname or self.session is None:
            raise Refusal("501 5.5.4 say who you are")
        self.envelope = self._create_envelope()
        self.session.host_name = hostname
        self.session.extended_smtp = extended

    async def smtp_HELP(self, _arg: str) -> None:  # noqa: N802 - the library's name
        """HELP."""
        await self.push("214 2.0.0 see RFC 5321")

    async def smtp_VRFY(self, _arg: str) -> None:  # noqa: N802 - the library's name
        """VRFY: nobody is looked up."""
        await self.push("252 2.5.0 send the message, and you will know")

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - the library's name
        """STARTTLS. What was said before it counts no more (RFC 3207 section 4.2)."""
        tls = self.lobby.terms.tls
        if arg:
            raise Refusal("501 5.5.4 STARTTLS takes no argument")
        if tls is None or self.is_secured:
            raise Refusal("503 5.5.1 TLS is not offered here and now")
        if self.lines.has_more:  # injected by somebody in the middle, to be read as if it came after (CVE-2011-0411)
            raise Refusal("503 5.5.0 nothing may follow STARTTLS before its answer", parting=True)
        await super().push("220 2.0.0 ready for TLS")
        await self._secure(tls)
        self.login = ""
        self.envelope = self._create_envelope()
        if self.session is not None:
            self.session.host_name = None

    async def _secure(self, tls: DoorTls) -> None:
        """Speak TLS from now on; what came in clear is forgotten."""
        self.lines.forget()
        try:
            await self._writer.start_tls(tls.context, ssl_handshake_timeout=HANDSHAKE)
        except (OSError, TimeoutError) as trouble:  # ssl.SSLError is an OSError
            get_log().info("mail:no-tls", error=trouble, client=self.client)
            raise ConnectionResetError from None
        self.transport = self._writer.transport
        self.lines.now_over(self.transport)
        self.is_secured = True
        if self.session is not None:
            self.session.ssl = self.transport.get_extra_info("ssl_object")

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - the library's name
        """AUTH PLAIN and LOGIN, over TLS."""
        if self.login or self.transaction().sender:
            raise Refusal("503 5.5.1 out of order")
        self.login = await log_in(arg, self.lobby, self.client, is_secured=self.is_secured, ask=self._asked)
        await self.push("235 2.7.0 logged in")

    async def _asked(self, challenge: str) -> bytes:
        await super().push(f"334 {challenge}")
        return (await self.lines.readuntil()).strip()

    async def smtp_XFORWARD(self, arg: str | None) -> None:  # noqa: N802 - the library finds commands by this name
        """XFORWARD, from listed peers, before MAIL; it may come over several commands."""
        if not self.lobby.trusts(self.client):
            raise Refusal("550 5.7.0 not authorised")
        if self.transaction().sender:
            raise Refusal("503 5.5.1 in the middle of a transaction")
        self.transaction().xforward.update(read_xforward(arg))
        await self.push("250 2.0.0 Ok")

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """MAIL, from who may send."""
        if await self.check_helo_needed("EHLO"):
            return
        if self.transaction().sender:
            raise Refusal("503 5.5.1 one message at a time")
        self._check_client()
        sender = read_mail(arg)
        self._check_sender(sender.address)
        self._check_room(sender.size)
        self.transaction().sender = sender
        self._since = self.loop.time()
        await self.push("250 2.1.0 Ok")

    def _check_client(self) -> None:
        terms = self.lobby.terms
        if terms.tls_required and not self.is_secured:
            raise Refusal("530 5.7.0 say STARTTLS first")
        if not self.login and not self.lobby.lets_send(self.client):
            raise Refusal("530 5.7.0 log in first" if terms.accounts else NOT_HERE)
        if self.lobby.gate.is_too_fast(self.client):
            raise Refusal(TOO_FAST)

    def _check_sender(self, address: str) -> None:
        terms = self.lobby.terms
        allowed = terms.internal if self.login else terms.senders
        if address and allowed is not None and address.rpartition("@")[2] not in allowed:
            raise Refusal("550 5.7.1 this sender may not send here")

    def _check_room(self, size: int) -> None:
        terms = self.lobby.terms
        if size > terms.max_size:
            raise Refusal("552 5.3.4 the message is too large")
        if not self.lobby.gate.has_room(self.client, size):
            raise Refusal(NO_MEMORY)
        if not terms.has_room(size):
            get_log().error("mail:deferred", error="StorageFull")
            raise Refusal(FULL)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """RCPT: a well-formed recipient, up to a bound."""
        transaction = self.transaction()
        if transaction.sender is None:
            raise Refusal("503 5.5.1 say MAIL first")
        transaction.tries += 1
        if transaction.tries > self.lobby.terms.limits.recipients:
            raise Refusal("452 4.5.3 too many recipients")
        try:
            address, dsn = read_recipient(arg, utf8=transaction.sender.utf8)
        except Refusal as refusal:  # no error of the session: the others of a long list are to be served
            self.lobby.refused(self.client, refusal.reply)
            await super().push(refusal.reply)
            return
        transaction.recipients.append(address)
        transaction.dsn_recipients.append(dsn)
        await self.push("250 2.1.5 Ok")

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """DATA: the content, read piece by piece; then what the house says to it."""
        transaction = self.transaction()
        if transaction.sender is None:
            raise Refusal("503 5.5.1 say MAIL first")
        if not transaction.recipients:
            raise Refusal("554 5.5.1 no valid recipients")
        if arg:
            raise Refusal("501 5.5.4 DATA takes no argument")
        if self.lines.has_more:  # content before the 354 would be read as commands
            raise Refusal("503 5.5.0 nothing may follow DATA before its answer", parting=True)
        self._is_busy = True
        try:
            with self.lobby.gate.share(self.client) as share:
                reply = await self._received(transaction, share)
            if reply[:1] == "2":
                self._errors = 0
            await self.push(reply)
        finally:
            self._is_busy = False
            self.envelope = self._create_envelope()
        if self.lobby.is_closing:
            await self.push(CLOSING)

    async def _received(self, transaction: _Transaction, share: Share) -> str:
        """Return the reply to one message."""
        sender = transaction.sender
        if sender is None or not self.lobby.gate.has_room(self.client, sender.size):
            return NO_MEMORY
        self._since = self.loop.time()
        await super().push("354 end with a line of a single dot")
        content = Content(self.lobby.terms.max_size)
        try:
            async with asyncio.timeout(self.lobby.terms.limits.longest):
                async for piece in self.lines.pieces():
                    self._reset_timeout(self.lobby.terms.limits.idle)
                    content.add(piece)
                    if not share.reach(content.size):
                        content.refuse(NO_MEMORY)
        except TimeoutError:
            return SLOW
        whole = content.whole()
        if content.refusal:
            return content.refusal
        self.lobby.gate.sent(self.client)
        self._reset_timeout(PATIENCE)  # who waits for our reply is not idle
        work = asyncio.ensure_future(self.lobby.take(self._message(transaction, sender, whole)))
        share.until(work)
        reply = await asyncio.shield(work)  # which goes on, with its memory, when the client goes away
        self._since = self.loop.time()
        self._reset_timeout()
        return reply

    def _message(self, transaction: _Transaction, sender: Sender, content: bytes) -> Message:
        forwarded, said = transaction.xforward, self.session.host_name if self.session else ""
        return Message(
            sender=sender.address,
            recipients=tuple(transaction.recipients),
            content=content,
            client=forwarded.get("ADDR", self.client),
            helo=forwarded.get("HELO", said or ""),
            dsn=sender.dsn,
            dsn_recipients=tuple(transaction.dsn_recipients),
            protocol=self._protocol(sender),
            login=self.login,
        )

    def _protocol(self, sender: Sender) -> str:
        """Return how the message came, as RFC 3848 and 6531 name it in trace fields."""
        if self.session is None or not self.session.extended_smtp:
            return "SMTP"
        kind = "UTF8SMTP" if sender.utf8 else "ESMTP"
        return f"{kind}{'S' if self.is_secured else ''}{'A' if self.login else ''}"


def silence_the_library() -> None:
    """Keep addresses, commands and bodies out of the log: aiosmtpd writes them there below ERROR."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)


def dialogue_factory(lobby: Lobby, tls_first: DoorTls | None = None) -> Callable[[], Any]:
    """Return what makes a protocol for each connection of the running loop; with `tls_first`, TLS comes first."""
    loop = asyncio.get_running_loop()
    return lambda: Dialogue(lobby, loop, tls_first)
