"""Durations and sizes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.units import BYTES, SECONDS, duration, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0 s", 0), ("10 s", 10), ("5min", 300), ("4 h", 14_400), ("1 day", 86_400), ("5 days", 432_000)],
)
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "expected"), [("1 B", 1), ("512 KiB", 524_288), ("50 MB", 50_000_000), ("2GB", 2_000_000_000)]
)
def test_sizes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize(
    "text", ["", "10", "s", "10 S", "1.5 h", "-1 s", "10  s", "010 s", "1:30", "10 s 5 min", "٣ s"]
)
def test_what_is_no_duration_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="for example 10 s"):
        duration(text)


@pytest.mark.parametrize("given_value", ["50", "50 mb", "MB", "0x10 B", True, None, 1.5])
def test_what_is_no_size_is_explained(given_value: object) -> None:
    with pytest.raises(ValueError, match="for example 50 MB"):
        size(given_value)


def test_a_bare_number_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="'50' has no unit; write 50 B"):
        size(50)


def test_a_duration_beyond_reckoning_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than this program can reckon with"):
        duration("999999999999 days")


@given(st.integers(0, 10**6), st.sampled_from(sorted(SECONDS)), st.sampled_from(sorted(BYTES)))
def test_every_amount_comes_out_whole(amount: int, unit: str, other: str) -> None:
    assert duration(f"{amount} {unit}") == timedelta(seconds=amount * SECONDS[unit])
    assert size(f"{amount}{other}") == amount * BYTES[other]
