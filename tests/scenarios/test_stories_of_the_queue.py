"""What whoever looks after the queue lives through: the real command line, beside a gateway that is handing over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from gateway.daemon.lanes import UNREACHABLE
from gateway.testing.documents import mail
from tests.integration.name_server import NameServer
from tests.integration.postfix import free_port
from tests.integration.sink import Sink
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway, wait_for, write_config

pytestmark = pytest.mark.network
COLLEAGUE = "colleague@exampleshire.example"
ONE, OTHER, THIRD = "one.example", "other.example", "third.example"
SECURE = "  secure-mail: {kind: folder, path: delivered/secure-mail, trial: true}"
AT_ONCE = 5


@contextmanager
def running(config: Path) -> Iterator[Gateway]:
    gateway = Gateway(config)
    gateway.start()
    try:
        yield gateway
    finally:
        if gateway.is_running:
            gateway.stop()


def two_hops(internal: int, internet: int) -> str:
    """Return channels with a next hop each: for colleagues, and for everybody else."""
    hops = {"internal": internal, "internet": internet}
    lines = [f"  {name}: {{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}" for name, port in hops.items()]
    return "\n".join([*lines, SECURE])


@contextmanager
def slow_sink(gate: Event) -> Iterator[Sink]:
    """Give a server that answers to no message before the gate is open; at the end it is."""
    with Sink(before_end=lambda: gate.wait(300)) as sink:
        try:
            yield sink
        finally:
            gate.set()


def send(gateway: Gateway, to: str, *subjects: str) -> list[str]:
    """Send a message of each subject; return their transfers."""
    return [gateway.mail(mail(STAFF, to, subject, "The show went well.\n"), to=to) for subject in subjects]


def row(gateway: Gateway, lane: str) -> dict[str, Any]:
    """Return what the queue says of a lane; nothing when it is not listed."""
    return next((each for each in gateway.ask_json("queue") if each["lane"] == lane), {})


def failures(gateway: Gateway) -> int:
    """Return how often in a row a next hop could not be reached, where one is away."""
    with gateway.beside() as store:
        return max((each.failures for each in store.lanes.closed().values()), default=0)


def left(gateway: Gateway, lane: str) -> int:
    """Return how many transfers wait in a lane for their turn."""
    found = row(gateway, lane)
    return int(found["transfers"] - found["served"])


def state(gateway: Gateway, transfer_id: str) -> str:
    (found,) = (each for each in gateway.transfers() if each["id"] == transfer_id)
    return str(found["deliveries"][0]["state"])


def delivered(gateway: Gateway, *transfers: str) -> bool:
    states = {each["id"]: {one["state"] for one in each["deliveries"]} for each in gateway.transfers()}
    return all(states[each] == {"delivered"} for each in transfers)


def test_a_next_hop_that_is_away_is_seen_in_the_queue_and_a_flush_tries_it_at_once(tmp_path: Path) -> None:
    port = free_port()
    config = write_config(tmp_path, channels=two_hops(free_port(), port))
    config.write_text(config.read_text().replace("first: 1 s\n  longest: 2 s", "first: 30 min\n  longest: 1 h"))
    with running(config) as gateway:
        sent = send(gateway, FRIEND, "Minutes", "Agenda", "Menu", "Rota")
        wait_for(lambda: failures(gateway) >= UNREACHABLE, "a closed lane")
        wait_for(lambda: re.search(r"away, \d+ failures in a row", gateway.ask("queue")), "a look while it is closed")
        wait_for(lambda: row(gateway, "internet").get("transfers") == len(sent), "all of them in that lane")
        assert row(gateway, "internet")["failures"] >= UNREACHABLE, "one more for each time that it was tried again"
        wait_for(lambda: "no connection with 127.0.0.1: " in gateway.ask("queue"), "the trouble of the first")
        with Sink(port=port) as sink:
            assert "4 transfers are tried now" in gateway.ask("queue", "flush", "internet")
            wait_for(lambda: delivered(gateway, *sent), "all of them")
            assert len(sink.messages) == len(sent)
        wait_for(lambda: gateway.ask("queue") == "nothing waits\n", "an empty queue")


def test_what_is_held_waits_over_a_flush_and_a_restart_and_goes_when_it_is_resumed(tmp_path: Path) -> None:
    with (
        Sink() as inside,
        Sink() as outside,
        running(write_config(tmp_path, channels=two_hops(inside.port, outside.port))) as gateway,
    ):
        gateway.ask("queue", "hold", "internet", "--reason", "their server moves")
        assert delivered_to_a_colleague(gateway), "the rest goes, and the gateway has looked meanwhile"
        (waiting,) = send(gateway, FRIEND, "Minutes")
        found = wait_for(lambda: (found := row(gateway, "internet"))["transfers"] and found, "a transfer in the queue")
        assert (found["held"], found["reason"]) == ("internet", "their server moves")
        gateway.ask("queue", "flush")
        assert delivered_to_a_colleague(gateway)
        assert gateway.stop() == 0
        gateway.start()
        assert delivered_to_a_colleague(gateway)
        assert state(gateway, waiting) == "sealed"
        assert outside.connections == 0
        gateway.ask("queue", "resume", "internet")
        wait_for(lambda: delivered(gateway, waiting), "what was held")
        assert len(outside.messages) == 1
        acts = [each for each in gateway.ask_json("ledger", "show") if each["event"].startswith("destination:")]
        assert [(each["event"], each["facts"]["destination"]) for each in acts] == [
            ("destination:held", "internet"),
            ("destination:resumed", "internet"),
        ]


def delivered_to_a_colleague(gateway: Gateway) -> bool:
    (sent,) = send(gateway, COLLEAGUE, "Lunch")
    return wait_for(lambda: delivered(gateway, sent), "mail to a colleague")


def test_a_slow_partner_for_whom_much_waits_delays_nobody_else(tmp_path: Path) -> None:
    gate = Event()
    with (
        Sink() as inside,
        slow_sink(gate) as slow,
        running(write_config(tmp_path, channels=two_hops(inside.port, slow.port))) as gateway,
    ):
        late = send(gateway, FRIEND, *map(str, range(12)))
        wait_for(lambda: len(slow.messages) == AT_ONCE, "as many as may go there at once")
        others = send(gateway, COLLEAGUE, *map(str, range(10)))
        wait_for(lambda: delivered(gateway, *others), "everybody else's mail")
        assert len(inside.messages) == len(others)
        assert len(slow.messages) == AT_ONCE, "nothing was answered there yet"
        wait_for(lambda: left(gateway, "internet") == len(late) - AT_ONCE, "the rest of them in the queue")
        gate.set()
        wait_for(lambda: delivered(gateway, *late), "the slow partner's mail")
        assert len(slow.messages) == len(late)


def test_a_domain_is_held_alone_and_a_channel_with_all_its_domains(tmp_path: Path) -> None:
    """No server of a domain may be on this machine; that one was looked for shows who was tried, and who was not."""
    with NameServer() as names, Sink() as inside:
        for domain in (ONE, OTHER, THIRD):
            names.say(domain, "MX", f"10 mx.{domain}.").say(f"mx.{domain}", "A", "127.0.0.1")
        direct = f"{{kind: smtp, mx: true, tls: may, resolver: '127.0.0.1:{names.port}'}}"
        hops = re.sub("internet: .*", f"internet: {direct}", two_hops(inside.port, inside.port))
        with running(write_config(tmp_path, channels=hops)) as gateway:
            assert f"nothing goes to internet/{ONE} until" in gateway.ask("queue", "hold", f"internet/{ONE.title()}")
            assert delivered_to_a_colleague(gateway)
            send(gateway, f"friend@{ONE}", "Minutes")
            send(gateway, f"friend@{OTHER}", "Minutes")
            wait_for(lambda: looked_for(names) == {OTHER}, "a try at the domain that is not held")
            gateway.ask("queue", "hold", "internet")
            gateway.ask("queue", "resume", f"internet/{ONE}")
            assert delivered_to_a_colleague(gateway)
            send(gateway, f"friend@{THIRD}", "Minutes")
            wait_for(lambda: row(gateway, f"internet/{THIRD}").get("held") == "internet", "a third that waits")
            gateway.ask("queue", "flush")
            assert delivered_to_a_colleague(gateway)
            assert looked_for(names) == {OTHER}
            gateway.ask("queue", "resume", "internet")
            wait_for(lambda: looked_for(names) == {ONE, OTHER, THIRD}, "a try at each")


def looked_for(names: NameServer) -> set[str]:
    return {name for name, kind in names.asked if kind == "MX"}
