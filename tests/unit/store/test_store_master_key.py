"""The master key is drawn once and used only where nobody else could have read or changed it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from gateway.errors import Damaged, Unsound
from gateway.store import master_key, rotation
from gateway.store.embedded import DATABASE, KEYS, create_keys, open_store
from gateway.store.keepers import Ring
from gateway.store.keepers.file import FileKeys
from gateway.system import atomic
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept


@pytest.fixture
def path(tmp_path: Path) -> Path:
    master_key.create(tmp_path / "master.key")
    return tmp_path / "master.key"


def test_it_is_drawn_once(path: Path) -> None:
    drawn = path.read_bytes()
    assert len(drawn) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    master_key.create(path)
    assert path.read_bytes() == drawn
    assert master_key.read(path).secret == drawn


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700, 0o000])
def test_another_mode_is_refused_with_the_fix(path: Path, mode: int) -> None:
    path.chmod(mode)
    if mode == 0 and os.geteuid() != 0:
        with pytest.raises(Unsound, match="cannot be opened"):
            master_key.read(path)
        return
    with pytest.raises(Unsound, match=f"{mode:04o}") as refused:
        master_key.read(path)
    assert "chmod 600" in refused.value.hint


def test_a_stricter_mode_will_do(path: Path) -> None:
    path.chmod(0o400)
    assert master_key.read(path).secret == path.read_bytes()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_owner_is_refused(path: Path) -> None:
    os.chown(path, 12345, -1)
    with pytest.raises(Unsound, match="somebody else"):
        master_key.read(path)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_another_size_is_refused(path: Path, size: int) -> None:
    path.write_bytes(bytes(size))
    with pytest.raises(Unsound, match=f"{size} bytes"):
        master_key.read(path)


def test_links_pipes_and_second_names_are_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for wrong in (tmp_path / "link", tmp_path / "pipe", tmp_path, tmp_path / "missing"):
        with pytest.raises(Unsound):
            master_key.read(wrong)
    (tmp_path / "second").hardlink_to(path)
    with pytest.raises(Unsound, match="one name"):
        master_key.read(path)


def test_a_key_replaced_while_it_is_read_is_read_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, about = path.read_bytes(), os.fstat

    def replace_first(descriptor: int) -> os.stat_result:
        monkeypatch.undo()
        atomic.write(path, bytes(range(32)))
        return about(descriptor)

    monkeypatch.setattr(os, "fstat", replace_first)
    assert master_key.read(path).secret == old
    assert master_key.read(path).secret == bytes(range(32))


def test_a_wrapped_key_opens_for_its_object_and_under_its_key_only(path: Path) -> None:
    key, other = master_key.read(path), master_key.MasterKey(secret=bytes(32))
    wrapped = key.wrap(b"d" * 32, b"object 1")
    assert key.unwrap(wrapped, b"object 1") == b"d" * 32
    assert key.wrap(b"d" * 32, b"object 1") != wrapped
    for opener, text, bound in (
        (key, wrapped, b"object 2"),
        (other, wrapped, b"object 1"),
        (key, wrapped[:-1], b"object 1"),
        (key, b"", b"object 1"),
        (key, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"object 1"),
    ):
        with pytest.raises(Damaged):
            opener.unwrap(text, bound)


def test_neither_its_text_nor_its_id_tells_the_key(path: Path) -> None:
    key = master_key.read(path)
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)
    assert key.id not in key.secret.hex()


def test_a_store_that_lost_its_key_gets_no_new_one(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    accept(store, objects=[store.vault.put(io.BytesIO(b"content"))])
    store.close()
    assert (tmp_path / "state" / DATABASE).exists()
    (tmp_path / "state" / KEYS / "master.key").unlink()
    with pytest.raises(Unsound, match="no master key"):
        create_keys(tmp_path / "state")
    assert not (tmp_path / "state" / KEYS / "master.key").exists()


def test_a_store_gets_a_new_key_where_all_that_its_objects_name_is_kept(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    old, new = tmp_path / "state" / KEYS / "master.key", tmp_path / "new.key"
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    kept = store.vault.put(io.BytesIO(b"content"))
    accept(store, objects=[kept])
    store.close()
    with pytest.raises(Unsound, match="no master key") as refused:
        create_keys(tmp_path / "state", master=[new])
    assert "'former'" in refused.value.hint
    ring = Ring(FileKeys(new), FileKeys(old))
    create_keys(tmp_path / "state", master=[new], ring=ring)
    moved = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock(), ring=ring)
    assert rotation.rewrap(moved.database, ring).count == 1
    old.unlink()
    assert moved.vault.read(kept.id) == b"content"
    moved.close()


def test_keys_are_created_once(tmp_path: Path) -> None:
    create_keys(tmp_path)
    drawn = {path.name: path.read_bytes() for path in (tmp_path / KEYS).iterdir()}
    create_keys(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / KEYS).iterdir()} == drawn
    assert drawn.keys() == {"master.key", "master.key.owner", "ledger.key", "ledger.vkey", "search.key"}
    assert (tmp_path / KEYS / "ledger.key").stat().st_mode & 0o777 == 0o600
