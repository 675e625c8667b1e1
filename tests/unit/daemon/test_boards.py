"""What the daemon puts up: the policy in force and why another is not, keys, the queue, and what doctor says."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.daemon.boards import Boards
from gateway.model.board import DaemonBoard, DoctorBoard, KeysBoard, PolicyBoard, QueueBoard
from gateway.model.lane import HOUSE, lane_to
from gateway.model.record import Entry, Event
from gateway.store.pinned import pinned
from gateway.system.clock import MachineClock
from gateway.testing.values import NOON
from tests.unit.daemon import test_reload
from tests.unit.daemon.carrying import admit
from tests.unit.daemon.test_reload import Home

CLOCK = MachineClock()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    yield from test_reload.home.__wrapped__(tmp_path)  # type: ignore[attr-defined]


def boards_of(home: Home, config: Path | None = None) -> Boards:
    return Boards(home.settings, home.store, home.in_force, CLOCK, key="k", config=config)


def policy_said(home: Home, boards: Boards) -> PolicyBoard:
    boards.look()
    found = pinned(home.store.boards, PolicyBoard)
    assert found is not None
    return found.value


def again(boards: Boards) -> Boards:
    """Let every board be due."""
    for name in (PolicyBoard.name, QueueBoard.name, KeysBoard.name):
        boards._due[name] = 0.0
    return boards


def test_the_policy_in_force_is_said_and_its_texts_are_kept(home: Home) -> None:
    boards = boards_of(home)
    first = policy_said(home, boards)
    assert first.in_force == home.in_force().hash
    assert set(home.store.policies.files(first.in_force)) == {*first.decide, *first.classify}
    assert first.complaints == ()
    home.allow_larger()
    home.settle()
    second = policy_said(home, again(boards))
    assert second.in_force == home.in_force().hash != first.in_force
    assert second.since > first.since
    assert [each.hash for each in home.store.policies.newest()] == [second.in_force, first.in_force]


def test_why_what_is_there_now_is_not_in_force_is_said(home: Home) -> None:
    boards = boards_of(home)
    first = policy_said(home, boards)
    home.spoil()
    home.settle()
    after = policy_said(home, again(boards))
    assert after.in_force == first.in_force
    assert after.rejected_at is not None
    assert "sise" in after.complaints[0]


def test_texts_that_are_not_those_in_force_are_not_kept_as_such(home: Home) -> None:
    home.spoil()  # before anybody kept what was in force
    said = policy_said(home, boards_of(home))
    assert (said.in_force, said.decide) == (home.in_force().hash, ())
    assert home.store.policies.newest() == ()


def test_the_queue_says_what_waits_and_what_is_held_though_nothing_waits(home: Home) -> None:
    admit(home.store, "friend@partner.example")
    entry = Entry(event=Event.DESTINATION_HELD, at=NOON, transfer_id="", facts={})
    home.store.lanes.hold(lane_to("nhsmail"), by="alice", reason="their certificate", entry=entry)
    boards_of(home).look()
    found = pinned(home.store.boards, QueueBoard)
    assert found is not None
    by_lane = {each.lane: each for each in found.value.lines}
    assert by_lane[lane_to("nhsmail")].held_by == "alice"
    assert by_lane[lane_to("nhsmail")].reason == "their certificate"
    assert sum(each.waiting for each in by_lane.values()) == 1
    assert HOUSE not in by_lane or by_lane[HOUSE].waiting == 0


def test_one_board_that_cannot_be_made_keeps_no_other_from_being_so(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> object:
        raise OSError

    monkeypatch.setattr("gateway.daemon.boards.check_all", fails)
    boards_of(home).look()
    assert pinned(home.store.boards, KeysBoard) is None
    assert pinned(home.store.boards, QueueBoard) is not None


def test_a_daemon_says_that_it_runs_and_takes_it_back(home: Home) -> None:
    boards = boards_of(home)
    boards.start()
    found = pinned(home.store.boards, DaemonBoard)
    boards.stop()
    assert found is not None
    assert found.value.key == "k"
    assert pinned(home.store.boards, DaemonBoard) is None


def test_without_a_file_of_settings_doctor_is_not_asked(home: Home) -> None:
    boards_of(home).look()
    found = pinned(home.store.boards, DoctorBoard)
    assert found is not None
    assert "gateway doctor" in found.value.trouble


OK, WRONG = (json.dumps({"state": state, "what": "w", "fix": ""}) + "\n" for state in ("ok", "wrong"))


@pytest.mark.parametrize(
    ("speaks", "code", "is_understood"),
    [
        (OK, 0, True),
        (OK + WRONG, 1, True),
        ("not json", 0, False),
        ('{"state": "ok"}', 0, False),
        ("", 0, False),
        ("", 3, False),  # the configuration does not load
        (OK, 1, False),  # it was our own mistake, half way
        (OK + WRONG, 4, False),
        (OK, -9, False),
    ],
)
def test_what_doctor_says_is_read_with_care(
    home: Home, monkeypatch: pytest.MonkeyPatch, speaks: str, code: int, *, is_understood: bool
) -> None:
    def said(_self: Boards, _command: object) -> tuple[bytes, int]:
        return speaks.encode(), code

    monkeypatch.setattr(Boards, "_output_of", said)
    boards_of(home, Path("gateway.yaml")).look()
    found = pinned(home.store.boards, DoctorBoard)
    assert found is not None
    assert bool(found.value.trouble) != is_understood


def test_a_configuration_that_does_not_load_is_trouble_and_no_empty_list(home: Home, tmp_path: Path) -> None:
    broken = tmp_path / "gateway.yaml"
    broken.write_text("organisation: [")
    boards_of(home, broken).look()
    found = pinned(home.store.boards, DoctorBoard)
    assert found is not None
    assert "exit code 3" in found.value.trouble


def test_a_daemon_says_again_and_again_that_it_runs(home: Home) -> None:
    boards = boards_of(home)
    boards.look()
    first = pinned(home.store.boards, DaemonBoard)
    boards._due[DaemonBoard.name] = 0.0
    boards._output_of([sys.executable, "-c", "import time; time.sleep(0.01)"])  # also while doctor is asked
    second = pinned(home.store.boards, DaemonBoard)
    assert first is not None
    assert second is not None
    assert second.value == first.value
    assert second.at > first.at


def test_a_daemon_that_stops_waits_for_no_doctor(home: Home, tmp_path: Path) -> None:
    boards = boards_of(home, tmp_path / "gateway.yaml")
    mark = tmp_path / "begun"
    script = f"import pathlib, time, os; pathlib.Path({str(mark)!r}).write_text(str(os.getpid())); time.sleep(60)"
    boards._stopping.clear()
    begun = time.monotonic()

    def asks() -> bytes:
        return boards._output_of([sys.executable, "-c", script])[0]

    boards._of_doctor = lambda: DoctorBoard(trouble=asks().decode())  # type: ignore[method-assign]
    boards._make = {**boards._make, DoctorBoard.name: boards._of_doctor}
    boards.start()
    boards.ask(DoctorBoard.name)
    while not mark.exists() or not mark.read_text():
        assert time.monotonic() - begun < 50
        time.sleep(0.02)
    boards.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_what_was_asked_for_many_times_is_put_up_once(home: Home) -> None:
    """Each request to examine used to run the doctor once more."""
    boards, runs = boards_of(home), threading.Semaphore(0)

    def examined() -> DoctorBoard:
        runs.release()
        return DoctorBoard()

    boards._make = {**boards._make, DoctorBoard.name: examined}
    for _ in range(50):
        boards.ask(DoctorBoard.name)
    boards.start()
    assert runs.acquire(timeout=50)
    boards.stop()
    assert not runs.acquire(blocking=False)
