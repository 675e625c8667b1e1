"""The vault gives back what it was given, or says that it cannot; never anything else."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import Damaged, NotFound, Unsound
from gateway.store import StoredObject, header, rotation, stream, tables, vault
from gateway.store.embedded import KEYS, Store, create_keys, open_store
from gateway.store.keepers import Ring
from gateway.store.keepers.file import FileKeys
from gateway.store.master_key import read
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept

ROOT = Path(__file__).resolve().parents[3]
SMALL, LARGE = 5_000, 2_500_000
HOUR = timedelta(hours=1)


class AheadClock(MachineClock):
    """A clock that can be moved on."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> AheadClock:
    return AheadClock()


@pytest.fixture
def store(tmp_path: Path, clock: AheadClock) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    yield store
    store.close()


def keep(store: Store, content: bytes) -> StoredObject:
    stored = store.vault.put(io.BytesIO(content))
    accept(store, objects=[stored])
    return stored


def body_of(store: Store, stored: StoredObject) -> Path:
    return store.vault._path(stored.id)


def header_of(store: Store, stored: StoredObject) -> bytes:
    with store.database.read() as connection:
        return bytes(connection.execute(tables.objects.select().where(tables.objects.c.id == stored.id)).one().header)


def change_row(store: Store, stored: StoredObject, **values: object) -> None:
    named = tables.objects.c.id == stored.id
    store.database.write(lambda connection: connection.execute(tables.objects.update().where(named).values(values)))


def test_large_bodies_are_private_files_and_small_ones_are_rows(store: Store, tmp_path: Path) -> None:
    small, large = keep(store, bytes(SMALL)), keep(store, bytes(LARGE))
    assert small.inline is not None
    assert large.inline is None
    files = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert files == [body_of(store, large)]
    assert files[0].parent.name == large.id[2:4]
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_no_file_holds_the_content_or_a_key_in_clear(store: Store, tmp_path: Path, size: int) -> None:
    content = (b"NHS number 943 476 5919 " * size)[:size]
    keep(store, content)
    master = read(tmp_path / "state" / KEYS / "master.key").secret
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"NHS number 943" not in path.read_bytes(), path
            assert path.name == "master.key" or master not in path.read_bytes(), path


@pytest.mark.parametrize("at", [0, 1, 33, 39, 40, 1000, 1 << 20, (1 << 20) + 1, -1, -16])
def test_a_changed_byte_of_a_body_is_found(store: Store, at: int) -> None:
    stored = keep(store, secrets.token_bytes(LARGE))
    path = body_of(store, stored)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged):
        store.vault.read(stored.id)


@pytest.mark.parametrize("length", [0, 39, 40, 1000, 1 << 20, 2 << 20])
def test_a_cut_body_is_found(store: Store, length: int) -> None:
    stored = keep(store, secrets.token_bytes(LARGE))
    os.truncate(body_of(store, stored), length)
    with pytest.raises(Damaged):
        store.vault.read(stored.id)


def read_until_damaged(store: Store, stored: StoredObject) -> bytes:
    given = bytearray()
    with store.vault.open(stored.id) as source:
        try:
            while some := source.read(100_000):
                given += some
        except Damaged:
            return bytes(given)
    pytest.fail("the end was reached")


@pytest.mark.parametrize(("at", "verified"), [(0, 0), (50, 0), ((1 << 20) + 1, 1), ((2 << 20) + 1, 2), (-1, 2)])
def test_a_reader_gives_out_what_verified_and_nothing_behind_it(store: Store, at: int, verified: int) -> None:
    content = secrets.token_bytes(LARGE)
    stored = keep(store, content)
    path = body_of(store, stored)
    altered = bytearray(path.read_bytes())
    altered[at] ^= 1
    path.write_bytes(altered)
    length = max(0, verified * ((1 << 20) - 16) - 40)
    assert read_until_damaged(store, stored) == content[:length]


@pytest.mark.parametrize("length", [0, 39, 40, 1000, 1 << 20, 2 << 20])
def test_a_reader_never_comes_to_the_end_of_a_cut_body(store: Store, length: int) -> None:
    stored = keep(store, secrets.token_bytes(LARGE))
    os.truncate(body_of(store, stored), length)
    assert len(read_until_damaged(store, stored)) < LARGE


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("wrong", [{"sha256": "00" * 32}, {"size": 1}, {"size": 3_000_000}])
def test_a_reader_keeps_back_the_end_of_what_was_not_stored(store: Store, size: int, wrong: dict[str, object]) -> None:
    stored = keep(store, secrets.token_bytes(size))
    change_row(store, stored, **wrong)
    given = read_until_damaged(store, stored)
    assert len(given) < size or wrong == {"size": 3_000_000}


