"""The SMTP dialogue: aiosmtpd behind our own words. Nothing else imports it.

RFC 5321, with SIZE (1870), 8BITMIME (6152) and PIPELINING (2920) announced. DSN parameters (3461) are taken, their
case kept, and not announced: the MTA in front of us then answers a request for a success report itself, instead of
trusting us to hand it on. XFORWARD (Postfix) is announced to, and taken from, listed peers only: anybody else could
forge an origin with it. Bare CR, bare LF and NUL are refused: what we pass on must mean the same to every reader
(SMTP smuggling, CVE-2023-51764).
"""

from __future__ import annotations

import asyncio
import collections
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.errors import NotAccepted
from gateway.intake.address import normalised, normalised_sender
from gateway.intake.message import OUR_FAULT, Message, Take
from gateway.system.log import get_log

LONGEST_LINE: Final = 1 << 20  # bytes; the library's 1,001 refuses what real programs send and Postfix takes
LONGEST_COMMAND: Final = 4096  # bytes: ENVID and ORCPT are long
MOST_RECIPIENTS: Final = 1000  # ten times what RFC 5321 section 4.5.3.1.8 asks for

PATH: Final = re.compile(r" *<(?:@[A-Za-z0-9.,@\-]+:)?(?P<address>[^<>\s]*)>(?P<rest>| .*)")  # RFC 5321 section 4.1.2

BARE_LINE_ENDING: Final = "550 5.6.11 bare CR, bare LF or NUL in the message"
FORWARDED: Final = "NAME ADDR PROTO HELO SOURCE PORT IDENT"


class _Transaction(Envelope):
    """One mail transaction. The library makes a new one for each, so nothing leaks into the next message."""

    def __init__(self) -> None:
        super().__init__()
        self.dsn: dict[str, str] = {}
        self.dsn_recipients: list[dict[str, str]] = []
        self.xforward: dict[str, str] = {}


