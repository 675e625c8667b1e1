"""Clients that take places, memory and tries at the mail door and give nothing for them."""

from __future__ import annotations

import asyncio
import socket
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.intake.mail import MailDoor
from gateway.intake.message import Message
from gateway.intake.smtp_accounts import Accounts, make_line
from gateway.intake.smtp_limits import TRIES, Gate, Limits
from gateway.intake.smtp_lobby import AT_ONCE, Lobby, Terms
from gateway.intake.smtp_login import log_in
from gateway.intake.smtp_replies import NOT_HERE, Refusal
from tests.integration.postfix import wait_until
from tests.integration.reception import Reception
from tests.integration.wire import Wire

network = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\nx"
LISTED = (ip_network("127.0.0.1/32"),)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    path = tmp_path / "accounts"
    path.touch(0o600)
    path.write_text(make_line("printer", "correct horse battery"))
    return Accounts(path)


def is_let_in(address: tuple[str, int]) -> bool:
    with Wire(address) as wire:
        return wire.greeting.startswith("220")


def let_in(address: tuple[str, int]) -> Wire:
    """Return a connection that was let in, once there is a place for it."""
    come: list[Wire] = []

    def is_in() -> bool:
        wire = Wire(address)
        if wire.greeting.startswith("220"):
            come.append(wire)
        else:
            wire.__exit__(None, None, None)
        return bool(come)

    wait_until(is_in)
    return come[0]


def say_for_ever(client: socket.socket) -> None:
    while True:
        client.sendall(b"EHLO client.example\r\n" * 100)


@network
def test_who_never_reads_does_not_keep_a_place() -> None:
    with Reception(terms=Terms(limits=Limits(per_client=1, idle=0.5))) as door, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(1.0)
        deaf.connect(door.address)
        with pytest.raises((TimeoutError, ConnectionError)):  # in the end it waits for us to read, and reads no more
            say_for_ever(deaf)
        wait_until(lambda: is_let_in(door.address))


@network
def test_who_only_says_noop_is_not_kept_for_ever() -> None:
    with Reception(terms=Terms(limits=Limits(longest=0.5))) as door, Wire(door.address) as wire:
        wait_until(lambda: wire.say("NOOP").startswith("421 4.4.2"))  # the first of them may be late already
        assert wire.reply() == ""


@network
def test_who_may_not_send_and_cannot_log_in_has_no_place() -> None:
    with Reception(terms=Terms(clients=LISTED, limits=Limits(connections=2))) as door, ExitStack() as strangers:
        for number in range(2, 12):
            stranger = strangers.enter_context(Wire(door.address, source=f"127.0.0.{number}"))
            assert (stranger.greeting, stranger.reply()) == (NOT_HERE, "")
        with Wire(door.address) as listed:
            listed.begin()
            assert listed.send(MESSAGE).startswith("250")


@network
def test_those_who_may_yet_log_in_cannot_keep_out_who_is_listed(accounts: Accounts) -> None:
    limits = Limits(connections=8, per_client=20)
    terms = Terms(clients=LISTED, accounts=accounts, limits=limits)
    with Reception(terms=terms) as door, ExitStack() as opened:

        def greeting(source: str) -> str:
            return opened.enter_context(Wire(door.address, source=source)).greeting[:9]

        assert [greeting("127.0.0.2") for _ in range(3)] == ["220 gw.ex", "220 gw.ex", "421 4.7.0"]
        assert [greeting("127.0.0.3") for _ in range(2)] == ["220 gw.ex", "220 gw.ex"]
        assert greeting("127.0.0.4") == "421 4.7.0"
        assert [greeting("127.0.0.1") for _ in range(4)] == ["220 gw.ex"] * 4
        assert greeting("127.0.0.1") == "421 4.7.0"


