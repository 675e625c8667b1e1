"""The one writer of a database in this process: group commit.

Writes that arrive while the disk is busy share the next transaction and its one flush. A future resolves only after
COMMIT has reached the disk, so whoever sees the result may rely on it. A bad write fails alone: where there is one, all
are undone and made again, each behind a savepoint, which takes too long to do every time. After an input/output error
the state of the pages is unknown, so nothing is written ever again: the process must be restarted, and its senders are
told to try later.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gateway.errors import StoreError, Unsound

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")
Write = Callable[["Connection"], Any]
"""May be called twice, the second time after all it did was undone: it changes nothing but the database."""
Outcome = tuple[Any, Exception | None]
Waiting = tuple[Write, "Future[Any]"]

BATCH: Final = 256
"""Writes in one transaction at most: bounds how long the first of them waits."""

BROKEN = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB")
"""Result codes (by prefix) after which this process must not write any more."""


class GroupCommit:
    """Runs writes in one thread, many to a transaction.

    `connect` opens the writer's connection (called once, in its thread); `translate` turns a database error into one
    of ours.
    """

    def __init__(self, connect: Callable[[], Connection], translate: Callable[[Exception], Exception]) -> None:
        self._connect = connect
        self._translate = translate
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._failed: Exception | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.transactions = 0  # begun so far: tells one from another, for what is to be looked at once in each
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Callable[[Connection], T]) -> Future[T]:
        """Queue a write; its future resolves after COMMIT, or with the error that undid it.

        Raises `Unsound` once the database has failed, `StoreError` after `close`.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._failed is not None:
                raise self._failed
            if self._closed:
                raise StoreError("the store is closed")
            self._queue.put((write, future))
        return future

    @property
    def failure(self) -> Exception | None:
        """Why this process writes nothing more; None while all is well."""
        with self._lock:
            return self._failed

    def fail(self, error: Exception) -> None:
        """Write nothing more: what belongs to the rows, such as content beside them, can no longer be kept."""
        with self._lock:
            self._failed = self._failed or error

    def close(self) -> None:
        """Write what was queued, then stop. Idempotent."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            connection = self._connect()
        except Exception as error:  # noqa: BLE001 - goes to every waiting caller, and to all who come later
            self._refuse_all(self._translate(error))
            return
        try:
            last = False
            while not last:
                batch = [self._queue.get()]
                while len(batch) < BATCH and not self._queue.empty():
                    batch.append(self._queue.get())
                last = None in batch
                # a caller that gave up is left out before anything is written, never after
                self._commit(connection, [one for one in batch if one and one[1].set_running_or_notify_cancel()])
        finally:
            connection.close()

    def _refuse_all(self, error: Exception) -> None:
        with self._lock:
            self._failed = error
        while (one := self._queue.get()) is not None:
            if one[1].set_running_or_notify_cancel():
                one[1].set_exception(error)

    def _commit(self, connection: Connection, batch: list[Waiting]) -> None:
        if not batch:
            return
        if (failed := self._failed) is not None:
            for _, future in batch:
                future.set_exception(failed)
            return
        raw: Any = connection.connection.dbapi_connection
        try:
            outcomes = self._write_all(connection, raw, [write for write, _ in batch])
            raw.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the transaction is undone and every caller in it is told
            outcomes = [(None, self._give_up(raw, error))] * len(batch)
        for (_, future), (result, failure) in zip(batch, outcomes, strict=True):
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _write_all(self, connection: Connection, raw: Any, writes: list[Write]) -> list[Outcome]:  # noqa: ANN401 - a DBAPI connection has no type
        self._begin(raw)
        try:
            return [(write(connection), None) for write in writes]
        except Exception as error:
            if not _fails_alone(raw, error):
                raise
            raw.execute("ROLLBACK")
        self._begin(raw)
        return [self._write_one(connection, raw, write) for write in writes]

    def _begin(self, raw: Any) -> None:  # noqa: ANN401 - a DBAPI connection has no type
        self.transactions += 1
        raw.execute("BEGIN IMMEDIATE")

    def _write_one(self, connection: Connection, raw: Any, write: Write) -> Outcome:  # noqa: ANN401 - a DBAPI connection has no type
        raw.execute("SAVEPOINT one")
        try:
            result, failure = write(connection), None
        except Exception as error:
            if not _fails_alone(raw, error):
                raise
            raw.execute("ROLLBACK TO one")
            result, failure = None, self._translate(error)
        raw.execute("RELEASE one")
        return result, failure

    def _give_up(self, raw: Any, error: Exception) -> Exception:  # noqa: ANN401 - a DBAPI connection has no type
        translated = self._translate(error)
        if _breaks(error):
            failed = Unsound(
                "the database failed while it was written; nothing more is written by this process",
                hint="check the disk, then restart the gateway",
            )
            failed.__cause__ = translated
            with self._lock:
                self._failed = translated = failed
        try:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
        except Exception as second:  # noqa: BLE001 - a transaction that cannot be undone leaves nothing to rely on
            with self._lock:
                self._failed = self._failed or self._translate(second)
        return translated


def _fails_alone(raw: Any, error: Exception) -> bool:  # noqa: ANN401 - a DBAPI connection has no type
    """Say whether an error is one write's; on a full disk SQLite has undone the whole transaction by itself."""
    return raw.in_transaction and not _breaks(error)


def _breaks(error: Exception) -> bool:
    return error_name(error).startswith(BROKEN)


def error_name(error: BaseException) -> str:
    """Return SQLite's name for a database error (`SQLITE_FULL`), empty for anything else."""
    return str(getattr(getattr(error, "orig", error), "sqlite_errorname", ""))
