"""Characters of symbol fonts (ECMA-376 part 1, 17.3.3.30): Word writes them by font and number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PRIVATE: Final = range(0xF020, 0xF100)
LAST: Final = 0xFFFF


def symbol(attributes: Mapping[str, str]) -> str:
    """Return the character that a symbol shows; fonts of pictures keep theirs in the private area."""
    said = {key.rpartition(":")[2]: value for key, value in attributes.items()}
    try:
        code = int(said.get("char", ""), 16)
    except ValueError:
        return ""
    if code in PRIVATE and "dings" not in said.get("font", ""):
        code -= 0xF000
    return chr(code) if 0 < code <= LAST else ""
