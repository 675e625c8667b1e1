r"""Characters that are written as numbers: `&#57;` of XML, `\u0039` of JSON and scripts, `\39` of style sheets."""

from __future__ import annotations

import html
import re
from typing import Final

_SCRIPT: Final = re.compile(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
                            r"|\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}|\\x([0-9a-fA-F]{2})")  # fmt: skip
_STYLE: Final = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?")
_LAST: Final = 0x10FFFF


def character(number: str) -> str:
    """Return the character of a hexadecimal number; U+FFFD where there is none."""
    code = int(number, 16)
    return chr(code) if code <= _LAST else "\ufffd"


def _scripted(match: re.Match[str]) -> str:
    """Return what one escape of a script stands for: a pair of surrogates is one character."""
    number = match[1] or match[2] or match[3]
    if number:
        return character(number)
    pair = int(match[0][2:6], 16), int(match[0][8:12], 16)
    return chr(0x10000 + ((pair[0] & 0x3FF) << 10) + (pair[1] & 0x3FF))


def plain(text: str) -> str:
    """Return a text with the numbers of XML and of scripts as characters."""
    if "&#" in text:
        text = html.unescape(text)
    return _SCRIPT.sub(_scripted, text) if "\\" in text and ("\\u" in text or "\\x" in text) else text


def plain_style(text: str) -> str:
    """Return a style sheet with its escapes as characters (CSS Syntax 4.3.7)."""
    return _STYLE.sub(lambda match: character(match[1]), text) if "\\" in text else text
