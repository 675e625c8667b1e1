"""Codes in the headers and footers of sheets: `&C&"Arial,Bold"&12PROTECT` (ECMA-376 part 1, 18.3.1.46)."""

from __future__ import annotations

import re
from typing import Final

SHEET_CODE: Final = re.compile(r'&(?:"[^"]*"|K(?:[0-9A-F]{6}|[0-9]{2}[+-][0-9]{3})|[0-9]{1,3}|(?P<letter>[A-Z&]))')
FONT_CODES: Final = frozenset("BEHIOSUXY")


def sheet_text(text: str) -> str:
    """Return a sheet's header as it prints: codes for the font join, codes for a place or a value separate."""
    return SHEET_CODE.sub(_printed, text)


def _printed(code: re.Match[str]) -> str:
    letter = code["letter"]
    return "&" if letter == "&" else "" if not letter or letter in FONT_CODES else "\n"
