"""The embedded store: nothing to install. A database, the vault's folder, and the ledger's tiles.

    <state>/gateway.db            the database, with its -wal and -shm
    <state>/keys/master.key       wraps every object's data key, 0600, unless another keeper does
    <state>/keys/former/          keys that were in use before, until no header names them
    <state>/keys/master.key.owner whose key it is: a key file serves one installation
    <state>/keys/ledger.key       signs checkpoints, 0600
    <state>/keys/ledger.vkey      verifies them: public, give it to your auditor
    <state>/ledger/               checkpoint and tiles
    <vault>/ab/o-ab…              encrypted bodies

The daemon and any number of commands may have it open at once. Keys are read when they are first needed, so that a
program that may not hold them can still read transfers and file instructions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from gateway.errors import Unsound
from gateway.store import examine, ledger, master_key, search_key
from gateway.store.attempts import SqlAttempts
from gateway.store.boards import SqlBoards
from gateway.store.bulks import SqlBulks
from gateway.store.database import Database
from gateway.store.held import SqlHeld
from gateway.store.keepers import Ring
from gateway.store.keepers.file import FileKeys
from gateway.store.lanes import SqlLanes
from gateway.store.ledger import TileLedger
from gateway.store.notices import SqlNotices
from gateway.store.officer_notices import SqlOfficerNotices
from gateway.store.parcels import SqlParcels
from gateway.store.people import SqlPeople
from gateway.store.policies import SqlPolicies
from gateway.store.search import SqlSearch
from gateway.store.secrets import SqlSecrets
from gateway.store.sessions import SqlSessions
from gateway.store.tokens import SqlTokens
from gateway.store.transfers import SqlTransfers
from gateway.store.vault import FileVault
from gateway.store.views import SqlViews
from gateway.store.wakes import SqlWakes
from gateway.system import atomic

if TYPE_CHECKING:
    from gateway.system.clock import Clock

T = TypeVar("T")

DATABASE: Final = "gateway.db"
KEYS: Final = "keys"
LEDGER: Final = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The store of one installation."""

    transfers: SqlTransfers
    wakes: SqlWakes
    lanes: SqlLanes
    vault: FileVault
    secrets: SqlSecrets
    ledger: TileLedger
    people: SqlPeople
    sessions: SqlSessions
    attempts: SqlAttempts
    tokens: SqlTokens
    held: SqlHeld
    search: SqlSearch
    boards: SqlBoards
    notices: SqlNotices
    officer_notices: SqlOfficerNotices
    views: SqlViews
    bulks: SqlBulks
    parcels: SqlParcels
    policies: SqlPolicies
    database: Database

    def close(self) -> None:
        """Finish what was queued and let go of the files. Idempotent."""
        self.database.close()


def create_keys(
    state: Path, *, origin: str = "gateway", master: Sequence[Path] | None = None, ring: Ring | None = None
) -> None:
    """Draw the keys of a new installation and leave existing ones; `Unsound` when a store in use has lost its own.

    `master` are the files of master keys: the one in the state folder, none where the vault's keeper is no file.
    Beside a store in use one is drawn only when all that its objects name is kept by somebody in `ring`.
    """
    keys = state / KEYS
    files = [keys / master_key.NAME] if master is None else master
    for path in files:
        if (state / DATABASE).exists() and not path.exists() and _is_needed(state, ring or Ring(FileKeys(path))):
            raise Unsound(
                f"{state} has a database but no master key, and without it no content can be read",
                hint=f"restore {path} from a backup; where it is to be a new one, name the one before under 'former'",
            )
    for folder in (state, keys):
        atomic.make_private_folder(folder)
    for path in files:
        master_key.create(path)
    search_key.create(keys)
    ledger.create_key(keys, origin)
    for path in files:
        with suppress(OSError):  # in a folder that is only read no key can be changed either
            FileKeys(path).claim(installation_of(state))


def installation_of(state: Path) -> str:
    """Return by what an installation is told from others: the line that verifies its ledger. `Unsound`."""
    try:
        return (state / KEYS / ledger.VERIFIER).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise Unsound(f"{state / KEYS / ledger.VERIFIER} cannot be read", hint="run 'gateway init'") from None


def open_store(*, state: Path, vault: Path, clock: Clock, ring: Ring | None = None, origin: str = "gateway") -> Store:
    """Open the store, and bring its database up to date; `Unsound`, `Damaged`.

    Without a `ring` the vault's master key is the file in the state folder.
    """
    for folder in (state, vault):
        atomic.make_private_folder(folder)
    keys = state / KEYS
    signing = _Once(lambda: ledger.read_key(keys / ledger.KEY))
    database = Database(state / DATABASE)
    content = FileVault(vault, database, ring or Ring(FileKeys(keys / master_key.NAME)), clock)
    return Store(
        transfers=SqlTransfers(database, content.require),
        wakes=SqlWakes(database),
        lanes=SqlLanes(database),
        vault=content,
        secrets=SqlSecrets(database, content),
        ledger=TileLedger(state / LEDGER, database, signing, origin),
        people=SqlPeople(database),
        sessions=SqlSessions(database),
        attempts=SqlAttempts(database),
        tokens=SqlTokens(database),
        held=SqlHeld(database),
        search=SqlSearch(database),
        boards=SqlBoards(database),
        notices=SqlNotices(database),
        officer_notices=SqlOfficerNotices(database),
        views=SqlViews(database),
        bulks=SqlBulks(database),
        parcels=SqlParcels(database),
        policies=SqlPolicies(database),
        database=database,
    )


def _is_needed(state: Path, ring: Ring) -> bool:
    """Say whether objects are under a key that nobody keeps, or nobody can say so."""
    database = Database(state / DATABASE)
    try:
        return bool(examine.missing_keys(database, ring))
    except Unsound:
        return True
    finally:
        database.close()


class _Once(Generic[T]):
    """Reads something when it is first asked for; a failure is not kept."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._value: T | None = None

    def __call__(self) -> T:
        """Return it."""
        with self._lock:
            if self._value is None:
                self._value = self._read()
            return self._value
