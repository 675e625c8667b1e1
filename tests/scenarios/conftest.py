from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.gateway_process import Gateway, write_config

HERE: Final = Path(__file__).parent
LONGEST: Final = 900  # seconds: a story asks the command line a dozen times, and each time Python starts anew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every story the time that it takes on a machine with much else to do."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A running gateway that delivers into folders."""
    running = Gateway(write_config(tmp_path))
    running.start()
    yield running
    if running.is_running:
        assert running.stop() == 0
