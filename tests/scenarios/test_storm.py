"""Nothing is lost, nothing leaks and no duplicate goes unmarked, whatever happens to the gateway while mail flows.

A short storm with a fixed seed; `make storm` is the long one: 10,000 messages and 200 blows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storm.storm import run

pytestmark = [
    pytest.mark.network,
    pytest.mark.needs("postfix", "smtp-source", "fiu-run", "7z", "gpg"),
    pytest.mark.timeout(900),
]


def test_mail_through_a_gateway_that_is_killed_and_loses_its_disk(tmp_path: Path) -> None:
    outcome = run(tmp_path, messages=200, harm=12, seed=11, pause=0.8, patience=600)
    assert outcome.lost == []
    assert outcome.leaked == []
    assert outcome.unmarked == []
    assert outcome.held - outcome.unread <= 10, "held are those marked RESTRICTED, and what nobody could read"
    assert outcome.arrived + outcome.held >= 200
    assert outcome.unread <= 2 * outcome.harm["worker"], "each blow hits one of two workers, or what prepares them"
    assert {"daemon", "group", "worker", "disk full", "flush failed"} >= set(outcome.harm)
    assert outcome.harm.total() == 12
