"""A row that was altered is told as damage, never read as something milder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import Damaged
from gateway.model.transfer import Transfer
from gateway.model.verdict import Reason, Said
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


@pytest.mark.parametrize("untrusted", ["", "seal:none", "delay:0m", "tell:A Role", "retain:", "seal:aes256 "])
def test_an_obligation_that_nobody_knows_is_never_written(store: Store, untrusted: str) -> None:
    before = accept(store)
    (delivery,) = before.deliveries
    verdict = replace(make_verdict(delivery.recipient), obligations=frozenset({untrusted}))
    with pytest.raises(ValueError, match="obligation"):
        step(store, before, deliveries=(replace(delivery, verdict=verdict),))
    assert store.transfers.get(before.id) == before


def test_a_verdict_of_before_rules_spoke_welsh_is_read_and_says_it_in_english(store: Store) -> None:
    before = accept(store)
    reason = Reason(rule="a-rule", file="rules/sample.yaml", line=3, says="it may go", welsh="caiff fynd")
    verdict = replace(make_verdict(before.deliveries[0].recipient), reasons=(reason,))
    transfer = step(store, before, deliveries=(replace(before.deliveries[0], verdict=verdict),))
    assert store.transfers.get(transfer.id) == transfer
    older = "UPDATE deliveries SET verdict = json_remove(verdict, '$.reasons[0].welsh') WHERE verdict LIKE '%caiff%'"
    assert store.database.write(lambda connection: connection.exec_driver_sql(older).rowcount) == 1
    kept = store.transfers.get(transfer.id).deliveries[0].verdict
    assert kept == replace(verdict, reasons=(replace(reason, welsh=""),))
    assert reason.words("cy") == Said(text="caiff fynd", language="cy")
    assert kept.reasons[0].words("cy") == Said(text="it may go")


def test_columns_hold_what_is_asked_for_and_the_value_all_else() -> None:
    transfer = make_transfer()
    row = DELIVERY.to_row(transfer.deliveries[0])
    assert row.keys() == {"id", "state", "circumstances", "verdict", "sealed", "value"}
    assert row["verdict"] is None
    assert '"state"' not in row["value"]
    assert "inspection" in transfer_row(transfer, None)
    assert "inspection" not in transfer_row(transfer, transfer)


def test_a_large_column_that_has_not_changed_is_not_written_again() -> None:
    (delivery,) = make_transfer().deliveries
    cleared = replace(delivery, verdict=make_verdict(delivery.recipient))
    assert "verdict" in DELIVERY.to_row(cleared, delivery)
    assert "verdict" not in DELIVERY.to_row(replace(cleared, attempts=1), cleared)
    assert DELIVERY.to_row(delivery, cleared)["verdict"] is None


def test_deliveries_that_change_in_different_columns_are_written_in_one_step(store: Store) -> None:
    before = accept(store, make_transfer(recipients=5))
    assert store.transfers.get(before.id) == before
    first, second, third, fourth, fifth = before.deliveries
    verdict = make_verdict(third.recipient)
    changed = (
        second,  # in another place
        first,
        replace(third, verdict=verdict),
        replace(fourth, attempts=2),
        replace(fifth, attempts=3, verdict=make_verdict(fifth.recipient), trouble="the far side is silent"),
    )
    after = step(store, before, deliveries=changed)
    assert store.transfers.get(before.id) == after == replace(before, deliveries=changed, version=2)
    undone = step(store, after, deliveries=before.deliveries)
    assert store.transfers.get(before.id) == undone == replace(before, version=3)