class Hooks:
    """What aiosmtpd calls in the middle of a dialogue. `take` returns the reply once the message is durable or not."""

    def __init__(self, take: Take, xforward_peers: Sequence[str], slots: asyncio.Semaphore) -> None:
        self.take = take
        self.xforward_peers = frozenset(xforward_peers)
        self.slots = slots
        self.busy = 0
        self.idle = asyncio.Event()
        self.idle.set()

    def began(self) -> None:
        """Count a message on its way in."""
        self.busy += 1
        self.idle.clear()

    def ended(self) -> None:
        """Count a message that got its reply, or whose sender went away."""
        self.busy -= 1
        if not self.busy:
            self.idle.set()

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce what we add to the library's own extensions."""
        session.host_name = hostname
        extra = ["250-PIPELINING"]
        if self.trusts(session):
            extra.append(f"250-XFORWARD {FORWARDED}")
        return [*responses[:-1], *extra, responses[-1]]

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a well-formed sender."""
        try:
            normalised_sender(address)
        except NotAccepted:
            return "553 5.1.7 malformed address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a well-formed recipient, up to a bound."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            normalised(address)
        except NotAccepted:
            return "553 5.1.3 malformed address"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: SMTP, session: Session, envelope: _Transaction
    ) -> str:
        """Refuse what could be read in two ways; hand the rest on and return its reply."""
        content = envelope.content
        if not isinstance(content, bytes):
            raise TypeError("the message is not bytes")
        if not is_unambiguous(content):
            return BARE_LINE_ENDING
        return await self.take(
            Message(
                sender=normalised_sender(envelope.mail_from or ""),
                recipients=tuple(envelope.rcpt_tos),
                content=content,
                client=envelope.xforward.get("ADDR", peer_of(session)),
                helo=envelope.xforward.get("HELO", session.host_name or ""),
                dsn=envelope.dsn,
                dsn_recipients=tuple(envelope.dsn_recipients),
            )
        )

    def trusts(self, session: Session) -> bool:
        """Say whether this peer may tell us where a message really came from."""
        return peer_of(session) in self.xforward_peers


class Dialogue(SMTP):
    """One connection."""

    line_length_limit = LONGEST_LINE
    command_size_limit = LONGEST_COMMAND

    def __init__(self, hooks: Hooks, *, max_size: int, hostname: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            hooks, data_size_limit=max_size, enable_SMTPUTF8=False, hostname=hostname, ident="ESMTP", loop=loop
        )
        self.hooks = hooks
        self.command_size_limits = collections.defaultdict(lambda: LONGEST_COMMAND)  # the library's is shared by all

    def _create_envelope(self) -> _Transaction:
        return _Transaction()

    def transaction(self) -> _Transaction:  # no property: the library reads every one of those too early
        """Return the current mail transaction."""
        if not isinstance(self.envelope, _Transaction):
            raise TypeError("no connection was made")
        return self.envelope

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Return the address in angle brackets and what follows. The library's parser repairs what it does not like."""
        found = PATH.fullmatch(arg)
        return (found["address"] or "<>", found["rest"]) if found else (None, None)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """MAIL, with RET and ENVID."""
        arg, dsn = split_dsn(arg, ("RET", "ENVID"))
        is_nested = bool(self.transaction().mail_from)
        await super().smtp_MAIL(arg)
        if self.transaction().mail_from and not is_nested:
            self.transaction().dsn = dsn

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """RCPT, with NOTIFY and ORCPT."""
        arg, dsn = split_dsn(arg, ("NOTIFY", "ORCPT"))
        before = len(self.transaction().rcpt_tos)
        await super().smtp_RCPT(arg)
        if len(self.transaction().rcpt_tos) > before:
            self.transaction().dsn_recipients.append(dsn)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        """DATA, when there is room in memory: senders in excess wait for their 354."""
        self.hooks.began()
        try:
            async with self.hooks.slots:
                await super().smtp_DATA(arg)
        finally:
            self.hooks.ended()

    async def smtp_XFORWARD(self, arg: str | None) -> None:  # noqa: N802 - the library finds commands by this name
        """XFORWARD, from listed peers, before MAIL; it may come over several commands."""
        if self.session is None or not self.hooks.trusts(self.session):
            await self.push("550 5.7.0 not authorised")
        elif self.transaction().mail_from:
            await self.push("503 5.5.1 in the middle of a transaction")
        else:
            for word in (arg or "").split():
                name, _, value = word.partition("=")
                self.transaction().xforward[name.upper()] = xtext(value)
            await self.push("250 2.0.0 Ok")

    async def handle_exception(self, error: Exception) -> str:
        """Our fault is temporary and says nothing: the library's answer is permanent and quotes the exception."""
        get_log().error("mail:failed", error=type(error).__name__)
        self.envelope = self._create_envelope()  # or the next MAIL on this connection is refused as nested
        return OUR_FAULT


def is_unambiguous(content: bytes) -> bool:
    """Say whether every CR and LF belongs to a CRLF, and there is no NUL. Counting is ten times faster than a regex."""
    return content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n") and b"\0" not in content


def peer_of(session: Session) -> str:
    """Return the address of the machine at the other end."""
    return str(session.peer[0]) if session.peer else ""


def xtext(untrusted: str) -> str:
    """Decode the xtext of RFC 3461 section 4: `+2B` stands for `+`."""
    return re.sub(r"\+([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), untrusted)


def split_dsn(untrusted: str | None, names: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """Take the named parameters out of the argument of MAIL or RCPT. The library would refuse them."""
    if untrusted is None:
        return None, {}
    address, bracket, rest = untrusted.rpartition(">")
    kept, taken = [address + bracket], {}
    for word in rest.split():
        name, equals, value = word.partition("=")
        if equals and value and name.upper() in names:
            taken[name.upper()] = value
        else:
            kept.append(word)
    return " ".join(kept).strip() or None, taken


def silence_the_library() -> None:
    """Keep addresses, commands and bodies out of the log: aiosmtpd writes them there below ERROR."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)


def dialogue_factory(hooks: Hooks, *, max_size: int, hostname: str) -> Callable[[], Any]:
    """Return what makes a protocol for each connection of the running loop."""
    loop = asyncio.get_running_loop()
    return lambda: Dialogue(hooks, max_size=max_size, hostname=hostname, loop=loop)
