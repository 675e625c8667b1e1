"""The vault: content objects, encrypted before they touch a disk.

Each object has a fresh data key. The header, which lives in the `objects` table, holds that key wrapped by the master
key; the body is a Tink stream, in a file under the vault's folder (`ab/o-ab…`) or inline in the row when the content
is small. The stream is bound to {version, object id, algorithm}, the wrapped key to the same and the master key's id:
no header fits another body, and changing the master key rewraps rows without touching a body. Destroying the row's
wrapped key destroys the object, wherever copies of its body may be.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import io
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sqlalchemy import bindparam, delete, select, update

from gateway.errors import Damaged, NotFound, StorageFull, Unsound
from gateway.store import StoredObject, codec, stream, tables
from gateway.system import atomic, ids

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.database import Database
    from gateway.store.master_key import MasterKey
    from gateway.system.clock import Clock

INLINE: Final = 256 * 1024
"""Bytes of content up to which a body lies in the database: one flush for the whole step."""

VERSION: Final = 1
ALGORITHM: Final = "AES256_GCM_HKDF_1MB"
OBJECT_ID: Final = re.compile(r"o-[0-9a-z]{25}")
BODY: Final = re.compile(r"\.?o-[0-9a-z]{25}(\.new)?")
SHARD: Final = re.compile(r"[0-9a-z]{2}")
FULL: Final = (errno.ENOSPC, errno.EDQUOT)

# Built once: SQLAlchemy takes longer to build a statement than SQLite takes to run it.

NAMED: Final = tables.objects.c.id == bindparam("object")
IDS: Final = select(tables.objects.c.id)
KNOWN: Final = IDS.where(NAMED)
ROW: Final = select(tables.objects).where(NAMED)
HEADER: Final = select(tables.objects.c.header).where(NAMED)
NEW_HEADER: Final = update(tables.objects).where(NAMED)
DESTROY: Final = delete(tables.objects).where(NAMED)


class FileVault:
    """`Vault` of the Protocol. `keys` returns the master key and is asked only when content is written or read."""

    def __init__(self, folder: Path, database: Database, keys: Callable[[], MasterKey], clock: Clock) -> None:
        self._folder = folder
        self._database = database
        self._keys = keys
        self._clock = clock

    def put(self, source: BinaryIO) -> StoredObject:
        """Encrypt a stream; its body is durable (or inline) on return. `StorageFull`, `Unsound`."""
        object_id, data_key, master = ids.object_id(), secrets.token_bytes(stream.KEY), self._keys()
        header = _write_header(object_id, data_key, master)
        start = stream.read_fully(source, INLINE + 1)
        measured = _Measured(start, source)
        inline = None
        if len(start) <= INLINE:
            target = io.BytesIO()
            stream.encrypt(data_key, _bound(object_id), measured, target)
            inline = target.getvalue()
        else:
            self._write_body(object_id, data_key, measured)
        return StoredObject(
            id=object_id, size=measured.size, sha256=measured.digest.hexdigest(), header=header, inline=inline
        )

    def read(self, object_id: str) -> bytes:
        """Return the whole verified content; `NotFound` or `Damaged`."""
        target = io.BytesIO()
        self.copy(object_id, target)
        return target.getvalue()

    def copy(self, object_id: str, target: BinaryIO) -> None:
        """Write the verified content to `target`; after `Damaged` what was written must not be used."""
        stored = self._row(object_id)
        data_key = _open_header(object_id, stored.header, self._keys())
        measuring = _Measuring(target)
        with self._body(stored) as body:
            stream.decrypt(data_key, _bound(object_id), body, measuring)
        if (measuring.size, measuring.digest.hexdigest()) != (stored.size, stored.sha256):
            raise Damaged(f"object {object_id} is not what was stored")

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
        youngest = (self._clock.now() - older_than).timestamp()
        old = [path for path in self._bodies() if path.stat().st_mtime <= youngest]
        with self._database.read() as connection:
            orphans = [path for path in old if path.name not in _known(connection, path.name)]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)

    def rewrap(self, old: MasterKey, new: MasterKey) -> int:
        """Wrap every data key that is under `old` again, under `new`; return how many. Bodies stay as they are."""
        with self._database.read() as connection:
            found = connection.execute(IDS).scalars().all()
        count = sum(self._database.write(lambda c, one=one: _rewrap(c, one, old, new)) for one in found)  # type: ignore[misc]  # a default binds the loop's value
        if count:
            self._database.forget()
        return count

    def _row(self, object_id: str) -> StoredObject:
        with self._database.read() as connection:
            row = connection.execute(ROW, {"object": object_id}).first()
        if row is None:
            raise NotFound(f"no object {object_id} in the vault", hint="it was destroyed, or never committed")
        return StoredObject(id=row.id, size=row.size, sha256=row.sha256, header=row.header, inline=row.inline)

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
                lambda target: stream.encrypt(data_key, _bound(object_id), source, target),
            )
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull(
                    "there is no room left in the vault", hint=f"free space under {self._folder}"
                ) from None
            raise Unsound(
                f"the vault cannot be written ({error.strerror})", hint=f"check the disk under {self._folder}"
            ) from None

    @contextmanager
    def _body(self, stored: StoredObject) -> Iterator[BinaryIO]:
        if stored.inline is not None:
            yield io.BytesIO(stored.inline)
            return
        try:
            descriptor = os.open(self._path(stored.id), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise Damaged(f"the body of object {stored.id} cannot be opened ({error.strerror})") from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Damaged(f"the body of object {stored.id} is not a file")
            with os.fdopen(descriptor, "rb", closefd=False) as source:
                yield source
        finally:
            os.close(descriptor)

    def _bodies(self) -> Iterator[Path]:
        for shard in self._folder.iterdir() if self._folder.is_dir() else ():
            if SHARD.fullmatch(shard.name) and shard.is_dir() and not shard.is_symlink():
                yield from (path for path in shard.iterdir() if BODY.fullmatch(path.name) and not path.is_symlink())


class _Measured:
    """What is read, counted and hashed: first what was read ahead, then the rest."""

    def __init__(self, start: bytes, rest: stream.Source) -> None:
        self._start = io.BytesIO(start)
        self._rest = rest
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        found = self._start.read(size)
        found += stream.read_fully(self._rest, size - len(found)) if len(found) < size else b""
        self.size += len(found)
        self.digest.update(found)
        return found


class _Measuring:
    """What is written, counted and hashed on its way."""

    def __init__(self, target: stream.Target) -> None:
        self._target = target
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        """Pass on all of `content`."""
        self.size += len(content)
        self.digest.update(content)
        self._target.write(content)


def _bound(object_id: str) -> bytes:
    return codec.canonical({"v": VERSION, "object": object_id, "alg": ALGORITHM}).encode()


def _bound_key(object_id: str, key_id: str) -> bytes:
    return codec.canonical({"v": VERSION, "object": object_id, "alg": ALGORITHM, "key": key_id}).encode()


def _write_header(object_id: str, data_key: bytes, master: MasterKey) -> bytes:
    wrapped = master.wrap(data_key, _bound_key(object_id, master.id))
    header = {
        "v": VERSION,
        "object": object_id,
        "alg": ALGORITHM,
        "key": master.id,
        "wrapped": base64.b64encode(wrapped).decode("ascii"),
    }
    return codec.canonical(header).encode()


def _open_header(object_id: str, header: bytes, master: MasterKey) -> bytes:
    try:
        found = json.loads(header)
        key_id, wrapped = str(found["key"]), base64.b64decode(found["wrapped"], validate=True)
        told = (found["v"], found["object"], found["alg"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Damaged(f"the header of object {object_id} cannot be read") from None
    if told != (VERSION, object_id, ALGORITHM):
        raise Damaged(f"the header of object {object_id} is not its own")
    if key_id != master.id:
        raise Damaged(
            f"object {object_id} is under master key {key_id}, and {master.id} is here",
            hint="restore the master key that wrote it",
        )
    return master.unwrap(wrapped, _bound_key(object_id, key_id))


def _known(connection: Connection, object_id: str) -> tuple[str, ...]:
    return tuple(connection.execute(KNOWN, {"object": object_id}).scalars())


def _rewrap(connection: Connection, object_id: str, old: MasterKey, new: MasterKey) -> int:
    header = connection.execute(HEADER, {"object": object_id}).scalar()
    if header is None or json.loads(header)["key"] != old.id:
        return 0
    fresh = _write_header(object_id, _open_header(object_id, header, old), new)
    return connection.execute(NEW_HEADER, {"object": object_id, "header": fresh}).rowcount
