"""The ledger: entries are committed with the step they tell of, and brought into tiles behind it.

A committed row is the promise, a tile its public form. `integrate` may be cut short anywhere: tiles are written and
flushed before the checkpoint that counts them, and the next call starts from the checkpoint that is there.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import LargeBinary, bindparam, func, insert, select

from gateway.errors import Damaged, Unsound
from gateway.store import codec, history, tables, tlog
from gateway.store.master_key import read_private
from gateway.store.prepared import Prepared
from gateway.system import atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from gateway.model.record import Entry
    from gateway.store.database import Database

KEY: Final = "ledger.key"
VERIFIER: Final = "ledger.vkey"
CHECKPOINT: Final = "checkpoint"
LOCK: Final = "writer.lock"
PAGE: Final = 1000
VERSION: Final = 1

LEDGER: Final = tables.ledger.c
NEXT: Final = func.coalesce(func.max(LEDGER.seq) + 1, 0)
COUNT: Final = Prepared(select(NEXT))
APPEND: Final = Prepared(
    insert(tables.ledger).from_select([LEDGER.seq, LEDGER.entry], select(NEXT, bindparam("line", type_=LargeBinary)))
)
FROM: Final = select(LEDGER.entry).where(LEDGER.seq >= bindparam("start")).order_by(LEDGER.seq).limit(PAGE)
BEFORE: Final = (
    select(LEDGER.seq, LEDGER.entry)
    .where(LEDGER.seq < bindparam("end"))
    .order_by(LEDGER.seq.desc())
    .limit(bindparam("most"))
)


def entry_bytes(entry: Entry) -> bytes:
    """Return an entry as canonical JSON; `ValueError` when it is too long, `TypeError` for facts that are not plain."""
    plain = {
        "v": VERSION,
        "event": entry.event.value,
        "at": codec.write_time(entry.at),
        "transfer": entry.transfer_id,
        "delivery": entry.delivery_id,
        "facts": codec.facts_to_plain(entry.facts),
    }
    line = codec.canonical(plain).encode("ascii")
    if len(line) > tlog.LONGEST:
        raise ValueError(f"a ledger entry of {len(line)} bytes is too long: {entry.event.value}")
    return line


def write_entries(connection: Connection, lines: Sequence[bytes]) -> None:
    """Append entries inside the caller's transaction: it holds the write lock, so no number is taken twice."""
    APPEND.run_each(connection, [{"line": line} for line in lines])


