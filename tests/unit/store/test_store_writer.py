"""Group commit: one flush for many, each on its own feet, and nothing promised before it is on the disk."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from gateway.errors import StorageFull, StoreError, Unsound
from gateway.store.database import Database

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "gateway.db")
    yield database
    database.close()


def insert(number: int, size: int = 1) -> Callable[[Connection], int]:
    def write(connection: Connection) -> int:
        connection.exec_driver_sql("INSERT INTO ledger VALUES (?, zeroblob(?))", (number, size))
        return number

    return write


def numbers(database: Database) -> list[int]:
    with database.read() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT seq FROM ledger ORDER BY seq")]


class Pause:
    """A write that keeps the writer busy until told, so that what is queued behind it shares one transaction."""

    def __init__(self, database: Database) -> None:
        self._entered, self._go = threading.Event(), threading.Event()
        self.future: Future[None] = database.submit(self._write)
        assert self._entered.wait(30)

    def _write(self, _connection: Connection) -> None:
        self._entered.set()
        assert self._go.wait(30)

    def release(self) -> None:
        self._go.set()

    def end(self) -> None:
        self.release()
        self.future.result(30)


def test_a_result_comes_after_the_commit(database: Database) -> None:
    assert database.write(insert(3)) == 3
    assert numbers(database) == [3]


def test_what_is_queued_shares_a_transaction(database: Database) -> None:
    states: list[tuple[int, list[int]]] = []
    other = Database(database.path)

    def look(number: int) -> Callable[[Connection], None]:
        def write(connection: Connection) -> None:
            insert(number)(connection)
            states.append((number, numbers(other)))

        return write

    pause = Pause(database)
    futures = [database.submit(look(number)) for number in range(5)]
    pause.end()
    for future in futures:
        future.result(30)
    other.close()
    assert states == [(number, []) for number in range(5)]
    assert numbers(database) == [0, 1, 2, 3, 4]


def test_a_bad_write_fails_alone_and_leaves_nothing(database: Database) -> None:
    def bad(connection: Connection) -> None:
        insert(50)(connection)
        raise ZeroDivisionError

    pause = Pause(database)
    futures: list[Future[Any]] = [database.submit(write) for write in (insert(0), bad, insert(0), insert(1))]
    pause.end()
    assert futures[0].result(30) == 0
    with pytest.raises(ZeroDivisionError):
        futures[1].result(30)
    with pytest.raises(StoreError, match="CONSTRAINT"):
        futures[2].result(30)
    assert futures[3].result(30) == 1
    assert numbers(database) == [0, 1]


def test_what_a_caller_gave_up_in_time_is_not_written_and_hurts_nobody(database: Database) -> None:
    pause = Pause(database)
    given_up, kept = database.submit(insert(0)), database.submit(insert(1))
    assert given_up.cancel()
    pause.end()
    assert kept.result(30) == 1
    with pytest.raises(CancelledError):
        given_up.result(0)
    assert database.write(insert(2)) == 2
    assert numbers(database) == [1, 2]


def test_close_writes_what_was_queued_and_then_refuses(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    futures = [database.submit(insert(number)) for number in range(600)]
    database.close()
    database.close()
    assert [future.result(0) for future in futures] == list(range(600))
    with pytest.raises(StoreError, match="closed"):
        database.submit(insert(601))


def test_a_full_disk_refuses_and_recovers(database: Database) -> None:
    database.write(insert(0))
    pages = database.write(lambda connection: int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()))
    database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}").scalar())
    pause = Pause(database)
    futures = [database.submit(write) for write in (insert(1), insert(2, 10_000_000))]
    pause.release()
    with pytest.raises(StorageFull) as full:
        futures[1].result(30)
    assert full.value.hint
    assert 2 not in numbers(database)
    database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=1000000").scalar())
    assert database.write(insert(3)) == 3


def test_another_writer_is_waited_for(database: Database) -> None:
    other = Database(database.path)
    pause = Pause(other)
    future = database.submit(insert(0))
    time.sleep(0.2)
    assert not future.done()
    pause.end()
    assert future.result(30) == 0
    other.close()


IO_ERROR = """
import resource, sys
from pathlib import Path
from gateway.errors import Unsound
from gateway.store.database import Database

database = Database(Path(sys.argv[1]))
def insert(number, size):
    values = "INSERT INTO ledger VALUES (?, zeroblob(?))"
    return lambda connection: connection.exec_driver_sql(values, (number, size)).rowcount
assert database.write(insert(0, 10)) == 1
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))  # the disk refuses to write any further
told = []
for number, size in ((1, 3_000_000), (2, 10)):
    if number == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))  # and is well again: too late
    try:
        database.write(insert(number, size))
    except Unsound as error:
        told.append(str(error))
print(len(told), all("nothing more is written" in one for one in told))
database.close()
"""


def test_after_a_failure_of_the_disk_nothing_is_written_any_more(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    ran = subprocess.run(
        [sys.executable, "-c", IO_ERROR, str(path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=110
    )
    assert ran.stdout.split() == ["2", "True"], ran.stderr
    database = Database(path)
    assert numbers(database) == [0]
    database.close()


def test_a_database_that_cannot_be_opened_for_writing_is_told_to_every_caller(database: Database) -> None:
    def broken() -> Connection:
        raise Unsound("no")

    database._writing = broken  # type: ignore[method-assign]  # the failure under test
    for number in range(3):
        with pytest.raises(Unsound):
            database.submit(insert(number)).result(30)
