"""store: the only durable state. A database, a vault of encrypted content, and the ledger's tiles.

In      transfers before and after a step, with the ledger entries and wakes that belong to it; content streams
Out     the same, after any crash
Laws    one step is one transaction: state, deliveries, notices, objects, entries and wakes together or not at all;
        a write is fenced by the transfer's version; a move that is in no lifecycle table raises `IllegalMove`;
        content is encrypted before it touches a disk; destroying an object's wrapped key destroys the object
Fails   `Conflict`, `Damaged`, `StorageFull`, `Unsound`

PostgreSQL and S3 join behind these Protocols; `gateway.testing` ships the suites that every adapter must pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from gateway.model.lane import HOUSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from gateway.model.record import Entry, Instruction, Recorded
    from gateway.model.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One encrypted content object. `header` holds the wrapped data key; `inline` the body of a small object."""

    id: str
    size: int
    sha256: str
    header: bytes
    inline: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A wake that one runner holds until `until`. `ticket` fences it: whoever claims the same wake later changes it.

    `tries` counts the claims in a row, this one too, in which no move was made: each of the earlier ones failed, or
    ended with whoever held it. `lane` is where it waited, `turn` its place there, and `rank` how many seconds it stands
    back (`model.lane`). One that is `hurried` must not wait for the next try of what could not be handed over.
    """

    transfer_id: str
    ticket: int
    until: datetime
    tries: int = 1
    lane: str = HOUSE
    turn: str = ""
    rank: int = 0
    hurried: bool = False


class Readable(Protocol):
    """Content that is read a piece at a time."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, empty only at the end; `Damaged` instead of anything that does not verify."""


class Vault(Protocol):
    """Content objects, written once."""

    def put(self, source: Readable) -> StoredObject:
        """Encrypt a stream; its body is durable (or inline) on return. The object counts once `commit` names it."""

    def read(self, object_id: str) -> bytes:
        """Return the whole verified content; `NotFound` or `Damaged`."""

    def copy(self, object_id: str, target: BinaryIO) -> None:
        """Write the verified content to `target`; a `Damaged` error means that what was written must not be used."""

    def open(self, object_id: str) -> AbstractContextManager[Readable]:
        """Lend a reader that holds little in memory; `NotFound`, and `Damaged` while it is read.

        What was read must not be used before the end was reached: only then the whole has verified.
        """

    def destroy(self, object_id: str) -> None:
        """Destroy the wrapped key, then the body. Idempotent."""


class Transfers(Protocol):
    """Transfers and everything that must change with them."""

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
        """Write one step durably and return `after` with its new version.

        A step may be several moves of the lifecycle: `through` is how the transfer stood between them. `before` is None
        for a new transfer. Raises `Conflict` when the stored version is not `before.version`, `IllegalMove` when a
        state changes in a way the lifecycle does not know, and `Repeated` when a transfer with the same `message_id`
        was received at or after `alone_since`.

        With the transfer ends the wake that is being served, unless another came meanwhile.
        """

    def get(self, transfer_id: str) -> Transfer:
        """Return a transfer (a unique prefix of its id will do); `NotFound`."""

    def find(self, *, held: bool = False, unfinished: bool = False, limit: int = 100) -> Iterator[Transfer]:
        """Return transfers, newest first."""

    def instruct(self, instruction: Instruction, *, seen: int | None = None) -> None:
        """File an officer's instruction and wake its transfer when it is due, in one transaction.

        Of decisions on one delivery only one waits at a time, and it is filed only while what is held is of the version
        that the officer saw (`Held.version`, None where they saw none): else `Conflict`, with who was first. One
        person's second release of a delivery is `NotPermitted`.
        """

    def withdraw(self, instruction_id: str, entry: Entry) -> None:
        """Take back an instruction that was not carried out yet, with its ledger entry; `NotFound`, `Conflict`."""

    def instructions(self, transfer_id: str) -> Sequence[Instruction]:
        """Return the instructions for a transfer that are not carried out yet, oldest first."""

    def has_corresponded(self, sender: str, recipient: str) -> bool:
        """Say whether something was delivered from this sender to this recipient before; case of domains is nothing."""

    def with_message_id(self, digest: str, *, since: datetime | None = None, sent: str = "") -> Sequence[str]:
        """Return the ids of transfers whose `message_id` is this, newest first, of those received at or after `since`.

        Of many with the same the newest 50; of these, where `sent` is given, those whose `sent_sha256` it is.
        """

    def recorded(
        self, *, since: datetime | None = None, after: str = "", limit: int | None = None
    ) -> Iterator[Recorded]:
        """Yield what was decided of each delivery last, the transfer received first first, for replay.

        Only transfers received at or after `since`, and behind the transfer `after` (`NotFound`). Deliveries without
        circumstances are left out. Memory is bounded however many there are.
        """

    def counted(self, *, since: datetime | None = None) -> tuple[int, int]:
        """Return how many deliveries `recorded` yields, and how many it leaves out for want of circumstances."""


