"""Whoever touches the ledger is found out: offline, with its verifier key and a checkpoint kept elsewhere."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Damaged
from gateway.store import tlog
from gateway.store.embedded import KEYS, LEDGER, create_keys, open_store
from gateway.store.ledger import read_key
from gateway.store.verify import Verified, verify_ledger
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept, make_entry

SIZE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A ledger of 600 entries, its keys, and a checkpoint that an auditor kept when it had 300."""

    folder: Path
    keys: Path
    verifier: str
    kept: bytes

    def verify(self, folder: Path | None = None, older: bytes | None = None) -> Verified:
        return verify_ledger(folder or self.folder, self.verifier, older_checkpoint=older)

    def copy(self, to: Path) -> Path:
        shutil.copytree(self.folder, to, ignore=shutil.ignore_patterns("*.lock"))
        return to


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    home = tmp_path_factory.mktemp("ledger")
    create_keys(home / "state")
    store = open_store(state=home / "state", vault=home / "vault", clock=MachineClock())
    transfer = accept(store)
    kept = b""
    for start, end in ((1, 300), (300, SIZE)):
        now = store.transfers.get(transfer.id)
        entries = [make_entry(transfer, number=number) for number in range(start, end)]
        store.transfers.commit(now, now, entries=entries)
        store.ledger.integrate()
        kept = kept or (home / "state" / LEDGER / "checkpoint").read_bytes()
    store.close()
    keys = home / "state" / KEYS
    return Ledger(folder=home / "state" / LEDGER, keys=keys, verifier=(keys / "ledger.vkey").read_text(), kept=kept)


def all_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_untouched_copy_verifies_without_database_or_private_key(ledger: Ledger, tmp_path: Path) -> None:
    copy = ledger.copy(tmp_path / "copy")
    verified = ledger.verify(copy, ledger.kept)
    assert (verified.size, verified.since) == (SIZE, 300)
    assert ledger.verify(copy).since is None
    assert not list(copy.rglob("*.key"))


def test_the_kept_checkpoint_is_one_of_three_hundred(ledger: Ledger) -> None:
    assert ledger.kept.split(b"\n")[1] == b"300"


@given(data=st.data())
@settings(max_examples=150)
def test_any_byte_flipped_anywhere_is_found(ledger: Ledger, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([one for one in all_files(ledger.folder) if one.suffix != ".lock"]))
    whole = path.read_bytes()
    at = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    flip = data.draw(st.integers(min_value=1, max_value=255))
    touched = bytearray(whole)
    touched[at] ^= flip
    path.write_bytes(touched)
    try:
        with pytest.raises(Damaged):
            ledger.verify()
    finally:
        path.write_bytes(whole)
    assert ledger.verify().size == SIZE


@given(data=st.data())
@settings(max_examples=50)
def test_any_file_cut_or_grown_or_gone_is_found(ledger: Ledger, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([one for one in all_files(ledger.folder) if one.suffix != ".lock"]))
    whole = path.read_bytes()
    length = data.draw(st.integers(min_value=-1, max_value=len(whole) - 1))
    more = data.draw(st.binary(min_size=1, max_size=3))
    try:
        for touched in (whole[: max(length, 0)], whole + more, None):
            if touched is None:
                path.unlink()
            else:
                path.write_bytes(touched)
            with pytest.raises(Damaged):
                ledger.verify()
    finally:
        path.write_bytes(whole)


def test_the_entry_or_tile_that_fails_is_named(ledger: Ledger, tmp_path: Path) -> None:
    copy = ledger.copy(tmp_path / "copy")
    path = copy / "tile" / "entries" / "001"
    entries = tlog.unpack(path.read_bytes(), 256)
    entries[44] = entries[44].replace(b'"number":300', b'"number":301')
    path.write_bytes(tlog.pack(entries))
    with pytest.raises(Damaged, match="entry 300 does not match tile/0/001"):
        ledger.verify(copy)
    copy = ledger.copy(tmp_path / "second")
    tile = copy / "tile" / "1" / "000.p" / "2"
    tile.write_bytes(tile.read_bytes()[:32] + bytes(32))
    with pytest.raises(Damaged, match="hash 1 of level 1 does not match tile/1/000"):
        ledger.verify(copy)
    (copy / "tile" / "0" / "000").unlink()
    with pytest.raises(Damaged, match="tile/0/000 of the ledger cannot be read"):
        ledger.verify(copy)


