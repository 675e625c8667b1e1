"""Durations and sizes as people write them: `10 s`, `4 h`, `50 MB`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator

AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,11}) ?([A-Za-z]+)")
SECONDS: Final = {"s": 1, "min": 60, "h": 3600, "day": 86_400, "days": 86_400}
BYTES: Final = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def _amount(given: object, units: dict[str, int], example: str) -> int:
    found = AMOUNT.fullmatch(given) if isinstance(given, str) else None
    if found is None or found[2] not in units:
        known = ", ".join(units)
        raise ValueError(
            f"'{given}' is not understood; give a whole number and a unit ({known}), for example {example}"
        )
    return int(found[1]) * units[found[2]]


def duration(given: object) -> timedelta:
    """Return the duration; `ValueError` says how to write one."""
    if isinstance(given, timedelta):
        return given
    seconds = _amount(given, SECONDS, "10 s")
    if seconds > timedelta.max.total_seconds() // 2:
        raise ValueError(f"'{given}' is longer than this program can reckon with; give less")
    return timedelta(seconds=seconds)


def size(given: object) -> int:
    """Return the size in bytes; `ValueError` says how to write one."""
    if isinstance(given, int) and not isinstance(given, bool):
        raise ValueError(f"'{given}' has no unit; write {given} B, or for example 50 MB")  # noqa: TRY004 - pydantic's way
    return _amount(given, BYTES, "50 MB")


def _positive(amount: Any) -> Any:  # noqa: ANN401 - a duration or a size
    if not amount:
        raise ValueError("this must be more than nothing")
    return amount


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(lambda given: _positive(duration(given)))]
"""A `timedelta`, written as `10 s`, `5 min`, `4 h`, `1 day` or `5 days`."""

Pause: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
"""A duration that may be `0 s`."""

Size: TypeAlias = Annotated[int, BeforeValidator(lambda given: _positive(size(given)))]
"""Bytes, written as `512 KiB`, `50 MB`, `2 GB`."""
