"""Who we are to a mail server that takes mail from its own customers only: AUTH (RFC 4954), by PLAIN or LOGIN.

What keeps us out is for an operator to mend, so the mail waits. What the server says is not kept: it was just told the
password, and may say it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import aiosmtplib

from gateway.errors import GatewayError, TryLater
from gateway.system.log import get_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A name and a password at one mail server; the password is read anew for each connection."""

    user: str
    password: Callable[[], str] = field(repr=False)

    async def log_in(self, client: aiosmtplib.SMTP, host: str) -> None:
        """Log in over a connection that proved enough (`Hop.may_log_in`); `TryLater` where that does not succeed."""
        known = client.server_auth_methods
        if not {"plain", "login"}.intersection(known):
            raise _kept_out(f"{host} offers no log-in by a password (AUTH PLAIN or LOGIN)")
        try:
            password = await asyncio.to_thread(self.password)
        except GatewayError as error:
            raise _kept_out(f"the password for {host} cannot be read: {error.message}") from None
        log_in = client.auth_plain if "plain" in known else client.auth_login
        try:
            await log_in(self.user, password)
        except aiosmtplib.SMTPResponseException as error:
            raise _kept_out(f"{host} does not accept our account: it answered AUTH with {error.code}") from None


def _kept_out(words: str) -> TryLater:
    get_log().warning("account:kept_out", answer=words)
    return TryLater(words, hint="see 'user' and 'password' of the channel")
