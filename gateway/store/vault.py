"""The vault: content objects, encrypted before they touch a disk.

Each object has a fresh data key. The header, which lives in the `objects` table, holds that key wrapped by the master
key (`header.py`); the body is a Tink stream, in a file under the vault's folder (`ab/o-ab…`) or inline in the row when
the content is small. Destroying the row's wrapped key destroys the object, wherever copies of its body may be.
"""

from __future__ import annotations

import errno
import hashlib
import io
import math
import os
import re
import secrets
import stat
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sqlalchemy import bindparam, delete, select

from gateway.errors import Damaged, NotFound, StorageFull, Unsound
from gateway.store import Readable, StoredObject, header, stream, tables
from gateway.store.alongside import Digest, Flowing
from gateway.store.prepared import Prepared
from gateway.system import atomic, ids

if TYPE_CHECKING:
    from gateway.store.database import Database
    from gateway.store.keepers import Ring
    from gateway.system.clock import Clock

INLINE: Final = 256 * 1024
"""Bytes of content up to which a body lies in the database: one flush for the whole step."""

OBJECT_ID: Final = re.compile(r"o-[0-9a-z]{25}")
BODY: Final = re.compile(r"\.?o-[0-9a-z]{25}(\.new)?")
SHARD: Final = re.compile(r"[0-9a-z]{2}")
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
LOST: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)
"""What opening a body says when it is not there, or something else is in its place."""

PAGE: Final = 500

# Built once: SQLAlchemy takes longer to build a statement than SQLite takes to run it.

NAMED: Final = tables.objects.c.id == bindparam("object")
IDS: Final = select(tables.objects.c.id)
KNOWN: Final = IDS.where(tables.objects.c.id.in_(bindparam("objects", expanding=True)))
OBJECT: Final = tables.objects.c
ROW: Final = Prepared(select(OBJECT.size, OBJECT.sha256, OBJECT.header, OBJECT.inline).where(NAMED))
DESTROY: Final = delete(tables.objects).where(NAMED)


