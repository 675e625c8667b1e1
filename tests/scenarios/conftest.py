from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.gateway_process import Gateway, write_config


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A running gateway that delivers into folders."""
    running = Gateway(write_config(tmp_path))
    running.start()
    yield running
    if running.is_running:
        assert running.stop() == 0