def test_a_reader_is_asked_for_a_size_and_gives_no_more(store: Store) -> None:
    content = secrets.token_bytes(LARGE)
    with store.vault.open(keep(store, content).id) as source:
        assert source.read(0) == b""
        assert source.read(10) == content[:10]
        with pytest.raises(ValueError, match="how much"):
            source.read(-1)
        assert source.read(3) == content[10:13]


def test_a_missing_or_exchanged_body_is_found(store: Store, tmp_path: Path) -> None:
    one, other = keep(store, bytes(LARGE)), keep(store, bytes(LARGE))
    path = body_of(store, one)
    shutil.copy(body_of(store, other), path)
    with pytest.raises(Damaged, match="verify"):
        store.vault.read(one.id)
    path.unlink()
    with pytest.raises(Damaged, match="cannot be opened"):
        store.vault.read(one.id)
    path.symlink_to(body_of(store, other))
    with pytest.raises(Damaged, match="cannot be opened"):
        store.vault.read(one.id)
    path.unlink()
    path.mkdir()
    with pytest.raises(Damaged, match="not a file"):
        store.vault.read(one.id)
    assert store.vault.read(other.id) == bytes(LARGE)
    assert tmp_path.exists()


def test_rows_that_were_exchanged_or_altered_are_found(store: Store) -> None:
    one, other = keep(store, b"one"), keep(store, b"other")
    header = json.loads(one.header)
    wrongs: list[dict[str, object]] = [
        {"header": other.header},
        {"inline": other.inline},
        {"header": other.header, "inline": other.inline, "size": other.size, "sha256": other.sha256},
        {"header": b"no json"},
        {"header": b"[]"},
        {"header": json.dumps({**header, "v": 2}).encode()},
        {"header": json.dumps({**header, "alg": "none"}).encode()},
        {"header": json.dumps({**header, "key": "0" * 16}).encode()},
        {"header": json.dumps({**header, "wrapped": "!"}).encode()},
        {"header": json.dumps({**header, "wrapped": ""}).encode()},
        {"sha256": "00" * 32},
        {"size": 4},
    ]
    good = {"header": one.header, "inline": one.inline, "size": one.size, "sha256": one.sha256}
    for wrong in wrongs:
        change_row(store, one, **wrong)
        with pytest.raises(Damaged):
            store.vault.read(one.id)
        change_row(store, one, **good)
        assert store.vault.read(one.id) == b"one"


def test_a_header_renamed_to_another_object_does_not_open(store: Store) -> None:
    one, other = keep(store, b"one"), keep(store, b"other")
    renamed = json.dumps({**json.loads(other.header), "object": one.id}).encode()
    change_row(store, one, header=renamed, inline=other.inline, size=other.size, sha256=other.sha256)
    with pytest.raises(Damaged):
        store.vault.read(one.id)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_destroyed_object_cannot_be_opened_with_all_that_is_left(store: Store, tmp_path: Path, size: int) -> None:
    """Not with a copy of its body, the master key, and every byte of database and vault folder."""
    stored, other = keep(store, bytes(size)), keep(store, b"other")
    before = json.loads(stored.header)["wrapped"]
    rotation.rewrap(store.database, store.vault.ring, again=True)  # so that it was wrapped more than once
    after = json.loads(header_of(store, stored))["wrapped"]
    assert before != after
    copied = stored.inline or body_of(store, stored).read_bytes()
    store.vault.destroy(stored.id)
    assert not body_of(store, stored).exists()
    for path in [*(tmp_path / "state").rglob("*"), *(tmp_path / "vault").rglob("*")]:
        content = path.read_bytes() if path.is_file() else b""
        for wrapped in (before, after):
            assert wrapped.encode() not in content, path
            assert base64.b64decode(wrapped) not in content, path
    if size == LARGE:
        body_of(store, stored).write_bytes(copied)
    with pytest.raises(NotFound):
        store.vault.read(stored.id)
    (master,) = FileKeys(tmp_path / "state" / KEYS / "master.key")()
    data_key = header.data_key_of(other.id, header_of(store, other), Ring(lambda: [master]))
    for key in (master.secret, data_key, bytes(32)):  # all keys that are left
        with pytest.raises(Damaged):
            stream.decrypt(key, header.bound(stored.id), io.BytesIO(copied), io.BytesIO())
    assert store.vault.read(other.id) == b"other"