def test_a_stranger_that_leaves_makes_room() -> None:
    gate = Gate(Limits(connections=4, per_client=20), lambda: 0.0)
    for _ in range(3):
        assert [gate.enter(each, is_known=False)[:3] for each in "abc"] == ["", "", "421"]
        assert gate.enter("d") == ""
        for each in "ab":
            gate.leave(each, is_known=False)
        gate.leave("d")
    assert not gate._connections
    assert not gate._strangers


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    gate = Gate(Limits(per_client=2, in_flight=100, messages_a_minute=1), lambda: 0.0)
    mine = [f"2001:db8:0:1::{number:x}" for number in range(1, 12)]
    other = "2001:db8:0:2::1"
    assert [gate.enter(each)[:3] for each in (*mine[:3], other)] == ["", "", "421", ""]
    with gate.share(mine[0]) as share:
        assert share.reach(50)
        assert not gate.has_room(mine[1], 1)
        assert gate.has_room(other, 50)
    gate.sent(mine[0])
    assert [gate.is_too_fast(each) for each in (mine[1], other)] == [True, False]
    for each in mine[:TRIES]:
        gate.failed(each)
    assert [gate.may_try(each) for each in (mine[10], other)] == [False, True]


def test_log_ins_all_at_once_are_tried_no_more_often_than_one_by_one(accounts: Accounts) -> None:
    async def all_at_once() -> Counter[str]:
        lobby = Lobby(Terms(accounts=accounts), nobody, asyncio.get_running_loop())

        async def reply(number: int) -> str:
            words = b64encode(b"\0printer\0guess %d" % number).decode()
            with pytest.raises(Refusal) as refusal:
                await log_in(f"PLAIN {words}", lobby, "192.0.2.1", is_secured=True, ask=unasked)
            return refusal.value.reply[:3]

        return Counter(await asyncio.gather(*map(reply, range(60))))

    replies = asyncio.run(all_at_once())
    assert TRIES <= replies["535"] < TRIES + AT_ONCE
    assert replies["454"] == 60 - replies["535"]


async def nobody(_message: Message) -> str:
    raise AssertionError("nothing is sent")


async def unasked(_challenge: str) -> bytes:
    raise AssertionError("all was said at once")


@network
def test_a_size_that_is_only_announced_takes_nothing_from_others() -> None:
    limits = Limits(in_flight=2 << 20)
    with Reception(terms=Terms(max_size=1 << 20, limits=limits)) as door, ExitStack() as opened:
        for number in range(2, 6):
            idle = opened.enter_context(Wire(door.address, source=f"127.0.0.{number}"))
            idle.say("EHLO client.example")
            assert idle.say("MAIL FROM:<a@b.example> SIZE=1000000").startswith("250")
            assert idle.say("RCPT TO:<b@nhs.net>").startswith("250")
            assert idle.say("DATA").startswith("354")
        with Wire(door.address) as other:
            other.say("EHLO client.example")
            assert other.say("MAIL FROM:<a@b.example> SIZE=900000").startswith("250")
            assert other.say("RCPT TO:<b@nhs.net>").startswith("250")
            assert other.say("DATA").startswith("354")
            assert other.send(b"Subject: x\r\n\r\n" + b"x\r\n" * 300_000).startswith("250")


@dataclass
class Slow:
    """Takes messages, and has each for as long as it is told to."""

    may_go_on: threading.Event = field(default_factory=threading.Event)
    taken: list[int] = field(default_factory=list)

    def __call__(self, message: Message) -> str:
        self.taken.append(len(message.content))
        assert self.may_go_on.wait(60)
        return "250 2.0.0 Ok"


@contextmanager
def slow_door(limits: Limits) -> Iterator[tuple[Slow, tuple[str, int]]]:
    slow = Slow()
    door = MailDoor(slow, port=0, terms=replace(Terms(), limits=limits), hostname="gw.example")
    door.start()
    try:
        yield slow, door.address
    finally:
        slow.may_go_on.set()
        door.stop()


@network
def test_who_leaves_before_the_reply_does_not_free_the_memory_that_is_still_held() -> None:
    with slow_door(Limits(in_flight=2 << 20, per_client=1)) as (slow, address):
        with Wire(address) as gone:
            gone.begin()
            gone.write(b"x" * 900_000 + b"\r\n.\r\n")
            wait_until(lambda: slow.taken)
        with let_in(address) as again:  # once the connection was seen to end
            again.say("EHLO client.example")
            assert again.say("MAIL FROM:<a@b.example> SIZE=500000").startswith("452 4.3.1")
            slow.may_go_on.set()
            wait_until(lambda: again.say("MAIL FROM:<a@b.example> SIZE=500000").startswith("250"))
    assert slow.taken == [900_002]
