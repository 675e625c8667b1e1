"""Shows a finding without showing it."""

from __future__ import annotations

from typing import Final

_KIND_ONLY: Final = {"SECRET": "[secret]"}
_LONGEST: Final = 40
_ROOMY: Final = 9


def mask(entity: str, value: str) -> str:
    """Return `value` with its letters and digits hidden but for one or two at each end; of a secret only its kind.

    At most four characters of the value show, never more than half of it, and lengths above 40 do not show either.
    """
    if entity in _KIND_ONLY:
        return _KIND_ONLY[entity]
    signs = [place for place, char in enumerate(value) if char.isalnum()]
    shown = 2 if len(signs) >= _ROOMY else 1 if len(signs) > _ROOMY // 2 else 0
    keep = {*signs[:shown], *signs[len(signs) - shown :]}
    hidden = "".join(
        char if place in keep or not char.isalnum() else "•" for place, char in enumerate(" ".join(value.split()))
    )
    return hidden if len(hidden) <= _LONGEST else f"{hidden[:4]}…{hidden[-4:]}"
