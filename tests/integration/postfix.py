"""A real Postfix for tests, which tries again soon and may have services of its own; and its load generator."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from typing import Final, Self

import pytest

from gateway.testing import postfix
from gateway.testing.postfix import PATH, free_port, refusing_port

__all__ = ["PATH", "Postfix", "free_port", "refusing_port", "smtp_source", "wait_until"]

PATIENT: Final = 100.0  # seconds for anything that another process does: less than a test may take
SOON: Final = {"queue_run_delay": "1s", "minimal_backoff_time": "3s", "maximal_backoff_time": "4s"}
"""Mail is tried again after three seconds, two at the least: Postfix counts whole ones. After one it may come while its
last try is still ending ("skipped, still being delivered"), and Postfix then leaves it alone for five minutes."""


class Postfix(postfix.Server):
    """Start it with `with`. `services` are lines of master.cf, in which `{port}` and `{name}` ports may stand."""

    def __init__(self, services: str, settings: Mapping[str, str], **ports: int) -> None:
        self.ports = {name: free_port() for name in ("port", "again")} | ports
        wanted = SOON | {name: value.format(**self.ports) for name, value in settings.items()}
        super().__init__(self.ports["port"], services.format(**self.ports), wanted)

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            pytest.skip("needs root: Postfix starts as nobody else")
        return super().__enter__()

    @property
    def address(self) -> tuple[str, int]:
        """Where its first service listens."""
        return "127.0.0.1", self.ports["port"]


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for something that another process does; fail when it is not so in the end."""
    postfix.wait_until(is_so, "it did not happen", seconds=PATIENT)


def smtp_source(address: tuple[str, int], count: int, *, sessions: int = 5, size: int = 2000) -> None:
    """Send messages with Postfix's own load generator; every one must be taken."""
    words = f"smtp-source -m {count} -s {sessions} -l {size} -N -f load@force.police.uk -t sink@nhs.net"
    subprocess.run(
        [*words.split(), f"inet:{address[0]}:{address[1]}"],
        env={"PATH": PATH},
        check=True,
        capture_output=True,
        timeout=PATIENT,
    )
