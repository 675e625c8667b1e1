"""A mail door on a free port of the loopback, with the store's own laws behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reception import Reception


@pytest.fixture
def reception() -> Iterator[Reception]:
    """A mail door that listens, and what came in through it."""
    with Reception() as open_reception:
        yield open_reception
