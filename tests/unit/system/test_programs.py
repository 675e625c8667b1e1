"""Other programs: a clean environment, a deadline that kills children too, secrets on pipes only."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from gateway.errors import NotInstalled, Unsound
from gateway.system import programs


def python(text: str, *arguments: str) -> list[str]:
    """Return the command that runs a piece of Python."""
    return [sys.executable, "-I", "-c", text, *arguments]


def is_alive(process: int) -> bool:
    """Say whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_answers() -> None:
    ran = programs.run(
        python("import sys; print(sys.stdin.read()[::-1]); print('oh', file=sys.stderr); sys.exit(3)"), stdin=b"abc"
    )
    assert (ran.code, ran.output, ran.complaint) == (3, b"cba\n", b"oh\n")


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "letmein")
    monkeypatch.setenv("LD_PRELOAD_PATHS", "x")
    ran = programs.run(python("import os, json; print(sorted(os.environ))"), environment={"GNUPGHOME": "here"})
    names = set(ran.output.decode().replace("'", "").strip("[]\n").split(", "))
    assert "GNUPGHOME" in names
    assert names <= {*programs.SAFE_ENVIRONMENT, "GNUPGHOME", "LC_CTYPE"}


def test_the_deadline_kills_the_program_and_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    with pytest.raises(TimeoutError, match="sh"):
        programs.run(["sh", "-c", 'sleep 600 & echo $! > "$1"; wait', "sh", str(note)], seconds=5)
    process = int(note.read_text())
    end = time.monotonic() + 60
    while is_alive(process) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(process)


def test_a_daemon_that_left_the_session_does_not_hold_us_up(tmp_path: Path) -> None:
    note = tmp_path / "daemon"
    with pytest.raises(TimeoutError):
        programs.run(["sh", "-c", 'setsid sleep 600 & echo $! > "$1"; wait', "sh", str(note)], seconds=5)
    process = int(note.read_text())
    assert is_alive(process)
    os.kill(process, signal.SIGKILL)


def test_the_deadline_is_named_by_program_and_not_by_arguments() -> None:
    with pytest.raises(TimeoutError) as caught:
        programs.run(["sleep", "600"], seconds=0.1)
    assert str(caught.value) == "sleep"


def test_a_program_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(Unsound, match="no-such-program-here is not installed\n  install the package"):
        programs.run(["no-such-program-here"])


def test_a_program_runs_in_its_own_session_and_folder(tmp_path: Path) -> None:
    ran = programs.run(python("import os; print(os.getsid(0) == os.getpid(), os.getcwd())"), folder=tmp_path)
    assert ran.output.decode().split() == ["True", os.path.realpath(tmp_path)]


def test_nothing_is_read_from_our_own_standard_input() -> None:
    assert programs.run(python("import sys; print(len(sys.stdin.read()))")).output == b"0\n"


def test_a_megabyte_both_ways_does_not_lock() -> None:
    content = os.urandom(1_000_000)
    assert programs.run(["cat"], stdin=content).output == content


def test_a_program_is_looked_for_again_once_it_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for place in places:
        place.mkdir()
        (place / "oracle").write_text("#!/bin/sh\n")
        (place / "oracle").chmod(0o700)
    monkeypatch.setenv("PATH", f"{places[0]}:{places[1]}")
    for place in places:
        for _ in range(2):
            assert programs.find("oracle") == str(place / "oracle")
        (place / "oracle").unlink()
    with pytest.raises(NotInstalled, match="oracle"):
        programs.find("oracle")
    (places[1] / "oracle").write_text("#!/bin/sh\n")
    (places[1] / "oracle").chmod(0o600)  # nobody may run it
    with pytest.raises(NotInstalled):
        programs.find("oracle")
    (places[1] / "oracle").chmod(0o700)
    assert programs.find("oracle") == str(places[1] / "oracle")
