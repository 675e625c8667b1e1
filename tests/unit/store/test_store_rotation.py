"""Rotation loses nothing: not to a crash at any instant, not to a step under way, not to another rotation."""

from __future__ import annotations

import io
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.errors import Damaged, StoreError, Unsound
from gateway.store import StoredObject, master_key, rotation, tables
from gateway.store.embedded import KEYS, Store, create_keys, installation_of, open_store
from gateway.store.keepers import KeyKeeper, Ring, file
from gateway.store.keepers.file import FORMER, FileKeys
from gateway.store.master_key import MasterKey
from gateway.system import atomic
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept

ROOT = Path(__file__).resolve().parents[3]
CONTENTS = [b"", b"small", bytes(300_000)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    store = open_at(tmp_path)
    yield store
    store.close()


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys(tmp_path / "state" / KEYS / "master.key")


def open_at(home: Path, ring: Ring | None = None) -> Store:
    return open_store(state=home / "state", vault=home / "vault", clock=MachineClock(), ring=ring)


def fill(store: Store) -> list[StoredObject]:
    kept = [store.vault.put(io.BytesIO(content)) for content in CONTENTS]
    accept(store, objects=kept)
    return kept


def rotate(store: Store, keys: FileKeys) -> tuple[str, ...]:
    rotation.draw(store.database, keys)
    assert rotation.rewrap(store.database, store.vault.ring).damaged == ()
    return rotation.retire(store.database, keys)


def header_of(store: Store, stored: StoredObject) -> bytes:
    with store.database.read() as connection:
        return bytes(connection.execute(tables.objects.select().where(tables.objects.c.id == stored.id)).one().header)


def test_every_object_is_under_the_new_key_and_the_old_one_is_gone(
    store: Store, keys: FileKeys, tmp_path: Path
) -> None:
    kept, old = fill(store), keys()[0]
    bodies = {path: path.read_bytes() for path in (tmp_path / "vault").rglob("o-*") if path.is_file()}
    assert len(bodies) == 1
    assert rotate(store, keys) == (old.id,)
    new = keys()[0]
    assert new.id != old.id
    assert [json.loads(header_of(store, each))["key"] for each in kept] == [new.id] * len(kept)
    assert [store.vault.read(each.id) for each in kept] == CONTENTS
    assert {path: path.read_bytes() for path in bodies} == bodies
    for path in (tmp_path / "state").rglob("*"):
        assert not path.is_file() or old.secret not in path.read_bytes(), path
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_wrapped_keys_under_the_old_key_stand_in_no_file_afterwards(
    store: Store, keys: FileKeys, tmp_path: Path
) -> None:
    old = [json.loads(each.header)["wrapped"].encode() for each in fill(store)]
    rotate(store, keys)
    for path in (tmp_path / "state").glob("gateway.db*"):
        assert not any(each in path.read_bytes() for each in old), path


def test_a_store_that_was_open_before_reads_and_writes_on(store: Store, keys: FileKeys, tmp_path: Path) -> None:
    kept, beside = fill(store), open_at(tmp_path)
    rotate(store, keys)
    assert [beside.vault.read(each.id) for each in kept] == CONTENTS
    later = beside.vault.put(io.BytesIO(b"later"))
    assert json.loads(later.header)["key"] == keys()[0].id
    accept(beside, objects=[later])
    assert store.vault.read(later.id) == b"later"
    beside.close()


def test_a_step_under_way_while_the_key_is_drawn_is_wrapped_anew_with_the_others(store: Store, keys: FileKeys) -> None:
    early = store.vault.put(io.BytesIO(b"early"))
    rotation.draw(store.database, keys)
    accept(store, objects=[early])
    assert store.vault.read(early.id) == b"early"
    rotation.rewrap(store.database, store.vault.ring)
    assert len(rotation.retire(store.database, keys)) == 1
    assert store.vault.read(early.id) == b"early"


def test_a_step_that_comes_after_its_key_was_destroyed_is_refused_and_can_be_made_again(
    store: Store, keys: FileKeys
) -> None:
    early = store.vault.put(io.BytesIO(b"early"))
    rotate(store, keys)
    with pytest.raises(StoreError, match="changed while"):
        accept(store, objects=[early])
    again = store.vault.put(io.BytesIO(b"early"))
    accept(store, objects=[again])
    assert store.vault.read(again.id) == b"early"


def test_a_key_that_a_header_names_is_not_destroyed(store: Store, keys: FileKeys) -> None:
    fill(store)
    rotation.draw(store.database, keys)
    assert rotation.retire(store.database, keys) == ()
    assert len(keys()) == 2


def test_a_row_that_is_rewrapped_between_two_looks_is_read_all_the_same(
    store: Store, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small,) = fill(store)[1:2]
    look, looks = store.vault._row, list[str]()

    def row(object_id: str) -> StoredObject:
        found = look(object_id)
        if not looks:
            rotate(store, keys)
        looks.append(object_id)
        return found

    monkeypatch.setattr(store.vault, "_row", row)
    assert store.vault.read(small.id) == b"small"
    assert len(looks) == 2


class Power(Exception):
    """The power goes."""


def cut(monkeypatch: pytest.MonkeyPatch, at: int) -> Callable[[], int]:
    """Let the power go before the durable act number `at`; return what counts them."""
    count = 0

    def counted(act: Callable[..., object]) -> Callable[..., object]:
        def acting(*given: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count > at:  # and nothing more happens after it
                raise Power
            return act(*given, **named)

        return acting

    acts = [(os, "fsync"), (os, "open"), (rotation, "_write")]
    for place, name in [*acts, *((Path, name) for name in ("unlink", "replace", "mkdir", "open"))]:
        monkeypatch.setattr(place, name, counted(getattr(place, name)))
    return lambda: count


def test_the_power_may_go_at_every_act_and_the_next_call_comes_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts, finished = 0, False
    while not finished:
        home = tmp_path / str(acts)
        create_keys(home / "state")
        store, keys = open_at(home), FileKeys(home / "state" / KEYS / "master.key")
        kept, old = fill(store), keys()[0].id
        with monkeypatch.context() as power:
            cut(power, acts)
            try:
                rotate(store, keys)
                finished = True
            except (Power, Unsound, StoreError):
                pass
        assert [store.vault.read(each.id) for each in kept] == CONTENTS, acts
        store.close()
        again = open_at(home)
        assert [again.vault.read(each.id) for each in kept] == CONTENTS, acts
        rotate(again, keys)
        assert len(list((home / "state" / KEYS / FORMER).iterdir())) == 0, acts
        assert keys()[0].id != old
        assert [again.vault.read(each.id) for each in kept] == CONTENTS, acts
        again.close()
        acts += 1
    assert acts > 15


def test_what_was_cut_short_draws_no_second_key(store: Store, keys: FileKeys) -> None:
    fill(store)
    assert rotation.draw(store.database, keys)
    drawn = keys()[0].id
    assert not rotation.draw(store.database, keys)
    assert keys()[0].id == drawn
    rotation.rewrap(store.database, store.vault.ring)
    rotation.retire(store.database, keys)
    assert rotation.draw(store.database, keys)


def test_a_former_key_that_was_half_destroyed_is_no_key(store: Store, keys: FileKeys, tmp_path: Path) -> None:
    fill(store)
    rotate(store, keys)
    half = tmp_path / "state" / KEYS / FORMER / f"{'0' * 16}.key"
    atomic.write(half, bytes(32))
    assert len(keys()) == 1
    assert rotate(store, keys) != ()
    assert not half.exists()


@pytest.mark.parametrize("settled", [0, 10**18], ids=["files that were left alone", "files that just changed"])
def test_keys_are_read_once_until_their_files_look_otherwise(
    store: Store, keys: FileKeys, monkeypatch: pytest.MonkeyPatch, settled: int
) -> None:
    reads: list[Path] = []

    def read(path: Path) -> MasterKey:
        reads.append(path)
        return MasterKey(secret=master_key.read_private(path, master_key.SIZE))

    monkeypatch.setattr(master_key, "read", read)
    monkeypatch.setattr(file, "SETTLED", settled)
    time.sleep(0.05)  # longer than a step of the file system's clock
    assert keys()[0].id == keys()[0].id
    assert len(reads) == (2 if settled else 1)
    rotation.draw(store.database, keys)
    assert [key.id for key in keys()] == [key.id for key in FileKeys(keys.path)()]
    assert len(keys()) == 2
    former = next((keys.path.parent / FORMER).iterdir())
    former.chmod(0o644)
    with pytest.raises(Unsound, match="mode 0644"):
        keys()
    former.unlink()
    assert len(keys()) == 1
    keys.path.rename(keys.path.with_name("elsewhere"))
    with pytest.raises(Unsound, match="missing"):
        keys()


def test_a_key_file_serves_one_installation(store: Store, keys: FileKeys, tmp_path: Path) -> None:
    fill(store)
    keys.require_owner(installation_of(tmp_path / "state"))
    with pytest.raises(Unsound, match="another installation"):
        create_keys(tmp_path / "second", master=[keys.path])
    other = installation_of(tmp_path / "second")
    for refuses in (keys.claim, keys.require_owner):
        with pytest.raises(Unsound, match="another installation") as refused:
            refuses(other)
        assert "master.key.owner" in refused.value.hint
    (tmp_path / "state" / KEYS / "master.key.owner").unlink()
    keys.require_owner(other)
    keys.claim(other)
    with pytest.raises(Unsound, match="another installation"):
        keys.claim(installation_of(tmp_path / "state"))


def test_one_rotation_at_a_time(tmp_path: Path) -> None:
    with rotation.alone(tmp_path), pytest.raises(StoreError, match="another rotation"), rotation.alone(tmp_path):
        pytest.fail("two of them")
    with rotation.alone(tmp_path):
        pass


def test_a_header_that_does_not_open_is_told_and_keeps_its_key_from_being_destroyed(
    store: Store, keys: FileKeys
) -> None:
    kept, old = fill(store), keys()[0]
    _, small, large = kept
    wrong = json.dumps({**json.loads(small.header), "wrapped": json.loads(large.header)["wrapped"]}).encode()
    named = tables.objects.c.id == small.id
    store.database.write(lambda connection: connection.execute(tables.objects.update().where(named), {"header": wrong}))
    rotation.draw(store.database, keys)
    done = rotation.rewrap(store.database, store.vault.ring)
    assert (done.count, done.damaged) == (2, (small.id,))
    assert rotation.retire(store.database, keys) == ()
    assert len(keys()) == 2
    assert rotation.kept(store.database, keys) == {old.id: (small.id,)}
    second = keys()[0]
    assert rotation.draw(store.database, keys)  # it holds up no other rotation
    assert rotation.rewrap(store.database, store.vault.ring).damaged == (small.id,)
    assert rotation.retire(store.database, keys) == (second.id,)
    assert [key.id for key in keys.former()] == [old.id]
    assert [store.vault.read(each.id) for each in kept[::2]] == CONTENTS[::2]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_committed_behind_the_page_that_is_looked_at_is_wrapped_too(
    store: Store, keys: FileKeys, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    monkeypatch.setattr(rotation, "AFTER", rotation.AFTER.limit(1))
    old = keys()[0].id
    late, *rest = sorted((store.vault.put(io.BytesIO(bytes([number]))) for number in range(3)), key=lambda one: one.id)
    accept(store, objects=rest)
    rotation.draw(store.database, keys)
    told: list[int] = []

    def tell(done: int, _all: int) -> None:
        if not told:
            accept(store, objects=[late])
        told.append(done)

    assert rotation.rewrap(store.database, store.vault.ring, again=again, tell=tell).count == 3
    assert rotation.retire(store.database, keys) == (old,)
    assert rotation.kept(store.database, keys) == {}


def test_an_operator_goes_from_one_keeper_to_another_and_back(store: Store, keys: FileKeys, tmp_path: Path) -> None:
    kept, elsewhere = fill(store), MasterKey(secret=secrets.token_bytes(32))

    def token() -> list[KeyKeeper]:
        return [elsewhere]

    moved = open_at(tmp_path, Ring(token, keys))
    assert [moved.vault.read(each.id) for each in kept] == CONTENTS
    assert rotation.rewrap(moved.database, moved.vault.ring).count == len(kept)
    moved.close()
    alone = open_at(tmp_path, Ring(token))
    assert [alone.vault.read(each.id) for each in kept] == CONTENTS
    alone.close()
    with pytest.raises(Damaged, match=elsewhere.id):
        store.vault.read(kept[1].id)
    back = open_at(tmp_path, Ring(keys, token))
    told: list[tuple[int, int]] = []
    rotation.rewrap(back.database, back.vault.ring, tell=lambda done, of: told.append((done, of)))
    back.close()
    assert told[0] == (len(kept), len(kept))
    assert [store.vault.read(each.id) for each in kept] == CONTENTS


def test_what_is_under_the_key_in_use_can_be_wrapped_anew_too(store: Store) -> None:
    kept = fill(store)
    assert rotation.rewrap(store.database, store.vault.ring).count == 0
    assert rotation.rewrap(store.database, store.vault.ring, again=True).count == len(kept)
    assert all(header_of(store, each) != each.header for each in kept)
    assert [store.vault.read(each.id) for each in kept] == CONTENTS


def test_many_objects_are_done_page_by_page(store: Store, keys: FileKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "AFTER", rotation.AFTER.limit(3))
    kept = [store.vault.put(io.BytesIO(bytes([number]))) for number in range(10)]
    accept(store, objects=kept)
    rotate(store, keys)
    assert [store.vault.read(each.id) for each in kept] == [bytes([number]) for number in range(10)]


WRITING = """
import io, secrets, sys, threading
from pathlib import Path
from gateway.errors import StoreError
from gateway.store.embedded import open_store
from gateway.system.clock import MachineClock
from gateway.testing.store_values import NOW, accept, make_transfer

home = Path(sys.argv[1])
store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
lock = threading.Lock()

def write(number):
    while True:
        try:
            stored = store.vault.put(io.BytesIO(secrets.token_bytes(300_000 if number else 3_000)))
            accept(store, make_transfer(), objects=[stored], wake=NOW)
            store.vault.read(stored.id)
        except StoreError as error:
            if "changed while" not in str(error):
                raise
            with lock:
                print("refused", flush=True)
        else:
            with lock:
                print(stored.id, stored.sha256, flush=True)

for number in range(2):
    threading.Thread(target=write, args=(number,)).start()
"""


ENOUGH = 9


def is_accepted(line: str) -> bool:
    """Say whether the process says that something it wrote is there."""
    return line.strip() not in {"", "refused"}


def test_another_process_writes_and_reads_all_through_rotations_and_loses_nothing(
    store: Store, keys: FileKeys, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline()]
        ids = {keys()[0].id}
        for _ in range(40):  # one that finds another unfinished ends that one first, and draws no key
            rotate(store, keys)
            ids.add(keys()[0].id)
            time.sleep(0.05)
            if len(ids) == ENOUGH:
                break
        while sum(is_accepted(line) for line in lines) <= 5:  # a slow machine may have let it do less meanwhile
            lines.append(process.stdout.readline())
            assert lines[-1], "it has ended"
        assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        rest, trouble = process.stdout.read(), process.stderr.read()  # `communicate` would lose what was read ahead
    assert trouble == ""
    accepted = [line.split() for line in [*lines, *rest.splitlines()] if is_accepted(line)]
    assert len(ids) == ENOUGH
    for object_id, *_ in accepted:
        store.vault.check(object_id)
