"""Another inspector takes the place of the one in use; a transfer that is being read keeps the one it began with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.daemon.inspectors import Inspectors
from tests.unit.daemon.idle_inspector import IdleInspector


def test_an_idle_one_is_closed_when_it_is_replaced() -> None:
    old, new = IdleInspector("old"), IdleInspector("new")
    inspectors = Inspectors(old)
    with inspectors.lend() as lent:
        assert lent is old
    inspectors.replace(new)
    assert (old.closed, new.closed) == (1, 0)
    with inspectors.lend() as lent:
        assert lent is new
    inspectors.close()
    assert (old.closed, new.closed) == (1, 1)


def test_one_at_work_is_closed_once_when_its_last_reader_is_done() -> None:
    old, new, newest = (IdleInspector(name) for name in ("old", "new", "newest"))
    inspectors = Inspectors(old)
    with inspectors.lend() as first:
        with inspectors.lend():
            inspectors.replace(new)
            with inspectors.lend() as second:
                inspectors.replace(newest)
                assert (first, second) == (old, new)
            assert (old.closed, new.closed) == (0, 1)
        assert old.closed == 0
    assert (old.closed, new.closed, newest.closed) == (1, 1, 0)


def test_a_reader_that_fails_gives_it_back() -> None:
    old = IdleInspector("old")
    inspectors = Inspectors(old)

    def read() -> None:
        with inspectors.lend():
            inspectors.replace(IdleInspector("new"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        read()
    assert old.closed == 1


def test_none_is_lent_after_it_was_closed_and_each_is_closed_once() -> None:
    made = [IdleInspector(str(number)) for number in range(50)]
    inspectors = Inspectors(made[0])

    def read(_: int) -> bool:
        with inspectors.lend() as lent:
            assert isinstance(lent, IdleInspector)
            return not lent.closed

    with ThreadPoolExecutor(4) as threads:
        reading = [threads.submit(read, number) for number in range(2000)]
        for inspector in made[1:]:
            inspectors.replace(inspector)
        assert all(each.result() for each in reading)
    assert [each.closed for each in made] == [1] * 49 + [0]
