"""Whether the daemon still runs: without it nothing that people file here is carried out."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.console.frame.desk import Desk
from gateway.model.board import DaemonBoard

QUIET: Final = timedelta(minutes=1)
"""The daemon says every ten seconds that it runs; who has not for so long was killed, or hangs."""


def is_silent(desk: Desk) -> bool:
    """Say whether the daemon has stopped, or has not said for a while that it runs."""
    board = desk.store.boards.read(DaemonBoard.name)
    return board is None or desk.clock.now() - board.at > QUIET
