"""Mail through a gateway that is killed again and again, or loses its disk, and what became of each message.

    smtp-source ─► Postfix ─► the gateway, harmed at random ─► Postfix ─► a mail server that remembers everything

The first Postfix keeps what the gateway did not take, as any mail server in front of one would. Nothing may be lost,
nothing may leave in clear that should be sealed, nothing may leave that should be held, and every message that arrives
twice must be marked: either the gateway got it twice and said so, or it says of an attempt that it may be a duplicate.
"""

from __future__ import annotations

import errno
import os
import random
import re
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Final

from gateway.daemon.runner import POISONOUS
from tests.integration.postfix import Postfix, free_port
from tests.scenarios.gateway_process import Gateway, wait_for, write_config
from tests.storm import faults
from tests.storm.load import CANARY, KINDS, counts, recipients, send
from tests.storm.recorder import Copy, Recorder
from tests.storm.watch import Watch

FRONT: Final = "127.0.0.1:{port} inet n - n - - smtpd\n"
RELAYING: Final = {
    "default_destination_concurrency_limit": "10",
    "smtp_destination_concurrency_failed_cohort_limit": "0",  # the gateway comes back at once: never give it up
    "message_size_limit": "0",
    "smtp_connect_timeout": "5s",
    "default_process_limit": "30",
}
WORN: Final = POISONOUS - 1
"""Tries in a row without a move after which the next blow waits for one, however slow this machine is: a message that
dies with the gateway more often is held as the cause, and rightly so."""
CHANNELS: Final = """\
  internal: {{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}
  internet: {{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}
  secure-mail: {{kind: folder, path: delivered/secure-mail, trial: true}}"""
OURS: Final = re.compile(
    rb"with E?SMTPS?A? id (t-[0-9a-z-]+)|^Message-ID: <(t-[0-9a-z-]+)\.", re.IGNORECASE | re.MULTILINE
)


@dataclass
class Outcome:
    """What became of everything."""

    sent: int = 0
    harm: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    held: int = 0
    unread: int = 0
    lost: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    twice: int = 0
    unmarked: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """True when nothing was lost, nothing leaked and every duplicate is marked."""
        return not (self.lost or self.leaked or self.unmarked)

    def __str__(self) -> str:
        """Return it for a person to read."""
        killed = ", ".join(f"{count} x {victim}" for victim, count in sorted(self.harm.items()))
        return (
            f"{self.sent} messages in {self.seconds:.0f} s under {self.harm.total()} blows ({killed}): "
            f"{self.arrived} arrived, {self.held} held ({self.unread} because what read them was killed twice), "
            f"{len(self.lost)} lost, {len(self.leaked)} in clear that should be sealed or held, "
            f"{self.twice} arrived twice, {len(self.unmarked)} of these not marked"
        )


class Storm:
    """Does harm at random moments, until it has done enough.

    Kills the daemon, its whole group, or one of its children; lets the disk be full for a while; lets one flush fail,
    after which the daemon must stop by itself, because nobody knows what is on the disk.
    """

    def __init__(self, gateway: Gateway, harm: int, seed: int, *, pause: float, patience: float) -> None:
        self._gateway, self._harm, self._pause, self._patience = gateway, harm, pause, patience
        self._watch = Watch(gateway.home / "state")
        self._chance = random.Random(seed)  # noqa: S311 - which victim, not a secret
        self.done: Counter[str] = Counter()
        self.trouble: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        kinds = {
            "daemon": lambda: self._kill(group=False),
            "group": lambda: self._kill(group=True),
            "worker": self._kill_child,
            "disk full": self._fill,
            "flush failed": self._fail_to_flush,
        }
        try:
            while self.done.total() < self._harm:
                time.sleep(self._chance.expovariate(1 / self._pause))
                wait_for(lambda: self._watch.most_tries() < WORN, "a move between two blows", seconds=self._patience)
                (kind,) = self._chance.choices(list(kinds), weights=(6, 6, 6, 1, 1))
                kinds[kind]()
                self.done[kind] += 1
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the storm's
            self.trouble = error

    def _kill(self, *, group: bool) -> None:
        self._gateway.kill(group=group)
        self._gateway.start()

    def _kill_child(self) -> None:
        with suppress(ProcessLookupError, IndexError):
            os.kill(self._chance.choice(self._gateway.children()), signal.SIGKILL)

    def _fill(self) -> None:
        faults.enable(self._gateway, "posix/io/rw/pwrite", errno.ENOSPC)
        time.sleep(self._chance.uniform(0.2, 2))
        faults.disable(self._gateway, "posix/io/rw/pwrite")

    def _fail_to_flush(self) -> None:
        for call in ("posix/io/sync/fsync", "posix/io/sync/fdatasync"):
            faults.enable(self._gateway, call, errno.EIO)
        if not self._gateway.ends_by_itself(within=10):  # nothing was written: nobody has a reason to stop
            self._gateway.kill()
        self._gateway.start()


