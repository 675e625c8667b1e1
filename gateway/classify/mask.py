"""Shows a finding without showing it."""

from __future__ import annotations

import re
from typing import Final

_KIND_ONLY: Final = {"SECRET": "[secret]"}
_LONGEST: Final = 40
_ROOMY: Final = 9
_HIDDEN: Final = "•"
_SIGN: Final = re.compile(r"[^\W_]")


def mask(entity: str, value: str) -> str:
    """Return `value` with its letters and digits hidden but for one or two at each end; of a secret only its kind.

    At most four characters of the value show, never more than half of it, and lengths above 40 do not show either.
    """
    if entity in _KIND_ONLY:
        return _KIND_ONLY[entity]
    value = " ".join(value.split())
    hidden = _SIGN.sub(_HIDDEN, value)
    signs = hidden.count(_HIDDEN) - value.count(_HIDDEN)
    shown = 2 if signs >= _ROOMY else 1 if signs > _ROOMY // 2 else 0
    first, last = 0, len(value)
    for _ in range(shown):
        first = _SIGN.search(value, first).end()  # type: ignore[union-attr]  # there are more signs than that
        last = max(hidden.rfind(_HIDDEN, 0, last), 0)
    masked = value[:first] + hidden[first:last] + value[last:]
    return masked if len(masked) <= _LONGEST else f"{masked[:4]}…{masked[-4:]}"
