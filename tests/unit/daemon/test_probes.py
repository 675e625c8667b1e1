"""Those who watch are told the truth over HTTP: numbers, alive or not, ready or not."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.daemon.metrics import Metrics
from gateway.daemon.probes import Complaints, Probes
from gateway.errors import GatewayError

pytestmark = pytest.mark.network


@contextmanager
def listening(live: Complaints = lambda: (), ready: Complaints = lambda: ()) -> Iterator[Probes]:
    probes = Probes("127.0.0.1", 0, registry=Metrics().registry, live=live, ready=ready)
    probes.start()
    try:
        yield probes
    finally:
        probes.stop()


def get(probes: Probes, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(*probes.address, timeout=60)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_numbers_are_shown() -> None:
    with listening() as probes:
        status, text = get(probes, "/metrics")
    assert status == 200
    assert "# TYPE gateway_accepted_bytes_total counter" in text


def test_it_listens_on_the_other_loopback_too() -> None:
    probes = Probes("::1", 0, registry=Metrics().registry, live=lambda: (), ready=lambda: ())
    probes.start()
    try:
        assert get(probes, "/live")[0] == 200
    finally:
        probes.stop()


def test_all_is_well() -> None:
    with listening() as probes:
        assert get(probes, "/live") == (200, "good\n")
        assert get(probes, "/ready?now") == (200, "good\n")


def test_alive_and_not_ready() -> None:
    with listening(ready=lambda: ["the disk is full"]) as probes:
        assert get(probes, "/live")[0] == 200
        assert get(probes, "/ready") == (503, "the disk is full\n")


def test_what_does_not_live_is_not_ready_either() -> None:
    with listening(live=lambda: ["the database has failed"]) as probes:
        assert get(probes, "/live") == (503, "the database has failed\n")
        assert get(probes, "/ready") == (503, "the database has failed\n")


def test_who_cannot_tell_does_not_say_that_all_is_well() -> None:
    def broken() -> tuple[str, ...]:
        raise RuntimeError("secret words")

    with listening(live=broken) as probes:
        assert get(probes, "/live") == (503, "it could not be told\n")


def test_nothing_else_is_there_and_nothing_is_taken() -> None:
    with listening() as probes:
        assert get(probes, "/etc/passwd")[0] == 404
        assert get(probes, "/metrics", "POST")[0] == 501


def test_a_port_that_is_taken_is_said_plainly() -> None:
    with listening() as first, pytest.raises(GatewayError, match="cannot listen"):
        Probes(*first.address, registry=Metrics().registry, live=lambda: (), ready=lambda: ()).start()
