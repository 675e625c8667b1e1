"""The policy set that ships, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load_policies
from gateway.decide.policy import Policy


@pytest.fixture(scope="session")
def shipped() -> Policy:
    return load_policies(Path(__file__).parents[2] / "policies")
