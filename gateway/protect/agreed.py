"""Standing passphrases, agreed with partners: kept sealed in the vault, and strong enough or refused.

A partner's stands for all its people until it is replaced or removed; then it is destroyed. What was agreed elsewhere
is measured before it is kept: six different words of the list that ours are drawn from, or 20 characters and more with
at least 77 bits. The measure is an estimate from above: it sees repetition, sequences and what looks like a word, and
cannot see that a person made something up. Let the gateway draw it wherever you can.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

from gateway.model.record import Entry
from gateway.protect.passphrase import BITS_NEEDED, LENGTH, words
from gateway.protect.passphrase import bits as bits_of_words
from gateway.store import Secrets

PREFIX: Final = "passphrase/"
SHORTEST: Final = 20
LONGEST: Final = 99
"""Characters that every method takes: 7-Zip opens a ZIP with 99 at most, a PDF has 127 bytes."""
DIVIDED: Final = re.compile(r"[ .,_-]+")
KINDS: Final = (
    (re.compile(r"[a-z]"), 26),
    (re.compile(r"[A-Z]"), 26),
    (re.compile(r"[0-9]"), 10),
    (re.compile(r"[^a-zA-Z0-9]"), 33),
)
"""Kinds of characters, and how many there are of each in ASCII."""
RUN: Final = re.compile(r"[A-Za-z]+|[0-9]+")
YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
YEARS: Final = 7.0
VOWEL: Final = re.compile(r"[aeiouyAEIOUY]")
CONSONANTS: Final = re.compile(r"[^aeiouyAEIOUY]{5}")
FEWEST_VOWELS, MOST_VOWELS = 0.2, 0.65
SHORTEST_WORD, LETTERS = 5, 7
SEQUEL: Final = 2.0
ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
COPIED: Final = 3
"""So many characters that stood there before say nothing new."""


class StandingPassphrases:
    """The passphrases agreed with partners (`Agreed`), among the standing secrets of the vault."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def names(self) -> Mapping[str, datetime]:
        """Return the partners that have one, and since when."""
        found = self._secrets.names().items()
        return {name.removeprefix(PREFIX): since for name, since in found if name.startswith(PREFIX)}

    def read(self, name: str) -> str:
        """Return a partner's; `NotFound`."""
        return self._secrets.read(PREFIX + name)

    def set(self, name: str, text: str, entry: Entry) -> None:
        """Keep a partner's from now on, and destroy the one before."""
        self._secrets.set(PREFIX + name, text, entry)

    def remove(self, name: str, entry: Entry) -> None:
        """Destroy a partner's; `NotFound`."""
        self._secrets.remove(PREFIX + name, entry)


def weakness(text: str) -> str:
    """Return why a passphrase will not do, empty where it will. Nothing of it stands in the answer."""
    if not text.isascii() or not text.isprintable():
        return "it has characters that not every keyboard has; use plain letters, digits and signs (ASCII)"
    if text != text.strip():
        return "it begins or ends with a blank, which people do not see"
    if len(text) > LONGEST:
        return f"it has more than {LONGEST} characters, which not every method takes"
    return "" if _has_six_words(text) else _guessable(text)


def _has_six_words(text: str) -> bool:
    return len({each for each in DIVIDED.split(text.lower()) if each in _all_words()}) >= LENGTH


def _guessable(text: str) -> str:
    if len(text) < SHORTEST:
        return f"it is neither {LENGTH} different words of the list nor {SHORTEST} characters long"
    bits = estimate(text)
    too_easy = f"it is too easy to guess: about {bits:.0f} bits, and {BITS_NEEDED} are needed"
    return too_easy if bits < BITS_NEEDED else ""


def estimate(text: str) -> float:
    """Return the bits in a passphrase, from above.

    What looks like a word counts as one draw from a list of words for every seven letters, a year as one of 128. What
    stood there before or divides words counts as nothing, what goes on a sequence as little, and every other character
    as one draw from the kinds of characters that are used.
    """
    alphabet = sum(size for pattern, size in KINDS if pattern.search(text))
    a_character, a_word = math.log2(max(2, alphabet)), bits_of_words(len(words())) / LENGTH
    bits, at, lower = 0.0, 0, text.lower()
    while at < len(text):
        copied, run = _copied(lower, at), RUN.match(text, at)
        token = run[0] if run else text[at]
        if copied:
            at += copied
        elif _is_word(token, alone=_is_alone(text, at, len(token))):
            bits += min(len(token) * a_character, _draws(token) * a_word)
            at += len(token)
        elif YEAR.fullmatch(token):
            bits, at = bits + YEARS, at + len(token)
        else:
            bits, at = (
                bits + (0.0 if DIVIDED.match(text, at) else SEQUEL if _goes_on(lower, at) else a_character),
                at + 1,
            )
    return bits


def _draws(token: str) -> int:
    """Return how many draws from a list of words a word is worth: one for each seven letters, one in all if listed."""
    return 1 if token.lower() in _all_words() else math.ceil(len(token) / LETTERS)


def _copied(text: str, at: int) -> int:
    """Return how many characters from here on stood in the text before, 0 where they are few."""
    length = 0
    while at + length < len(text) and text[at : at + length + 1] in text[:at]:
        length += 1
    return length if length >= COPIED else 0


def _is_alone(text: str, at: int, length: int) -> bool:
    """Say whether something is divided from all else, as words are."""
    before, behind = text[:at][-1:], text[at + length :][:1]
    return all(not each or DIVIDED.fullmatch(each) for each in (before, behind))


def _is_word(token: str, *, alone: bool) -> bool:
    """Say whether letters look like a word: written like one, with vowels, and never five consonants in a row."""
    if not token.isalpha() or not (token.islower() or token.isupper() or token[1:].islower()):
        return False
    if len(token) < SHORTEST_WORD:
        return alone
    vowels = len(VOWEL.findall(token)) / len(token)
    return FEWEST_VOWELS <= vowels <= MOST_VOWELS and not CONSONANTS.search(token)


def _goes_on(text: str, at: int) -> bool:
    """Say whether a character repeats the one before it, or stands beside it in the alphabet or on a keyboard."""
    if at == 0:
        return False
    pair = text[at - 1 : at + 1]
    return abs(ord(pair[0]) - ord(pair[1])) <= 1 or any(pair in row or pair[::-1] in row for row in ROWS)


@cache
def _all_words() -> frozenset[str]:
    return frozenset(words())
