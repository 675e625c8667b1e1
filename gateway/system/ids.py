"""The only drawer of randomness for names.

Transfer ids begin with the second they were drawn in, so that they sort by age, and are short enough to read over a
telephone: `t-6740a1b2-7kq4m9`. Crockford's base 32 has no I, L, O or U.
"""

from __future__ import annotations

import secrets
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LETTERS = ALPHABET.encode() * 8  # 32 letters, 8 bytes to each: none is favoured


def draw(length: int) -> str:
    """Return `length` random characters, 5 bits each."""
    return secrets.token_bytes(length).translate(LETTERS).decode("ascii")


def transfer_id(now: datetime) -> str:
    """Return a new transfer id: 8 hexadecimal digits of the time in seconds, 50 random bits."""
    return f"t-{int(now.timestamp()):08x}-{draw(10)}"


def object_id() -> str:
    """Return a new id for a content object: 125 random bits."""
    return "o-" + draw(25)


def serial(prefix: str) -> str:
    """Return a new id for anything else: 80 random bits behind a prefix."""
    return f"{prefix}-{draw(16)}"
