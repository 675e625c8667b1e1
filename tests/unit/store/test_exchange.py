"""What the two processes exchange lies sealed, is read by who asked and by nobody else, and is gone then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import Busy, Damaged
from gateway.model.board import DaemonBoard, DoctorBoard, Examined, KeysBoard, PolicyBoard, QueueBoard, QueueLine
from gateway.store.embedded import Store, open_store
from gateway.store.exchange import (
    LIVES,
    PREVIEW,
    Tried,
    answer,
    ask_preview,
    ask_refresh,
    read_preview,
    take_answer,
    wait_for_answer,
    waiting_to_see,
)
from gateway.store.parcels import Side
from gateway.store.pinned import Shape, pin, pinned
from gateway.system.parcels import ParcelKey
from gateway.testing.values import NOON, SteppingClock

DAEMON = ParcelKey()
TRIED = Tried(
    name="list.csv", sender="staff@council.example", recipients=("friend@partner.example", "x@y.example"),
    subject="Café", reason="referral", content=b"\0\xffNHS number 943 476 5919\r\n",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store without keys, as the console has it."""
    made = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=SteppingClock())
    yield made
    made.close()


@pytest.fixture
def running(store: Store) -> Store:
    pin(store.boards, DaemonBoard(version="1", since=NOON, key=DAEMON.public), NOON)
    return store


def test_a_question_comes_as_it_was_asked_and_its_answer_to_who_asked(running: Store) -> None:
    waiting = ask_preview(running.parcels, running.boards, TRIED, NOON)
    assert take_answer(running.parcels, waiting, NOON) is None
    (parcel,) = running.parcels.take(Side.DAEMON, NOON)
    assert TRIED.content not in parcel.body
    assert all(each.encode() not in parcel.body for each in TRIED.recipients)
    asked, public = read_preview(parcel, DAEMON)
    assert asked == TRIED
    answer(running.parcels, PREVIEW, parcel.id, public, {"tier": "PROTECT"}, NOON)
    assert take_answer(running.parcels, replace(waiting, id="q-other"), NOON) is None
    assert wait_for_answer(running.parcels, waiting, lambda: NOON, seconds=5) == {"tier": "PROTECT"}
    assert take_answer(running.parcels, waiting, NOON) is None, "it is taken once"


def test_an_answer_is_for_nobody_else_and_for_nothing_else(running: Store) -> None:
    waiting = ask_preview(running.parcels, running.boards, TRIED, NOON)
    answer(running.parcels, PREVIEW, waiting.id, ParcelKey().public, {}, NOON)
    with pytest.raises(Damaged):
        take_answer(running.parcels, waiting, NOON)
    answer(running.parcels, "shown", waiting.id, waiting.key.public, {}, NOON)
    with pytest.raises(Damaged):
        take_answer(running.parcels, waiting, NOON)


def test_what_nobody_fetches_is_gone_in_a_minute(running: Store) -> None:
    waiting = waiting_to_see("i-1")
    answer(running.parcels, "shown", "i-1", waiting.key.public, {"value": "x"}, NOON)
    assert take_answer(running.parcels, waiting, NOON + LIVES) is None
    running.parcels.expire(NOON + LIVES)
    assert running.database.ask("SELECT count(*) FROM parcels", {}) == [(0,)]
    assert timedelta(minutes=1) >= LIVES


def test_without_a_daemon_nothing_is_asked(store: Store) -> None:
    with pytest.raises(Busy, match="does not run"):
        ask_preview(store.parcels, store.boards, TRIED, NOON)


def test_what_was_sealed_for_the_daemon_before_is_not_read(running: Store) -> None:
    ask_preview(running.parcels, running.boards, TRIED, NOON)
    (parcel,) = running.parcels.take(Side.DAEMON, NOON)
    for key, moved in ((ParcelKey(), parcel), (DAEMON, replace(parcel, id="q-other"))):
        with pytest.raises(Damaged):
            read_preview(moved, key)


def test_what_is_asked_for_over_and_over_waits_once(running: Store) -> None:
    for _ in range(50):
        ask_refresh(running.parcels, KeysBoard.name, NOON)
    ask_refresh(running.parcels, DoctorBoard.name, NOON)
    assert sorted(each.key for each in running.parcels.take(Side.DAEMON, NOON)) == [DoctorBoard.name, KeysBoard.name]
    ask_refresh(running.parcels, KeysBoard.name, NOON)
    assert [each.key for each in running.parcels.take(Side.DAEMON, NOON)] == [KeysBoard.name]


def test_while_too_much_waits_a_board_is_not_asked_for(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.parcels.MOST", 1)
    ask_preview(running.parcels, running.boards, TRIED, NOON)
    ask_refresh(running.parcels, KeysBoard.name, NOON)
    assert [each.kind for each in running.parcels.take(Side.DAEMON, NOON)] == ["preview"]


@pytest.mark.parametrize(
    "value",
    [
        DaemonBoard(version="1", since=NOON, key="k"),
        PolicyBoard(
            in_force="a" * 64, since=NOON, proved=NOON, rules=3, routes=2, decide=("laws.yaml",), classify=(),
            rejected_at=NOON, complaints=("policies/laws.yaml:3:1: no",),
        ),
        DoctorBoard(lines=(Examined(state="wrong", what="gpg is not installed", fix="install gnupg"),)),
        KeysBoard(),
        QueueBoard(lines=(QueueLine(lane="to:nhsmail", waiting=2, due=1, served=0, oldest=NOON, held_by="alice"),)),
    ],
)  # fmt: skip
def test_a_board_is_read_as_it_was_put_up(store: Store, value: Shape) -> None:
    assert pinned(store.boards, type(value)) is None
    pin(store.boards, value, NOON)
    found = pinned(store.boards, type(value))
    assert found is not None
    assert (found.at, found.value) == (NOON, value)
    store.boards.put_up(value.name, {"of": "another release"}, NOON)
    assert pinned(store.boards, type(value)) is None
