"""Entries reach the tiles once, in order, through any crash; and never through two hands at once."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import Damaged, Unsound
from gateway.model.transfer import Transfer
from gateway.store import ledger, tlog
from gateway.store.embedded import KEYS, LEDGER, Store, create_keys, open_store
from gateway.store.verify import Verified, verify_ledger
from gateway.system import atomic
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept, make_entry, make_transfer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    store = reopen(tmp_path)
    yield store
    store.close()


@pytest.fixture
def transfer(store: Store) -> Transfer:
    """A transfer whose acceptance is entry 0."""
    return accept(store)


def reopen(home: Path) -> Store:
    return open_store(state=home / "state", vault=home / "vault", clock=MachineClock())


def add(store: Store, transfer: Transfer, count: int) -> None:
    now = store.transfers.get(transfer.id)
    store.transfers.commit(now, now, entries=[make_entry(transfer, number=number) for number in range(count)])


def verify(home: Path, older: bytes | None = None) -> Verified:
    key = (home / "state" / KEYS / "ledger.vkey").read_text()
    return verify_ledger(home / "state" / LEDGER, key, older_checkpoint=older)


def checkpoint(home: Path) -> bytes:
    return (home / "state" / LEDGER / "checkpoint").read_bytes()


def files(home: Path) -> set[str]:
    folder = home / "state" / LEDGER
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"writer.lock"}


def test_an_empty_ledger_is_signed_too(store: Store, tmp_path: Path) -> None:
    assert store.ledger.integrate() == 0
    verified = verify(tmp_path)
    assert (verified.size, verified.origin, verified.since) == (0, "gateway", None)


def test_it_grows_over_every_edge_and_each_checkpoint_holds(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    olds: list[bytes] = []
    size = 1
    assert store.ledger.integrate() == 1
    for step in (1, 200, 53, 1, 1, 255, 256, 257, 700):
        olds.append(checkpoint(tmp_path))
        add(store, transfer, step)
        size += step
        assert store.ledger.integrate() == step
        assert verify(tmp_path, olds[0]).size == size
    for old in olds:
        assert verify(tmp_path, old).since == int(old.split(b"\n")[1])


def test_a_large_backlog_is_integrated_at_once(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    add(store, transfer, 66_000)
    assert store.ledger.integrate() == 66_001
    assert verify(tmp_path).size == 66_001
    assert "tile/2/000.p/1" in files(tmp_path)


def test_only_what_the_checkpoint_counts_is_kept(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    for step in (99, 100, 57, 300):
        add(store, transfer, step)
        store.ledger.integrate()
    wanted = {"checkpoint", "tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001", "tile/1/000.p/2"}
    assert files(tmp_path) == wanted | {"tile/0/002.p/45", "tile/entries/002.p/45"}


def test_the_tiles_hold_what_was_committed(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    add(store, transfer, 300)
    store.ledger.integrate()
    folder = tmp_path / "state" / LEDGER / "tile" / "entries"
    bundled = tlog.unpack((folder / "000").read_bytes(), 256) + tlog.unpack((folder / "001.p/45").read_bytes(), 45)
    assert bundled == list(store.ledger.entries())


@pytest.mark.parametrize(("before", "after"), [(0, 3), (3, 4), (255, 256), (250, 600), (256, 257)])
def test_a_crash_at_any_write_costs_nothing(
    before: int, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(Exception):
        pass

    real = atomic.write
    for survived in itertools.count():
        home = tmp_path / str(survived)
        create_keys(home / "state")
        store = reopen(home)
        transfer = accept(store)
        add(store, transfer, before)
        store.ledger.integrate()
        old = checkpoint(home)
        add(store, transfer, after - before)
        written = itertools.count()

        def write(
            path: Path, content: bytes, *, mode: int = 0o600, written: Iterator[int] = written, survived: int = survived
        ) -> None:
            if next(written) >= survived:
                path.with_name(f".{path.name}.new").write_bytes(content[: len(content) // 2])
                raise Crash
            real(path, content, mode=mode)

        with monkeypatch.context() as patched:
            patched.setattr(atomic, "write", write)
            try:
                store.ledger.integrate()
                crashed = False
            except Crash:
                crashed = True
        store.close()
        assert verify(home, old).size in (before + 1, after + 1)
        again = reopen(home)
        again.ledger.integrate()
        assert verify(home, old).size == after + 1
        again.close()
        if not crashed:
            break
    assert survived >= 3


def test_another_hand_on_it_is_left_to_work(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    add(store, transfer, 3)
    (tmp_path / "state" / LEDGER).mkdir()
    descriptor = os.open(tmp_path / "state" / LEDGER / "writer.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert store.ledger.integrate() == 0
    assert files(tmp_path) == set()
    os.close(descriptor)
    assert store.ledger.integrate() == 4


def test_a_database_older_than_its_ledger_signs_nothing(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    add(store, transfer, 3)
    store.ledger.integrate()
    signed = checkpoint(tmp_path)
    store.database.write(lambda connection: connection.exec_driver_sql("DELETE FROM ledger WHERE seq > 1").rowcount)
    with pytest.raises(Damaged, match="only 2") as refused:
        store.ledger.integrate()
    assert "older" in refused.value.hint
    assert checkpoint(tmp_path) == signed


def test_a_database_with_another_history_signs_nothing(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    add(store, transfer, 3)
    store.ledger.integrate()
    signed = checkpoint(tmp_path)
    store.database.write(
        lambda connection: connection.exec_driver_sql("UPDATE ledger SET entry = x'7b7d' WHERE seq = 2").rowcount
    )
    add(store, transfer, 1)
    with pytest.raises(Damaged, match="entry 2"):
        store.ledger.integrate()
    assert checkpoint(tmp_path) == signed


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000.p/4", "tile/entries/000.p/4"])
def test_tiles_that_were_touched_are_not_built_upon(
    store: Store, transfer: Transfer, tmp_path: Path, name: str
) -> None:
    add(store, transfer, 3)
    store.ledger.integrate()
    path = tmp_path / "state" / LEDGER / name
    for wrong in (path.read_bytes()[:-1], path.read_bytes() + b"x", path.read_bytes().replace(b"1", b"2", 1) + b"\n"):
        path.write_bytes(wrong)
        add(store, transfer, 1)
        with pytest.raises(Damaged):
            store.ledger.integrate()
    if name != "checkpoint":
        path.unlink()
        with pytest.raises(Damaged, match=re.escape(name)):
            store.ledger.integrate()


def test_a_lost_checkpoint_is_built_again_from_the_database(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    add(store, transfer, 300)
    store.ledger.integrate()
    signed = checkpoint(tmp_path)
    (tmp_path / "state" / LEDGER / "checkpoint").unlink()
    assert store.ledger.integrate() == 301
    assert checkpoint(tmp_path) == signed


def test_a_key_that_others_can_read_signs_nothing(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    path = tmp_path / "state" / KEYS / "ledger.key"
    path.chmod(0o644)
    with pytest.raises(Unsound, match="0644"):
        store.ledger.integrate()
    path.chmod(0o600)
    path.write_bytes(b"no key")
    with pytest.raises(Unsound, match="no Ed25519 key"):
        store.ledger.integrate()
    assert transfer.id
    assert "checkpoint" not in files(tmp_path)


def test_another_key_does_not_go_on_with_the_ledger(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    store.ledger.integrate()
    keys = tmp_path / "state" / KEYS
    for name in ("ledger.key", "ledger.vkey"):
        (keys / name).unlink()
    ledger.create_key(keys, "gateway")
    add(store, transfer, 1)
    other = reopen(tmp_path)
    with pytest.raises(Damaged, match="not signed by"):
        other.ledger.integrate()
    other.close()


def test_the_verifier_key_belongs_to_the_signing_key(store: Store, tmp_path: Path) -> None:
    keys = tmp_path / "state" / KEYS
    key = ledger.read_key(keys / "ledger.key")
    assert isinstance(key, Ed25519PrivateKey)
    assert (keys / "ledger.vkey").read_text() == tlog.verifier_key("gateway", key) + "\n"
    assert store.ledger.integrate() == 0


def test_an_entry_of_the_greatest_length_is_taken(store: Store, tmp_path: Path) -> None:
    new = make_transfer()
    room = tlog.LONGEST - len(ledger.entry_bytes(make_entry(new, fact="")))
    with pytest.raises(ValueError, match="too long"):
        ledger.entry_bytes(make_entry(new, fact="x" * (room + 1)))
    store.transfers.commit(None, new, entries=[make_entry(new, fact="x" * room)])
    assert store.ledger.integrate() == 1
    assert verify(tmp_path).size == 1


def test_what_a_person_wrote_cannot_break_the_line() -> None:
    new = replace(make_transfer(), id='t-"\n\u2028\ud800')
    line = ledger.entry_bytes(replace(make_entry(new), facts={'"key\n': "\x00\U0001f4e8"}))
    assert line.isascii()
    assert b"\n" not in line


def test_entries_are_read_from_the_end_with_their_numbers(store: Store, transfer: Transfer) -> None:
    add(store, transfer, 6)
    every = list(enumerate(store.ledger.entries()))
    assert store.ledger.count() == len(every) == 7
    assert store.ledger.newest(7, 3) == every[:3:-1]
    assert store.ledger.newest(2, 10) == every[1::-1]
    assert store.ledger.newest(0, 10) == []


def test_the_checkpoint_is_read_without_a_key(store: Store, transfer: Transfer, tmp_path: Path) -> None:
    assert store.ledger.signed() is None
    add(store, transfer, 2)
    store.ledger.integrate()
    (tmp_path / "state" / KEYS / "ledger.key").unlink()
    read = reopen(tmp_path)
    note, at = read.ledger.signed() or (b"", None)
    read.close()
    assert note == checkpoint(tmp_path)
    assert at is not None
    assert at.tzinfo is not None
