"""The walls around the tests themselves: sockets refused, neighbours required, slow tests left out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

ROOT = Path(__file__).resolve().parents[3]
LACKING = "import pytest\n\n@pytest.mark.needs('no-such-program')\ndef test_it():\n    assert True\n"
SLOW = "import pytest\n\n@pytest.mark.slow\ndef test_it():\n    raise SystemExit('a slow test ran')\n"


def run(folder: Path, text: str, **environment: str) -> str:
    """Run one test file under our own conftest; return what pytest says."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "test_one.py").write_text(text)
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_test_has_no_sockets() -> None:
    with pytest.warns(UserWarning, match=r"socket\.socket"), pytest.raises(SocketBlockedError):
        socket.socket(socket.AF_INET)


def test_a_test_has_no_names_of_machines() -> None:
    with pytest.warns(UserWarning, match="getaddrinfo"), pytest.raises(SocketBlockedError):
        socket.getaddrinfo("example.org", 25)


def test_a_test_has_pipes_to_its_own_children() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(b"x")
        assert far.recv(1) == b"x"


@pytest.mark.network
def test_a_network_test_reaches_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b"x")


@pytest.mark.network
def test_a_network_test_reaches_no_other_machine() -> None:
    with (
        socket.socket() as client,
        pytest.warns(UserWarning, match="192.0.2.1"),
        pytest.raises(SocketConnectBlockedError),
    ):
        client.connect(("192.0.2.1", 25))


def test_a_neighbour_that_is_absent_skips_by_name(tmp_path: Path) -> None:
    assert "needs no-such-program, which is not installed" in run(tmp_path, LACKING, REQUIRE_NEIGHBOURS="")
    assert "1 skipped" in run(tmp_path, LACKING, REQUIRE_NEIGHBOURS="")


def test_a_neighbour_that_is_absent_fails_where_it_is_required(tmp_path: Path) -> None:
    answer = run(tmp_path, LACKING, REQUIRE_NEIGHBOURS="1")
    assert "skipped" not in answer
    assert "1 error" in answer or "1 failed" in answer


def test_slow_tests_run_only_when_asked_for(tmp_path: Path) -> None:
    assert "1 deselected" in run(tmp_path, SLOW)
