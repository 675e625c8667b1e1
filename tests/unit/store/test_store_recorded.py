"""The fast way of reading decisions says what the codec says, page after page, and tells damage."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from gateway.errors import Damaged
from gateway.model.facts import Circumstances
from gateway.model.transfer import Transfer
from gateway.model.verdict import Verdict
from gateway.store import codec, recorded
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import MINUTE, NOW, accept, make_circumstances, make_transfer, make_verdict, step
from tests.unit.store.test_store_codec import values

SMALLEST = '{"at":"2026-11-22T09:30:00.123456+00:00","recipient":"r@x.example","sender":"s@x.example"}'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield store
    store.close()


def decided(store: Store, number: int = 0) -> Transfer:
    made = accept(store, make_transfer(received_at=NOW + number * MINUTE))
    (delivery,) = made.deliveries
    circumstances, verdict = make_circumstances(made, delivery), make_verdict(delivery.recipient)
    return step(store, made, deliveries=(replace(delivery, circumstances=circumstances, verdict=verdict),))


@given(values(Circumstances))
@settings(max_examples=300)
def test_it_reads_what_the_codec_reads(circumstances: Circumstances) -> None:
    text = codec.dumps(Circumstances, circumstances)
    assert recorded.circumstances_of(text) == codec.loads(Circumstances, text) == circumstances


def test_fields_that_were_added_since_take_their_defaults() -> None:
    assert recorded.circumstances_of(SMALLEST) == codec.loads(Circumstances, SMALLEST)


def test_every_field_has_its_way() -> None:
    assert {field.name for field in fields(Circumstances)} == recorded.FIELDS
    assert not recorded.PLAIN.keys() & recorded.READ.keys()


@pytest.mark.parametrize(
    "more",
    [
        '"size":"0"',
        '"size":true',
        '"internal":1',
        '"route":null',
        '"marking":9',
        '"marking":null',
        '"marking_status":"sure"',
        '"people":"3"',
        '"gaps":["none"]',
        '"gaps":null',
        '"entities":[["NHS_NUMBER","3"]]',
        '"entities":[[1,3]]',
        '"entities":[["NHS_NUMBER"]]',
        '"recipients":[["none",3]]',
        '"can":"zip"',
        '"can":[1]',
        '"consent":""',
        '"approved_by":{}',
        '"at":"2026-11-22T09:30:00"',
        '"at":"yesterday"',
        '"waived":true',
    ],
)
def test_what_the_codec_refuses_is_refused(more: str) -> None:
    text = f"{SMALLEST[:-1]},{more}}}"
    for read in (recorded.circumstances_of, lambda text: codec.loads(Circumstances, text)):
        with pytest.raises((TypeError, ValueError, KeyError)):
            read(text)


@pytest.mark.parametrize(
    "change",
    [
        "circumstances = '{}'",
        "circumstances = 'no json'",
        'circumstances = replace(circumstances, \'"size":1234\', \'"size":"1234"\')',
        "verdict = replace(verdict, '\"deliver\"', '\"free\"')",
        "verdict = replace(verdict, '\"obligations\":[', '\"obligations\":[7,')",
        "verdict = replace(verdict, '\"route\"', '\"way\"')",
        "verdict = replace(verdict, '\"reasons\":[', '\"reasons\":[7,')",
    ],
)
def test_an_altered_row_is_damage_and_names_its_transfer(store: Store, change: str) -> None:
    transfer = decided(store)
    assert store.database.write(lambda link: link.exec_driver_sql(f"UPDATE deliveries SET {change}").rowcount) == 1  # noqa: S608 - a row of the table
    with pytest.raises(Damaged, match=transfer.id):
        list(store.transfers.recorded())


def test_pages_follow_one_another_without_a_gap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "PAGE", 3)
    made = [decided(store, number // 2).id for number in range(10)]  # two at each moment
    accept(store, make_transfer(received_at=NOW + 9 * MINUTE))  # a page without a decision
    for limit in (None, 1, 3, 4, 10, 11):
        found = [each.transfer_id for each in store.transfers.recorded(limit=limit)]
        assert found == sorted(made)[:limit]


def test_what_is_decided_while_it_reads_keeps_nobody_waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "PAGE", 1)
    first = decided(store)
    reading = store.transfers.recorded()
    assert next(reading).transfer_id == first.id
    store.database.forget()  # gives way to a reader: there is none
    second = decided(store, 1)
    assert [each.transfer_id for each in reading] == [second.id]


def test_it_is_read_along_the_index_and_sorted_within_a_transfer_only(store: Store) -> None:
    with store.database.read() as connection:
        ask = {"at": "", "id": "", "last_at": "", "last_id": "", "page": 1}
        plan = [
            str(row[3])
            for statement in (recorded.TRANSFERS, recorded.DELIVERIES)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ask)
        ]
    assert [line for line in plan if "SCAN" in line] == []
    assert [line for line in plan if "B-TREE" in line] in ([], ["USE TEMP B-TREE FOR LAST TERM OF ORDER BY"])


def test_memory_does_not_grow_with_what_was_decided(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "PAGE", 20)
    for number in range(300):
        decided(store, number)
    peaks = []
    for limit in (100, 300):
        tracemalloc.start()
        assert sum(1 for _ in store.transfers.recorded(limit=limit)) == limit
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0], peaks


def test_verdicts_that_differ_in_their_recipient_only_are_read_once() -> None:
    recorded.verdict_of.cache_clear()
    for number in range(3):
        verdict = codec.to_plain(Verdict, make_verdict(f"r{number}@nhs.example"))
        names = ("outcome", "obligations", "route", "policy", "reasons")
        recorded.verdict_of(codec.canonical([verdict[name] for name in names]))
    assert recorded.verdict_of.cache_info().misses == 1