class FileVault:
    """`Vault` of the Protocol. The keepers in `ring` are asked only when content is written or read."""

    def __init__(self, folder: Path, database: Database, ring: Ring, clock: Clock) -> None:
        self.ring = ring
        self._folder = folder
        self._database = database
        self._clock = clock
        self._required = (0, "")

    def put(self, source: Readable) -> StoredObject:
        """Encrypt a stream; its body is durable (or inline) on return. `StorageFull`, `Unsound`."""
        object_id, data_key = ids.object_id(), secrets.token_bytes(stream.KEY)
        made = header.make(object_id, data_key, self.ring.primary())
        start = stream.read_fully(source, INLINE + 1)
        if len(start) <= INLINE:
            inline = stream.encrypted(data_key, header.bound(object_id), start)
            sha256 = hashlib.sha256(start).hexdigest()
            return StoredObject(id=object_id, size=len(start), sha256=sha256, header=made, inline=inline)
        with Digest() as digest:
            measured = _Measured(start, source, digest)
            self._write_body(object_id, data_key, measured)
            return StoredObject(id=object_id, size=measured.size, sha256=digest.hexdigest(), header=made, inline=None)

    def read(self, object_id: str) -> bytes:
        """Return the whole verified content; `NotFound` or `Damaged`."""
        target = io.BytesIO()
        self.copy(object_id, target)
        return target.getvalue()

    def copy(self, object_id: str, target: BinaryIO) -> None:
        """Write the verified content to `target`; after `Damaged` what was written must not be used."""
        flowing = Flowing(target)
        with self._opened(object_id) as verified:
            for each in verified:
                flowing.write(each)

    @contextmanager
    def open(self, object_id: str) -> Iterator[stream.Reader]:
        """Lend a reader of the content, a segment in memory at a time; `NotFound`, and `Damaged` while it is read.

        Nothing is given out that did not verify, and the end only when the whole is what was stored.
        """
        with self._opened(object_id) as verified:
            yield stream.Reader(verified)

    def destroy(self, object_id: str) -> None:
        """Destroy the wrapped key, then the body. Idempotent."""
        named = {"object": object_id}
        if self._database.write(lambda connection: connection.execute(DESTROY, named).rowcount):
            self._database.forget()  # the deleted row also stands in the write-ahead log
        if OBJECT_ID.fullmatch(object_id):
            path = self._path(object_id)
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                atomic.sync_folder(path.parent)

    def sweep_orphans(self, older_than: timedelta) -> int:
        """Destroy bodies that no row names and that are older than `older_than`; return how many.

        A body without a row belongs to a step that is still under way or never came to its commit: `older_than` must
        be longer than the longest step.
        """
        count = 0
        for path in self.orphans(older_than):
            path.unlink(missing_ok=True)
            count += 1
        return count

    def orphans(self, older_than: timedelta = timedelta(0)) -> Iterator[Path]:
        """Yield bodies that no row names and that are at least so old; a page of them is in memory at a time."""
        youngest = (self._clock.now() - older_than).timestamp()
        old = (path for path in self._bodies() if _changed_at(path) <= youngest)
        while page := list(islice(old, PAGE)):
            known = self._known([path.name for path in page])
            yield from (path for path in page if path.name not in known)

    def check(self, object_id: str) -> None:
        """Read all of an object and keep nothing; `NotFound`, `Damaged`, `Unsound`."""
        with self._opened(object_id) as verified:
            for _ in verified:
                pass

    def has(self, object_id: str) -> bool:
        """Say whether there is such an object."""
        return bool(self._known([object_id]))

    def require(self, stored: StoredObject) -> None:
        """Refuse an object whose master key was retired before its step came to its commit; `StoreError`.

        Only within a write. One look is enough for a transaction: nobody retires a key while it is open.
        """
        about = (self._database.transaction, header.key_of(stored.id, stored.header))
        if about != self._required:
            self.ring.require(about[1])
            self._required = about

    def ids(self) -> Sequence[str]:
        """Return the ids of all objects."""
        with self._database.read() as connection:
            return connection.execute(IDS).scalars().all()

    def _known(self, object_ids: Sequence[str]) -> frozenset[str]:
        with self._database.read() as connection:
            return frozenset(connection.execute(KNOWN, {"objects": object_ids}).scalars())

    @contextmanager
    def _opened(self, object_id: str) -> Iterator[Iterator[memoryview]]:
        stored, data_key = self._unwrapped(self._row(object_id))
        with self._body(stored) as body:
            plain = stream.segments(data_key, header.bound(object_id), body)
            with closing(_verified(stored, plain)) as verified:
                yield verified

    def _unwrapped(self, stored: StoredObject) -> tuple[StoredObject, bytes]:
        """Return the data key with the row; a rotation may have written its header anew since the row was read."""
        try:
            return stored, header.data_key_of(stored.id, stored.header, self.ring)
        except Damaged:
            again = self._row(stored.id)
            if again.header == stored.header:
                raise
            return again, header.data_key_of(again.id, again.header, self.ring)

    def _row(self, object_id: str) -> StoredObject:
        found = self._database.ask(*ROW.question({"object": object_id}))
        if not found:
            raise NotFound(f"no object {object_id} in the vault", hint="it was destroyed, or never committed")
        size, sha256, made, inline = found[0]
        return StoredObject(id=object_id, size=size, sha256=sha256, header=made, inline=inline)

    def _path(self, object_id: str) -> Path:
        return self._folder / object_id[2:4] / object_id

    def _write_body(self, object_id: str, data_key: bytes, source: _Measured) -> None:
        path = self._path(object_id)
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                atomic.sync_folder(self._folder)
            atomic.write_with(
                path,
                lambda target: stream.encrypt(data_key, header.bound(object_id), source, Flowing(target)),
            )
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull(
                    "there is no room left in the vault", hint=f"free space under {self._folder}"
                ) from None
            unsound = Unsound(
                f"the vault cannot be written ({error.strerror})", hint=f"check the disk under {self._folder}"
            )
            if error.errno == errno.EIO:  # nobody knows what of earlier writes is on the disk: as with the database
                self._database.fail(unsound)
            raise unsound from None

    @contextmanager
    def _body(self, stored: StoredObject) -> Iterator[stream.Source]:
        if stored.inline is not None:
            yield io.BytesIO(stored.inline)
            return
        try:
            descriptor = os.open(self._path(stored.id), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in LOST:
                raise _unreadable(stored.id, error) from None
            raise Damaged(f"the body of object {stored.id} cannot be opened ({error.strerror})") from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Damaged(f"the body of object {stored.id} is not a file")
            with os.fdopen(descriptor, "rb", closefd=False) as source:
                yield _Body(stored.id, source)
        finally:
            os.close(descriptor)

    def _bodies(self) -> Iterator[Path]:
        for shard in self._folder.iterdir() if self._folder.is_dir() else ():
            if SHARD.fullmatch(shard.name) and shard.is_dir() and not shard.is_symlink():
                yield from (path for path in shard.iterdir() if BODY.fullmatch(path.name) and not path.is_symlink())


class _Body:
    """A body in a file. What the disk says is the vault's trouble, and nobody's who is handed the content."""

    def __init__(self, object_id: str, source: BinaryIO) -> None:
        self._object_id = object_id
        self._source = source

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; `Unsound`."""
        try:
            return self._source.read(size)
        except OSError as error:
            raise _unreadable(self._object_id, error) from None


class _Measured:
    """What is read, counted and hashed: first what was read ahead, then the rest."""

    def __init__(self, start: bytes, rest: stream.Source, digest: Digest) -> None:
        self._start = io.BytesIO(start)
        self._rest = rest
        self._digest = digest
        self.size = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        found = self._start.read(size)
        found += stream.read_fully(self._rest, size - len(found)) if len(found) < size else b""
        self.size += len(found)
        self._digest.update(found)
        return found


def _verified(stored: StoredObject, plain: Iterator[memoryview]) -> Generator[memoryview, None, None]:
    """Pass on segments; `Damaged` before the last of them when together they are not what was stored."""
    size = 0
    with Digest() as digest:
        for each in plain:
            size += len(each)
            digest.update(each)
            if size > stored.size or (size == stored.size and digest.hexdigest() != stored.sha256):
                break
            yield each
        if (size, digest.hexdigest()) != (stored.size, stored.sha256):
            raise Damaged(f"object {stored.id} is not what was stored")


def _changed_at(path: Path) -> float:
    """Return when a file was last written; never, for one that is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _unreadable(object_id: str, error: OSError) -> Unsound:
    return Unsound(
        f"the body of object {object_id} cannot be read ({error.strerror})", hint="check the disk under the vault"
    )
