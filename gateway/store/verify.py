"""Verifies a ledger offline, on a copy: without the database, without a private key, without the gateway running.

Every entry is hashed again from its bundle, every tile built again from the entries and compared, the root compared
with the signed one. With a checkpoint that was kept elsewhere, the ledger must still begin with what that one signed:
so a history that was rewritten and signed again, with the very same key, is found as well.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import Damaged
from gateway.store import tlog
from gateway.store.ledger import CHECKPOINT, read_tile, unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A ledger of `size` entries under `root` (base64), signed for `origin`.

    `since` is the size of the older checkpoint with which it is consistent, None when none was given.
    """

    origin: str
    size: int
    root: str
    since: int | None


def verify_ledger(folder: Path, verifier_key: str, *, older_checkpoint: bytes | None) -> Verified:
    """Verify the ledger in `folder` (`checkpoint` and `tile/`) with its public key; `Damaged` names what fails."""
    checkpoint = tlog.open_checkpoint(read_tile(folder, CHECKPOINT), verifier_key)
    older = tlog.open_checkpoint(older_checkpoint, verifier_key) if older_checkpoint is not None else None
    if older is not None and older.size > checkpoint.size:
        raise Damaged(
            f"the ledger has {checkpoint.size} entries, and the older checkpoint signed {older.size}",
            hint="it was cut, or the older checkpoint is the newer one",
        )
    tree = tlog.Tree()
    _compare_older(tree, older)
    for start in range(0, checkpoint.size, tlog.WIDTH):
        count = min(tlog.WIDTH, checkpoint.size - start)
        name = tlog.tile_path("entries", start // tlog.WIDTH, count)
        for entry in unpack(name, read_tile(folder, name), count):
            for tile, content in tree.append(entry):
                _compare(folder, tile, content)
            _compare_older(tree, older)
    for tile, content in tree.partials():
        _compare(folder, tile, content)
    if tree.root() != checkpoint.root:
        raise Damaged("the entries do not add up to the root that the checkpoint signed")
    return Verified(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=base64.b64encode(checkpoint.root).decode("ascii"),
        since=older.size if older else None,
    )


def _compare_older(tree: tlog.Tree, older: tlog.Checkpoint | None) -> None:
    if older is not None and tree.size == older.size and tree.root() != older.root:
        raise Damaged(
            f"the first {older.size} entries are not those that the older checkpoint signed",
            hint="the history was rewritten: keep this copy and both checkpoints as evidence",
        )


def _compare(folder: Path, name: str, rebuilt: bytes) -> None:
    found = read_tile(folder, name)
    if found == rebuilt:
        return
    level, at = name.split("/")[1], 0
    if level == "entries":  # rebuilt from itself: it can only differ if it changed while it was read
        raise Damaged(f"{name} of the ledger changed while it was verified")
    while found[at : at + tlog.HASH] == rebuilt[at : at + tlog.HASH]:
        at += tlog.HASH
    number = _tile_number(name) * tlog.WIDTH + at // tlog.HASH
    if level == "0":
        raise Damaged(f"entry {number} does not match {name}", hint="the entry or the tile was altered")
    raise Damaged(f"hash {number} of level {level} does not match {name}", hint="the tile was altered")


def _tile_number(name: str) -> int:
    parts = name.partition(".p/")[0].split("/")[2:]
    return int("".join(part.removeprefix("x") for part in parts))