class Wakes(Protocol):
    """The engine's one duty: `advance(transfer_id)` is called at or after a time, at least once."""

    def claim(self, now: datetime, lease: timedelta, limit: int, lane: str = "") -> Sequence[Claim]:
        """Take due wakes that nobody holds, of one lane or of all, those whose turn came first."""

    def lanes(self, now: datetime) -> Sequence[str]:
        """Return the lanes in which a wake is due that nobody holds."""

    def done(self, claim: Claim) -> None:
        """The wake is over, unless the transfer was woken again meanwhile."""

    def later(self, claim: Claim, at: datetime, *, failed: bool = False, lane: str = "") -> None:
        """The same wake again, not before `at`, in another `lane` where one is named.

        With `failed` it goes on counting tries.
        """

    def pass_on(self, claim: Claim, now: datetime, lane: str) -> None:
        """The same wake in another lane, due now, with the turn that it has."""

    def renew(self, claim: Claim, until: datetime) -> bool:
        """Hold on to a claim after a move, and count tries from none; False when it is not ours any more."""

    def forget_claims(self, now: datetime) -> None:
        """Give back every claim: for the only runner of a database, at its start, after the one before it died.

        Whoever died with a runner more than once in a row has to wait, for longer each time.
        """

    def sweep(self, now: datetime) -> int:
        """Wake every unfinished transfer that no wake covers; return how many there were."""

    def round(self, before: datetime) -> None:
        """Let what has been due at a destination since `before` be looked after once, whether or not it may go."""

    def next_due(self) -> datetime | None:
        """Return when the earliest unclaimed wake is due."""


class Ledger(Protocol):
    """The tamper-evident record: committed entries, in order, as C2SP tlog-tiles with a signed checkpoint."""

    def integrate(self) -> int:
        """Write entries that were committed but are not in the tiles yet, sign a checkpoint, return how many."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit entries that belong to no step, durably."""

    def entries(self, start: int = 0) -> Iterable[bytes]:
        """Return entries in order, canonical JSON each."""


class Secrets(Protocol):
    """Standing secrets by name, each an object in the vault that belongs to no transfer."""

    def names(self) -> Mapping[str, datetime]:
        """Return the names that stand for something, and since when."""

    def read(self, name: str) -> str:
        """Return what a name stands for; `NotFound`, `Damaged`."""

    def set(self, name: str, text: str, entry: Entry) -> None:
        """Let a name stand for a text from now on, with its ledger entry; destroy what it stood for before."""

    def remove(self, name: str, entry: Entry) -> None:
        """Destroy what a name stands for, with its ledger entry; `NotFound`."""

    def take_out(self, object_id: str, entry: Entry) -> str:
        """Return the text of an object that has no name, destroyed with its ledger entry: once; `NotFound`, `Damaged`.

        Of several who ask at once, one gets it.
        """


class Store(Protocol):
    """All of it, as an installation opens it; whoever opens it closes it."""

    @property
    def transfers(self) -> Transfers:
        """Transfers and everything that must change with them."""

    @property
    def wakes(self) -> Wakes:
        """When each transfer is to be advanced."""

    @property
    def vault(self) -> Vault:
        """Content objects."""

    @property
    def secrets(self) -> Secrets:
        """Standing secrets."""

    @property
    def ledger(self) -> Ledger:
        """The tamper-evident record."""

    def close(self) -> None:
        """Finish what was queued and let go of everything. Idempotent."""
