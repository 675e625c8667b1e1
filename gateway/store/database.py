"""The SQLite database: WAL, every commit flushed, one writer with group commit, readers on connections of their own.

SQLite 3.7.0 to 3.51.2 can lose committed writes when two processes use one database in WAL mode (the WAL-reset bug,
https://sqlite.org/wal.html#walresetbug; repaired in 3.51.3, and in 3.44.6 and 3.50.7). The daemon and the command
line are two processes, so an affected build is refused in each of them. `mmap_size` stays 0: with it an I/O error is
a signal, not an error.
"""

from __future__ import annotations

import fcntl
import math
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeAlias, TypeVar

import sqlalchemy
from sqlalchemy import Connection, event
from sqlalchemy.pool import QueuePool

from gateway.errors import Busy, Damaged, StorageFull, StoreError, Unsound
from gateway.store import migrations, tables
from gateway.store.writer import GroupCommit, error_name
from gateway.system import atomic

try:  # the wheel brings its own, repaired SQLite; where there is none, the machine's is judged like any other
    import pysqlite3.dbapi2 as dbapi
except ImportError:  # pragma: no cover - machines other than x86_64
    dbapi = sqlite3

T = TypeVar("T")
Answer: TypeAlias = tuple[Any, ...]

BUSY_SECONDS: Final = 30
SETTLE_SECONDS: Final = 60.0
TRIES_AT_THE_END: Final = 8
NETWORK_FILESYSTEMS: Final = frozenset({"afs", "ceph", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs"})
PRAGMAS: Final = (
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "mmap_size=0",
)


def sqlite_version() -> str:
    """Return the version of the SQLite that is used: `3.53.4`."""
    return str(dbapi.sqlite_version)


def require_sound_sqlite(version: tuple[int, int, int]) -> None:
    """Refuse a SQLite with the WAL-reset bug; `Unsound`."""
    repaired = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)
    if repaired or version < (3, 7, 0):
        return
    raise Unsound(
        f"SQLite {'.'.join(map(str, version))} can lose committed writes (the WAL-reset bug)",
        hint="install the Python package pysqlite3, 0.6.1 or newer, or a SQLite of 3.51.3 or newer",
    )


def require_local_disk(folder: Path, mounts: str | None = None) -> None:
    """Refuse a folder on a network file system, where SQLite's locks do not hold; `Unsound`.

    `mounts` is the text of `/proc/self/mountinfo` (proc(5)); without it, or where there is none, it is read.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:  # pragma: no cover - not Linux: nothing to ask
            return
    place, best, kind = folder.resolve(), -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = Path(left.split()[4].replace("\\040", " "))
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split()[0]
    if kind in NETWORK_FILESYSTEMS:
        raise Unsound(
            f"the state folder {folder} is on a network file system ({kind})",
            hint="put it on a disk of this machine",
        )


@contextmanager
def beside(path: Path) -> Iterator[tuple[Path, ...]]:
    """Lend the files of a database, those beside it included, which stay where they are while the block lasts.

    SQLite removes `-wal` and `-shm` with the last connection, and makes others.
    """
    connection = dbapi.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        yield tuple(path.with_name(f"{path.name}{ending}") for ending in ("", "-wal", "-shm", ".lock"))
    finally:
        connection.close()


def translate(error: Exception) -> Exception:
    """Turn a database error into one of ours; anything else stays what it is."""
    name = error_name(error)
    if not name:
        return error
    translated: StoreError
    if name == "SQLITE_FULL":
        translated = StorageFull("there is no room left for the database", hint="free some space on its disk")
    elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        translated = Damaged("the database is damaged", hint="restore the state folder from a backup")
    elif name.startswith(("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        translated = Unsound(f"the database cannot be used ({name})", hint="check its disk and its permissions")
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        translated = Busy("the database is busy", hint="another process holds it for long: try again")
    else:
        translated = StoreError(f"the database refused ({name})")
    # No cause: SQLAlchemy's text of a database error may quote the values that were being written.
    return translated


class Database:
    """One SQLite file. Open it once per process; it is safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        require_sound_sqlite(dbapi.sqlite_version_info)
        require_local_disk(path.parent)
        self.path = path
        self._lock = Lock()
        self._writer: GroupCommit | None = None
        self._asked: deque[Any] = deque()  # connections for small questions that nobody uses now
        self._owes_forgetting = False
        self._forgot_at = -math.inf
        self._engine = sqlalchemy.create_engine(
            "sqlite+pysqlite://",
            module=dbapi,
            creator=self._open,
            poolclass=QueuePool,
            max_overflow=-1,
            hide_parameters=True,
        )
        event.listen(self._engine, "begin", _begin)
        try:
            self._bring_up_to_date()
        except Exception as error:
            self._engine.dispose()
            if (ours := translate(error)) is not error:
                raise ours from None
            raise

    def submit(self, write: Callable[[Connection], T]) -> Future[T]:
        """Queue a write for the next transaction; see `GroupCommit.submit`."""
        return self._the_writer().submit(write)

    def fail(self, error: Exception) -> None:
        """Write nothing more in this process; see `GroupCommit.fail`."""
        self._the_writer().fail(error)

    def _the_writer(self) -> GroupCommit:
        with self._lock:
            if self._writer is None:
                self._writer = GroupCommit(self._writing, translate)
            return self._writer

    @property
    def failure(self) -> Exception | None:
        """Why this process writes nothing more; None while all is well. It must be started again."""
        with self._lock:
            return self._writer.failure if self._writer else None

    @property
    def transaction(self) -> int:
        """Tells one transaction of the writer from another, for what runs within them."""
        return self._writer.transactions if self._writer else 0

    def write(self, write: Callable[[Connection], T]) -> T:
        """Run a write and return its result once it is on the disk."""
        return self.submit(write).result()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection that sees one moment of the database, for reading only."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (sqlalchemy.exc.DBAPIError, dbapi.Error) as error:
            raise translate(error) from None

    def ask(self, text: str, values: Mapping[str, Any]) -> list[Answer]:
        """Return the rows of one small question, on a connection kept for such: half as dear as `read`."""
        with self._asked_of() as kept:
            rows: list[Answer] = kept.execute(text, values).fetchall()
            return rows

    def ask_at_once(self, questions: Sequence[tuple[str, Mapping[str, Any]]]) -> list[list[Answer]]:
        """Return the rows of several questions, as they are at one moment, on that connection."""
        with self._asked_of() as kept:
            kept.execute("BEGIN")
            try:
                return [kept.execute(text, values).fetchall() for text, values in questions]
            finally:
                kept.execute("ROLLBACK")

    @contextmanager
    def _asked_of(self) -> Iterator[Any]:
        try:
            kept = self._asked.pop() if self._asked else self._open()
        except IndexError:  # another thread took the last one
            kept = self._open()
        try:
            yield kept
        except dbapi.Error as error:
            raise translate(error) from None
        finally:
            self._asked.append(kept)

    def forget(self) -> None:
        """Fold the write-ahead log into the database and cut it to nothing, so that what was deleted is gone from it.

        While somebody else is reading or writing that cannot be done; `settle` and `close` do it later.
        """
        self._owes_forgetting = True
        connection = self._open()
        try:
            connection.execute("PRAGMA busy_timeout=250")
            is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._owes_forgetting = bool(is_busy)
            self._forgot_at = time.monotonic()
        except dbapi.OperationalError as error:
            if not error_name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise translate(error) from None
        finally:
            connection.close()

    def settle(self) -> None:
        """Forget what could not be forgotten when it should have been, and every minute what others left behind.

        A command that deleted something and met a reader takes with it that the log was still to be cut.
        """
        is_time = time.monotonic() - self._forgot_at >= SETTLE_SECONDS
        if self._owes_forgetting or (is_time and self._log_size()):
            self.forget()

    def close(self) -> None:
        """Finish what was queued, forget what is still to be forgotten, and close every connection. Idempotent."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.close()
        with suppress(StoreError):  # the daemon does it within a minute
            for _ in range(TRIES_AT_THE_END if self._owes_forgetting else 0):
                self.forget()
                if not self._owes_forgetting:
                    break
        while self._asked:
            self._asked.pop().close()
        self._engine.dispose()

    def _log_size(self) -> int:
        with suppress(FileNotFoundError):
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        return 0

    def _open(self) -> Any:  # noqa: ANN401 - a DBAPI connection has no type
        connection = dbapi.connect(str(self.path), isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _writing(self) -> Connection:
        return self._engine.connect().execution_options(writes=True)

    def _bring_up_to_date(self) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, atomic.PRIVATE)
        os.close(descriptor)  # SQLite gives its -wal and -shm files the same mode
        with self.read() as connection:
            if migrations.revision_of(connection) == tables.HEAD:
                return
        lock = os.open(
            self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, atomic.PRIVATE
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two processes may meet here at the first start
            with self.read() as connection:
                migrations.upgrade(connection)
                connection.commit()
            self.forget()  # a migration may have written much
            atomic.sync_folder(self.path.parent)
        finally:
            os.close(lock)


def _begin(connection: Connection) -> None:
    """Start a reader's transaction; the writer starts its own, IMMEDIATE, around each batch."""
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
