"""The whole house around one message, without sockets: the mail door's reading, the walk, and what three partners get.

Everything is real but the far side: the door's stream and content check, the acceptor, the store, the hardened child,
the shipped policy, the protector. Only the channels keep what they are handed instead of sending it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import structlog

from gateway import pipeline
from gateway.config.load import load_policies, load_settings, read_classify_files
from gateway.daemon.assembly import build_house, open_inspector
from gateway.daemon.inspectors import Inspectors
from gateway.decide.parse import hash_of
from gateway.deliver import Consignment
from gateway.intake.accept import Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.message import Message
from gateway.intake.smtp_lines import PIECE, Content, Lines
from gateway.model.transfer import Receipt, Transfer
from gateway.moves.house import House
from gateway.protect.content import whole
from gateway.store.embedded import Store, open_store
from gateway.system.clock import MachineClock
from gateway.testing.homes import make_home
from tests.scenarios.gateway_process import STAFF, write_config

STRANGER: Final = "friend@partner.example"
COLLEAGUE: Final = "colleague@exampleshire.example"
NURSE: Final = "nurse@nhs.net"
EVERYBODY: Final = (STRANGER, COLLEAGUE, NURSE)
"""Over the public internet, within the house, and over verified TLS."""
LARGEST: Final = 50_000_000
MOST_MOVES: Final = 40  # a message to three people takes a dozen
LINE_END: Final = re.compile(rb"\r\n")


class Partner:
    """A channel that keeps what it is handed. It takes whole messages, as one by SMTP does."""

    takes_messages = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.got: dict[str, list[bytes]] = {}

    def send(self, consignment: Consignment) -> Receipt:
        """Keep it."""
        self.got[consignment.recipient] = [whole(content) for _, content in consignment.contents]
        return Receipt(channel=self.name, at=MachineClock().now(), answer="250 ok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What became of one message: the door's answer, the transfer at the end, and what each recipient got."""

    answer: str
    transfer: Transfer | None = None
    got: dict[str, list[bytes]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


class Way:
    """A house that stays open for many messages."""

    def __init__(self, house: House, store: Store, partners: dict[str, Partner]) -> None:
        self.house, self.store, self._partners = replace(house, watch=self._look), store, partners
        self._secrets: dict[str, str] = {}
        self._accept = Acceptor(MainDoor(store.transfers, store.vault, house.clock), hostname="gw.exampleshire.example")
        self._loop = asyncio.new_event_loop()

    def carry(self, message: bytes, *, recipients: tuple[str, ...] = EVERYBODY) -> Journey:
        """Send one message as a client does that knows its trade, and walk with it to the end."""
        content, refusal = self._loop.run_until_complete(_received(on_the_wire(message), self._loop))
        if refusal:
            return Journey(answer=refusal)
        if content != ended(message):
            raise AssertionError("the door took another message than was sent")
        answer = self._accept(
            Message(
                sender=STAFF,
                recipients=recipients,
                content=content,
                client="10.1.2.3",
                helo="pc-17.exampleshire.example",
                dsn={},
                dsn_recipients=tuple({} for _ in recipients),
            )
        )
        found = re.fullmatch(r"250 2\.0\.0 Ok: accepted as (\S+)", answer)
        return self._walked(answer, found[1]) if found else Journey(answer=answer)

    def _walked(self, answer: str, transfer_id: str) -> Journey:
        for partner in self._partners.values():
            partner.got.clear()
        self._secrets.clear()
        for _ in range(MOST_MOVES):
            if pipeline.advance(transfer_id, self.house) is None:
                got = {name: files for partner in self._partners.values() for name, files in partner.got.items()}
                transfer = self.store.transfers.get(transfer_id)
                return Journey(answer=answer, transfer=transfer, got=got, secrets=dict(self._secrets))
        raise AssertionError("it never comes to rest")

    def _look(self, _before: Transfer, after: Transfer) -> None:
        """Read passphrases while they are there: they are forgotten once they were told."""
        for each in after.deliveries:
            if each.sealed and each.sealed.secret_object_id and each.recipient not in self._secrets:
                self._secrets[each.recipient] = self.store.vault.read(each.sealed.secret_object_id).decode("ascii")

    def close(self) -> None:
        """End the loop."""
        self._loop.close()


async def _received(wire: bytes, loop: asyncio.AbstractEventLoop) -> tuple[bytes, str]:
    """Return the content that the mail door reads from the wire, or its refusal."""
    lines, content = Lines(limit=PIECE, loop=loop), Content(LARGEST)
    lines.feed_data(wire)
    async for piece in lines.pieces():
        content.add(piece)
    read = content.whole()
    if lines.has_more:
        raise AssertionError("the message ended before its end")
    return read, content.refusal


def ended(message: bytes) -> bytes:
    """Return a message with a line ending behind its last line, as clients send it (RFC 5321 section 4.1.1.4)."""
    return message if not message or message.endswith(b"\r\n") else message + b"\r\n"


def on_the_wire(message: bytes) -> bytes:
    """Return what a client sends after 354: dots doubled, and a line of a single dot at the end."""
    stuffed = re.sub(rb"(\A|\r\n)\.", rb"\1..", ended(message))
    return stuffed + b".\r\n"


@contextmanager
def silence() -> Iterator[None]:
    """Keep the log of thousands of walks to itself."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def way(*, folder: Path | None = None) -> Iterator[Way]:
    """Open a house in a folder of its own, in memory where the machine has such a disk."""
    in_memory = Path("/dev/shm")
    place = folder or (in_memory if in_memory.is_dir() else None)
    with silence(), tempfile.TemporaryDirectory(prefix="robust-", dir=place) as name:
        home = Path(name)
        settings = make_home(load_settings(write_config(home)), home)
        policy, classify = load_policies(settings.paths.policies), read_classify_files(settings.paths.policies)
        inspectors = Inspectors(open_inspector(settings, classify))
        store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
        partners = {route.channel: Partner(route.channel) for route in policy.routes.values()}
        house = build_house(settings, store, inspectors, lambda: policy, reads_with=lambda: hash_of(classify))
        opened = Way(replace(house, channels=partners), store, partners)
        try:
            yield opened
        finally:
            opened.close()
            store.close()
            inspectors.close()
