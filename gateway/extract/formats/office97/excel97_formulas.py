"""What a formula of a binary workbook says in words and numbers ([MS-XLS] 2.2.2): its tokens, one after the other."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from gateway.extract.formats.office97.excel97_strings import characters
from gateway.extract.formats.office97.ole import strings

STRING, ATTRIBUTE, INTEGER, NUMBER, BLANK = 0x17, 0x19, 0x1E, 0x1F, 0x16
CHOOSE: Final = 4
SIZES: Final = {  # of what follows each token, by the token without its class
    **dict.fromkeys(range(0x03, 0x17), 0), 0x01: 4, 0x02: 4, 0x18: 5, 0x1A: 0, 0x1B: 0, 0x1C: 1, 0x1D: 1, 0x20: 7,
    0x21: 2, 0x22: 3, 0x23: 4, 0x24: 4, 0x25: 8, 0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8,
    0x2E: 2, 0x2F: 2, 0x38: 2, 0x39: 6, 0x3A: 6, 0x3B: 10, 0x3C: 6, 0x3D: 10,
}  # fmt: skip
OLD_SIZES: Final = {  # in Excel 5 and 95
    **SIZES, 0x23: 14, 0x24: 3, 0x25: 6, 0x2A: 3, 0x2B: 6, 0x2C: 3, 0x2D: 6, 0x39: 24, 0x3A: 17, 0x3B: 20, 0x3C: 17,
    0x3D: 20,
}  # fmt: skip


def formula_words(tokens: bytes, code_page: str = "", rest: bytes = b"") -> str:
    """Return the strings and numbers of a formula, a line each. `rest` is what follows it: the values of its arrays."""
    found = "\n".join(_words(tokens, code_page))
    return f"{found}\n{strings(rest)}" if rest else found


def _words(tokens: bytes, code_page: str) -> Iterator[str]:
    """Yield each constant; of tokens that nobody knows, the runs of letters."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        kind = token if token < 0x20 else token & 0x1F | 0x20  # noqa: PLR2004 - from there on, tokens have a class
        at += 1
        if kind == STRING and at < len(tokens):
            text, at = _string(tokens, at, code_page)
            yield text.replace("\0", "\n")  # the choices of a list
        elif kind == INTEGER and at + 2 <= len(tokens):
            yield str(struct.unpack_from("<H", tokens, at)[0])
            at += 2
        elif kind == NUMBER and at + 8 <= len(tokens):
            (number,) = struct.unpack_from("<d", tokens, at)
            yield str(int(number)) if number.is_integer() else repr(number)
            at += 8
        elif kind == ATTRIBUTE and at + 3 <= len(tokens):
            (word,) = struct.unpack_from("<H", tokens, at + 1)
            at += 3 + (2 * (word + 1) if tokens[at] & CHOOSE else 0)
        elif kind in SIZES:
            at += (OLD_SIZES if code_page else SIZES)[kind]
        else:
            yield strings(tokens[at:])
            return


def _string(tokens: bytes, at: int, code_page: str) -> tuple[str, int]:
    """Read a string constant."""
    if code_page:
        end = at + 1 + tokens[at]
        return tokens[at + 1 : end].decode(code_page, "replace"), end
    return characters(tokens, at + 1, tokens[at])
