"""The milter front end: for mail servers that want an answer while their client still waits.

The mail server offers each message before it answers its own client. What the gateway accepts it has durably, and the
mail server is told to forget it (`discard`); so nothing passes by the gateway, and nothing goes twice. What the gateway
refuses or cannot take now the mail server answers with our reply. A gateway that is away means what the mail server is
set to: `milter_default_action = tempfail`, which every guide of ours says.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from gateway.errors import GatewayError, NotAccepted
from gateway.intake import milter_protocol as protocol
from gateway.intake.accept import Accept
from gateway.intake.address import normalised, normalised_sender
from gateway.intake.message import OUR_FAULT
from gateway.intake.milter_protocol import Collected, NotUnderstood
from gateway.intake.smtp_lines import is_unambiguous
from gateway.system.log import get_log

AT_ONCE: Final = 16  # messages that are made durable at the same time
MOST_CONNECTIONS: Final = 200
IN_FLIGHT: Final = 256_000_000  # bytes of messages that are not durable yet
PATIENCE: Final = 300.0  # seconds for the next packet: a mail server's own client may be slow
GRACE: Final = 10.0  # seconds that `stop` gives to messages on their way in
HEADER_END: Final = b"\r\n"


class MilterDoor:
    """Listens for a mail server on its own event loop in its own thread; `accept` runs on further threads."""

    def __init__(self, accept: Accept, host: str, port: int, *, max_size: int, recipients: int = 1000) -> None:
        self._accept = accept
        self._wanted = (host, port)
        self.max_size, self._most_recipients = max_size, recipients
        self._in_flight = self._connections = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._listening = threading.Event()
        self._trouble: OSError | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.address = (host, 0)

    def start(self) -> None:
        """Listen; `GatewayError` when the port cannot be had."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="milter", daemon=True)
        self._thread.start()
        self._listening.wait()
        if self._trouble:
            self._thread.join()
            raise GatewayError(
                f"cannot listen for a milter on {self._wanted[0]} port {self._wanted[1]}: {self._trouble.strerror}",
                hint="stop the program that holds the port, or set another one",
            ) from self._trouble

    def stop(self) -> None:
        """Stop listening, after messages on their way in got their answer. Idempotent."""
        if self._thread and self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="milter"))
        self._stopping = asyncio.Event()
        try:
            server = await asyncio.start_server(self._connected, *self._wanted)
            self.address = server.sockets[0].getsockname()[:2]
        except OSError as trouble:
            self._trouble = trouble
            return
        finally:
            self._listening.set()
        await self._stopping.wait()
        server.close()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=GRACE)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._sessions.add(task)
        self._connections += 1
        session = Session(reader, writer, self)
        try:
            if self._connections <= MOST_CONNECTIONS:  # else the mail server does what it is set to: it defers
                await session.run()
        except NotUnderstood as trouble:
            get_log().error("milter:refused", answer=str(trouble))
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass  # what was not answered is still the mail server's
        finally:
            session.forget()
            self._connections -= 1
            self._sessions.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def has_room(self, collected: Collected) -> bool:
        """Say whether this message may go on: it is not too large, and all together are not."""
        return collected.size <= self.max_size and self._in_flight <= IN_FLIGHT

    def count(self, size: int) -> None:
        """Count bytes that came, or (negative) that are not held any more."""
        self._in_flight += size

    def refuses_recipient(self, collected: Collected) -> str:
        """Return why the last recipient is not taken, as a reply; empty when it is."""
        if len(collected.recipients) > self._most_recipients:
            return "452 4.5.3 too many recipients"
        try:
            normalised(collected.recipients[-1])
        except NotAccepted:
            return "553 5.1.3 malformed address"
        return ""

    async def accept(self, collected: Collected, *, client: str, helo: str) -> str:
        """Return the reply to a whole message."""
        try:
            message = protocol.message(collected, client=client, helo=helo)
            normalised_sender(message.sender)
            if not is_unambiguous(message.content):
                return "550 5.6.11 bare CR, bare LF or NUL in the message"
            return await asyncio.to_thread(self._accept, message)
        except NotAccepted:
            return "553 5.1.7 malformed address"
        except Exception as error:  # noqa: BLE001 - our fault is temporary, whatever it is
            get_log().error("mail:failed", error=error)
            return OUR_FAULT


