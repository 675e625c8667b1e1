"""Shows a finding without showing it."""

from __future__ import annotations

import re
from typing import Final

_KIND_ONLY: Final = {"SECRET": "[secret]"}
_LONGEST: Final = 40
_ROOMY: Final = 9
_SIGN: Final = re.compile(r"[^\W_]")


def mask(entity: str, value: str) -> str:
    """Return `value` with its letters and digits hidden but for one or two at each end; of a secret only its kind.

    At most four characters of the value show, never more than half of it, and lengths above 40 do not show either.
    """
    if entity in _KIND_ONLY:
        return _KIND_ONLY[entity]
    value = " ".join(value.split())
    signs = sum(map(str.isalnum, value))
    shown = 2 if signs >= _ROOMY else 1 if signs > _ROOMY // 2 else 0
    first, last = _edge(value, shown), _edge(value[::-1], shown)
    middle = value[first : len(value) - last]
    hidden = value[:first] + _SIGN.sub("•", middle) + value[len(value) - last :]
    return hidden if len(hidden) <= _LONGEST else f"{hidden[:4]}…{hidden[-4:]}"


def _edge(value: str, shown: int) -> int:
    """Return how long the beginning of `value` is that holds so many letters and digits."""
    length = 0
    while shown:
        shown -= value[length].isalnum()
        length += 1
    return length
