"""The folder door: whatever is complete in an outbound folder becomes a transfer.

    outbound/<route>/…         to the fixed recipient of the route
    outbound/to/<address>/…    to that address
    outbound/notices/          written by the gateway; never read here
    outbound/.work/            claims

A file is a transfer of its own; a folder inside a route's or an address's folder is one transfer with all its files.
What is named *.passwords is never sent: it gives passwords for looking inside what it stands beside, or within. Nor is
*.reason, which says why that is sent.
The scan is the truth: events are lost in bursts and never come over network file systems, so they only wake it early.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from gateway.errors import GatewayError, NotAccepted, NotFound, StoreError
from gateway.intake import Arrival, Door
from gateway.intake.address import normalised
from gateway.intake.beside import Beside, kind_of
from gateway.intake.claim import Claim, claimed, found, passwords_in, reason_in, streams
from gateway.intake.explanation import HOW as HOW_REASON
from gateway.intake.passwords import HOW as HOW_PASSWORDS
from gateway.intake.ready import (
    UNREADABLE,
    Sight,
    Watched,
    account_of,
    is_free,
    is_temporary,
    look,
    look_at_all,
)
from gateway.intake.watch import Watch
from gateway.model.transfer import Origin, Transfer
from gateway.store import Transfers
from gateway.system import ids
from gateway.system.clock import Clock, MachineClock
from gateway.system.log import get_log

WORK: Final = ".work"
TO: Final = "to"
NOTICES: Final = "notices"
RESERVED: Final = frozenset({WORK, TO, NOTICES})

MAX_SIZE: Final = 2_000_000_000  # bytes a file
STALE: Final = 3600.0  # seconds after which an unfinished file is probably forgotten

FORGOTTEN: Final = "has a hidden or temporary name and has not changed for an hour; rename it to send it"
NO_PLACE: Final = "stands outside every route's folder; move it into one, or into to/<address>/"
NO_ROUTE: Final = "stands in a folder that is no route"
NO_RECIPIENT: Final = "stands in the folder of a route without a fixed recipient; use to/<address>/"
NO_ADDRESS: Final = "stands in a folder that is not named by an address"
NOT_MOVED: Final = "cannot be moved by the gateway; its folder must be writable for the gateway"
NOT_TAKEN: Final = "cannot become a transfer"
ALONE: Final = {
    kind: f"holds {what} a file that is not there; it is named like that file, with {kind.ending} after it"
    for kind, what in ((Beside.PASSWORDS, "passwords for"), (Beside.REASON, "the reason for"))
}
NO_LIST: Final = f"comes with passwords that cannot be read; {HOW_PASSWORDS}"
NO_REASON: Final = f"comes with a reason that cannot be read; {HOW_REASON}"
TOO_LARGE: Final = "is, or holds, a file of more than {} bytes; this door takes none that are larger"
BROKEN: Final = "could not be taken because of a fault in the gateway; tell its administrators"
STUCK: Final = "was not taken and cannot be put back, because its old name is taken or its folder is gone"

T = TypeVar("T")
Report = Callable[[Path, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A folder to drop things in, and where they go. `trouble` says why nothing may be taken from it."""

    folder: Path
    route: str = ""
    recipient: str = ""
    trouble: str = ""


def log_report(path: Path, why: str) -> None:
    """Log that something was passed over, without its name: a name may say as much as the content."""
    get_log().warning("folder:passed_over", file=path.parent.name, error=why)


