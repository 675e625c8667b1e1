"""What the daemon puts up for the console to read, each under its name: values without content and without secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonBoard:
    """The daemon that runs: its version, since when, and for which key parcels to it are sealed (fresh each start).

    It is put up anew every ten seconds, so that one that was killed is known by the board's age.
    """

    name: ClassVar[str] = "daemon"

    version: str
    since: datetime
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBoard:
    """The policy in force and since when; and why the files that are there now are not, where they are not.

    `proved` is when its proofs and golden cases last held, `decide` and `classify` the names of the files that each
    reads (`store.policies.files` has their texts). `observed` is the hash of a set that decides nothing, empty where
    there is none.
    """

    name: ClassVar[str] = "policy"

    in_force: str
    since: datetime
    proved: datetime
    rules: int
    routes: int
    decide: tuple[str, ...]
    classify: tuple[str, ...]
    rejected_at: datetime | None = None
    complaints: tuple[str, ...] = ()
    observed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One line of `gateway doctor`: its state (`ok`, `note`, `wrong`), what is so, and the fix."""

    state: str
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorBoard:
    """What `gateway doctor` said last; `trouble` where it could not be asked."""

    name: ClassVar[str] = "doctor"

    lines: tuple[Examined, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A recipient's key: whose, what kind, who approved it and for whom, and whether and until when it can be used.

    `reason` says why it cannot be used, empty where it can; `ends` is None for one that never runs out.
    """

    addresses: tuple[str, ...]
    kind: str
    fingerprint: str
    imported_at: datetime
    approved_by: str = ""
    approved_for: tuple[str, ...] = ()
    reason: str = ""
    ends: datetime | None = None
    key_wrap: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysBoard:
    """Recipients' keys; `damaged` are complaints of those that cannot be read."""

    name: ClassVar[str] = "keys"

    keys: tuple[KeyLine, ...] = ()
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """What waits in one lane: how many transfers, since when, when it is next tried, and why it is not open if so."""

    lane: str
    waiting: int
    due: int
    served: int
    oldest: datetime | None = None
    next_at: datetime | None = None
    held_by: str = ""
    reason: str = ""
    closed_until: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueBoard:
    """What waits, by lane."""

    name: ClassVar[str] = "queue"

    lines: tuple[QueueLine, ...] = ()
