"""A gateway that kills itself at a chosen commit: `python crashing_gateway.py CONFIG`, then lines like `before 2`.

It is the real house, put together as the daemon does it; only `commit` is wrapped, to die on the way. `before 2` dies
when the second commit of this process is about to begin, `after 1` when the first one is durable. `never` runs until
nothing is due and exits.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from gateway.config.load import load_both
from gateway.config.settings import Settings
from gateway.daemon.assembly import build_house, start_inspector
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.runner import Runner
from gateway.decide.policy import Policy
from gateway.intake.door import MainDoor
from gateway.intake.folder import FolderDoor
from gateway.model.record import Entry, Instruction, Recorded
from gateway.model.transfer import Transfer
from gateway.store import StoredObject, Transfers
from gateway.store.embedded import open_store
from gateway.system.clock import MachineClock
from gateway.system.log import configure


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """The real transfers, with a death at one commit."""

    def __init__(self, real: Transfers, when: str, number: int) -> None:
        self._real, self._when, self._left = real, when, number

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
        self._left -= 1
        if self._when == "before" and self._left == 0:
            die()
        done = self._real.commit(
            before,
            after,
            entries=entries,
            objects=objects,
            wake=wake,
            instruction_done=instruction_done,
            through=through,
            alone_since=alone_since,
        )
        if self._when == "after" and self._left == 0:
            die()
        return done

    def get(self, transfer_id: str) -> Transfer:
        return self._real.get(transfer_id)

    def find(self, *, held: bool = False, unfinished: bool = False, limit: int = 100) -> Iterator[Transfer]:
        return self._real.find(held=held, unfinished=unfinished, limit=limit)

    def instruct(self, instruction: Instruction, *, seen: int | None = None) -> None:
        self._real.instruct(instruction, seen=seen)

    def withdraw(self, instruction_id: str, entry: Entry) -> None:
        self._real.withdraw(instruction_id, entry)

    def instructions(self, transfer_id: str) -> Sequence[Instruction]:
        return self._real.instructions(transfer_id)

    def has_corresponded(self, sender: str, recipient: str) -> bool:
        return self._real.has_corresponded(sender, recipient)

    def with_message_id(self, digest: str, *, since: datetime | None = None, sent: str = "") -> Sequence[str]:
        return self._real.with_message_id(digest, since=since, sent=sent)

    def recorded(
        self, *, since: datetime | None = None, after: str = "", limit: int | None = None
    ) -> Iterator[Recorded]:
        return self._real.recorded(since=since, after=after, limit=limit)

    def counted(self, *, since: datetime | None = None) -> tuple[int, int]:
        return self._real.counted(since=since)


def walk(settings: Settings, policy: Policy, when: str, number: int) -> None:
    """Take in what lies in the outbound folder and carry everything as far as it goes, or as far as death allows."""
    with start_inspector(settings) as inspector:
        store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
        deadly = Deadly(store.transfers, when, number)
        door = FolderDoor(
            MainDoor(deadly, store.vault, MachineClock()),
            deadly,
            settings.paths.outbound,
            routes=dict,
            sender=settings.folders.sender,
            quiet=0,
            clock=MachineClock(),
        )
        house = replace(build_house(settings, store, Inspectors(inspector), lambda: policy), transfers=deadly)
        runner = Runner(house, store, threads=1)
        store.wakes.forget_claims(MachineClock().now() - timedelta(days=1))  # as if restarted long after
        for _ in range(2):
            door.scan()
        store.wakes.sweep(MachineClock().now())
        while runner.carry():
            pass
        store.ledger.integrate()
        store.close()


def main(config: Path) -> None:
    """Answer each line of standard input (`before 2`) with how a forked gateway ended: 0, or -9 when it died."""
    settings, policy = load_both(config)
    configure(as_json=True)
    for line in sys.stdin:
        when, number = line.split()
        child = os.fork()
        if child == 0:
            try:
                walk(settings, policy, when, int(number))
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
