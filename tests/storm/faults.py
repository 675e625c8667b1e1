"""System calls that fail on demand, in a gateway that runs under libfiu (https://blitiri.com.ar/p/libfiu/)."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.scenarios.gateway_process import Gateway

PIPES = "fiu"


def allow(folder: Path) -> Sequence[str]:
    """Return the command that a gateway must run under; its control pipes lie in the folder."""
    return ("fiu-run", "-x", "-f", str(folder / PIPES))


def enable(gateway: Gateway, call: str, number: int) -> None:
    """Let every such call fail with this error number from now on."""
    _tell(gateway, f"enable name={call},failinfo={number}")


def disable(gateway: Gateway, call: str) -> None:
    """Let it work again."""
    _tell(gateway, f"disable name={call}")


def _tell(gateway: Gateway, command: str) -> None:
    pipes = str(gateway.home / PIPES)
    subprocess.run(
        ["fiu-ctrl", "-f", pipes, "-c", command, str(gateway.pid)], check=True, capture_output=True, timeout=60
    )
