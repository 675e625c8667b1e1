"""The part of the daemon that answers the console, over the store of a house: the real one, with a real worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway import __version__
from gateway.config.load import load_settings
from gateway.daemon.assembly import start_inspector
from gateway.daemon.console_requests import ConsoleRequests
from gateway.daemon.inspectors import Inspectors
from gateway.model.board import DaemonBoard
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
