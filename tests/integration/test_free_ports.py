"""Tests run on several processes at once: a port that one was lent is lent to no other, though nothing listens yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.testing.postfix import free_port, refusing_port

pytestmark = pytest.mark.network

ANOTHER = """
import sys
from gateway.testing import postfix

postfix._PORTS = iter(range(int(sys.argv[1]), 65_000))
print(postfix.free_port())
"""


def lent_elsewhere(first: int) -> int:
    """Return what another process is lent, which looks from a port on."""
    command = [sys.executable, "-c", ANOTHER, str(first)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True, timeout=100).stdout)


def test_a_port_is_lent_to_one_process_until_that_ends() -> None:
    ours = free_port()
    theirs = lent_elsewhere(ours)
    assert theirs > ours
    assert lent_elsewhere(theirs) == theirs, "they have ended"


def test_a_port_that_somebody_has_is_not_lent() -> None:
    with refusing_port() as taken:
        assert lent_elsewhere(taken) > taken
