"""Contract suites: the vault and the ledger. See `store_suite`."""
# ruff: noqa: D102, PLR2004, S101 - a test's name is its sentence, its figures are literal, and asserts are what it is

from __future__ import annotations

import io
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gateway.errors import NotFound
from gateway.model.record import Entry, Event
from gateway.store import Store
from gateway.testing.store_values import NOW, T, accept, make_entry, step


class VaultContract:
    """Content goes in once and comes out whole, or not at all."""

    @pytest.mark.parametrize("size", [0, 1, 5000, 256 * 1024, 256 * 1024 + 1, 3_000_000])
    def test_content_comes_out_as_it_went_in(self, store: Store, size: int) -> None:
        content = secrets.token_bytes(size)
        stored = store.vault.put(io.BytesIO(content))
        accept(store, objects=[stored])
        assert store.vault.read(stored.id) == content
        assert stored.size == size
        copied = io.BytesIO()
        store.vault.copy(stored.id, copied)
        assert copied.getvalue() == content
        for step_size in (1000, 1 << 20, 5_000_000):
            with store.vault.open(stored.id) as source:
                assert b"".join(iter(lambda: source.read(step_size), b"")) == content  # noqa: B023 - used at once
                assert source.read(step_size) == b""

    def test_content_counts_once_a_step_names_it(self, store: Store) -> None:
        stored = store.vault.put(io.BytesIO(b"content"))
        with pytest.raises(NotFound):
            store.vault.read(stored.id)
        accept(store, objects=[stored])
        assert store.vault.read(stored.id) == b"content"

    @pytest.mark.parametrize("size", [100, 300_000])
    def test_what_is_destroyed_is_gone_and_may_be_destroyed_again(self, store: Store, size: int) -> None:
        gone, other = (store.vault.put(io.BytesIO(secrets.token_bytes(size))) for _ in range(2))
        accept(store, objects=[gone, other])
        for _ in range(2):
            store.vault.destroy(gone.id)
            with pytest.raises(NotFound):
                store.vault.read(gone.id)
        assert len(store.vault.read(other.id)) == size

    def test_what_was_never_committed_can_be_destroyed(self, store: Store) -> None:
        stored = store.vault.put(io.BytesIO(bytes(300_000)))
        store.vault.destroy(stored.id)
        store.vault.destroy("o-none")

    @pytest.mark.parametrize("untrusted", ["", "o-", "../keys/master.key", "o-" + "0" * 25, "o-../../../../../etc/pas"])
    def test_an_unknown_object_is_not_found(self, store: Store, untrusted: str) -> None:
        with pytest.raises(NotFound):
            store.vault.read(untrusted)
        with pytest.raises(NotFound), store.vault.open(untrusted):
            pass

    def test_no_two_objects_are_encrypted_alike(self, store: Store) -> None:
        one, other = (store.vault.put(io.BytesIO(b"the same content")) for _ in range(2))
        assert one.id != other.id
        assert one.sha256 == other.sha256
        assert one.header != other.header
        assert one.inline is None or one.inline != other.inline

    def test_a_source_that_gives_little_at_a_time_is_read_to_its_end(self, store: Store) -> None:
        content = secrets.token_bytes(2_500_000)
        stored = store.vault.put(Trickle(content))
        accept(store, objects=[stored])
        assert store.vault.read(stored.id) == content

    def test_many_objects_at_once(self, store: Store) -> None:
        contents = [bytes([n]) * (n * 20_000) for n in range(20)]
        with ThreadPoolExecutor(8) as threads:
            stored = list(threads.map(lambda content: store.vault.put(io.BytesIO(content)), contents))
        accept(store, objects=stored)
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(lambda one: store.vault.read(one.id), stored)) == contents


class Trickle(io.BytesIO):
    """A stream that gives a few bytes less than it is asked for, as pipes and sockets do."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return most of what is asked for."""
        return super().read(size if size is None or size < 2 else size - size // 3)


class LedgerContract:
    """Entries are committed with their step, in one order, and none is lost."""

    def test_entries_come_in_the_order_of_their_commits_as_canonical_json(self, store: Store) -> None:
        made = accept(store)
        step(store, made, state=T.INSPECTED)
        entry = make_entry(made, Event.TRANSFER_INSPECTED, tally={"b": 1, "a": (2, None)}, late=NOW, kinds={"y", "x"})
        store.transfers.commit(
            store.transfers.get(made.id), store.transfers.get(made.id), entries=[replace(entry, delivery_id="d-1")]
        )
        first, second = store.ledger.entries()
        assert json.loads(first)["event"] == "transfer:received"
        assert second == (
            b'{"at":"2026-11-22T09:30:00.123456+00:00","delivery":"d-1","event":"transfer:inspected",'
            b'"facts":{"kinds":["x","y"],"late":"2026-11-22T09:30:00.123456+00:00","tally":{"a":[2,null],"b":1}},'
            b'"transfer":"' + made.id.encode() + b'","v":1}'
        )
        assert list(store.ledger.entries(1)) == [second]
        assert list(store.ledger.entries(2)) == []

    def test_entries_of_no_step_stand_among_the_others(self, store: Store) -> None:
        made = accept(store)
        loaded = Entry(event=Event.POLICY_LOADED, at=NOW, transfer_id="", facts={"policy": "ab", "before": "cd"})
        store.ledger.append([loaded, loaded])
        store.ledger.append([])
        accept(store)
        assert [json.loads(line)["transfer"] == "" for line in store.ledger.entries()] == [False, True, True, False]
        with pytest.raises(TypeError):
            store.ledger.append([loaded, replace(loaded, facts={"fact": object()})])
        assert store.ledger.integrate() == 4
        assert store.transfers.get(made.id) == made

    def test_what_is_committed_is_integrated_once(self, store: Store) -> None:
        for _ in range(3):
            accept(store)
        assert store.ledger.integrate() == 3
        assert store.ledger.integrate() == 0
        accept(store)
        assert store.ledger.integrate() == 1

    def test_a_step_that_fails_leaves_no_entry(self, store: Store) -> None:
        made = accept(store)
        for bad in (object(), float("nan")):
            with pytest.raises((TypeError, ValueError)):
                store.transfers.commit(made, made, entries=[make_entry(made), make_entry(made, fact=bad)])
        with pytest.raises(ValueError, match="too long"):
            store.transfers.commit(made, made, entries=[make_entry(made, fact="x" * 65_536)])
        assert len(list(store.ledger.entries())) == 1
        assert store.transfers.get(made.id) == made

    def test_entries_of_many_at_once_are_all_there(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda _: accept(store).id, range(40)))
        assert sorted(json.loads(line)["transfer"] for line in store.ledger.entries()) == sorted(made)
        assert store.ledger.integrate() == 40
