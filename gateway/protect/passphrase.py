"""Passphrases that carry a ZIP container: words a person can hear, write down and type.

Guessing AE-2 is cheap (PBKDF2-HMAC-SHA1, 1000 rounds), so the passphrase itself must hold: six words drawn from the
EFF long list, about 77.5 bits. It is never chosen by a person. `words.README` names the list's author and licence.
"""

from __future__ import annotations

import math
import secrets
from functools import cache
from importlib import resources
from typing import Final

from gateway.errors import NotSealed

LENGTH: Final = 6
SEPARATOR: Final = "-"
BITS_NEEDED: Final = 77


@cache
def words() -> tuple[str, ...]:
    """Return the words that may be drawn: ASCII, distinct, without the separator in them.

    Raises `NotSealed` when the list is too short to give `BITS_NEEDED` bits: a damaged list must not weaken a seal.
    """
    text = resources.files("gateway.protect").joinpath("words.txt").read_text(encoding="ascii")
    found = tuple(sorted({word for word in text.split() if word.isalpha() and word.islower()}))
    if not found or bits(len(found)) < BITS_NEEDED:
        raise NotSealed("the word list for passphrases is too short", hint="install the gateway again")
    return found


def bits(count: int) -> float:
    """Return the bits in a passphrase drawn from a list of `count` words."""
    return LENGTH * math.log2(count)


def draw() -> str:
    """Return a fresh passphrase: six words with hyphens between them, ASCII."""
    return SEPARATOR.join(secrets.choice(words()) for _ in range(LENGTH))
