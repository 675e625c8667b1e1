"""Somebody took over the console's process: what its account could read, and it cannot."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import pytest

from gateway.cli.console_walls import confined
from gateway.config.load import load_settings
from gateway.errors import Unsound
from gateway.store.embedded import create_keys, open_store
from gateway.system import confine, harden
from gateway.system.clock import MachineClock
from gateway.system.harden import describe_kernel
from tests.scenarios.gateway_process import write_config

pytestmark = pytest.mark.skipif(not describe_kernel()["landlock"], reason="this kernel has no landlock")

TAKEN_OVER: Final = """
import json, os, signal, sys
from pathlib import Path
from gateway.cli.console_walls import confined
from gateway.config.load import load_settings
from gateway.store.embedded import open_store
from gateway.system.clock import MachineClock

def told(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"

settings = load_settings(Path(sys.argv[1]))
state, vault = settings.paths.state, settings.paths.quarantine
with confined(settings):
    store = open_store(state=state, vault=vault, clock=MachineClock())
    said = {
        "the master key": told((state / "keys" / "master.key").read_bytes),
        "the ledger's key": told((state / "keys" / "ledger.key").read_bytes),
        "another master key": told(lambda: (state / "keys" / "master.key").write_bytes(b"x")),
        "no master key": told((state / "keys" / "master.key").unlink),
        "the vault": told(lambda: list(os.scandir(vault))),
        "a file of the vault": told(lambda: (vault / "planted").write_bytes(b"x")),
        "the configuration": told(Path(sys.argv[1]).read_bytes),
        "the outbound folder": told(lambda: (settings.paths.outbound / "planted").write_bytes(b"x")),
        "the memory of its parent": told(Path(f"/proc/{os.getppid()}/mem").read_bytes),
        "a rewritten ledger": told(lambda: (state / "ledger" / "checkpoint").write_bytes(b"x")),
        "a program to start later": told(lambda: (Path.home() / ".profile.planted").write_bytes(b"x")),
        "the database": told(lambda: store.boards.put_up("here", "yes", MachineClock().now())),
        "its own key": told((state / "console" / "codes.key").read_bytes),
    }
    store.close()
print(json.dumps(said))
"""
MAY: Final = {"the database", "its own key"}


@pytest.fixture
def said(tmp_path: Path) -> dict[str, str]:
    config = write_config(tmp_path)
    settings = load_settings(config)
    create_keys(settings.paths.state)
    store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=MachineClock())
    store.vault.put(io.BytesIO(b"content"))
    store.close()
    (settings.paths.state / "console").mkdir(mode=0o700)
    (settings.paths.state / "console" / "codes.key").write_bytes(b"k" * 32)
    settings.paths.outbound.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", TAKEN_OVER, str(config)],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def test_it_reaches_its_database_and_nothing_that_opens_content(said: dict[str, str]) -> None:
    assert said["the database"] == "done", said
    assert {what for what, outcome in said.items() if outcome == "done"} == MAY


@pytest.mark.parametrize("accepted", [False, True])
def test_a_kernel_without_walls_is_refused_unless_that_was_accepted(
    accepted: bool,  # noqa: FBT001 - a row
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(write_config(tmp_path))
    weaker = settings.inspection.model_copy(update={"allow_degraded": accepted})
    create_keys(settings.paths.state)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    for module in (confine, harden):
        monkeypatch.setattr(module, "landlock_abi", lambda: 0)
    refused = nullcontext() if accepted else pytest.raises(Unsound, match="no landlock")
    with refused, confined(settings.model_copy(update={"inspection": weaker})):
        pass
