"""Collectors are told what is in the ledger: rsyslog reads it, over TLS that is verified, and nothing is left out."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from gateway.config.siem import SiemSettings
from gateway.daemon.siem import AT_ONCE, Collector
from gateway.model.record import Entry, Event
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.postfix import is_listening
from tests.integration.postfix import free_port, wait_until

pytestmark = pytest.mark.network

RSYSLOG = """
global(workDirectory="{folder}" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
module(load="mmpstrucdata")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="in")
template(name="told" type="list") {{
  property(name="msgid") constant(value=" ") property(name="$!rfc5424-sd") constant(value="\\n") }}
ruleset(name="in") {{ action(type="mmpstrucdata") action(type="omfile" file="{folder}/told" template="told") }}
"""


class Cursors:
    """Keeps in memory how far each has come."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}

    def read(self, name: str) -> int | None:
        return self.at.get(name)

    def write(self, name: str, number: int) -> None:
        self.at[name] = number


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def record(store: Store, count: int, first: int = 0) -> None:
    store.ledger.append(
        [
            Entry(
                event=Event.DELIVERY_HELD,
                at=datetime(2026, 11, 29, tzinfo=UTC),
                transfer_id=f"t-{first + number}",
                facts={"recipient": 'a"]\\ \n<14>1 x@partner.example', "rules": ["one", "two"]},
            )
            for number in range(count)
        ]
    )


def sequence(line: bytes) -> int:
    """Return the number of the entry that a line of ECS tells."""
    return int(json.loads(line)["event"]["sequence"])


@contextmanager
def listening(context: ssl.SSLContext | None, port: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the port of a collector, and the lines that it was told."""
    told: list[bytes] = []
    connections: list[socket.socket] = []

    class Reader(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            told.extend(self.rfile)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def get_request(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as socketserver has it
            connection, address = super().get_request()
            connections.append(context.wrap_socket(connection, server_side=True) if context else connection)
            return connections[-1], address

        def handle_error(self, request: object, client_address: object) -> None:
            """A handshake that fails is what some tests are about."""

    with Server(("127.0.0.1", port), Reader) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1], told
        finally:
            server.shutdown()
            thread.join()
            for each in connections:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


@pytest.mark.needs("rsyslogd")
def test_rsyslog_reads_every_field_back(store: Store, tmp_path: Path) -> None:
    port, told = free_port(), tmp_path / "told"
    (tmp_path / "rsyslog.conf").write_text(RSYSLOG.format(folder=tmp_path, port=port))
    collector = Collector("one", SiemSettings(to=f"tcp://127.0.0.1:{port}"), store.ledger, Cursors(), lambda: 0)
    record(store, 3)
    command = ["rsyslogd", "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: is_listening(port))
            assert collector.tell() == 3
            collector.stop()
            wait_until(lambda: told.exists() and told.read_text().count("\n") == 3)
        finally:
            process.terminate()
    for number, text in enumerate(told.read_text().splitlines()):
        event, _, data = text.partition(" ")
        assert event == "delivery:held"
        assert json.loads(data)["gateway@32473"] == {
            "number": str(number),
            "transfer": f"t-{number}",
            "recipient": 'a"]\\  <14>1 x@partner.example',
            "rules": "one, two",
        }


def test_a_collector_that_was_away_is_told_everything_in_order(store: Store) -> None:
    cursors = Cursors()
    cursors.write("one", 0)
    record(store, AT_ONCE + 50)
    with listening(None, free_port()) as (port, told):
        settings = SiemSettings(to=f"tcp://127.0.0.1:{port}", format="ecs")
        collector = Collector("one", settings, store.ledger, cursors, lambda: AT_ONCE + 50)
        assert collector.behind() == AT_ONCE + 50
        assert [collector.tell() for _ in range(3)] == [AT_ONCE, 50, 0]
        wait_until(lambda: len(told) == AT_ONCE + 50)
    record(store, 5, first=AT_ONCE + 50)
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as it comes
        collector.tell()
    with listening(None, port) as (_, again):  # which of them the first one read before it ended, nobody knows
        assert [collector.tell() for _ in range(3)] == [AT_ONCE, 55, 0]
        wait_until(lambda: len(again) == AT_ONCE + 55)
        collector.stop()
    assert [sequence(each) for each in told] == list(range(AT_ONCE + 50))
    assert [sequence(each) for each in again] == list(range(AT_ONCE + 55))


def test_what_a_collector_did_not_read_before_it_ended_is_told_again(store: Store) -> None:
    cursors = Cursors()
    cursors.write("one", 0)
    record(store, 20)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings = SiemSettings(to=f"tcp://127.0.0.1:{port}", format="ecs")
        collector = Collector("one", settings, store.ledger, cursors, lambda: 20)
        assert collector.tell() == 20
        server.accept()[0].close()  # it crashes with all of them in its buffer
    with listening(None, port) as (_, told):
        record(store, 5, first=20)
        wait_until(lambda: bool(collector.tell()))
        wait_until(lambda: len(told) == 25)
        collector.stop()
    assert [sequence(each) for each in told] == list(range(25))


def test_what_a_connection_outlived_is_not_told_again(store: Store) -> None:
    cursors = Cursors()
    cursors.write("one", 0)
    record(store, 20)
    with listening(None) as (port, told):
        settings = SiemSettings(to=f"tcp://127.0.0.1:{port}", format="ecs")
        collector = Collector("one", settings, store.ledger, cursors, lambda: 20, settled=0)
        assert collector.tell() == 20
        wait_until(lambda: len(told) == 20 and collector.tell() == 0 and cursors.read("one") == 20)
        collector.stop()
        again = Collector("one", settings, store.ledger, cursors, lambda: 20)
        assert again.tell() == 0
        again.stop()
    assert len(told) == 20


def test_over_tls_only_to_whom_the_certificate_names(store: Store, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    record(store, 1)
    for name, is_told in (("127.0.0.1", True), ("other.example", False)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        with listening(context) as (port, told):
            settings = SiemSettings(to=f"tls://127.0.0.1:{port}", format="ocsf", ca_file=tmp_path / "ca.pem")
            cursors = Cursors()
            collector = Collector("one", settings, store.ledger, cursors, lambda: 1)
            if is_told:
                assert collector.tell() == 1
                collector.stop()
                wait_until(lambda: len(told) == 1)
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    collector.tell()
                collector.stop()
                assert not told
                assert collector.behind() == 1


def test_a_new_collector_is_told_what_comes_from_now_on(store: Store) -> None:
    record(store, 4)
    cursors = Cursors()
    with listening(None) as (port, told):
        settings = SiemSettings(to=f"tcp://127.0.0.1:{port}", format="cef")
        collector = Collector("one", settings, store.ledger, cursors, lambda: 4, settled=0)
        collector.start()
        try:
            record(store, 1, first=4)
            wait_until(lambda: cursors.read("one") == 5)
        finally:
            collector.stop()
        wait_until(lambda: told)
    assert b"cs1=t-4" in told[0]


def test_one_that_is_tried_out_is_told_nothing(store: Store) -> None:
    record(store, 3)
    with listening(None) as (port, told):
        settings = SiemSettings(to=f"tcp://127.0.0.1:{port}", format="ecs")
        collector = Collector("one", settings, store.ledger, Cursors(), lambda: 3)
        assert not collector.try_out()
        assert collector.behind() == 3
    assert "refused" in collector.try_out()
    assert not told
