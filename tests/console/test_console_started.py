"""A console that listens says where; one that cannot says why, and is tried again less and less often."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.console import AGAIN, IN_A_ROW, LONGEST, ConsoleProcess, pause_after
from gateway.testing.postfix import free_port
from tests.scenarios.gateway_process import PATIENCE, Gateway, wait_for, write_config

pytestmark = pytest.mark.network


def prepared(home: Path, port: int) -> Path:
    """Return the configuration of a gateway whose console listens there."""
    config = write_config(home)
    with config.open("a") as file:
        file.write(f"console:\n  listen: 127.0.0.1:{port}\n")
    return Gateway(config).config


def test_it_is_tried_again_less_and_less_often() -> None:
    pauses = [pause_after(failures) for failures in range(1, 100)]
    assert pauses[:3] == [AGAIN, 2 * AGAIN, 4 * AGAIN]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST


def test_one_whose_port_is_taken_says_so_and_how_often_it_was_tried(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def is_told() -> bool:
        said.append(capfd.readouterr().err)
        return "does not start" in "".join(said)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        console = ConsoleProcess(prepared(tmp_path, port), as_json=True, again=0.01)
        console.start()
        try:
            wait_for(is_told, "word of it")
        finally:
            console.stop()
    told = "".join(said)
    assert told.count(f"the console cannot listen at 127.0.0.1:{port}") >= IN_A_ROW
    assert "address already in use" in told.lower()
    assert re.findall(r"ended (\d+) times in a row", told)[0] == str(IN_A_ROW)


def test_its_address_is_told_once_it_listens_and_not_before(tmp_path: Path) -> None:
    config, port = prepared(tmp_path, free_port()), 0
    command = [sys.executable, "-m", "gateway", "--config", str(config), "run", "--only", "console"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            port = int(told.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
                pass
        finally:
            process.terminate()
            process.wait(PATIENCE)
    assert told == f"the console is at http://localhost:{port}\n"
    taken = socket.create_server(("127.0.0.1", port))
    with taken:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, "")