class Session:
    """One connection of a mail server: any number of messages, one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, door: MilterDoor) -> None:
        self._reader, self._writer, self._door = reader, writer, door
        self._client = self._helo = ""
        self._collected = Collected()
        self._refused = ""

    async def run(self) -> None:
        """Serve until the mail server parts."""
        kind, rest = await self._packet()
        if kind != protocol.NEGOTIATE:
            raise NotUnderstood("the mail server does not begin with its offer")
        await self._say(protocol.negotiated(rest))
        while True:
            kind, rest = await self._packet()
            if kind == protocol.QUIT:
                return
            if kind == protocol.END:
                await self._end(rest)
            else:
                self._take(kind, rest)

    def forget(self) -> None:
        """Let go of what was collected."""
        self._door.count(-self._collected.size)
        self._collected, self._refused = Collected(), ""

    def _take(self, kind: bytes, rest: bytes) -> None:
        if kind in {protocol.ABORT, protocol.QUIT_NEW}:
            self.forget()
        elif kind == protocol.CONNECT:
            self._client = protocol.peer_of(rest)
        elif kind == protocol.HELO:
            self._helo = protocol.strings(rest)[0].decode("ascii", "replace")
        elif kind == protocol.MAIL:
            self.forget()
            self._collected.sender, self._collected.dsn = protocol.path_of(protocol.strings(rest))
        elif kind == protocol.RCPT:
            address, parameters = protocol.path_of(protocol.strings(rest))
            self._collected.recipients.append(address)
            self._collected.reports.append(parameters)
            self._refused = self._refused or self._door.refuses_recipient(self._collected)
        elif kind == protocol.HEADER:
            self._add(protocol.header_field(rest))
        elif kind == protocol.END_OF_HEADER:
            self._add(HEADER_END)
        elif kind == protocol.BODY:
            self._add(rest)
        elif kind not in {protocol.MACRO, protocol.DATA, protocol.UNKNOWN}:
            raise NotUnderstood("the mail server sends what the protocol does not know")

    def _add(self, piece: bytes) -> None:
        """Keep a piece, unless there is too much already: then the end is answered so."""
        if self._refused:
            return
        self._collected.add(piece)
        self._door.count(len(piece))
        if not self._door.has_room(self._collected):
            is_large = self._collected.size > self._door.max_size
            refused = "552 5.3.4 message too large" if is_large else "452 4.3.1 too much mail at once, try again later"
            self.forget()
            self._refused = refused

    async def _end(self, rest: bytes) -> None:
        """Answer a message; `rest` is a last piece that may come with its end."""
        if rest:
            self._add(rest)
        reply = self._refused
        if not reply and (self._collected.sender is None or not self._collected.recipients):
            reply = "503 5.5.1 no sender or no recipient"
        if not reply:
            reply = await self._accepted()
        self.forget()
        await self._say(protocol.answer_for(reply))

    async def _accepted(self) -> str:
        """Have the message made durable, and tell the mail server meanwhile that we are still at it."""
        work = asyncio.ensure_future(self._door.accept(self._collected, client=self._client, helo=self._helo))
        while True:
            done, _ = await asyncio.wait({work}, timeout=PATIENCE / 10)
            if done:
                return work.result()
            await self._say(protocol.packet(protocol.PROGRESS))

    async def _packet(self) -> tuple[bytes, bytes]:
        async with asyncio.timeout(PATIENCE):
            (length,) = struct.unpack("!I", await self._reader.readexactly(4))
            if not 0 < length <= protocol.LONGEST_PACKET:
                raise NotUnderstood("the mail server sends a packet of an impossible length")
            content = await self._reader.readexactly(length)
        return content[:1], content[1:]

    async def _say(self, content: bytes) -> None:
        self._writer.write(content)
        async with asyncio.timeout(PATIENCE):
            await self._writer.drain()
