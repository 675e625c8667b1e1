"""Runs the program in this process, as its entry point does, and keeps what it said."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from gateway.cli import main as program
from gateway.cli.opening import open_store, read_settings
from gateway.model.transfer import Transfer
from gateway.testing.store_values import D as STATES
from gateway.testing.store_values import accept, make_transfer, move
from tests.scenarios.gateway_process import write_config

NOBODY = 65534
SECOND = '  - name: Second Officer\n    address: second@exampleshire.example\n    accounts: ["bob"]\nretries:'


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said, and how it left."""

    code: int
    out: str
    err: str


def ask(config: Path, *arguments: str) -> Said:
    """Run `gateway --config CONFIG ARGUMENTS`."""
    out, err = io.StringIO(), io.StringIO()
    words = ["gateway", "--config", str(config), *arguments]
    code: int | str | None = 0
    with patch("sys.argv", words), redirect_stdout(out), redirect_stderr(err):
        try:
            program.main()
        except SystemExit as leaving:
            code = leaving.code
    assert isinstance(code, int)
    assert "internal error" not in err.getvalue(), err.getvalue()
    return Said(code=code, out=out.getvalue(), err=err.getvalue())


@contextmanager
def open_home() -> Iterator[Path]:
    """Give the configuration of a gateway with two officers, in a folder that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="gateway-cli-") as folder:
        Path(folder).chmod(0o755)
        config = write_config(Path(folder))
        config.write_text(config.read_text().replace("retries:", SECOND))
        yield config


@contextmanager
def shut_out(*folders: Path) -> Iterator[None]:
    """Be an account that may not enter these folders: nobody for root, and for others their mode is taken away."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
        return
    for folder in folders:
        folder.chmod(0)
    try:
        yield
    finally:
        for folder in folders:
            folder.chmod(0o700)


def put_held(config: Path, *, recipients: int = 1) -> Transfer:
    """Put a transfer into the store whose first delivery is held."""
    with open_store(read_settings(config)) as store:
        return move(store, accept(store, make_transfer(recipients=recipients)), STATES.HELD)