def rewrite(ledger: Ledger, folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Do what the holder of the signing key can do: another history, in perfect order, signed again."""
    entries = tlog.unpack((folder / "tile/entries/000").read_bytes(), 256)
    entries += tlog.unpack((folder / "tile/entries/001").read_bytes(), 256)
    entries += tlog.unpack((folder / f"tile/entries/002.p/{SIZE - 512}").read_bytes(), SIZE - 512)
    shutil.rmtree(folder)
    folder.mkdir()
    tree = tlog.Tree()
    files: list[tlog.File] = []
    for entry in change(entries):
        files += tree.append(entry)
    for name, content in [*files, *tree.partials()]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    checkpoint = tlog.Checkpoint(origin="gateway", size=tree.size, root=tree.root())
    (folder / "checkpoint").write_bytes(tlog.sign(checkpoint, read_key(ledger.keys / "ledger.key")))


def replaced(number: int) -> Callable[[list[bytes]], list[bytes]]:
    return lambda entries: [*entries[:number], b"{}", *entries[number + 1 :]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (replaced(0), "first 300 entries"),
        (replaced(299), "first 300 entries"),
        (lambda entries: entries[1:], "first 300 entries"),
        (lambda entries: [entries[1], entries[0], *entries[2:]], "first 300 entries"),
        (lambda entries: entries[:299], "has 299 entries"),
        (lambda _: [], "has 0 entries"),
    ],
    ids=["first changed", "last changed", "first gone", "two exchanged", "cut", "emptied"],
)
def test_a_history_rewritten_and_signed_with_the_same_key_is_found_by_an_older_checkpoint(
    ledger: Ledger, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], complaint: str
) -> None:
    copy = ledger.copy(tmp_path / "copy")
    rewrite(ledger, copy, change)
    ledger.verify(copy)  # in itself it is in perfect order: that is why a checkpoint must be kept elsewhere
    with pytest.raises(Damaged, match=complaint):
        ledger.verify(copy, ledger.kept)


def test_what_came_after_the_kept_checkpoint_is_not_covered_by_it(ledger: Ledger, tmp_path: Path) -> None:
    copy = ledger.copy(tmp_path / "copy")
    rewrite(ledger, copy, replaced(300))
    assert ledger.verify(copy, ledger.kept).since == 300


def test_a_ledger_signed_by_somebody_else_is_found(ledger: Ledger, tmp_path: Path) -> None:
    create_keys(tmp_path / "mallory")
    copy = ledger.copy(tmp_path / "copy")
    foreign = Ledger(folder=copy, keys=tmp_path / "mallory" / KEYS, verifier=ledger.verifier, kept=ledger.kept)
    rewrite(foreign, copy, replaced(5))
    with pytest.raises(Damaged, match="not signed by the ledger"):
        foreign.verify()


def test_an_older_checkpoint_that_is_none_is_refused(ledger: Ledger) -> None:
    for untrusted in (b"", b"gateway\n300\n", ledger.kept.replace(b"300", b"299"), ledger.kept[:-2]):
        with pytest.raises(Damaged):
            ledger.verify(older=untrusted)


def test_a_checkpoint_rolled_back_is_found_by_the_newer_one(ledger: Ledger, tmp_path: Path) -> None:
    copy = ledger.copy(tmp_path / "copy")
    newer = (copy / "checkpoint").read_bytes()
    (copy / "checkpoint").write_bytes(ledger.kept)
    with pytest.raises(Damaged):
        ledger.verify(copy)
    with pytest.raises(Damaged, match="has 300 entries"):
        ledger.verify(copy, newer)


def second_opinion(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as plainly as it can be written."""
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    half = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + second_opinion(entries[:half]) + second_opinion(entries[half:])).digest()


def test_the_signed_root_is_that_of_a_second_opinion(ledger: Ledger) -> None:
    entries = tlog.unpack((ledger.folder / "tile/entries/000").read_bytes(), 256)
    entries += tlog.unpack((ledger.folder / "tile/entries/001").read_bytes(), 256)
    entries += tlog.unpack((ledger.folder / f"tile/entries/002.p/{SIZE - 512}").read_bytes(), SIZE - 512)
    checkpoint = tlog.open_checkpoint((ledger.folder / "checkpoint").read_bytes(), ledger.verifier)
    assert checkpoint.root == second_opinion(entries)