def create_key(folder: Path, origin: str) -> None:
    """Draw the signing key into `folder`, and write the line that verifies it beside it; leave existing ones."""
    path = folder / KEY
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        atomic.write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    verifier = folder / VERIFIER
    if not verifier.exists():
        atomic.write(verifier, f"{tlog.verifier_key(origin, read_key(path))}\n".encode(), mode=0o644)


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the signing key; `Unsound`."""
    try:
        key = load_pem_private_key(read_private(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Unsound(f"{path} holds no Ed25519 key", hint="restore it from a backup")
    return key


class TileLedger:
    """`Ledger` of the Protocol. `keys` returns the signing key and is asked only when there is something to sign."""

    def __init__(self, folder: Path, database: Database, keys: Callable[[], Ed25519PrivateKey], origin: str) -> None:
        self._folder = folder
        self._database = database
        self._keys = keys
        self._origin = origin

    def integrate(self) -> int:
        """Write entries that were committed but are not in the tiles yet, sign a checkpoint, return how many.

        Another process (or thread) that is at it already does it for us: then 0. Raises `Damaged` when tiles,
        checkpoint and database contradict one another: then nothing is signed.
        """
        with self._only_one() as is_ours:
            return self._integrate() if is_ours else 0

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit entries that belong to no step, durably; raises as `entry_bytes` does."""
        lines = [entry_bytes(entry) for entry in entries]
        self._database.write(lambda connection: write_entries(connection, lines))

    def entries(self, start: int = 0) -> Iterator[bytes]:
        """Return the committed entries from number `start` on, in order, whether they are in the tiles yet or not."""
        while True:
            with self._database.read() as connection:  # never held open while the caller thinks
                found = connection.execute(FROM, {"start": start}).scalars().all()
            yield from found
            if len(found) < PAGE:
                return
            start += len(found)

    def count(self) -> int:
        """Return how many entries are committed."""
        with self._database.read() as connection:
            return _count(connection)

    def newest(self, before: int, limit: int) -> list[tuple[int, bytes]]:
        """Return the entries below the number `before` with their numbers, newest first, `limit` at most."""
        with self._database.read() as connection:
            rows = connection.execute(BEFORE, {"end": before, "most": limit}).all()
        return [(seq, entry) for seq, entry in rows]

    def about(self, transfer_id: str, limit: int = PAGE) -> list[tuple[int, bytes]]:
        """Return the entries about a transfer with their numbers, oldest first: of very many the newest `limit`."""
        with self._database.read() as connection:
            return history.about(connection, transfer_id, limit)

    def signed(self) -> tuple[bytes, datetime] | None:
        """Return the checkpoint as it was signed, and since when it stands; None where there is none yet.

        No key is needed, and nothing is verified: that is for whoever has the verifier from elsewhere.
        """
        path = self._folder / CHECKPOINT
        try:
            return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return None

    def _integrate(self) -> int:
        with self._database.read() as connection:
            committed = _count(connection)
        path = self._folder / CHECKPOINT
        if path.exists() and self._is_current(path, committed):
            return 0
        tree = self._reopen(path)
        before = tree.size
        if committed < before:
            raise Damaged(
                f"the ledger has {before} entries, the database only {committed}",
                hint="the database is older than the ledger: restore both from the same moment",
            )
        self._compare_edge(tree)
        for line in self.entries(before):
            if tree.size == committed:  # what came meanwhile is for the next time
                break
            for name, content in tree.append(line):
                self._write(name, content)
        for name, content in tree.partials():
            self._write(name, content)
        signed = tlog.Checkpoint(origin=self._origin, size=tree.size, root=tree.root())
        self._write(CHECKPOINT, tlog.sign(signed, self._keys()))
        self._tidy(before, tree.size)
        return tree.size - before

    def _is_current(self, path: Path, committed: int) -> bool:
        """Say whether the checkpoint counts all that is committed; whatever does not read is looked at in full."""
        lines = path.read_bytes().split(b"\n")
        return len(lines) > 1 and lines[1] == str(committed).encode()

    def _reopen(self, path: Path) -> tlog.Tree:
        """Return the tree as the checkpoint left it; `Damaged`."""
        if not path.exists():
            return tlog.Tree()
        checkpoint = tlog.open_checkpoint(path.read_bytes(), tlog.verifier_key(self._origin, self._keys()))
        tree = read_edge(self._folder, checkpoint.size)
        if tree.root() != checkpoint.root:
            raise Damaged("the ledger's tiles do not fit its checkpoint", hint="see `gateway ledger verify`")
        return tree

    def _compare_edge(self, tree: tlog.Tree) -> None:
        """Refuse to go on from a database whose last entries are not those of the tiles; `Damaged`."""
        start = tree.size - len(tree.bundle)
        for number, (ours, line) in enumerate(zip(tree.bundle, self.entries(start), strict=False), start=start):
            if ours != line:
                raise Damaged(
                    f"entry {number} of the ledger is another one in the database",
                    hint="one of the two was altered or restored from elsewhere",
                )

    def _tidy(self, before: int, after: int) -> None:
        """Remove the partial files of the checkpoint before, which nothing counts on any more."""
        current = {path for _, path, _ in tlog.edge_files(after)}
        for _, name, _ in tlog.edge_files(before):
            if name not in current:
                path = self._folder / name
                path.unlink(missing_ok=True)
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        missing = [folder for folder in path.parents if not folder.exists()]
        for folder in reversed(missing):
            atomic.make_private_folder(folder)
            atomic.sync_folder(folder.parent)
        atomic.write(path, content)

    @contextmanager
    def _only_one(self) -> Iterator[bool]:
        atomic.make_private_folder(self._folder)
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, atomic.PRIVATE)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(descriptor)


def read_edge(folder: Path, size: int) -> tlog.Tree:
    """Return the right edge of a tree of `size` entries from its files; `Damaged` when one is missing or misshapen."""
    tree = tlog.Tree(size=size, levels=[[] for _ in range((size.bit_length() + 7) // 8)])
    for level, name, width in tlog.edge_files(size):
        content = read_tile(folder, name)
        if isinstance(level, str):
            tree.bundle = unpack(name, content, width)
        elif len(content) == width * tlog.HASH:
            tree.levels[level] = [content[at : at + tlog.HASH] for at in range(0, len(content), tlog.HASH)]
        else:
            raise Damaged(f"{name} of the ledger has the wrong length")
    return tree


def read_tile(folder: Path, name: str) -> bytes:
    """Return a file of the ledger; `Damaged` when it cannot be read."""
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise Damaged(f"{name} of the ledger cannot be read ({error.strerror})") from None


def unpack(name: str, bundle: bytes, count: int) -> list[bytes]:
    """Return the entries of a bundle; `Damaged` when they are not exactly `count`."""
    try:
        return tlog.unpack(bundle, count)
    except ValueError as error:
        raise Damaged(f"{name} of the ledger does not hold {count} entries ({error})") from None


def _count(connection: Connection) -> int:
    return int(COUNT.run(connection, {}).fetchone()[0])
