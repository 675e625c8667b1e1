from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.asking import ask, open_home


@pytest.fixture(autouse=True)
def _nobody_called_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)


@pytest.fixture
def bare() -> Iterator[Path]:
    """A configuration with two officers; nothing was set up."""
    with open_home() as config:
        yield config


@pytest.fixture
def config(bare: Path) -> Path:
    """The same after `gateway init`."""
    assert ask(bare, "init").code == 0
    return bare
