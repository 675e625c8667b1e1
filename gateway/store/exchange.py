"""What the console asks of the daemon and what it answers, through the database: sealed, taken once, gone in a minute.

The console seals for the key that the daemon has put up since it started, and draws a key of its own in memory for the
answer. So neither the database nor its backups can tell what was asked or answered, and only who asked can read it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.errors import Busy, Conflict, Damaged
from gateway.model.board import DaemonBoard
from gateway.model.passage import Passage
from gateway.store import codec
from gateway.store.boards import SqlBoards
from gateway.store.parcels import Parcel, Side, SqlParcels
from gateway.store.pinned import pinned
from gateway.system.ids import serial
from gateway.system.parcels import ParcelKey, seal

PREVIEW: Final = "preview"
REFRESH: Final = "refresh"
SHOWN: Final = "shown"
LIVES: Final = timedelta(minutes=1)
LOOK_EVERY: Final = 0.1  # seconds
PASSAGES: Final = codec.codec_for(tuple[Passage, ...])
HEADER: Final = 4  # bytes that say how long the description is, before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A file that somebody wants to know the fate of, before they send it. `content` is it, as it was uploaded."""

    name: str
    sender: str
    recipients: tuple[str, ...]
    subject: str = ""
    route: str = ""
    reason: str = ""
    consent: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is waited for: the id of what was asked, and the key that opens the answer. It lives in memory alone."""

    id: str
    about: str
    key: ParcelKey = field(default_factory=ParcelKey, repr=False)


def ask_preview(parcels: SqlParcels, boards: SqlBoards, tried: Tried, now: datetime) -> Waiting:
    """Ask what would happen to a file; `Busy` where no daemon runs or too much waits, `NotAccepted` for too large."""
    board = pinned(boards, DaemonBoard)
    if board is None:
        raise Busy("the gateway does not run", hint="try again when it does")
    request = serial("q")
    waiting = Waiting(id=request, about=f"{PREVIEW} {request} answer")
    said = asdict(tried) | {"key": waiting.key.public}
    del said["content"]
    head = json.dumps(said).encode()
    body = seal(len(head).to_bytes(HEADER, "big") + head + tried.content, board.value.key, f"{PREVIEW} {request}")
    parcels.leave(_parcel(request, PREVIEW, Side.DAEMON, request, body, now))
    return waiting


def read_preview(parcel: Parcel, key: ParcelKey) -> tuple[Tried, str]:
    """Return what somebody asks about, and the key for the answer; `Damaged` for what is not well formed."""
    body = key.open(parcel.body, f"{PREVIEW} {parcel.id}")
    try:
        size = int.from_bytes(body[:HEADER], "big")
        said = json.loads(body[HEADER : HEADER + size])
        public = said.pop("key")
        said["recipients"] = tuple(said["recipients"])
        tried = Tried(**said, content=body[HEADER + size :])
    except (TypeError, ValueError, KeyError, AttributeError):
        raise Damaged("a question cannot be read", hint="ask again") from None
    if not all(type(each) is str for each in (public, tried.name, tried.sender, tried.reason, *tried.recipients)):
        raise Damaged("a question cannot be read", hint="ask again")
    return tried, public


def answer(parcels: SqlParcels, kind: str, about: str, public: str, said: object, now: datetime) -> None:
    """Leave an answer to what is called `about` for the console, sealed; raises as `leave` and `seal` do."""
    bound = f"{kind} {about} answer"
    body = seal(json.dumps(said).encode(), public, bound)
    parcels.leave(_parcel(serial("a"), kind, Side.CONSOLE, about, body, now))


def waiting_to_see(instruction_id: str) -> Waiting:
    """Return what is waited for once an instruction of this id is filed with this key (`Instruction.key`)."""
    return Waiting(id=instruction_id, about=f"{SHOWN} {instruction_id} answer")


def plain_passages(passages: tuple[Passage, ...]) -> dict[str, object]:
    """Return passages as an answer holds them."""
    return {"passages": PASSAGES.encode(passages)}


def passages_said(said: Mapping[str, Any]) -> tuple[Passage, ...]:
    """Return the passages of an answer, none where it has a trouble; `Damaged` for what is not well formed."""
    try:
        return tuple(PASSAGES.decode(said.get("passages", [])))
    except (TypeError, ValueError, KeyError, AttributeError):
        raise Damaged("an answer cannot be read", hint="ask again") from None


def take_answer(parcels: SqlParcels, waiting: Waiting, now: datetime) -> dict[str, Any] | None:
    """Return the answer, None while there is none; once. `Damaged` where it is for another key."""
    parcel = parcels.take_about(Side.CONSOLE, waiting.id, now)
    if parcel is None:
        return None
    said = json.loads(waiting.key.open(parcel.body, waiting.about))
    if not isinstance(said, dict):
        raise Damaged("an answer cannot be read", hint="ask again")
    return said


def wait_for_answer(
    parcels: SqlParcels, waiting: Waiting, now: Callable[[], datetime], *, seconds: float
) -> dict[str, Any] | None:
    """Return the answer once it is there, None where it did not come in time; looks once at least."""
    end = time.monotonic() + seconds
    while (said := take_answer(parcels, waiting, now())) is None and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    return said


def ask_refresh(parcels: SqlParcels, board: str, now: datetime) -> None:
    """Ask for a board to be put up anew; nothing where that is asked already, or too much waits."""
    with suppress(Busy, Conflict):  # its id is its name's, so it waits once
        parcels.leave(_parcel(f"{REFRESH} {board}", REFRESH, Side.DAEMON, board, b"", now))


def _parcel(parcel_id: str, kind: str, side: Side, key: str, body: bytes, now: datetime) -> Parcel:
    return Parcel(id=parcel_id, kind=kind, goes_to=side, key=key, body=body, at=now, expires=now + LIVES)
