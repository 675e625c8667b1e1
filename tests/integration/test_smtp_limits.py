"""Limits of the mail door: none can starve the others, and what is too much is put off, not lost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.intake.smtp_limits import Limits
from gateway.intake.smtp_lobby import Terms
from gateway.intake.smtp_server import Dialogue
from gateway.system.log import configure
from tests.integration.postfix import wait_until
from tests.integration.reception import Reception
from tests.integration.wire import Wire

pytestmark = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\nx"


def limited(**limits: float) -> Reception:
    return Reception(terms=Terms(max_size=1 << 20, limits=Limits(**limits)))  # type: ignore[arg-type]


def is_let_in(address: tuple[str, int]) -> bool:
    with Wire(address) as wire:  # which is over at the door too, before anybody comes after it
        return wire.greeting.startswith("220") and wire.say("QUIT").startswith("221") and wire.reply() == ""


def test_one_client_cannot_take_all_connections() -> None:
    with limited(connections=3, per_client=2) as door, ExitStack() as open_ones:
        for _ in range(2):
            assert open_ones.enter_context(Wire(door.address)).greeting.startswith("220")
        assert open_ones.enter_context(Wire(door.address)).greeting.startswith("421 4.7.0 too many connections from")
        with Wire(door.address, source="127.0.0.2") as other:
            other.begin()
            assert other.send(MESSAGE).startswith("250")
            assert open_ones.enter_context(Wire(door.address, source="127.0.0.3")).greeting.startswith("421 4.7.0")
    assert len(door.admitted) == 1


def test_a_connection_that_ends_makes_room() -> None:
    with limited(per_client=1) as door:
        for _ in range(5):
            with Wire(door.address) as wire:
                assert wire.greeting.startswith("220")
                assert wire.say("QUIT").startswith("221 2.0.0")
                assert wire.reply() == "", "the door hangs up"
        for _ in range(3):
            with Wire(door.address) as wire:
                wire.begin()
            wait_until(lambda: is_let_in(door.address))


def test_messages_a_minute_are_counted_for_each_client() -> None:
    with limited(messages_a_minute=2) as door:
        with Wire(door.address) as wire:
            for _ in range(2):
                wire.begin()
                assert wire.send(MESSAGE).startswith("250")
            assert wire.say("MAIL FROM:<a@b.example>").startswith("451 4.7.0")
        with Wire(door.address, source="127.0.0.2") as other:
            other.begin()
            assert other.send(MESSAGE).startswith("250")


def test_bytes_in_flight_of_one_client_leave_room_for_another() -> None:
    with limited(in_flight=2 << 20) as door, Wire(door.address) as slow, Wire(door.address) as second:
        slow.begin()
        slow.write(b"x" * 900_000)
        second.say("EHLO client.example")
        begin = "MAIL FROM:<a@b.example> SIZE=500000"
        wait_until(lambda: second.say("RSET") and second.say(begin).startswith("452 4.3.1"))
        second.begin()
        assert second.send(b"x" * 500_000).startswith("452 4.3.1"), "undeclared, so it is told after the content"
        second.begin()
        assert second.send(MESSAGE).startswith("250")
        with Wire(door.address, source="127.0.0.2") as other:
            other.begin()
            assert other.send(b"x" * 900_000).startswith("250")
        slow.write(b"\r\n.\r\n")
        assert slow.reply().startswith("250")
        assert second.say("MAIL FROM:<a@b.example> SIZE=500000").startswith("250"), "and it was given back"


def test_a_sender_that_goes_away_gives_back_its_bytes() -> None:
    with limited(in_flight=2 << 20, errors=10_000) as door:
        for _ in range(5):
            with Wire(door.address) as wire:
                wire.begin()
                wire.write(b"x" * 900_000)
        with Wire(door.address) as wire:
            wire.say("EHLO client.example")
            wait_until(lambda: wire.say("MAIL FROM:<a@b.example> SIZE=1000000").startswith("250"))


def test_silence_ends_a_session_with_a_word() -> None:
    with limited(idle=8) as door, Wire(door.address) as wire:
        assert wire.say("EHLO client.example").startswith("250")
        assert wire.reply().startswith("421 4.4.2")
        assert wire.reply() == ""


def test_silence_within_a_message_ends_it_and_nothing_is_taken() -> None:
    with limited(idle=8) as door, Wire(door.address) as wire:
        wire.begin()
        wire.write(MESSAGE)
        assert wire.reply().startswith("421 4.4.2")
    assert not door.admitted


def test_a_message_that_trickles_in_is_cut_off_in_the_end() -> None:
    with limited(longest=3) as door, Wire(door.address) as wire:
        wire.begin()
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.02):
                try:
                    wire.write(b"y")
                except OSError:
                    return

        trickling = threading.Thread(target=trickle)
        trickling.start()
        assert wire.reply().startswith("421 4.4.2")
        stop.set()
        trickling.join()
    assert not door.admitted


def test_slow_senders_hold_up_nobody() -> None:
    with limited() as door, ExitStack() as slow_ones:
        for _ in range(60):
            slow = slow_ones.enter_context(Wire(door.address))
            slow.begin()
            slow.write(b"Subject: slow")
        with Wire(door.address, source="127.0.0.2") as quick:
            quick.begin()
            assert quick.send(MESSAGE).startswith("250")


def test_too_many_errors_end_a_session_and_a_message_forgives() -> None:
    with limited(errors=5) as door:
        with Wire(door.address) as wire:
            for _ in range(2):
                wire.say("EHLO client.example")
                assert [wire.say("MAIL FROM:<nobody>")[:3] for _ in range(4)] == ["553"] * 4
                wire.begin()
                assert wire.send(MESSAGE).startswith("250")
        with Wire(door.address) as wire:
            wire.say("EHLO client.example")
            assert [wire.say("RSET x")[:3] for _ in range(6)] == ["501"] * 5 + ["421"]
            assert wire.reply() == ""


def test_a_long_list_with_many_bad_recipients_serves_the_others_and_has_an_end() -> None:
    with limited(errors=5, recipients=100) as door, Wire(door.address) as wire:
        wire.say("EHLO client.example")
        wire.say("MAIL FROM:<a@b.example>")
        assert [wire.say(f"RCPT TO:<{number}>")[:3] for number in range(98)] == ["553"] * 98
        assert wire.say("RCPT TO:<one@nhs.net>").startswith("250")
        assert wire.say("RCPT TO:<two@nhs.net>").startswith("250")
        assert [wire.say("RCPT TO:<three@nhs.net>")[:9] for _ in range(10)] == ["452 4.5.3"] * 10
        assert wire.say("DATA").startswith("354")
        assert wire.send(MESSAGE).startswith("250")
    [transfer] = door.admitted
    assert [each.recipient for each in transfer.deliveries] == ["one@nhs.net", "two@nhs.net"]


def test_a_disk_without_room_is_told_before_the_content() -> None:
    room = 1000
    terms = Terms(max_size=1 << 20, has_room=lambda size: size <= room)
    with Reception(terms=terms) as door, Wire(door.address) as wire:
        wire.say("EHLO client.example")
        assert wire.say("MAIL FROM:<a@b.example> SIZE=2000") == "452 4.3.1 insufficient storage, try again later"
        wire.begin()
        assert wire.send(MESSAGE).startswith("250")


def test_stopping_parts_with_the_idle_and_those_in_between_at_once(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.intake.mail.GRACE", 60)
    with Wire(reception.address) as idle, Wire(reception.address) as between, Wire(reception.address) as sending:
        idle.say("EHLO client.example")
        between.say("EHLO client.example")
        between.say("MAIL FROM:<a@b.example>")
        sending.begin()
        stopper = threading.Thread(target=reception.door.stop)
        stopper.start()
        assert idle.reply().startswith("421 4.3.2")
        assert between.reply().startswith("421 4.3.2")
        assert sending.send(MESSAGE).startswith("250")
        assert sending.reply().startswith("421 4.3.2")
        stopper.join()
        with pytest.raises(OSError, match="refused"):
            Wire(reception.address)
    assert len(reception.admitted) == 1


def test_stopping_waits_for_nobody_for_ever(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.intake.mail.GRACE", 0.2)
    with Wire(reception.address) as wire:
        wire.begin()
        began = time.monotonic()
        reception.door.stop()
        assert time.monotonic() - began < 30
        assert wire.reply() == "", "no reply, so the message is still with its sender"


def test_clients_that_say_nothing_or_reset_leave_nothing_behind(reception: Reception) -> None:
    for _ in range(20):
        rude = socket.create_connection(reception.address)
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        rude.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<b@nhs.net>\r\nDATA\r\n")
        rude.close()
    with Wire(reception.address) as wire:
        wire.begin()
        assert wire.send(MESSAGE).startswith("250")
    assert Dialogue.command_size_limits == {}, "the library's own is shared by all connections, and not used"


@pytest.fixture
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, from the level on that `gateway run` logs: commands in this process may have set another."""
    before = structlog.get_config()
    configure(as_json=True)
    with capture_logs() as told:
        yield told
    structlog.configure(**before)


