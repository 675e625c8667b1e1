"""A row that was altered is told as damage, never read as something milder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import Damaged
from gateway.model.transfer import Transfer
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.rows import DELIVERY, transfer_row
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept, make_transfer, make_verdict, step


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield store
    store.close()


def decided(store: Store) -> Transfer:
    before = accept(store)
    (delivery,) = before.deliveries
    return step(store, before, deliveries=(replace(delivery, verdict=make_verdict(delivery.recipient)),))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transfers SET value = '{}'",
        "UPDATE transfers SET value = 'no json'",
        "UPDATE transfers SET value = '[]'",
        "UPDATE transfers SET state = 'free'",
        "UPDATE transfers SET received_at = 'yesterday'",
        "UPDATE transfers SET inspection = '{}'",
        "UPDATE deliveries SET state = 'sent'",
        "UPDATE deliveries SET verdict = replace(verdict, '\"quarantine\"', '1') || ' '  || 'x'",
        "UPDATE deliveries SET verdict = replace(verdict, 'seal:aes256', 'seal:none')",
        'UPDATE deliveries SET value = replace(value, \'"attempts":0\', \'"attempts":"0"\')',
        'UPDATE deliveries SET value = replace(value, \'"attempts":0\', \'"attempts":0,"waived":true\')',
    ],
)
def test_an_altered_row_is_damage(store: Store, change: str) -> None:
    transfer = decided(store)
    assert store.transfers.get(transfer.id) == transfer
    assert store.database.write(lambda connection: connection.exec_driver_sql(change).rowcount) == 1
    with pytest.raises(Damaged, match=r"transfer|delivery"):
        store.transfers.get(transfer.id)


def test_columns_hold_what_is_asked_for_and_the_value_all_else() -> None:
    transfer = make_transfer()
    row = DELIVERY.to_row(transfer.deliveries[0])
    assert row.keys() == {"id", "state", "verdict", "sealed", "value"}
    assert row["verdict"] is None
    assert '"state"' not in row["value"]
    assert "inspection" in transfer_row(transfer, None)
    assert "inspection" not in transfer_row(transfer, transfer)
