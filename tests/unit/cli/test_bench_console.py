"""The measurement of the console's store: what it is filled with is what a store writes, and each question is asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.bench_console import bench_console
from gateway.model.search import TransferQuery
from gateway.store import held_rows
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.full_store import fill, hash_of
from gateway.testing.store_values import NOW, D

MANY = 2_100


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("full")
    create_keys(home / "state")
    store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
    fill(store, MANY, NOW)
    yield store
    store.close()


def test_what_it_is_filled_with_is_what_the_store_writes(full: Store) -> None:
    transfers = list(full.transfers.find(limit=MANY))
    assert len(transfers) == MANY
    states = Counter(each.deliveries[0].state for each in transfers)
    assert states == {D.HELD: MANY // 10, D.DELIVERED: MANY - MANY // 10}
    with full.database.read() as connection:
        rows = {row.transfer_id: row._asdict() for row in connection.exec_driver_sql("SELECT * FROM held")}
    made_up = ("size", "assigned_to", "asked", "second")
    for transfer in transfers:
        if transfer.deliveries[0].state is D.HELD:
            names = held_rows.names_of(transfer)
            own = held_rows.row_of(transfer, transfer.deliveries[0], transfer.received_at, names)
            assert {**own, **{name: rows[transfer.id][name] for name in made_up}} == rows[transfer.id]
    assert full.held.counts().total == len(rows) == MANY // 10


def test_every_transfer_in_it_is_found(full: Store) -> None:
    transfer = next(full.transfers.find())
    for text in (transfer.id, transfer.sender, transfer.parts[0].name, hash_of(MANY - 1)):
        found = full.search.find(TransferQuery(text=text), now=NOW)
        assert transfer.id in [line.id for line in found.rows], text
    (held,) = full.held.list(limit=1).rows
    assert [json.loads(line)["event"] for _, line in full.ledger.about(held.transfer_id)] == [
        "transfer:received",
        "transfer:inspected",
        "delivery:held",
    ]
    assert full.held.get(held.transfer_id, held.delivery_id) == held


def test_a_folder_that_is_kept_is_filled_once_and_every_question_is_asked(tmp_path: Path) -> None:
    arguments = ["--transfers", "1000", "--rounds", "2", "--folder", str(tmp_path / "kept"), "--json"]
    CliRunner().invoke(bench_console, arguments, catch_exceptions=False)
    ran = CliRunner().invoke(bench_console, arguments, catch_exceptions=False)
    assert ran.exit_code == 0
    timings = json.loads(ran.output)["timings"]
    assert len(timings) > 50
    assert len({each["what"] for each in timings}) == len(timings)
    assert all(0 <= each["p50"] <= each["p95"] <= each["worst"] for each in timings)
    shown = CliRunner().invoke(bench_console, arguments[:-1], catch_exceptions=False)
    assert "page: review" in shown.output
