"""Connections that are kept: used again, tried once more when they broke, ended in time; none waits for another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.errors import TryLater, Undeliverable
from tests.integration.postfix import wait_until
from tests.integration.sink import Sink
from tests.unit.deliver.consignments import consignment

pytestmark = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\nbody\r\n"


def channel(sink: Sink, *, idle: float = 30, most: int = 100, asked_after: float = 30) -> SmtpChannel:
    return SmtpChannel(
        "relay",
        host="127.0.0.1",
        port=sink.port,
        tls=TlsLevel.NONE,
        timeout=60,
        idle=idle,
        most_messages=most,
        asked_after=asked_after,
    )


def verbs(sink: Sink) -> list[str]:
    return [command.split()[0] for command in sink.commands]


@pytest.mark.parametrize(("asked_after", "between"), [(30, []), (0, ["RSET"])], ids=["at once", "later"])
def test_a_connection_carries_one_message_after_another(asked_after: float, between: list[str]) -> None:
    with Sink() as sink:
        relay = channel(sink, asked_after=asked_after)
        for _ in range(3):
            relay.send(consignment(MESSAGE))
        assert sink.connections == 1
        relay.close()
        wait_until(lambda: "QUIT" in verbs(sink))
    one = ["MAIL", "RCPT", "DATA"]
    assert verbs(sink) == ["EHLO", *one, *between, *one, *between, *one, "QUIT"]


def test_what_is_left_of_a_message_that_nobody_took_is_ended_first() -> None:
    with Sink() as sink:
        relay = channel(sink)
        sink.answer("RCPT", "550 5.1.1 nobody", times=1)
        with pytest.raises(Undeliverable):
            relay.send(consignment(MESSAGE))
        assert relay.send(consignment(MESSAGE)).answer.startswith("250")
        relay.close()
    assert verbs(sink)[:7] == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]


def test_a_connection_that_carried_enough_is_ended() -> None:
    with Sink() as sink:
        relay = channel(sink, most=2)
        for _ in range(5):
            relay.send(consignment(MESSAGE))
        assert sink.connections == 3
        relay.close()
    assert len(sink.messages) == 5


def test_a_connection_that_nobody_uses_is_ended() -> None:
    with Sink() as sink:
        relay = channel(sink, idle=0.1)
        relay.send(consignment(MESSAGE))
        wait_until(lambda: verbs(sink)[-1] == "QUIT")
        relay.send(consignment(MESSAGE))
        assert sink.connections == 2
        relay.close()


def test_a_connection_that_broke_while_idle_costs_no_attempt() -> None:
    with Sink() as sink:
        relay = channel(sink)
        relay.send(consignment(MESSAGE))
        sink.hang_up()
        assert relay.send(consignment(MESSAGE)).answer.startswith("250")
        relay.close()
    assert len(sink.messages) == 2


def test_a_server_that_ends_connections_after_each_message_is_asked_anew() -> None:
    with Sink(most=1) as sink:
        relay = channel(sink)
        for _ in range(4):
            relay.send(consignment(MESSAGE))
        relay.close()
    assert len(sink.messages) == sink.connections == 4


@pytest.mark.parametrize("verb", ["RSET", "MAIL"])
@pytest.mark.parametrize("answer", ["421 4.4.2 idle for too long", ""], ids=["says so", "hangs up"])
def test_an_end_before_mail_is_answered_is_tried_once_on_a_fresh_connection(verb: str, answer: str) -> None:
    with Sink() as sink:
        relay = channel(sink, asked_after=0 if verb == "RSET" else 30)
        relay.send(consignment(MESSAGE))
        sink.answer(verb, answer, times=1)
        assert relay.send(consignment(MESSAGE)).answer.startswith("250")
        assert sink.connections == 2
        relay.close()
    assert len(sink.messages) == 2


def test_on_a_fresh_connection_it_counts() -> None:
    with Sink() as sink:
        relay = channel(sink)
        relay.send(consignment(MESSAGE))
        sink.answer("MAIL", "421 4.3.2 going down")
        with pytest.raises(TryLater, match=r"421 4\.3\.2"):
            relay.send(consignment(MESSAGE))
        relay.close()
    assert len(sink.messages) == 1
    assert sink.connections == 2, "tried once more, not for ever"


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "END"])
def test_once_mail_is_answered_nothing_is_said_twice(verb: str) -> None:
    with Sink() as sink:
        relay = channel(sink)
        relay.send(consignment(MESSAGE))
        sink.answer(verb, "")
        with pytest.raises(TryLater, match="broke off"):
            relay.send(consignment(MESSAGE))
        relay.close()
    assert sink.connections == 1
    assert verbs(sink).count("MAIL") == 2


def test_what_one_message_was_refused_for_is_not_held_against_the_next() -> None:
    with Sink() as sink:
        relay = channel(sink)
        sink.answer("RCPT", "450 4.2.1 busy", times=1)
        with pytest.raises(TryLater):
            relay.send(consignment(MESSAGE))
        relay.send(consignment(MESSAGE))
        assert sink.connections == 1
        relay.close()
    assert verbs(sink)[:7] == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]


def test_thirty_deliveries_at_once_wait_for_none_of_the_others() -> None:
    """Every server's answer to DATA waits until all thirty have come so far: one after the other would never end."""
    together = Barrier(30, timeout=60)
    with Sink(before_end=lambda: together.wait() is not None) as sink:
        relay = channel(sink)
        with ThreadPoolExecutor(30) as threads:
            receipts = list(threads.map(lambda _: relay.send(consignment(MESSAGE)), range(30)))
        assert sink.connections == 30
        relay.close()
    assert len(receipts) == len(sink.messages) == 30


def test_a_channel_that_was_closed_opens_again() -> None:
    with Sink() as sink:
        relay = channel(sink)
        for _ in range(2):
            relay.send(consignment(MESSAGE))
            relay.close()
    assert sink.connections == 2
