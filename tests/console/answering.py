"""The part of the daemon that answers the console, over the store of a house.

The real one with a real worker, for files that are tried; and one that shows officers what a test says.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway import __version__
from gateway.config.load import load_settings
from gateway.daemon.assembly import start_inspector
from gateway.daemon.console_requests import ConsoleRequests
from gateway.daemon.inspectors import Inspectors
from gateway.model.board import DaemonBoard
from gateway.model.record import Act, Instruction
from gateway.model.transfer import Transfer
from gateway.store.exchange import SHOWN
from gateway.store.exchange import answer as leave_answer
from gateway.store.pinned import pin
from gateway.system.parcels import ParcelKey
from gateway.testing.homes import make_home
from tests.console.house import POLICY, ROOT, House


@contextmanager
def answering(house: House, folder: Path) -> Iterator[list[str]]:
    """Let it answer until the block ends; lends the names of the boards that it was asked to put up anew."""
    settings = make_home(load_settings(ROOT / "config" / "gateway.yaml"), folder)
    asked: list[str] = []
    key, now = ParcelKey(), house.clock.now()
    with start_inspector(settings) as inspector:
        requests = ConsoleRequests(
            settings,
            house.store,
            lambda: POLICY,
            Inspectors(inspector),
            house.clock,
            key=key,
            refresh=asked.append,
        )
        pin(house.store.boards, DaemonBoard(version=__version__, since=now, key=key.public), now)
        requests.start()
        try:
            yield asked
        finally:
            requests.stop()
            house.store.boards.take_down(DaemonBoard.name)


def to_be_shown(house: House, transfer: Transfer) -> list[Instruction]:
    """Return what officers asked to see of a transfer."""
    filed = house.store.transfers.instructions(transfer.id)
    return [each for each in filed if each.act in {Act.READ, Act.REVEAL}]


def show(house: House, instruction: Instruction, said: object) -> None:
    """Answer as the daemon does once it has recorded and opened it."""
    leave_answer(house.store.parcels, SHOWN, instruction.id, instruction.key, said, house.clock.now())


@contextmanager
def showing(house: House, transfer: Transfer, said: object) -> Iterator[None]:
    """Show this to the first who asks."""
    known = {each.id for each in to_be_shown(house, transfer)}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for each in to_be_shown(house, transfer):
                if each.id not in known:
                    show(house, each, said)
                    return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