def test_every_refusal_leaves_its_codes_and_names_nobody(log: list[MutableMapping[str, Any]]) -> None:
    codes: list[str] = []
    with Reception(terms=Terms(limits=Limits(connections=1), refused=codes.append)) as door:
        with Wire(door.address) as wire, Wire(door.address) as other:
            assert other.greeting.startswith("421")
            assert wire.say("EHLO client.example").startswith("250")
            assert wire.say("MAIL FROM:<jo.quetzal@force.police.uk> SIZE=99999999999").startswith("552")
            assert wire.say("MAIL FROM:<jo.quetzal@force.police.uk>").startswith("250")
            assert wire.say("RCPT TO:<quetzal").startswith("553")
            assert wire.say("RCPT TO:<b@nhs.net>").startswith("250")
            assert wire.say("DATA").startswith("354")
            wire.write(b"Subject: x\r\n\r\nbare\nquetzal\r\n.\r\n")
            assert wire.reply().startswith("550")
        assert [each[:3] for each in codes[:4]] == ["421", "552", "553", "550"]
        assert codes[1] == "552 5.3.4"
    told = [(each["client"], each["code"]) for each in log if each["event"] == "mail:refused"]
    assert told == [("127.0.0.1", each) for each in codes]
    assert "quetzal" not in str(log)