class FolderDoor:
    """Takes what is complete in the outbound folders. `routes` gives each route's fixed recipient, or nothing."""

    def __init__(  # noqa: PLR0913 - each is one line of configuration
        self,
        door: Door,
        transfers: Transfers,
        outbound: Path,
        routes: Callable[[], Mapping[str, str]],
        sender: str,
        *,
        quiet: float = 10.0,
        scan_every: float = 15.0,
        max_size: int = MAX_SIZE,
        notices: Path | None = None,
        clock: Clock | None = None,
        report: Report = log_report,
    ) -> None:
        self._door = door
        self._transfers = transfers
        self._outbound = outbound
        self._routes = routes
        self._sender = sender
        self._quiet = quiet
        self._max_size = max_size
        self._reserved = RESERVED if notices is None or notices.parent != outbound else RESERVED | {notices.name}
        self._clock = clock or MachineClock()
        self._report = report
        self._watched = Watched()
        self._reported: set[tuple[Path, str]] = set()
        self._present: set[Path] = set()
        self._scanning = Lock()
        self._watch = Watch(outbound, self.scan, every=scan_every, quiet=quiet, ignored=outbound / WORK)

    def start(self) -> None:
        """Scan from now on, in a thread. Call it from the main thread. `GatewayError` when folders cannot be made."""
        try:
            self._prepare()
        except OSError as error:
            raise GatewayError(
                f"the outbound folder {self._outbound} cannot be used: {error.strerror}",
                hint="make it writable for the gateway, or set another one",
            ) from error
        self._watch.start()

    def stop(self) -> None:
        """Finish the scan under way and stop. Idempotent."""
        self._watch.stop()

    def scan(self) -> tuple[Transfer, ...]:
        """Look at everything once; return what was admitted. Trouble with one path never keeps it from the others."""
        with self._scanning:
            self._prepare()
            self._present = set()
            self._settle_claims()
            admitted = [
                transfer
                for place in self._places()
                for path in self._entries(place.folder)
                for transfer in self._guarded(path, partial(self._meet, path, place))
            ]
            self._watched.forget_all_but(self._present)
            self._reported = {known for known in self._reported if known[0] in self._present}
        return tuple(admitted)

    def _prepare(self) -> None:
        for name in (TO, *(route for route in self._routes() if _may_name_a_folder(route))):
            (self._outbound / name).mkdir(parents=True, exist_ok=True)
        (self._outbound / WORK).mkdir(mode=0o700, exist_ok=True)

    def _places(self) -> Iterator[_Place]:
        routes = self._routes()
        for path in self._visible(self._outbound):
            if not path.is_dir() or path.is_symlink():
                self._tell(path, NO_PLACE)
            elif path.name == TO:
                yield from self._address_places(path)
            elif path.name not in self._reserved:
                recipient = routes.get(path.name)
                trouble = NO_ROUTE if recipient is None else "" if recipient else NO_RECIPIENT
                yield _Place(folder=path, route=path.name, recipient=recipient or "", trouble=trouble)

    def _address_places(self, to: Path) -> Iterator[_Place]:
        for path in self._visible(to):
            if not path.is_dir() or path.is_symlink():
                self._tell(path, NO_PLACE)
                continue
            try:
                yield _Place(folder=path, recipient=normalised(path.name))
            except NotAccepted:
                yield _Place(folder=path, trouble=NO_ADDRESS)

    def _guarded(self, path: Path, act: Callable[[], T | None]) -> tuple[T, ...]:
        """Do something with one path; what goes wrong there is reported and logged, and the scan goes on."""
        try:
            done = act()
        except Exception as error:  # noqa: BLE001 - a sanctioned place: one path must not close the door for all others
            get_log().error("folder:failed", error=type(error).__name__)
            self._tell(path, BROKEN)
            return ()
        return () if done is None else (done,)

    def _meet(self, path: Path, place: _Place) -> Transfer | None:
        """Take one thing if it is complete."""
        self._present.add(path)
        sight = look_at_all(path)
        if sight is None or self._is_beside(path, sight):
            return None
        temporary = is_temporary(path.name)
        quiet = STALE if temporary else self._quiet
        is_quiet = self._watched.is_quiet(path, sight, self._clock.monotonic(), quiet)
        if trouble := FORGOTTEN if temporary else place.trouble or sight.unfit or self._oversized(sight):
            if is_quiet:  # what is just being made may pass through odd states
                self._tell(path, trouble)
            return None
        return self._take(path, place, sight) if is_quiet and self._is_free(path, sight) else None

    def _is_beside(self, path: Path, sight: Sight) -> bool:
        """Say whether this holds passwords or a reason: it goes with what it is named after, or is told to be alone."""
        kind = kind_of(path.name)
        if sight.is_folder or is_temporary(path.name) or kind is None:
            return False
        name = path.name[: -len(kind.ending)]
        owner = path.with_name(name) if name else None
        is_beside = owner is not None and kind.of(owner) == path and os.path.lexists(owner)
        is_quiet = self._watched.is_quiet(path, sight, self._clock.monotonic(), self._quiet)
        if is_quiet and (not is_beside or kind_of(name)):
            self._tell(path, ALONE[kind])
        return True

    def _oversized(self, sight: Sight) -> str:
        return TOO_LARGE.format(self._max_size) if sight.largest > self._max_size else ""

    def _is_free(self, path: Path, sight: Sight) -> bool:
        try:
            return is_free(path, sight)
        except PermissionError:
            self._tell(path, UNREADABLE)
            return False

    def _take(self, path: Path, place: _Place, sight: Sight) -> Transfer | None:
        transfer_id = ids.transfer_id(self._clock.now())
        try:
            beside = [kind for kind, _ in sight.beside]
            with claimed(self._outbound / WORK, transfer_id, path, beside=beside) as claim:
                if claim is None:
                    return None
                try:
                    transfer = self._admit(claim, place, sight)
                except Exception:
                    self._settle(claim)  # back to where it came from, where its sender will look for it
                    raise
                self._settle(claim)
                return transfer
        except OSError:  # of the rename: what happens to a claim afterwards is told by `_settle`
            self._tell(path, NOT_MOVED)
            return None

    def _admit(self, claim: Claim, place: _Place, sight: Sight) -> Transfer | None:
        after = look(claim.content)
        if after is None or [seen for _, seen in after.files] != [seen for _, seen in sight.files]:
            return None  # a writer was quicker than the claim
        after = replace(after, beside=sight.beside)
        if not is_free(claim.content, after, claim.beside):
            return None
        passwords = self._read(claim, NO_LIST, lambda: passwords_in(claim, after))
        reason = self._read(claim, NO_REASON, lambda: reason_in(claim, after))
        if passwords is None or reason is None:
            return None
        arrival = Arrival(
            origin=Origin.FOLDER,
            sender=self._sender,
            recipients=(place.recipient,),
            parts=streams(claim, after),
            route=place.route,
            transfer_id=claim.id,
            account=account_of(after.owner),
            passwords=passwords,
            reason=reason,
        )
        try:
            return self._door.admit(arrival)
        except NotAccepted:
            self._tell(claim.origin, NOT_TAKEN)
        except (StoreError, OSError) as error:  # a file that changed or cannot be read is an OSError
            get_log().error("folder:deferred", error=type(error).__name__)
        return None

    def _read(self, claim: Claim, trouble: str, act: Callable[[], T]) -> T | None:
        """Read what came with a claim; None where that cannot be done, and `trouble` is told where it never can."""
        try:
            return act()
        except NotAccepted:
            self._tell(claim.origin, trouble)
        except OSError as error:
            get_log().error("folder:deferred", error=type(error).__name__)
        return None

    def _settle_claims(self) -> None:
        """Bring every claim that an earlier run left behind to its end: removed when committed, else put back."""
        for folder in self._entries(self._outbound / WORK):
            self._guarded(folder, partial(self._settle_found, folder))

    def _settle_found(self, folder: Path) -> None:
        with found(folder) as claim:
            if claim is not None:
                self._settle(claim)

    def _settle(self, claim: Claim) -> None:
        try:
            is_committed = self._transfers.get(claim.id).id == claim.id
        except NotFound:
            is_committed = False
        except StoreError as error:  # nobody knows; the claim waits for a scan when the database answers again
            get_log().error("folder:deferred", error=type(error).__name__)
            return
        try:
            if is_committed:
                claim.remove()
            elif not claim.give_back():
                self._tell(claim.content, STUCK)
        except OSError:
            self._tell(claim.content, NOT_MOVED)

    def _entries(self, folder: Path) -> list[Path]:
        try:
            with os.scandir(folder) as entries:
                return sorted(Path(entry.path) for entry in entries)
        except FileNotFoundError:
            return []
        except OSError:
            self._tell(folder, UNREADABLE)
            return []

    def _visible(self, folder: Path) -> list[Path]:
        return [path for path in self._entries(folder) if not is_temporary(path.name)]

    def _tell(self, path: Path, why: str) -> None:
        """Report once, as long as it stays there."""
        self._present.add(path)
        if (path, why) not in self._reported:
            self._reported.add((path, why))
            try:
                self._report(path, why)
            except Exception as error:  # noqa: BLE001 - as above: who cannot be told must not keep others from sending
                get_log().error("folder:untold", error=type(error).__name__)


def _may_name_a_folder(route: str) -> bool:
    return route not in RESERVED and "/" not in route and not is_temporary(route)
