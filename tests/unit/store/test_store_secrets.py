"""Standing secrets: kept sealed, replaced and removed for good, with the ledger's entry in the same transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from gateway.errors import Damaged, NotFound
from gateway.model.record import Entry, Event
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import MINUTE, NOW, accept

WORDS = b"QUETZALWORDS"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def entry(event: Event = Event.PASSPHRASE_AGREED) -> Entry:
    return Entry(event=event, at=NOW, transfer_id="", facts={"partner": "trust", "officer": "First Officer"})


def in_clear(folder: Path, words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


def test_it_is_read_again_by_its_name_and_never_lies_in_clear(store: Store, tmp_path: Path) -> None:
    store.secrets.set("passphrase/trust", WORDS.decode(), entry())
    assert store.secrets.read("passphrase/trust") == WORDS.decode()
    assert store.secrets.names() == {"passphrase/trust": NOW}
    assert in_clear(tmp_path, WORDS) == []
    (line,) = map(json.loads, store.ledger.entries())
    assert (line["event"], line["facts"]["partner"]) == ("passphrase:agreed", "trust")


def test_another_takes_its_place_and_the_first_is_gone(store: Store) -> None:
    store.secrets.set("a", "first", entry())
    (before,) = store.vault.ids()
    later = Entry(event=Event.PASSPHRASE_AGREED, at=NOW + MINUTE, transfer_id="", facts={})
    store.secrets.set("a", "second", later)
    assert store.secrets.read("a") == "second"
    assert store.secrets.names() == {"a": NOW + MINUTE}
    assert len(store.vault.ids()) == 1
    with pytest.raises(NotFound):
        store.vault.read(before)


def test_what_is_removed_leaves_no_wrapped_key_in_the_database_nor_in_its_log(store: Store, tmp_path: Path) -> None:
    store.secrets.set("a", "words", entry())
    with store.database.read() as connection:
        (header,) = connection.exec_driver_sql("SELECT header FROM objects").one()
    assert in_clear(tmp_path / "state", header)
    store.secrets.remove("a", entry(Event.PASSPHRASE_REMOVED))
    assert in_clear(tmp_path / "state", header) == []
    assert store.vault.ids() == []
    assert store.secrets.names() == {}
    with pytest.raises(NotFound):
        store.secrets.read("a")


def test_what_is_not_there_is_not_removed_and_nothing_is_recorded(store: Store) -> None:
    with pytest.raises(NotFound):
        store.secrets.remove("a", entry(Event.PASSPHRASE_REMOVED))
    assert list(store.ledger.entries()) == []


def test_another_process_sees_it_at_once(store: Store, tmp_path: Path) -> None:
    other = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    other.secrets.set("a", "words", entry())
    assert store.secrets.read("a") == "words"
    other.secrets.remove("a", entry(Event.PASSPHRASE_REMOVED))
    assert store.secrets.names() == {}
    other.close()


def test_objects_of_transfers_stay_what_they_were(store: Store) -> None:
    accept(store)
    store.secrets.set("a", "words", entry())
    store.secrets.remove("a", entry(Event.PASSPHRASE_REMOVED))
    assert len(list(store.transfers.find())) == 1


def test_of_several_who_take_one_out_at_once_one_gets_it_and_is_recorded(store: Store, tmp_path: Path) -> None:
    stored = store.vault.put(io.BytesIO(WORDS))
    accept(store, objects=[stored])
    doors = [open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock()) for _ in range(4)]
    ready = Barrier(len(doors))

    def take_out(door: Store) -> str:
        ready.wait()
        try:
            return door.secrets.take_out(stored.id, entry(Event.PASSPHRASE_SHOWN))
        except NotFound:
            return ""
        finally:
            door.close()

    with ThreadPoolExecutor(len(doors)) as pool:
        got = list(pool.map(take_out, doors))
    assert sorted(got) == ["", "", "", WORDS.decode()]
    assert not store.vault.has(stored.id)
    assert [json.loads(line)["event"] for line in store.ledger.entries()].count("passphrase:shown") == 1


def test_what_cannot_be_read_is_neither_taken_out_nor_recorded(store: Store) -> None:
    stored = store.vault.put(io.BytesIO(WORDS))
    accept(store, objects=[replace(stored, inline=b"?")])
    with pytest.raises(Damaged):
        store.secrets.take_out(stored.id, entry(Event.PASSPHRASE_SHOWN))
    assert store.vault.has(stored.id)
    assert b"passphrase:shown" not in b"".join(store.ledger.entries())