def test_what_could_not_be_forgotten_while_somebody_read_is_forgotten_soon(store: Store, tmp_path: Path) -> None:
    stored = keep(store, b"content")
    wrapped = json.loads(stored.header)["wrapped"].encode()

    def places() -> list[str]:
        return [path.name for path in (tmp_path / "state").glob("gateway.db*") if wrapped in path.read_bytes()]

    with store.database.read() as connection:
        connection.execute(tables.objects.select()).all()
        store.vault.destroy(stored.id)
        assert places() != []
    store.database.settle()
    assert places() == []


def test_only_old_bodies_that_no_row_names_are_swept(store: Store, clock: AheadClock, tmp_path: Path) -> None:
    kept = keep(store, bytes(LARGE))
    orphan = store.vault.put(io.BytesIO(bytes(LARGE)))
    cut_short = body_of(store, kept).with_name(f".{orphan.id}.new")
    foreign = tmp_path / "vault" / "README.md"
    for path in (cut_short, foreign):
        path.write_bytes(b"x")
    assert store.vault.sweep_orphans(HOUR) == 0
    clock.ahead = 2 * HOUR
    assert store.vault.sweep_orphans(HOUR) == 2
    assert not body_of(store, orphan).exists()
    assert not cut_short.exists()
    assert foreign.exists()
    assert store.vault.read(kept.id) == bytes(LARGE)


def test_without_its_key_a_store_still_shows_transfers_but_no_content(tmp_path: Path, store: Store) -> None:
    stored = store.vault.put(io.BytesIO(b"content"))
    transfer = accept(store, objects=[stored])
    (tmp_path / "state" / KEYS / "master.key").rename(tmp_path / "elsewhere")
    keyless = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    assert keyless.transfers.get(transfer.id) == transfer
    for attempt in (lambda: keyless.vault.read(stored.id), lambda: keyless.vault.put(io.BytesIO(b"x"))):
        with pytest.raises(Unsound, match=r"master\.key is missing"):
            attempt()
    keyless.close()


def test_a_source_that_fails_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 1_000_000:
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises((ConnectionResetError, Unsound)):
        store.vault.put(Breaks(bytes(LARGE)))
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []


def test_an_object_is_what_it_says(store: Store) -> None:
    stored = keep(store, b"content")
    assert replace(stored, header=b"", inline=None) == StoredObject(
        id=stored.id,
        size=7,
        sha256="ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
        header=b"",
        inline=None,
    )


def test_after_a_body_that_could_not_be_flushed_nothing_more_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(Unsound, match="the vault cannot be written"):
            store.vault.put(io.BytesIO(bytes(400_000)))
    assert isinstance(store.database.failure, Unsound)
    with pytest.raises(Unsound):
        keep(store, bytes(400_000))


FULL_DISK = """
import io, sys
from pathlib import Path
from gateway.errors import StorageFull
from gateway.store.embedded import create_keys, open_store
from gateway.system.clock import MachineClock

state, vault = Path(sys.argv[1]), Path(sys.argv[2])
create_keys(state)
store = open_store(state=state, vault=vault, clock=MachineClock())
try:
    store.vault.put(io.BytesIO(bytes(4_000_000)))
except StorageFull as full:
    print("full", [path.name for path in vault.rglob("*") if path.is_file()])
store.vault.put(io.BytesIO(bytes(400_000)))
print("recovered")
store.close()
"""


@pytest.mark.needs("unshare", "mount")
def test_a_full_disk_accepts_nothing_and_recovers(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    apart = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = 'mount -t tmpfs -o size=1m tmpfs "$0"'
    if subprocess.run([*apart, mount, vault], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no one mount a small disk")
    ran = subprocess.run(
        [*apart, f'{mount} && exec "$@"', vault, sys.executable, "-c", FULL_DISK, tmp_path / "state", vault],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout.splitlines() == ["full []", "recovered"], ran.stderr


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="a file that cannot be read is wanted")
@pytest.mark.parametrize("place", [Path("/proc/self/mem"), Path("/tmp", "x" * 300)])  # EIO, ENAMETOOLONG
def test_what_the_disk_says_is_the_vaults_trouble(store: Store, monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    stored = keep(store, bytes(LARGE))
    monkeypatch.setattr(store.vault, "_path", lambda _object_id: place)
    with pytest.raises(Unsound, match="cannot be read") as refused:
        store.vault.read(stored.id)
    assert "disk" in refused.value.hint


def test_orphans_are_looked_for_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "PAGE", 2)
    kept = [keep(store, bytes(LARGE)) for _ in range(3)]
    left = {store.vault.put(io.BytesIO(bytes(LARGE))).id for _ in range(5)}
    assert {path.name for path in store.vault.orphans()} == left
    assert store.vault.sweep_orphans(timedelta(0)) == 5
    assert all(store.vault.has(each.id) and store.vault.read(each.id) == bytes(LARGE) for each in kept)
