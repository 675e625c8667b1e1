from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gateway_process import Gateway, write_config


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A running gateway that delivers into folders."""
    running = Gateway(write_config(tmp_path))
    running.start()
    yield running
    if running.is_running:
        assert running.stop() == 0
