"""One daemon to a state folder, and what a command beside it may know."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.daemon.alone import keepers_of_daemon, only_one
from gateway.errors import Unsound


def test_a_second_one_is_refused_and_the_next_may_start(tmp_path: Path) -> None:
    with only_one(tmp_path, "a"), pytest.raises(Unsound, match="another gateway"), only_one(tmp_path, "b"):
        pytest.fail("two of them")
    with only_one(tmp_path, "b"):
        assert keepers_of_daemon(tmp_path) == "b"


def test_what_it_knows_is_told_while_it_runs(tmp_path: Path) -> None:
    assert keepers_of_daemon(tmp_path) is None
    with only_one(tmp_path, "f" * 64):
        assert keepers_of_daemon(tmp_path) == "f" * 64
        assert keepers_of_daemon(tmp_path) == "f" * 64
    assert keepers_of_daemon(tmp_path) is None
    with only_one(tmp_path, "short"):
        assert keepers_of_daemon(tmp_path) == "short"
