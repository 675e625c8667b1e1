"""Shows a finding without showing it."""

from __future__ import annotations

import re
from typing import Final

_KIND_ONLY: Final = {"SECRET": "[secret]"}
_LONGEST: Final = 40
_ROOMY: Final = 9
_HIDDEN: Final = "•"
_SIGN: Final = re.compile(r"[^\W_]")
_ASCII_SIGNS: Final = str.maketrans({code: "0" for code in range(0x80) if chr(code).isalnum()})


def mask(entity: str, value: str) -> str:
    """Return `value` with its letters and digits hidden but for one or two at each end; of a secret only its kind.

    At most four characters of the value show, never more than half of it, and lengths above 40 do not show either.
    """
    if entity in _KIND_ONLY:
        return _KIND_ONLY[entity]
    value = " ".join(value.split())
    signs = value.translate(_ASCII_SIGNS) if value.isascii() else _SIGN.sub("0", value)  # 0 for a letter or a digit
    number = signs.count("0")
    shown = 2 if number >= _ROOMY else 1 if number > _ROOMY // 2 else 0
    first, last = 0, len(value)
    for _ in range(shown):
        first = signs.find("0", first) + 1
        last = signs.rfind("0", 0, last)
    masked = value[:first] + signs[first:last].replace("0", _HIDDEN) + value[last:]
    return masked if len(masked) <= _LONGEST else f"{masked[:4]}…{masked[-4:]}"
