"""Passphrases that carry a container: words a person can hear, write down and type.

One for each transfer and recipient, unless one was agreed with the recipient long before.

Guessing AE-2 is cheap (PBKDF2-HMAC-SHA1, 1000 rounds), so the passphrase itself must hold: six words drawn from the
EFF long list, about 77.5 bits. It is never chosen by a person. `words.README` names the list's author and licence.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final, Protocol

from gateway.errors import NotFound, NotSealed

LENGTH: Final = 6
SEPARATOR: Final = "-"
BITS_NEEDED: Final = 77


class Told(StrEnum):
    """How a recipient learns a passphrase. Never with what it opens."""

    AGREED = "agreed"  # it stands since long before: nobody is told
    CHANNEL = "channel"  # the gateway tells the recipient by another channel
    SENDER = "sender"  # the gateway tells the sender, who tells the recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A passphrase, how the recipient learns it, and with which partner it was agreed, empty for a fresh one."""

    text: str = field(repr=False)
    told: Told = Told.SENDER
    agreed_with: str = ""


class Passphrases(Protocol):
    """Where passphrases come from."""

    def way(self, recipient: str) -> Told:
        """Say how this recipient would learn one today."""

    def draw(self, recipient: str) -> Words:
        """Return the passphrase for one transfer to this recipient; `NotSealed` where there is none."""


class Fresh:
    """A fresh passphrase every time, for the sender to tell."""

    def way(self, _recipient: str) -> Told:
        """Say that the sender tells it."""
        return Told.SENDER

    def draw(self, _recipient: str) -> Words:
        """Return a fresh one."""
        return Words(text=draw())


class Agreed(Protocol):
    """The standing passphrases that were agreed with partners."""

    def names(self) -> Collection[str]:
        """Return the partners that have one."""

    def read(self, name: str, /) -> str:
        """Return a partner's; `NotFound`."""


class Agreements:
    """The passphrase agreed with the recipient's organisation, else a fresh one by the second channel or the sender.

    `partner_of` gives the id of a recipient's organisation, empty for none; `contact_of` where the second channel
    reaches them, empty where it does not.
    """

    def __init__(self, agreed: Agreed, *, partner_of: Callable[[str], str], contact_of: Callable[[str], str]) -> None:
        self._agreed = agreed
        self._partner_of = partner_of
        self._contact_of = contact_of

    def way(self, recipient: str) -> Told:
        """Say how this recipient would learn one today."""
        partner = self._partner_of(recipient)
        if partner and partner in self._agreed.names():
            return Told.AGREED
        return Told.CHANNEL if self._contact_of(recipient) else Told.SENDER

    def draw(self, recipient: str) -> Words:
        """Return the one that was agreed, or a fresh one; `NotSealed` where what was agreed has just gone."""
        told = self.way(recipient)
        if told is not Told.AGREED:
            return Words(text=draw(), told=told)
        partner = self._partner_of(recipient)
        try:
            return Words(text=self._agreed.read(partner), told=told, agreed_with=partner)
        except NotFound:
            raise NotSealed("the passphrase agreed with this recipient's organisation was just removed") from None


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
