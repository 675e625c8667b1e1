"""A small store in memory that keeps the store's promises, and can be told to fail. For the rooms' own tests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO

from gateway.errors import Conflict, NotFound, Repeated
from gateway.model.record import Entry, Instruction, Recorded
from gateway.model.transfer import Transfer
from gateway.store import Readable, StoredObject
from gateway.system import ids


@dataclass
class MemoryVault:
    """Content objects in a dictionary. `failing_after` puts are taken, then `failure` is raised."""

    kept: dict[str, bytes] = field(default_factory=dict)
    failure: Exception | None = None
    failing_after: int = 0

    def put(self, source: Readable) -> StoredObject:
        if self.failure and self.failing_after <= 0:
            raise self.failure
        self.failing_after -= 1
        content = b"".join(iter(lambda: source.read(1 << 20), b""))
        object_id = ids.object_id()
        self.kept[object_id] = content
        digest = hashlib.sha256(content).hexdigest()
        return StoredObject(id=object_id, size=len(content), sha256=digest, header=b"", inline=None)

    def read(self, object_id: str) -> bytes:
        if object_id not in self.kept:
            raise NotFound(f"no object {object_id}")
        return self.kept[object_id]

    def copy(self, object_id: str, target: BinaryIO) -> None:
        target.write(self.read(object_id))

    @contextmanager
    def open(self, object_id: str) -> Iterator[BytesIO]:
        yield BytesIO(self.read(object_id))

    def destroy(self, object_id: str) -> None:
        self.kept.pop(object_id, None)


@dataclass
class MemoryTransfers:
    """Transfers in a dictionary, fenced by their version. `failure` is raised before or `after_commit`."""

    kept: dict[str, Transfer] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    wakes: dict[str, datetime] = field(default_factory=dict)
    failure: Exception | None = None
    after_commit: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def commit(
        self,
        before: Transfer | None,
        after: Transfer,
        *,
        entries: Sequence[Entry],
        objects: Sequence[StoredObject] = (),
        wake: datetime | None = None,
        instruction_done: str = "",
        through: Sequence[Transfer] = (),
        alone_since: datetime | None = None,
    ) -> Transfer:
        del objects, instruction_done, through
        if self.failure and not self.after_commit:
            raise self.failure
        with self.lock:
            if alone_since and self.with_message_id(after.message_id, since=alone_since):
                raise Repeated("it came before")
            stored = self.kept.get(after.id)
            if (stored.version if stored else None) != (before.version if before else None):
                raise Conflict("somebody was quicker")
            written = replace(after, version=(before.version if before else 0) + 1)
            self.kept[after.id] = written
            self.entries.extend(entries)
            if wake:
                self.wakes[after.id] = wake
        if self.failure:
            raise self.failure
        return written

    def get(self, transfer_id: str) -> Transfer:
        fitting = [transfer for key, transfer in self.kept.items() if key.startswith(transfer_id)]
        if len(fitting) != 1:
            raise NotFound(f"no transfer {transfer_id}")
        return fitting[0]

    def find(self, *, held: bool = False, unfinished: bool = False, limit: int = 100) -> Iterator[Transfer]:
        del held, unfinished
        return iter(list(reversed(self.kept.values()))[:limit])

    def instruct(self, instruction: Instruction, *, seen: int | None = None) -> None:
        del seen
        raise NotFound(f"no transfer {instruction.transfer_id}")

    def withdraw(self, instruction_id: str, entry: Entry) -> None:
        del entry
        raise NotFound(f"no instruction {instruction_id}")

    def instructions(self, transfer_id: str) -> Sequence[Instruction]:
        del transfer_id
        return ()

    def has_corresponded(self, sender: str, recipient: str) -> bool:
        del sender, recipient
        return False

    def with_message_id(self, digest: str, *, since: datetime | None = None, sent: str = "") -> Sequence[str]:
        alike = [each for each in self.kept.values() if each.message_id == digest and sent in {"", each.sent_sha256}]
        recent = [each for each in alike if since is None or each.received_at >= since]
        return [each.id for each in sorted(recent, key=lambda each: (each.received_at, each.id), reverse=True)][:50]

    def recorded(
        self, *, since: datetime | None = None, after: str = "", limit: int | None = None
    ) -> Iterator[Recorded]:
        del since, after, limit
        return iter(())

    def counted(self, *, since: datetime | None = None) -> tuple[int, int]:
        del since
        return 0, 0


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    at: datetime = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    seconds: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)
