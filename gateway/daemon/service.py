"""The daemon's life: start everything that could refuse first, then the doors; stop the doors first."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Protocol

from gateway.config.load import read_classify_files
from gateway.config.settings import Settings
from gateway.daemon.alone import only_one
from gateway.daemon.answering import with_clerk
from gateway.daemon.assembly import build_house, close_channels, open_inspector
from gateway.daemon.for_console import console_parts
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.keys_watch import KeysWatch
from gateway.daemon.mail_door import build_mail_door, build_milter_door
from gateway.daemon.metrics import Metrics
from gateway.daemon.monitoring import watch
from gateway.daemon.reload import PolicyInForce
from gateway.daemon.runner import Runner
from gateway.daemon.siem import behind, collectors
from gateway.daemon.sweeping import OrphanSweep
from gateway.decide.policy import Policy
from gateway.deliver.post import FolderPost
from gateway.errors import TryLater
from gateway.intake import Arrival, Door
from gateway.intake.accept import Accept, Acceptor
from gateway.intake.door import MainDoor
from gateway.intake.folder import FolderDoor, log_report
from gateway.intake.mail import MailDoor
from gateway.intake.refusal import AnsweringRefusals
from gateway.model.transfer import Notice, Transfer
from gateway.record.notices import not_taken
from gateway.store import Ledger
from gateway.store.embedded import Store, installation_of, open_store
from gateway.store.examine import require_keepers
from gateway.store.keepers.file import FileKeys
from gateway.system.clock import MachineClock
from gateway.system.ids import serial
from gateway.system.log import get_log

LOOK_EVERY = 1.0  # seconds between looks whether the store still writes
REST = 9  # times as long as a batch takes to be taken into the index nothing is taken in: it is in no hurry
CHECKPOINT_EVERY = 1.0  # seconds between looks for entries that are not in the ledger's tiles yet
UNTOLD = "Entries that a collector was not told yet"
LOADS = "Changed policies since the start, by what became of them"


class Part(Protocol):
    """What runs beside the others from start to stop."""

    def start(self) -> None:
        """Begin; raises what keeps the gateway from starting."""

    def stop(self) -> None:
        """End what is under way, and return when it has ended."""


class RingingDoor:
    """The front door of a daemon: what comes in wakes a runner at once instead of at its next look."""

    def __init__(self, door: Door, ring: Callable[[], None], count: Callable[[Transfer], None]) -> None:
        self._door = door
        self._ring = ring
        self._count = count

    def admit(self, arrival: Arrival) -> Transfer:
        """Admit and ring."""
        transfer = self._door.admit(arrival)
        about = {"repeats": transfer.repeats} if transfer.repeats else {}
        get_log().info(
            "transfer:received", transfer=transfer.id, count=len(transfer.parts), size=transfer.size, **about
        )
        self._count(transfer)
        self._ring()
        return transfer


def passed_over(post: FolderPost, help_contact: str) -> Callable[[Path, str], None]:
    """Return what tells staff, in the notices folder, about a file that stays where it is and why."""

    def report(path: Path, why: str) -> None:
        log_report(path, why)
        told = not_taken(path.name, why, help_contact=help_contact)
        notice = Notice(id=serial("n"), about=told.about, to="", subject=told.subject, object_id="")
        with suppress(TryLater):  # it is in the log already, and reported again after a restart
            post.tell(notice, told.text, MachineClock().now())

    return report


class LedgerWriter:
    """A thread that keeps the tiles and the checkpoint up with the committed entries.

    `settle` is called as often: it ends what the store could not end while it was busy. So is `catch_up`, until it
    returns 0: it takes a little of what happened into the index, which may wait, as the checkpoint may not.
    """

    def __init__(self, ledger: Ledger, settle: Callable[[], None], catch_up: Callable[[], int]) -> None:
        self._ledger = ledger
        self._settle = settle
        self._catch_up = catch_up
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Integrate what is left and end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            last = self._stopping.is_set()
            try:
                self._ledger.integrate()
                self._settle()
                if not last:
                    self._catch_up_a_little()
            except Exception as error:  # noqa: BLE001 - entries are safe in the database; trying again loses nothing
                get_log().error("ledger:failed", error=error)
                self._stopping.wait(CHECKPOINT_EVERY)
            if last:
                return

    def _catch_up_a_little(self) -> None:
        """Take in what happened until the next checkpoint is due, and be at it a tenth of that time at the most."""
        until = time.monotonic() + CHECKPOINT_EVERY
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            begin = time.monotonic()
            is_more = self._catch_up() > 0
            pause = REST * (time.monotonic() - begin)
            self._stopping.wait(min(pause, left) if is_more else left)


def run(settings: Settings, policy: Policy, announce: Callable[[str], None], config: Path | None = None) -> None:
    """Run the gateway until SIGTERM or SIGINT; `announce` is told where the mail door listens once all is up.

    Raises `Unsound` once the store has failed: senders are told to try later, and a fresh start looks at the disk anew.
    """
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, lambda *_: None)  # until there is something to reload
    with ExitStack() as up:
        store, mail = _start(settings, policy, up, config)
        announce(mail.told())
        get_log().info("gateway:started", port=mail.address[1])
        while not stopping.wait(LOOK_EVERY):
            if trouble := store.database.failure:
                get_log().error("store:failed", error=trouble)
                raise trouble
        get_log().info("gateway:stopping")


def _start(settings: Settings, policy: Policy, up: ExitStack, config: Path | None) -> tuple[Store, MailDoor]:
    """Start everything, and leave with `up` how to stop it: in the other order, the doors first."""
    up.enter_context(only_one(settings.paths.state, settings.vault.hash))
    classify, clock = read_classify_files(settings.paths.policies), MachineClock()
    inspectors = Inspectors(open_inspector(settings, classify))
    up.callback(inspectors.close)
    store = open_with_keys(settings)
    up.callback(store.close)
    in_force = PolicyInForce(
        settings,
        policy,
        classify=classify,
        inspectors=inspectors,
        open_inspector=lambda texts: open_inspector(settings, texts),
        ledger=store.ledger,
        clock=clock,
    )
    signal.signal(signal.SIGHUP, lambda *_: in_force.ask())
    metrics = Metrics()
    house = build_house(settings, store, inspectors, in_force, in_force.observed, in_force.reads_with)
    house = replace(house, watch=metrics.committed)
    up.callback(close_channels, house.channels)
    runner = Runner(house, store, limits=settings.scheduler.limits(settings.inspection.workers))
    door = RingingDoor(MainDoor(store.transfers, store.vault, clock), runner.ring, metrics.accepted)
    closing = threading.Event()
    accept = _accept(settings, store, door, runner.ring, closing)
    mail = build_mail_door(settings, accept, metrics.refused)
    milter = build_milter_door(settings, accept, metrics.refused)
    told = collectors(settings.siem, store, clock)
    metrics.ask_when_looked_at("siem_behind_entries", UNTOLD, "collector", lambda: behind(told))
    metrics.ask_when_looked_at("policy_loads", LOADS, "result", in_force.loads)
    parts: list[Part] = [
        LedgerWriter(store.ledger, store.database.settle, store.search.catch_up),
        in_force,
        runner,
        KeysWatch(settings, house.channels, clock),
        OrphanSweep(store.vault.sweep_orphans),
        _folder_door(settings, store, door, in_force),
        mail,
        *([milter] if milter else []),
        *told,
        *console_parts(settings, store, in_force, inspectors, house, ring=runner.ring, config=config),
    ]
    for part in parts:
        part.start()
        up.callback(part.stop)
    up.callback(closing.set)
    watch(settings, store, metrics, clock, up)
    return store, mail


def open_with_keys(settings: Settings) -> Store:
    """Open the store; `Unsound` when objects in it are under a master key that nobody here keeps."""
    state = settings.paths.state
    ring, own = settings.vault.ring(state), settings.vault.own_file(state)
    if own:
        FileKeys(own).require_owner(installation_of(state))
    store = open_store(state=state, vault=settings.paths.quarantine, clock=MachineClock(), ring=ring)
    try:
        ring.primary()
        require_keepers(store.database, store.vault)
    except BaseException:
        store.close()
        raise
    return store


def _accept(settings: Settings, store: Store, door: Door, ring: Callable[[], None], closing: threading.Event) -> Accept:
    """Return what is done with a message at any of the mail doors."""
    accept: Accept = Acceptor(door)
    patience = settings.mail.answer_refused_within.total_seconds()
    if patience:
        accept = AnsweringRefusals(accept, store.transfers.get, seconds=patience, closing=closing, clock=MachineClock())
    return with_clerk(accept, settings, store.transfers, MachineClock(), ring)


def _folder_door(settings: Settings, store: Store, door: Door, policy: Callable[[], Policy]) -> FolderDoor:
    """Return the door of the outbound folders; which routes have one is asked at each scan."""
    return FolderDoor(
        door,
        store.transfers,
        settings.paths.outbound,
        routes=lambda: {route.id: route.recipient for route in policy().routes.values() if route.folder},
        sender=settings.folders.sender,
        quiet=settings.folders.quiet.total_seconds(),
        scan_every=settings.folders.scan_every.total_seconds(),
        notices=settings.paths.notices,
        clock=MachineClock(),
        report=passed_over(FolderPost(settings.paths.notices), settings.organisation.help),
    )
