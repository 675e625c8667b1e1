"""One daemon to a state folder, and what a command beside it may know."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.daemon import alone
from gateway.daemon.alone import LOCK, keepers_of_daemon, only_one
from gateway.errors import StoreError, Unsound


def test_a_second_one_is_refused_and_the_next_may_start(tmp_path: Path) -> None:
    with only_one(tmp_path, "a"), pytest.raises(Unsound, match="another gateway"), only_one(tmp_path, "b"):
        pytest.fail("two of them")
    with only_one(tmp_path, "b"):
        assert keepers_of_daemon(tmp_path) == "b"


def test_what_it_knows_is_told_while_it_runs(tmp_path: Path) -> None:
    assert keepers_of_daemon(tmp_path) is None
    with only_one(tmp_path, "f" * 64):
        assert keepers_of_daemon(tmp_path) == "f" * 64
        assert keepers_of_daemon(tmp_path) == "f" * 64
    assert keepers_of_daemon(tmp_path) is None
    with only_one(tmp_path, "short"):
        assert keepers_of_daemon(tmp_path) == "short"
    assert (tmp_path / LOCK).read_bytes() == b""


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.001)


def test_a_look_refuses_no_daemon_its_start(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    stop, seen = threading.Event(), set[str | None]()

    def look() -> None:
        while not stop.is_set():
            seen.add(keepers_of_daemon(tmp_path))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(100):
            with only_one(tmp_path, "a" * 64):
                stop.wait(0.001)
        until(lambda: None in seen)
        with only_one(tmp_path, "a" * 64):
            until(lambda: "a" * 64 in seen)
    finally:
        stop.set()
        looking.join()
    assert seen == {None, "a" * 64}


def test_a_daemon_that_has_said_nothing_yet_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / LOCK).write_text("of one that was killed")
    with (tmp_path / LOCK).open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        def start() -> None:
            file.truncate(0)
            file.write("b" * 64)
            file.flush()

        threading.Timer(alone.PAUSE / 2, start).start()
        assert keepers_of_daemon(tmp_path) == "b" * 64
        file.truncate(0)
        monkeypatch.setattr(alone, "TRIES", 3)
        with pytest.raises(StoreError, match="just starting"):
            keepers_of_daemon(tmp_path)