@contextmanager
def line_up(folder: Path) -> Iterator[tuple[Gateway, Postfix, Postfix, Recorder]]:
    """Start everything that a message passes, the far end first."""
    with ExitStack() as up:
        far = up.enter_context(Recorder())
        back = up.enter_context(Postfix(FRONT, RELAYING | {"relayhost": f"[127.0.0.1]:{far.port}"}))
        config = write_config(folder, channels=CHANNELS.format(port=back.ports["port"]), quiet="1 s")
        port = free_port()
        config.write_text(config.read_text().replace("listen: 127.0.0.1:0", f"listen: 127.0.0.1:{port}"))
        gateway = Gateway(config, under=faults.allow(folder))
        gateway.start()
        up.callback(end, gateway)
        front = up.enter_context(Postfix(FRONT, RELAYING | {"relayhost": f"[127.0.0.1]:{port}"}))
        yield gateway, front, back, far


def end(gateway: Gateway) -> None:
    """Leave no gateway behind, however the storm went."""
    if gateway.is_running:
        gateway.kill()


def run(folder: Path, *, messages: int, harm: int, seed: int, pause: float = 1.5, patience: float = 3600) -> Outcome:
    """Send, kill, wait until all is quiet, and judge."""
    began, outcome = time.monotonic(), Outcome(sent=messages)
    with line_up(folder) as (gateway, front, back, far):
        storm = Storm(gateway, harm, seed, pause=pause, patience=patience)
        storm.thread.start()
        wanted = counts(messages)
        senders = [send(kind, wanted[kind.name], front.ports["port"], folder) for kind in KINDS]
        for each in senders:
            assert each.wait(timeout=patience) == 0, "the first mail server did not take everything"
        storm.thread.join()
        if storm.trouble:
            raise storm.trouble
        outcome.harm = storm.done
        watch = Watch(gateway.home / "state")
        settle(watch, front, back, messages, patience)
        judge(outcome, watch, far.copies, wanted)
        assert gateway.stop() == 0
    outcome.seconds = time.monotonic() - began
    return outcome


def settle(watch: Watch, front: Postfix, back: Postfix, messages: int, patience: float) -> None:
    """Wait until both mail servers have nothing left and the gateway has ended or held everything."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        is_quiet = not front.waiting() and watch.transfers() >= messages and not watch.unsettled()
        if is_quiet and not back.waiting():  # asked last: what the gateway has handed over is there or further on
            return
        time.sleep(1)
    waiting = f"{front.waiting()} in front, {watch.unsettled()} under way, {back.waiting()} behind"
    raise AssertionError(f"it did not come to rest: {waiting}")


def judge(outcome: Outcome, watch: Watch, copies: list[Copy], wanted: dict[str, int]) -> None:
    """Say what was lost, what leaked, and which duplicates nobody marked."""
    by_recipient: dict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        by_recipient[copy.recipient].append(copy)
    outcome.arrived = len(by_recipient)
    held, unread = watch.held(), watch.unread()
    outcome.held, outcome.unread = len(held), len(unread)
    for kind in KINDS:
        for each in recipients(kind, wanted[kind.name]):
            is_there = each in held if kind.name == "restricted" else each in by_recipient or each in unread
            if not is_there:
                outcome.lost.append(each)
            if kind.name == "restricted" and each in by_recipient:
                outcome.leaked.append(each)
    outcome.leaked += [copy.recipient for copy in copies if CANARY.encode() in in_clear(copy.content)]
    marks = watch.marks()
    for recipient, several in by_recipient.items():
        outcome.twice += len(several) - 1
        by_transfer = Counter(transfer_of(copy.content) for copy in several)
        repeats = sum(marks[transfer].repeats for transfer in by_transfer)
        attempts_marked = all(count - 1 <= marks[transfer].attempts for transfer, count in by_transfer.items())
        if repeats < len(by_transfer) - 1 or not attempts_marked:
            outcome.unmarked.append(recipient)


def transfer_of(content: bytes) -> str:
    """Return which transfer a message that arrived belongs to: our trace field or our Message-ID says so."""
    found = OURS.search(content)
    assert found, "a message arrived that bears no mark of the gateway"
    return (found[1] or found[2]).decode()


def in_clear(content: bytes) -> bytes:
    """Return everything that a mail program would show of a message."""
    decoded = (part.get_payload(decode=True) for part in message_from_bytes(content).walk() if not part.is_multipart())
    return b"".join([content, *(each for each in decoded if isinstance(each, bytes))])
