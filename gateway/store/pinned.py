"""Boards with a shape (`model.board`): put up by the daemon, read by the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from gateway.model.board import DaemonBoard, DoctorBoard, KeysBoard, PolicyBoard, QueueBoard
from gateway.store import codec
from gateway.store.boards import SqlBoards

Shape: TypeAlias = DaemonBoard | DoctorBoard | KeysBoard | PolicyBoard | QueueBoard
B = TypeVar("B", bound=Shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned(Generic[B]):
    """What a board says, and since when."""

    at: datetime
    value: B


def pin(boards: SqlBoards, value: Shape, at: datetime) -> None:
    """Put a value up under the name of its shape; `ValueError` for what is too long."""
    boards.put_up(value.name, codec.to_plain(type(value), value), at)


def pinned(boards: SqlBoards, shape: type[B]) -> Pinned[B] | None:
    """Return what a board says; None where nothing was put up yet, or what is there is of another release."""
    board = boards.read(shape.name)
    if board is None:
        return None
    try:
        return Pinned(at=board.at, value=codec.from_plain(shape, board.value))
    except (TypeError, ValueError, KeyError):
        return None
