"""A database of an older gateway is brought up to date and read; `data/` holds what that gateway wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Damaged, StoreError
from gateway.model.held import HeldQuery
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Release
from gateway.store import migrations, tables
from gateway.store.database import Database
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import MINUTE, NOW, make_verdict

DATA = Path(__file__).parent / "data"
RELEASE = Release(officer="First Officer", reason='checked by telephone: "yes", sæd the clerk', at=NOW)
HELD, DELIVERED = "t-6740a1b2-cccccccccc", "t-6740a1b2-aaaaaaaaaa"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    database = sqlite3.connect(tmp_path / "state" / "gateway.db")
    database.executescript((DATA / "v0001.sql").read_text())
    database.close()
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def deliveries(store: Store, transfer_id: str) -> tuple[Delivery, ...]:
    return store.transfers.get(transfer_id).deliveries


def test_every_transfer_is_still_read(store: Store) -> None:
    found = list(store.transfers.find())
    assert [each.id[-1] for each in found] == ["b", "d", "c", "a"]
    assert [[each.state for each in transfer.deliveries] for transfer in found] == [
        [DeliveryState.DELIVERED, DeliveryState.UNDECIDED],
        [DeliveryState.UNDECIDED],
        [DeliveryState.HELD, DeliveryState.REFUSED],
        [DeliveryState.DELIVERED],
    ]
    with store.database.read() as connection:
        assert migrations.revision_of(connection) == tables.HEAD


def test_the_one_release_there_could_be_is_the_first_of_several(store: Store) -> None:
    (delivered,), (held, refused) = deliveries(store, DELIVERED), deliveries(store, HELD)
    assert delivered.releases == held.releases == (RELEASE,)
    assert held.release == RELEASE
    assert (refused.releases, refused.refusal) == ((), RELEASE)
    assert held.verdict == make_verdict("r0@nhs.example")
    assert delivered.sealed is not None
    assert delivered.receipt is not None


def test_who_delivered_to_whom_is_remembered(store: Store) -> None:
    with store.database.read() as connection:
        found = connection.exec_driver_sql("SELECT sender, recipient, since FROM correspondents ORDER BY sender").all()
    assert [tuple(row) for row in found] == [
        ("Clerk@council.example", "Friend@nhs.example", (NOW + MINUTE).isoformat()),
        ("clerk@council.example", "r0@nhs.example", (NOW + 5 * MINUTE).isoformat()),
    ]
    assert store.transfers.has_corresponded("clerk@council.example", "r0@nhs.example")
    assert not store.transfers.has_corresponded("clerk@council.example", "r1@nhs.example")


def test_what_was_decided_from_nobody_knows_is_not_replayed(store: Store) -> None:
    assert list(store.transfers.recorded()) == []


def test_what_waited_for_the_daemon_still_waits(store: Store) -> None:
    (instruction,) = store.transfers.instructions(HELD)
    assert instruction.officer_roles == ()
    assert store.wakes.next_due() == NOW
    assert len(list(store.ledger.entries())) == 4
    assert store.ledger.integrate() == 4


def old_database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.executescript((DATA / "v0001.sql").read_text())
    return database


def test_no_content_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    database = old_database(path)
    row = (HELD, "0" * 64, b"{}", bytes(200_000))
    for number in range(50):
        database.execute("INSERT INTO objects VALUES (?, ?, 200000, ?, ?, ?)", (f"o-{number}", *row))
    database.commit()
    database.close()
    before = path.stat().st_size
    opened = Database(path)
    log = path.with_name("gateway.db-wal")
    assert before > 10_000_000
    assert path.stat().st_size < before + 500_000  # every new table and index takes a page or two
    assert not log.exists() or log.stat().st_size == 0
    with opened.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA writable_schema").scalar() == 0
    text = "INSERT INTO objects VALUES ('o-nobodys', ?, 0, '', x'', x'')"
    assert opened.write(lambda connection: connection.exec_driver_sql(text, (None,)).rowcount) == 1
    with pytest.raises(StoreError, match="CONSTRAINT"):
        opened.write(lambda connection: connection.exec_driver_sql(text.replace("nobodys", "no"), ("t-no",)).rowcount)
    opened.close()


def test_a_table_that_is_not_what_it_was_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    database = old_database(path)
    database.executescript("DROP TABLE objects; CREATE TABLE objects (id TEXT, transfer_id TEXT NOT NULL)")
    database.close()
    with pytest.raises(Damaged, match="not as this gateway made it"):
        Database(path)
    database = sqlite3.connect(path)
    assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    database.close()


def test_what_was_held_waits_in_the_officers_list(store: Store) -> None:
    (held,) = store.held.list().rows
    delivery = deliveries(store, HELD)[0]
    transfer = store.transfers.get(HELD)
    assert (held.transfer_id, held.delivery_id) == (HELD, delivery.id)
    assert (held.sender, held.recipient) == (transfer.sender.casefold(), delivery.recipient.casefold())
    assert (held.received_at, held.name, held.files) == (transfer.received_at, transfer.parts[0].name, 1)
    assert (held.rule, held.says) == ("a-rule", "it may go")
    assert store.held.list(HeldQuery(words=(held.name.upper(), held.recipient))).rows == (held,)
    assert held.second, "somebody released it and it was held again"
    assert store.held.counts().total == 1
    changed = store.held.claim(held, by="p-1", now=NOW)
    assert store.held.counts().assigned_to == {"p-1": 1}
    assert changed.version == held.version + 1
