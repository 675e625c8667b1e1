"""Identifiers: unique, sorted by age, easy to read out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.system import ids
from gateway.system.clock import MachineClock

# eight hexadecimal digits of seconds last until 2106
TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2070, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds


@given(TIMES, st.integers(min_value=1, max_value=10**9))
def test_transfer_ids_sort_by_age(earlier: datetime, seconds: int) -> None:
    assert ids.transfer_id(earlier) < ids.transfer_id(earlier + timedelta(seconds=seconds))


@given(TIMES)
def test_a_transfer_id_tells_the_second_it_was_drawn_in(now: datetime) -> None:
    prefix, second, rest = ids.transfer_id(now).split("-")
    assert prefix == "t"
    assert datetime.fromtimestamp(int(second, 16), UTC) == now.replace(microsecond=0)
    assert len(rest) == 10
    assert set(rest) <= set(ids.ALPHABET)


def test_letters_that_look_like_others_are_not_used() -> None:
    assert len(set(ids.ALPHABET)) == 32
    assert not set("ilou") & set(ids.ALPHABET)


def test_ids_of_the_same_second_differ() -> None:
    now = MachineClock().now()
    assert len({ids.transfer_id(now) for _ in range(10_000)}) == 10_000
    assert len({ids.object_id() for _ in range(10_000)}) == 10_000
    assert len({ids.serial("n") for _ in range(10_000)}) == 10_000


def test_other_ids_say_what_they_name() -> None:
    assert ids.object_id().startswith("o-")
    assert ids.serial("n").startswith("n-")
    assert len(ids.object_id()) == 27
    assert len(ids.serial("n")) == 18


def test_the_clock_is_aware_and_runs_forwards() -> None:
    clock = MachineClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()
