"""One decision over everything that matched, carried out delivery by delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.record import Act


class BulkState(StrEnum):
    """How far such a decision has come. Stopping it leaves what was filed before as it is."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class Result(StrEnum):
    """What came of one delivery: an instruction was filed, it was refused, or somebody else was first."""

    FILED = "filed"
    REFUSED = "refused"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """A decision over many. `query` is what was asked for, as a page's address has it, for people to read.

    `done` of `total` deliveries have a result; for `failed` of them nothing was filed.
    """

    id: str
    person_id: str
    at: datetime
    state: BulkState
    act: Act
    reason: str
    query: str
    total: int
    done: int = 0
    failed: int = 0
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """One delivery of it, of the `version` that was held when it was decided on. `words` say why nothing was filed."""

    position: int
    transfer_id: str
    delivery_id: str
    version: int
    result: Result | None = None
    words: str = ""
