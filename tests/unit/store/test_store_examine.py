"""What is in a vault, and whether all of it can be read."""

from __future__ import annotations

import io
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Unsound
from gateway.store import StoredObject, examine, rotation, tables
from gateway.store.embedded import KEYS, Store, create_keys, open_store
from gateway.store.examine import UNREADABLE
from gateway.store.keepers import Ring
from gateway.store.keepers.file import FileKeys
from gateway.store.master_key import MasterKey
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept

LARGE = 2_500_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield store
    store.close()


def keep(store: Store, size: int) -> StoredObject:
    stored = store.vault.put(io.BytesIO(secrets.token_bytes(size)))
    accept(store, objects=[stored])
    return stored


def change_header(store: Store, stored: StoredObject, header: bytes) -> None:
    changed = tables.objects.update().where(tables.objects.c.id == stored.id).values(header=header)
    store.database.write(lambda connection: connection.execute(changed))


def wrong(store: Store) -> dict[str, str]:
    return {object_id: trouble for object_id, trouble in examine.verify(store.vault) if trouble}


def test_a_survey_counts_objects_by_key_and_by_place(store: Store, tmp_path: Path) -> None:
    for size in (10, 20, LARGE):
        keep(store, size)
    keys = FileKeys(tmp_path / "state" / KEYS / "master.key")
    (old,) = keys()
    new = keys.draw()
    broken = keep(store, 5)
    orphan = store.vault.put(io.BytesIO(bytes(LARGE)))
    change_header(store, broken, b"nothing")
    seen = examine.survey(store.database, store.vault)
    assert seen.keys == {old.id: 3, UNREADABLE: 1}
    assert (seen.inline, seen.inline_size, seen.files, seen.files_size) == (3, 35, 1, LARGE)
    assert (seen.orphans, seen.count) == ((orphan.id,), 4)
    rotation.rewrap(store.database, store.vault.ring)
    assert examine.survey(store.database, store.vault).keys == {new.id: 3, UNREADABLE: 1}


def test_a_survey_goes_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "AFTER", examine.AFTER.limit(2))
    for size in range(5):
        keep(store, size)
    assert examine.survey(store.database, store.vault).inline_size == 10


def test_a_sound_vault_verifies(store: Store) -> None:
    kept = {keep(store, size).id for size in (0, 10, LARGE)}
    assert {object_id for object_id, _ in examine.verify(store.vault)} == kept
    assert wrong(store) == {}


def test_each_kind_of_trouble_is_told_and_the_rest_is_verified_all_the_same(store: Store) -> None:
    kept = [keep(store, size) for size in (10, 20, 30, LARGE, LARGE, LARGE)]
    header, hashed, key, flipped, cut, missing = kept
    change_header(store, header, b"{}")
    change_header(store, key, json.dumps({**json.loads(key.header), "key": "0" * 16}).encode())
    changed = tables.objects.update().where(tables.objects.c.id == hashed.id).values(sha256="0" * 64)
    store.database.write(lambda connection: connection.execute(changed))
    body = bytearray(store.vault._path(flipped.id).read_bytes())
    body[-100] ^= 1
    store.vault._path(flipped.id).write_bytes(body)
    os.truncate(store.vault._path(cut.id), 1 << 20)
    store.vault._path(missing.id).unlink()
    good = keep(store, LARGE)
    found = wrong(store)
    assert found.keys() == {each.id for each in kept}
    assert good.id in dict(examine.verify(store.vault))
    for stored, words in (
        (header, "header"), (hashed, "not what was stored"), (key, "no master key 0000000000000000"),
        (flipped, "segment 2"), (cut, "segment 0"), (missing, "cannot be opened"),
    ):  # fmt: skip
        assert words in found[stored.id]


def test_what_is_destroyed_meanwhile_is_no_trouble(store: Store) -> None:
    kept = [keep(store, LARGE) for _ in range(3)]
    seen = []
    for object_id, trouble in examine.verify(store.vault):
        seen.append(trouble)
        for each in kept:
            if each.id != object_id:
                store.vault.destroy(each.id)
    assert seen == [""]


def test_a_keeper_that_is_away_is_told_as_that_and_the_rest_is_verified_all_the_same(
    store: Store, tmp_path: Path
) -> None:
    first, second, there = keep(store, 10), keep(store, 20), MasterKey(secret=bytes(32))
    path = tmp_path / "state" / KEYS / "master.key"
    places = {"state": tmp_path / "state", "vault": tmp_path / "vault", "clock": MachineClock()}
    moving = open_store(**places, ring=Ring(lambda: [there], FileKeys(path)))  # type: ignore[arg-type]  # three of one kind
    third = keep(moving, 30)
    path.rename(tmp_path / "away")
    found = dict(examine.verify(moving.vault))
    moving.close()
    assert found.pop(third.id) == ""
    assert found.keys() == {first.id, second.id}
    assert all(trouble.startswith("cannot be asked for now") for trouble in found.values())


def test_a_vault_with_objects_under_a_key_that_nobody_keeps_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, 10)
    change_header(store, keep(store, 20), b'{"key":"nothing that is')  # a damaged one names nobody
    monkeypatch.setattr(store.vault, "orphans", lambda: pytest.fail("no body is looked for"))
    examine.require_keepers(store.database, store.vault)
    other = MasterKey(secret=bytes(32))
    places = {"state": tmp_path / "state", "vault": tmp_path / "vault", "clock": MachineClock()}
    moved = open_store(**places, ring=Ring(lambda: [other]))  # type: ignore[arg-type]  # three of one kind
    with pytest.raises(Unsound, match="is not here") as refused:
        examine.require_keepers(moved.database, moved.vault)
    assert "'former'" in refused.value.hint
    moved.close()
