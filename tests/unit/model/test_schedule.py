from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.schedule import Schedule
from gateway.testing.values import NOON

FIVE_DAYS = Schedule(first=timedelta(minutes=5), longest=timedelta(hours=4), give_up_after=timedelta(days=5))


def test_waits_double_from_five_minutes_to_four_hours() -> None:
    minutes = [FIVE_DAYS.wait(attempts) / timedelta(minutes=1) for attempts in range(1, 9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 240, 240]


@given(st.integers(min_value=0, max_value=10**6))
def test_a_wait_is_never_shorter_than_the_first_nor_longer_than_the_longest(attempts: int) -> None:
    assert FIVE_DAYS.first <= FIVE_DAYS.wait(attempts) <= FIVE_DAYS.longest


def test_it_is_over_after_five_days_and_not_a_moment_before() -> None:
    end = NOON + timedelta(days=5)
    assert FIVE_DAYS.is_over(NOON, end)
    assert not FIVE_DAYS.is_over(NOON, end - timedelta(microseconds=1))
