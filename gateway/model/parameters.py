"""Whether the parameters of a message's parts (RFC 2045 section 5.1) can be read in reasonable time.

The standard library's time for one field grows with the square of its length and of its semicolons: hours for a
megabyte. Programs write a few of them, and RFC 2231 breaks the longest name of a file into some forty.
"""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 100  # semicolons of one field
LONGEST: Final = 10_000  # bytes of one field
MOST_FIELDS: Final = 100_000  # of all parts: each takes microseconds
BEGINS: Final = (b"\ncontent-", b"\rcontent-")
FIELD: Final = re.compile(rb"content-(?:type|disposition)[ \t]*:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*")


def are_readable(message: bytes) -> bool:
    """Say whether no part has more parameters, or longer ones, than a program writes.

    Whatever looks like such a field counts, within a text too. A large message takes a fraction of a second.
    """
    small = b"\n" + message.lower()
    if sum(map(small.count, BEGINS)) > MOST_FIELDS:
        return False
    return not any(_is_too_much(small, begin) for begin in BEGINS)


def _is_too_much(small: bytes, begin: bytes) -> bool:
    at = small.find(begin)
    while at >= 0:
        found = FIELD.match(small, at + 1)
        if found and (len(found[0]) > LONGEST or found[0].count(b";") > MOST):
            return True
        at = small.find(begin, at + len(begin))
    return False
