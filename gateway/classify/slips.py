"""Digits as character recognition and hurried hands write them: letters that look alike, breaks in odd places.

Source: Rice, Jenkins and Nartker, "The Fourth Annual Test of OCR Accuracy" (1995), on what is taken for what. Read so
only behind a label: anywhere else `SO BIG` would be a number.
"""

from __future__ import annotations

from typing import Final

SIGN: Final = "[0-9OoIlSBGZT|]"
"""A digit, or a letter that is taken for one."""
BREAK: Final = r"[ .-]{0,2}(?:\r?\n)? ?"
"""What may stand between two of them: blanks, a point, a dash, the end of a line."""
_DIGITS: Final = str.maketrans("OoIlSBGZT|", "0011586271", " .-\r\n")
_BREAKS: Final = str.maketrans("", "", " .-\r\n")
_MOST_SLIPS: Final = 3


def digits_meant(written: str) -> str:
    """Return the digits that were meant; nothing where more than three signs are letters, which is a word."""
    meant = written.translate(_BREAKS)
    if meant.isdigit():
        return meant
    meant = written.translate(_DIGITS)
    slips = sum(sign.isalpha() or sign == "|" for sign in written)
    return meant if slips <= _MOST_SLIPS else ""
