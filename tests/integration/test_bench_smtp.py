"""`gateway bench smtp` runs: a small measurement of each part, beside the real neighbours that it names."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import bench_smtp_measure
from gateway.cli.bench_smtp_load import Load
from gateway.cli.bench_smtp_measure import Wanted, measure_latency, measure_memory, walk
from gateway.config.load import load_settings
from gateway.config.settings import Settings
from gateway.errors import GatewayError
from gateway.system.clock import MachineClock
from gateway.testing.mail_filters import FILTERS, ContentFilter
from gateway.testing.mail_material import plain
from gateway.testing.postfix import Postfix, Sink, lacking, refusing_port, wait_until
from gateway.testing.running import RunningGateway
from tests.unit.cli.asking import ask, open_home

pytestmark = [
    pytest.mark.network,
    pytest.mark.needs("postfix", "smtp-source", "smtp-sink"),
    pytest.mark.timeout(900),
]


@pytest.fixture
def config() -> Iterator[Path]:
    with open_home() as config:
        yield config


@pytest.fixture
def settings(config: Path) -> Settings:
    return load_settings(config)


def measured(config: Path, *arguments: str) -> dict[str, Any]:
    """Run the command with few messages and return what it told."""
    said = ask(config, "bench", "smtp", "--messages", "20", "--rounds", "1", "--json", *arguments)
    assert said.code == 0, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_acceptance_is_measured_in_both_ways_beside_postfix(config: Path) -> None:
    told = measured(config, "--only", "acceptance")
    rows = told["rows"]
    assert [row["what"].split(",")[0] for row in rows] == ["accept 10 kB"] * 2 + ["accept 100 kB"] * 2
    assert all(row["ours"] > 0 for row in rows)
    if why := lacking():
        assert any(why in line for line in told["left_out"])
        return
    for row in rows:
        assert (row["peer"], row["of_ratio"]) == ("Postfix", True)
        assert row["ratio"] == pytest.approx(row["ours"] / row["theirs"], abs=0.01)
    assert [row["least"] for row in rows] == [1.2, 1.2, 0.8, 0.8]
    assert {row["verdict"] for row in rows} <= {"met", "not met"}


def test_the_walk_is_measured_for_both_kinds_of_mail_and_all_of_it_arrives(config: Path) -> None:
    told = measured(config, "--only", "walk", "--no-peers")
    rows = told["rows"]
    assert [row["least"] for row in rows] == [100, 30, None]
    assert all(row["ours"] > 0 for row in rows[:2])
    assert (rows[2]["what"], rows[2]["unit"], rows[2]["ours"]) == ("of the mix, sealed on the way", "of 40", 0)


def test_latency_is_from_acceptance_to_hand_over(settings: Settings) -> None:
    middle, late = measure_latency(Wanted(settings=settings, messages=40, rounds=1, peers=False))
    assert 0 < middle.ours <= late.ours
    assert late.most == 1000


def test_what_is_recorded_after_it_was_handed_over_is_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = iter([[], [1.0], [1.0, 2.0]])
    monkeypatch.setattr(bench_smtp_measure, "latencies", lambda *_: next(recorded))
    server = RunningGateway(settings, 0)
    assert bench_smtp_measure._recorded(server, MachineClock().now(), 2) == [1.0, 2.0]


def test_memory_is_what_the_daemon_grew_by_for_one_message(settings: Settings) -> None:
    (row,) = measure_memory(Wanted(settings=settings, messages=20, rounds=1, peers=False), size=8_000_000)
    assert row.what == "daemon above idle, one message of 8 MB"
    assert 0 < row.ours < 400


@pytest.mark.parametrize("kind", FILTERS, ids=[each.name for each in FILTERS])
def test_other_filters_stand_in_the_same_place(kind: type[ContentFilter]) -> None:
    if why := kind.lacking() or lacking():
        pytest.skip(why)
    with Postfix() as hop, kind(hop.port, workers=1) as server:
        assert walk(server, hop, "plain", 3) > 0
        assert hop.sent() == 23


def test_messages_are_sent_at_the_rate_that_was_asked_and_all_of_them() -> None:
    with Sink() as sink:
        told = Load(sink.port, [plain(number) for number in range(30)], sessions=4, rate=40).send()
        wait_until(lambda: sink.sent() == 30, "all arrive")
        assert told["seconds"] >= 29 / 40
        assert sink.sent() == 30


def test_a_load_that_is_not_taken_is_an_error() -> None:
    with refusing_port() as port, pytest.raises(GatewayError, match="sessions failed"):
        Load(port, [b"x"], sessions=1).send()


def test_a_postfix_of_its_own_counts_what_it_discards() -> None:
    if why := lacking():
        pytest.skip(why)
    with Postfix() as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            for number in range(3):
                client.sendmail("a@bench.example", ["b@partner.example"], plain(number))
        wait_until(lambda: server.sent() == 3, "all are discarded")
