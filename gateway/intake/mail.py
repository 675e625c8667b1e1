"""The mail door: a listener whose 250 means that the message is ours for good. What is done with one: `accept`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from gateway.errors import GatewayError
from gateway.intake.accept import Accept
from gateway.intake.message import Message
from gateway.intake.smtp_server import Hooks, dialogue_factory, silence_the_library

AT_ONCE: Final = 16  # messages in memory at the same time; further senders wait at DATA
GRACE: Final = 10.0  # seconds that `stop` gives to messages on their way in


class MailDoor:
    """Listens for mail on its own event loop in its own thread; `accept` runs on further threads."""

    def __init__(
        self,
        accept: Accept,
        host: str = "127.0.0.1",
        port: int = 10025,
        max_size: int = 50 * 1024 * 1024,
        xforward_peers: Sequence[str] = (),
        *,
        hostname: str = "",
    ) -> None:
        self._accept = accept
        self._wanted = (host, port)
        self._max_size = max_size
        self._xforward_peers = tuple(xforward_peers)
        self._hostname = hostname or socket.gethostname()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._listening = threading.Event()
        self._trouble: OSError | None = None
        self.address: tuple[str, int] = (host, 0)

    def start(self) -> None:
        """Listen. On return `address` tells the host and the port; `GatewayError` when the port cannot be had."""
        silence_the_library()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="mail-door", daemon=True)
        self._thread.start()
        self._listening.wait()
        if self._trouble:
            self._thread.join()
            raise GatewayError(
                f"cannot listen for mail on {self._wanted[0]} port {self._wanted[1]}: {self._trouble.strerror}",
                hint="stop the program that holds the port, or set another one",
            ) from self._trouble

    def stop(self) -> None:
        """Stop listening, after messages on their way in got their reply. Idempotent."""
        if self._thread and self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="intake"))
        self._stopping = asyncio.Event()
        hooks = Hooks(self._take, self._xforward_peers, asyncio.Semaphore(AT_ONCE))
        factory = dialogue_factory(hooks, max_size=self._max_size, hostname=self._hostname)
        try:
            server = await self._loop.create_server(factory, *self._wanted)
            bound = server.sockets[0].getsockname()
            self.address = (bound[0], bound[1])
        except OSError as trouble:
            self._trouble = trouble
            return
        finally:
            self._listening.set()
        await self._stopping.wait()
        server.close()
        with suppress(TimeoutError):  # who is cut off here got no reply, so its message is still with its sender
            await asyncio.wait_for(hooks.idle.wait(), GRACE)

    async def _take(self, message: Message) -> str:
        """Return the reply to one message. The event loop goes on while it is made durable."""
        return await asyncio.to_thread(self._accept, message)
