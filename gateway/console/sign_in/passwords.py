"""Passwords of local accounts: Argon2id, what may be one, and those that are drawn for a first sign-in.

Sources: RFC 9106 (Argon2), NIST SP 800-63B-4 section 3.1.1 (length, no composition rules, a list of what is refused,
normalisation), and the NCSC's password guidance for system owners. Hashing is bounded: each takes 64 MiB, and without a
bound sign-ins would be an attack on memory.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from threading import BoundedSemaphore
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from gateway.console.words import mark
from gateway.errors import Busy, NotAccepted
from gateway.system.ids import draw

MEMORY: Final = 65_536  # KiB
ROUNDS: Final = 3
LANES: Final = 4
SALT: Final = 16
LENGTH: Final = 32
AT_ONCE: Final = 4
PATIENCE: Final = 3.0  # seconds that a sign-in waits for its turn; then it is told to come back

SHORTEST: Final = 12
LONGEST: Final = 256
FEWEST_LETTERS: Final = 5  # different ones

COMMON: Final = frozenset(files(__package__).joinpath("common.txt").read_text(encoding="utf-8").split())
"""Words of which people make passwords that are tried first. One made of nothing else is refused."""

ROWS: Final = ("qwertyuiopasdfghjklzxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1234567890", "qazwsxedcrfvtgbyhnujmikolp")
ALIKE: Final = str.maketrans("013457@$!|+", "oleastasiit")
"""What stands for a letter in `p@55w0rd`."""

RUN: Final = 4
NOBODY: Final = f"$argon2id$v=19$m={MEMORY},t={ROUNDS},p={LANES}${'A' * 22}${'A' * 43}"
"""What the password of an account that there is not is compared with: no password is known that has this hash."""

_turn = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """Return a password as it is kept (PHC string); `Busy` when too many sign in at once."""
    with _Turn():
        argon = Argon2id(
            salt=secrets.token_bytes(SALT), length=LENGTH, iterations=ROUNDS, lanes=LANES, memory_cost=MEMORY
        )
        return argon.derive_phc_encoded(normal(password).encode())


def is_right(password: str, kept: str) -> bool:
    """Say whether a password is the one that is kept; an empty `kept` costs as much time and is never right."""
    with _Turn():
        try:
            Argon2id.verify_phc_encoded(normal(password)[: 4 * LONGEST].encode(), kept or NOBODY)
        except InvalidKey:
            return False
        return bool(kept)


def normal(password: str) -> str:
    """Return a password in one form, however it was typed (NFKC, NIST SP 800-63B-4 section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def drawn() -> str:
    """Return a password for a first sign-in, 100 random bits in groups that can be read out."""
    letters = draw(20)
    return "-".join(letters[at : at + 5] for at in range(0, 20, 5))


def require_good(password: str, about: Sequence[str]) -> None:
    """Raise `NotAccepted` for a password that is too short, too long, or among the first that anybody would try.

    `about` are words that others know of the person: their name, their address, the organisation.
    """
    given = normal(password)
    if len(given) < SHORTEST:
        raise NotAccepted(
            mark("a password has 12 characters at least; three words that do not belong together are good")
        )
    if len(given) > LONGEST:
        raise NotAccepted(mark("a password has 256 characters at most"))
    if is_common(given, about):
        raise NotAccepted(
            mark("this is one of the passwords that are tried first; take three words that do not belong together")
        )


def is_common(password: str, about: Sequence[str] = ()) -> bool:
    """Say whether a password is made of nothing but common words, what is known of the person, and rows of keys."""
    small = password.casefold()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", small)
    known = COMMON | {part for each in about for part in re.findall(r"[^\W\d_]{3,}", each.casefold())}
    return len(set(small)) < FEWEST_LETTERS or any(
        _is_made_of(re.sub(r"[\W\d_]+", "", spelt), known)
        for spelt in (small, small.translate(ALIKE), bare.translate(ALIKE))
    )


def _is_made_of(letters: str, words: frozenset[str] | set[str]) -> bool:
    """Say whether letters are nothing but words and runs of keys, one after another."""
    reached = [True] + [False] * len(letters)
    for start in range(len(letters)):
        if reached[start]:
            for end in range(start + 1, len(letters) + 1):
                reached[end] = reached[end] or letters[start:end] in words or _is_run(letters[start:end])
    return reached[-1]


def _is_run(letters: str) -> bool:
    """Say whether letters lie side by side on a keyboard or in the alphabet, or are one letter again and again."""
    if len(letters) < RUN:
        return len(set(letters)) == 1 and len(letters) > 1
    return len(set(letters)) == 1 or any(letters in row or letters in row[::-1] for row in ROWS)


class _Turn:
    """One of the few places in which a password is hashed."""

    def __enter__(self) -> None:
        if not _turn.acquire(timeout=PATIENCE):
            raise Busy("too many people sign in at this moment", hint="try again in a moment")

    def __exit__(self, *_: object) -> None:
        _turn.release()
