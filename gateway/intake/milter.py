"""The milter front end: for mail servers that want an answer while their client still waits.

The mail server offers each message before it answers its own client. What the gateway accepts it has durably, and the
mail server is told to forget it (`discard`); so nothing passes by the gateway, and nothing goes twice. What the gateway
refuses or cannot take now the mail server answers with our reply. A gateway that is away means what the mail server is
set to: `milter_default_action = tempfail`, which every guide of ours says.

The mail server is a client like any other: it must be among `clients`, and the same terms and limits hold as at the
mail door, but for log-in and TLS, which the protocol does not have.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from gateway.errors import GatewayError, NotAccepted
from gateway.intake import milter_protocol as protocol
from gateway.intake.accept import Accept
from gateway.intake.address import normalised, normalised_sender
from gateway.intake.message import OUR_FAULT, Message
from gateway.intake.milter_protocol import Collected, NotUnderstood
from gateway.intake.smtp_limits import NO_MEMORY, TOO_FAST
from gateway.intake.smtp_lines import is_unambiguous
from gateway.intake.smtp_lobby import Lobby, Terms, plain_address
from gateway.system.log import get_log

AT_ONCE: Final = 16  # messages that are made durable at the same time
SILENCE: Final = 7210.0  # seconds for the next packet, as libmilter has it: Postfix is silent while its client uploads
PATIENCE: Final = 60.0  # seconds for the rest of a packet, and for one of ours to be taken
STILL_AT_IT: Final = 30.0  # seconds between signs of life while a message is made durable
GRACE: Final = 10.0  # seconds that `stop` gives to messages on their way in
HEADER_END: Final = b"\r\n"


class MilterDoor:
    """Listens for a mail server on its own event loop in its own thread; `accept` runs on further threads."""

    def __init__(self, accept: Accept, host: str, port: int, *, terms: Terms) -> None:
        self._accept = accept
        self._wanted = (host, port)
        self._terms = terms
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._listening = threading.Event()
        self._trouble: OSError | None = None
        self._tasks: dict[asyncio.Task[None], Session] = {}
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
        lobby = Lobby(self._terms, self._take, self._loop)
        try:
            server = await asyncio.start_server(lambda *pair: self._connected(lobby, *pair), *self._wanted)
            self.address = server.sockets[0].getsockname()[:2]
        except OSError as trouble:
            self._trouble = trouble
            return
        finally:
            self._listening.set()
        await self._stopping.wait()
        server.close()
        for task, session in self._tasks.items():
            if not session.is_busy:
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)

    async def _take(self, message: Message) -> str:
        return await asyncio.to_thread(self._accept, message)

    async def _connected(self, lobby: Lobby, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, lobby)
        task = asyncio.current_task()
        if task is not None:
            self._tasks[task] = session
        is_in = False
        try:
            is_in = lobby.lets_send(session.peer) and not lobby.gate.enter(session.peer)
            if is_in:
                await session.run()
            else:  # the mail server does what it is set to: it defers
                get_log().error("milter:turned away", client=session.peer)
        except NotUnderstood as trouble:
            get_log().error("milter:refused", client=session.peer, answer=str(trouble))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, TimeoutError):
            pass  # what was not answered is still the mail server's
        finally:
            session.forget()
            if is_in:
                lobby.gate.leave(session.peer)
            if task is not None:
                self._tasks.pop(task, None)
            writer.transport.abort()


class Session:
    """One connection of a mail server: any number of messages, one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lobby: Lobby) -> None:
        self._reader, self._writer, self._lobby = reader, writer, lobby
        self.peer = plain_address(writer.get_extra_info("peername"))
        self.is_busy = False
        self._client = self._helo = ""
        self._begin()

    def _begin(self) -> None:
        self._collected = Collected()
        self._refused = ""
        self._share = self._lobby.gate.share(self.peer)

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
                self._hear(kind, rest)

    def forget(self) -> None:
        """Let go of what was collected."""
        self._share.__exit__()
        self._begin()

    def _hear(self, kind: bytes, rest: bytes) -> None:
        if kind in {protocol.ABORT, protocol.QUIT_NEW}:
            self.forget()
            self._client, self._helo = ("", "") if kind == protocol.QUIT_NEW else (self._client, self._helo)
        elif kind == protocol.CONNECT:
            self._client = protocol.peer_of(rest)
        elif kind == protocol.HELO:
            self._helo = protocol.words_of(rest)[0].decode("ascii", "replace")
        elif kind == protocol.MAIL:
            self.forget()
            self._sender(*protocol.path_of(protocol.words_of(rest)))
        elif kind == protocol.RCPT:
            self._recipient(*protocol.path_of(protocol.words_of(rest)))
        elif kind == protocol.HEADER:
            self._add(protocol.header_field(rest))
        elif kind == protocol.END_OF_HEADER:
            self._add(HEADER_END)
        elif kind == protocol.BODY:
            self._add(rest)
        elif kind not in {protocol.MACRO, protocol.DATA, protocol.UNKNOWN}:
            raise NotUnderstood("the mail server sends what the protocol does not know")

    def _sender(self, address: str, parameters: dict[str, str]) -> None:
        terms = self._lobby.terms
        self._collected.sender, self._collected.dsn = address, parameters
        try:
            domain = normalised_sender(address).rpartition("@")[2]
        except NotAccepted:
            self._refuse("553 5.1.7 malformed address")
            return
        if address and terms.senders is not None and domain not in terms.senders:
            self._refuse("550 5.7.1 this sender may not send here")
        elif self._lobby.gate.is_too_fast(self._client):
            self._refuse(TOO_FAST)

    def _recipient(self, address: str, parameters: dict[str, str]) -> None:
        if self._refused:
            return
        try:
            normalised(address)
        except NotAccepted:
            self._refuse("553 5.1.3 malformed address")
            return
        if len(self._collected.recipients) >= self._lobby.terms.limits.recipients:
            self._refuse("452 4.5.3 too many recipients")
            return
        self._collected.recipients.append(address)
        self._collected.reports.append(parameters)

    def _add(self, piece: bytes) -> None:
        """Keep a piece, unless there is too much already: then the end is answered so."""
        if self._refused:
            return
        self._collected.add(piece)
        if self._collected.size > self._lobby.terms.max_size:
            self._refuse("552 5.3.4 the message is too large")
        elif not self._share.reach(self._collected.size):
            self._refuse(NO_MEMORY)

    def _refuse(self, reply: str) -> None:
        """Answer the end of this message so, and hold nothing of it until then."""
        self.forget()
        self._refused = reply

    async def _end(self, rest: bytes) -> None:
        """Answer a message; `rest` is a last piece that may come with its end."""
        if rest:
            self._add(rest)
        self.is_busy = True
        reply = self._refused or await self._accepted()
        if not reply.startswith("2"):
            self._lobby.refused(self._client, reply)
        self.forget()
        await self._say(protocol.answer_for(reply))
        self.is_busy = False

    async def _accepted(self) -> str:
        """Have the message made durable, and tell the mail server meanwhile that we are still at it."""
        if self._collected.sender is None or not self._collected.recipients:
            return "503 5.5.1 no sender or no recipient"
        if not self._lobby.terms.has_room(self._collected.size):
            return "452 4.3.1 insufficient storage, try again later"
        message = protocol.message(self._collected, client=self._client, helo=self._helo)
        if not is_unambiguous(message.content):
            return "550 5.6.11 bare CR, bare LF or NUL in the message"
        work = asyncio.ensure_future(self._lobby.take(message))
        try:
            while not (await asyncio.wait({work}, timeout=STILL_AT_IT))[0]:
                await self._say(protocol.packet(protocol.PROGRESS))
        finally:
            await asyncio.wait({work})  # who went away leaves it in memory until it is done, and it is counted so long
        if (error := work.exception()) is not None:  # our fault is temporary, whatever it is
            get_log().error("mail:failed", error=error)
            return OUR_FAULT
        self._lobby.gate.sent(self._client)
        return work.result()

    async def _packet(self) -> tuple[bytes, bytes]:
        async with asyncio.timeout(SILENCE):
            first = await self._reader.readexactly(1)
        async with asyncio.timeout(PATIENCE):
            (length,) = struct.unpack("!I", first + await self._reader.readexactly(3))
            if not 0 < length <= protocol.LONGEST_PACKET:
                raise NotUnderstood("the mail server sends a packet of an impossible length")
            content = await self._reader.readexactly(length)
        return content[:1], content[1:]

    async def _say(self, content: bytes) -> None:
        self._writer.write(content)
        async with asyncio.timeout(PATIENCE):
            await self._writer.drain()
