"""Puts up what the console may know and cannot find out by itself, because it holds no keys and reads no policy folder.

Which daemon runs, and that it still does; the policy in force, recipients' keys, the queue, and what `gateway doctor`
says: that is asked by running it, beside the walk. Each has its time, and is put up anew before it where somebody asks.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL
from subprocess import DEVNULL, PIPE, TimeoutExpired
from typing import Final

from gateway import __version__
from gateway.config.settings import Settings
from gateway.daemon.reload import PolicyInForce
from gateway.errors import GatewayError
from gateway.model.board import (
    DaemonBoard,
    DoctorBoard,
    Examined,
    KeyLine,
    KeysBoard,
    PolicyBoard,
    QueueBoard,
    QueueLine,
)
from gateway.protect.keys.checkup import check_all
from gateway.store.embedded import Store
from gateway.store.lanes import Closed, Waiting
from gateway.store.pinned import Shape, pin
from gateway.system import programs
from gateway.system.clock import Clock
from gateway.system.log import get_log

EVERY: Final[Mapping[str, float]] = {
    DaemonBoard.name: 10.0,
    PolicyBoard.name: 2.0,
    QueueBoard.name: 10.0,
    KeysBoard.name: 60.0,
    DoctorBoard.name: 600.0,
}
"""Seconds between two looks at each."""
STOP: Final = ""
"""What is asked of the thread when it is to end: the name of no board."""

LOOK_EVERY: Final = 1.0
SETTLED: Final = 30.0  # seconds after the start in which nobody runs `doctor` unasked: there is enough to do
DOCTORS_TIME: Final = 120.0
SAYS_MORE: Final = "'gateway doctor' says more"
STATES: Final = frozenset({"ok", "note", "wrong"})


class Boards:
    """The thread. `key` is the public half of that for which parcels to this daemon are sealed."""

    def __init__(
        self, settings: Settings, store: Store, policy: PolicyInForce, clock: Clock, *, key: str, config: Path | None
    ) -> None:
        self._settings, self._store, self._policy, self._clock = settings, store, policy, clock
        self._key, self._config = key, config
        self._since = clock.now()
        self._due = dict.fromkeys(EVERY, 0.0)
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._said: dict[str, Shape] = {}
        self._kept = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="boards")
        self._make: Mapping[str, Callable[[], Shape]] = {
            DaemonBoard.name: self._of_daemon,
            PolicyBoard.name: self._of_policy,
            QueueBoard.name: self._of_queue,
            KeysBoard.name: self._of_keys,
            DoctorBoard.name: self._of_doctor,
        }

    def start(self) -> None:
        """Say which daemon runs, and start the thread."""
        self._due[DoctorBoard.name] = self._clock.monotonic() + SETTLED
        self._put_up(self._of_daemon())
        self._thread.start()

    def stop(self) -> None:
        """Take down what was said of this daemon, and return when the thread has ended."""
        self._stopping.set()
        self._asked.put(STOP)
        self._thread.join()
        self._store.boards.take_down(DaemonBoard.name)

    def ask(self, name: str) -> None:
        """Have a board put up anew soon; nothing for a name that is none of ours."""
        if name in self._make:
            self._asked.put(name)

    def _run(self) -> None:
        while STOP not in (asked := self._heard()):
            self._due |= dict.fromkeys(asked, 0.0)
            self.look()

    def _heard(self) -> set[str]:
        """Return all that was asked for since the last look, each once; wait for it a little."""
        asked = set[str]()
        with suppress(queue.Empty):
            asked.add(self._asked.get(timeout=LOOK_EVERY))
            while True:
                asked.add(self._asked.get_nowait())
        return asked

    def look(self) -> None:
        """Put up what is due."""
        for name in EVERY:
            self._look_at(name)

    def _look_at(self, name: str) -> None:
        if self._clock.monotonic() < self._due[name]:
            return
        try:
            self._put_up(self._make[name]())
        except Exception as error:  # noqa: BLE001 - one board that cannot be made keeps no other from being so
            get_log().error("board:failed", file=name, error=error)
        self._due[name] = self._clock.monotonic() + EVERY[name]

    def _put_up(self, value: Shape) -> None:
        """Put a board up; the policy's only where it says something else, because it is looked at so often."""
        if isinstance(value, PolicyBoard) and self._said.get(value.name) == value:
            return
        pin(self._store.boards, value, self._clock.now())
        self._said[value.name] = value

    def _of_daemon(self) -> DaemonBoard:
        return DaemonBoard(version=__version__, since=self._since, key=self._key)

    def _of_policy(self) -> PolicyBoard:
        files, standing, policy = self._policy.files, self._policy.standing, self._policy()
        if files is not None and self._kept != policy.hash:
            self._kept = policy.hash
            self._store.policies.save(policy.hash, files.texts, standing.since)
        rejected = standing.last_rejected
        return PolicyBoard(
            in_force=policy.hash,
            since=standing.since,
            proved=self._policy.proved,
            rules=len(policy.rules),
            routes=len(policy.routes),
            decide=tuple(sorted(files.decide)) if files else (),
            classify=tuple(sorted(files.classify)) if files else (),
            rejected_at=rejected.at if rejected else None,
            complaints=rejected.complaints if rejected else (),
            observed=standing.observed,
        )

    def _of_queue(self) -> QueueBoard:
        now = self._clock.now()
        closed, waiting = self._store.lanes.closed(), self._store.lanes.waiting(now)
        lines = [_line(each.lane, closed.get(each.lane), each) for each in waiting]
        empty = sorted(closed.keys() - {each.lane for each in waiting})
        lines += [_line(lane, closed[lane]) for lane in empty]
        return QueueBoard(lines=tuple(lines))

    def _of_keys(self) -> KeysBoard:
        settings, now = self._settings, self._clock.now()
        ring = settings.keys.ring(settings.paths.state)
        lines = [
            KeyLine(
                addresses=each.record.addresses,
                kind=str(each.record.kind),
                fingerprint=each.record.fingerprint,
                imported_at=each.record.imported_at,
                approved_by=each.record.approved_by,
                approved_for=each.record.approved_for,
                reason=each.reason,
                ends=each.ends,
                key_wrap=str(each.key_wrap),
                warnings=tuple(each.warnings),
            )
            for each in check_all(ring, now, settings.keys.warn)
        ]
        return KeysBoard(keys=tuple(lines), damaged=tuple(each.message for each in ring.damaged()))

    def _of_doctor(self) -> DoctorBoard:
        if self._config is None:
            return DoctorBoard(trouble="ask on the machine: 'gateway doctor'")
        command = [sys.executable, "-m", "gateway", "--config", str(self._config), "doctor", "--json"]
        try:
            output, code = self._output_of(command)
            lines = tuple(_examined(line) for line in output.splitlines() if line.strip())
        except (GatewayError, TimeoutError, ValueError, KeyError) as error:
            return DoctorBoard(trouble=f"it could not be asked ({type(error).__name__}): {SAYS_MORE}")
        if not lines or code != any(each.state == "wrong" for each in lines):
            return DoctorBoard(
                lines=lines, trouble=f"it ended before it had examined all (exit code {code}): {SAYS_MORE}"
            )
        return DoctorBoard(lines=lines)

    def _output_of(self, command: Sequence[str]) -> tuple[bytes, int]:
        """Return what a program says and its exit code, and say meanwhile that the daemon runs.

        `TimeoutError` when it takes too long, or this daemon stops meanwhile.
        """
        end = self._clock.monotonic() + DOCTORS_TIME
        with programs.start(command, None, None, output=PIPE, source=DEVNULL, complaint=DEVNULL) as process:
            try:
                while not self._stopping.is_set() and self._clock.monotonic() < end:
                    self._look_at(DaemonBoard.name)
                    with suppress(TimeoutExpired):
                        return process.communicate(timeout=LOOK_EVERY / 4)[0], process.returncode
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, SIGKILL)
        raise TimeoutError


def _examined(line: bytes) -> Examined:
    said = json.loads(line)
    state = str(said["state"])
    return Examined(state=state if state in STATES else "wrong", what=str(said["what"]), fix=str(said["fix"]))


def _line(lane: str, closed: Closed | None, waiting: Waiting | None = None) -> QueueLine:
    line = QueueLine(lane=lane, waiting=0, due=0, served=0)
    if waiting is not None:
        line = replace(
            line,
            waiting=waiting.transfers,
            due=waiting.due,
            served=waiting.served,
            oldest=waiting.oldest,
            next_at=waiting.next_at,
        )
    if closed is None:
        return line
    return replace(
        line,
        held_by=closed.held_by,
        reason=closed.reason,
        closed_until=closed.until,
        failures=closed.failures,
    )
