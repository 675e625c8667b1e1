"""Rotation: another master key for every object, beside a running daemon, safe against a crash at any instant.

    1  a file keeper draws a new key; the old one is durable in its second place before the new one is in use
    2  every header that names another key is written anew under the primary one, as long as there are such headers
    3  a former key of the file keeper that no header names is destroyed

Bodies are never touched. What was cut short goes on at the next call, which draws no second key before the first has
done. A header that cannot be opened keeps the key that it names, and holds up nothing else. A step of the daemon that
wrapped a data key before (1) and commits after (3) is refused by `FileVault.require` and made again: both look and act
inside a transaction that writes, and SQLite lets only one of these run at a time.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select, update

from gateway.errors import Damaged, StoreError
from gateway.store import header, tables
from gateway.store.keepers import Ring
from gateway.system import atomic

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.database import Database
    from gateway.store.keepers import KeyKeeper
    from gateway.store.keepers.file import FileKeys

LOCK: Final = "rotation.lock"
PAGE: Final = 200

OBJECT: Final = tables.objects.c
AFTER: Final = select(OBJECT.id, OBJECT.header).where(OBJECT.id > bindparam("after")).order_by(OBJECT.id).limit(PAGE)
ANEW: Final = (
    update(tables.objects)
    .where(OBJECT.id == bindparam("object"), OBJECT.header == bindparam("was"))
    .values(header=bindparam("anew"))
)
NAMING: Final = select(OBJECT.id, OBJECT.header).where(func.instr(OBJECT.header, bindparam("key")) > 0)
COUNT: Final = select(func.count()).select_from(tables.objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """What came of writing headers anew: how many, and the objects whose header could not be opened."""

    count: int
    damaged: tuple[str, ...]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one rotation run at a time in the folder of a key; `StoreError` when there is another."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, atomic.PRIVATE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError("another rotation is running", hint="wait for its end") from None
        yield
    finally:
        os.close(descriptor)


def draw(database: Database, keys: FileKeys) -> bool:
    """Put a new key in use, unless an earlier rotation has not come to its end; say whether."""
    current, *former = keys()
    if any(_opens_something(database, key.id, keys) for key in former if key.id != current.id):
        return False
    keys.draw()
    return True


def rewrap(
    database: Database, ring: Ring, *, again: bool = False, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> Rewrapped:
    """Wrap every data key that is not under the primary master key; with `again` those too, once. `Unsound`.

    `tell` is told how many headers were looked at, of how many.
    """
    keeper, count, damaged, is_last = ring.primary(), 0, dict[str, None](), False
    while not is_last:  # what a step commits meanwhile may lie behind the page that was looked at last
        pages = _pages(database, ring, keeper, damaged, again=again, tell=tell)
        changed = sum(_write(database, page) for page in pages)
        count += changed
        is_last, again = not (changed or again), False
    database.forget()  # headers that were replaced also stand in the write-ahead log
    return Rewrapped(count=count, damaged=tuple(damaged))


def retire(database: Database, keys: FileKeys) -> tuple[str, ...]:
    """Destroy each former key that no header names; return their ids."""
    keys.tidy()
    current, *former = keys()
    return tuple(key.id for key in former if _retire(database, keys, key.id, is_current=key.id == current.id))


def kept(database: Database, keys: FileKeys) -> Mapping[str, tuple[str, ...]]:
    """Return the former keys that are still kept, and the objects that name each of them."""
    current, *former = keys()
    with database.read() as connection:
        return {
            key.id: tuple(row.id for row in connection.execute(NAMING, {"key": key.id.encode()}))
            for key in former
            if key.id != current.id
        }


def _pages(
    database: Database,
    ring: Ring,
    keeper: KeyKeeper,
    damaged: dict[str, None],
    *,
    again: bool,
    tell: Callable[[int, int], None],
) -> Iterator[list[dict[str, object]]]:
    """Yield the headers to be replaced, page by page: wrapped here, because all writes share one transaction."""
    after, done = "", 0
    while True:
        with database.read() as connection:
            total = connection.execute(COUNT).scalar() or 0
            page = connection.execute(AFTER, {"after": after}).all()
        if not page:
            return
        changes: list[dict[str, object]] = []
        for object_id, was in page:
            try:
                if again or header.key_of(object_id, was) != keeper.id:
                    anew = header.make(object_id, header.data_key_of(object_id, was, ring), keeper)
                    changes.append({"object": object_id, "was": was, "anew": anew})
            except Damaged:
                damaged[object_id] = None
        if changes:
            yield changes
        after, done = page[-1][0], done + len(page)
        tell(done, max(total, done))


def _opens_something(database: Database, key_id: str, keys: FileKeys) -> bool:
    """Say whether a header that names a key can be opened; `Unsound`."""
    ring = Ring(keys)
    with database.read() as connection:
        for object_id, raw in connection.execute(NAMING, {"key": key_id.encode()}):
            try:
                header.data_key_of(object_id, raw, ring)
            except Damaged:
                continue
            return True
    return False


def _write(database: Database, changes: list[dict[str, object]]) -> int:
    """Replace headers that are still what they were; return how many."""

    def write(connection: Connection) -> int:
        return sum(connection.execute(ANEW, change).rowcount for change in changes)

    return database.write(write)


def _retire(database: Database, keys: FileKeys, key_id: str, *, is_current: bool) -> bool:
    def write(connection: Connection) -> bool:
        if not is_current and connection.execute(NAMING, {"key": key_id.encode()}).first():
            return False
        keys.retire(key_id)  # inside the transaction: no other process can commit a header under this key meanwhile
        return True

    return database.write(write)
