"""The mail door: a listener whose 250 means that the message is ours for good. What is done with one: `accept`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from gateway.errors import GatewayError
from gateway.intake.accept import Accept
from gateway.intake.message import Message
from gateway.intake.smtp_lobby import Lobby, Terms
from gateway.intake.smtp_server import dialogue_factory, silence_the_library
from gateway.intake.smtp_tls import DoorTls

AT_ONCE: Final = 16  # messages that are made durable at the same time: their commits share flushes, threads one core
BACKLOG: Final = 512  # connections that wait to be taken
GRACE: Final = 10.0  # seconds that `stop` gives to messages on their way in
LOOK_EVERY: Final = 10.0  # seconds between looks for a certificate that was renewed

Address = tuple[str, int]


class MailDoor:
    """Listens for mail on its own event loop in its own thread; `accept` runs on further threads.

    `tls_at` is a second address, where TLS comes first; it needs `tls` in the terms.
    """

    def __init__(
        self,
        accept: Accept,
        host: str = "127.0.0.1",
        port: int = 10025,
        *,
        terms: Terms | None = None,
        tls_at: Address | None = None,
        hostname: str = "",
    ) -> None:
        self._accept = accept
        self._wanted: Address = (host, port)
        self._tls_wanted = tls_at
        self._terms = replace(terms or Terms(), hostname=hostname or socket.gethostname())
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._listening = threading.Event()
        self._trouble: GatewayError | None = None
        self.address: Address = (host, 0)
        self.tls_address: Address | None = None

    def start(self) -> None:
        """Listen. On return `address` and `tls_address` tell host and port; `GatewayError` when one cannot be had."""
        silence_the_library()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="mail-door", daemon=True)
        self._thread.start()
        self._listening.wait()
        if self._trouble:
            self._thread.join()
            raise self._trouble

    def told(self) -> str:
        """Return where it listens, as people are told."""
        places = [f"{host}:{port}" for host, port in (self.address, self.tls_address or self.address)]
        return f"{places[0]} and, with TLS first, {places[1]}" if self.tls_address else places[0]

    def stop(self) -> None:
        """Stop listening, after messages on their way in got their reply. Idempotent."""
        if self._thread and self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="intake"))
        self._stopping = asyncio.Event()
        lobby = Lobby(self._terms, self._take, self._loop)
        servers: list[asyncio.Server] = []
        try:
            servers.append(await self._listen(lobby, self._wanted))
            self.address = _bound(servers[0])
            if self._tls_wanted is not None:
                servers.append(await self._listen(lobby, self._tls_wanted, self._terms.tls))
                self.tls_address = _bound(servers[1])
        except GatewayError as trouble:
            self._trouble = trouble
        finally:
            self._listening.set()
        if not self._trouble:
            await self._until_stopped(self._stopping)
        for server in servers:
            server.close()
        await lobby.close(GRACE)

    async def _listen(self, lobby: Lobby, at: Address, tls_first: DoorTls | None = None) -> asyncio.Server:
        factory = dialogue_factory(lobby, tls_first)
        try:
            return await asyncio.get_running_loop().create_server(factory, *at, backlog=BACKLOG)
        except OSError as trouble:
            raise GatewayError(
                f"cannot listen for mail on {at[0]} port {at[1]}: {trouble.strerror}",
                hint="stop the program that holds the port, or set another one",
            ) from trouble

    async def _until_stopped(self, stopping: asyncio.Event) -> None:
        """Wait for `stop`, and look for a renewed certificate meanwhile."""
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), LOOK_EVERY)
            except TimeoutError:
                if self._terms.tls:
                    self._terms.tls.refresh()

    def _take(self, message: Message) -> Awaitable[str]:
        """Return the reply to one message. The event loop goes on while it is made durable."""
        return asyncio.get_running_loop().run_in_executor(None, self._accept, message)


def _bound(server: asyncio.Server) -> Address:
    host, port = server.sockets[0].getsockname()[:2]
    return str(host), int(port)
