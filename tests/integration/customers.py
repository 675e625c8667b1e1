"""A mail server of another maker (aiosmtpd) that takes mail from its own customers only: TLS first, then AUTH."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Customers:
    """Who may log in, with which password; `mails` pairs each mail with who sent it, `tried` is each log-in."""

    passwords: Mapping[str, str]
    port: int = 0
    connections: int = 0
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, way: str, given: object
    ) -> AuthResult:
        """Let in who knows the password."""
        assert isinstance(given, LoginPassword)
        name, password = given.login.decode(), given.password.decode()
        self.tried.append((way, name))
        return AuthResult(success=self.passwords.get(name) == password, handled=False, auth_data=name)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        self.mails.append((str(session.auth_data), envelope.content))
        return "250 2.0.0 Ok: queued as 4711"


@contextmanager
def customers_only(
    context: ssl.SSLContext, passwords: Mapping[str, str], *, without: Collection[str] = ()
) -> Iterator[Customers]:
    """Run the server on a thread of its own; `without` are the ways of AUTH that it does not offer."""
    customers, loop = Customers(passwords), asyncio.new_event_loop()

    def protocol() -> SMTP:
        customers.connections += 1
        return SMTP(
            customers,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_exclude_mechanism=without,
            authenticator=customers.authenticate,
            hostname="customers.example",
            loop=loop,
        )

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    customers.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield customers
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
