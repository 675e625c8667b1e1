"""What may be sealed for: OpenPGP certificates after the judgement, whoever judged; and the words of a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.protect.keys.rules import KeyRules, KeyWrap

LARGEST: Final = 1 << 20  # bytes; a certificate with every signature of a long life is smaller
RSA_BITS: Final = 2048
TROUBLE: Final = {
    "r": "it was revoked",
    "e": "it has expired",
    "i": "its signatures do not hold",
    "n": "it is not valid",
    "d": "it was disabled",
}
FUTURE: Final = "it is dated in the future"


class Engine(StrEnum):
    """What can read a certificate, and so seal for it."""

    GPG = "gpg"
    SEQUOIA = "sequoia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subkey:
    """A key that may encrypt. `algorithm` is the number of RFC 9580 section 9.1; `expires` is None for never."""

    fingerprint: str
    algorithm: int
    bits: int
    curve: str
    created: datetime
    expires: datetime | None
    wrap: KeyWrap

    @property
    def key_id(self) -> str:
        """What a version 3 session key packet names: the end of a version 4 fingerprint, the start of a version 6."""
        return self.fingerprint[-16:] if len(self.fingerprint) == 40 else self.fingerprint[:16]  # noqa: PLR2004 - RFC 9580 5.5.4

    @property
    def key_wrap(self) -> str:
        """How its session key is wrapped, for people and for the evidence: "AES-128 key wrap (cv25519)"."""
        return f"RSA-{self.bits}" if self.wrap is KeyWrap.RSA else f"{self.wrap} ({self.curve})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A certificate that may be sealed for. `usable` has the chosen key first; `certificate` holds it and no other.

    `addresses` are those of the valid user ids, in lower case. `until` is the earliest moment at which the judgement
    may change by itself, `ends` the one from which nothing in it can be used; None for never. `engine` seals for it.
    """

    fingerprint: str
    addresses: frozenset[str]
    usable: tuple[Subkey, ...]
    certificate: bytes
    until: datetime | None
    ends: datetime | None = None
    engine: Engine = Engine.GPG

    @property
    def chosen(self) -> Subkey:
        """The key to seal for: one whose key wrap is AES-256 or RSA where there is one; of those the newest."""
        return self.usable[0]

    @property
    def key_wrap(self) -> str:
        """How the session key is wrapped for the chosen key."""
        return self.chosen.key_wrap


def in_order(keys: Sequence[Subkey]) -> tuple[Subkey, ...]:
    """Return keys, the one to be chosen first."""
    return tuple(sorted(keys, key=lambda key: (key.wrap.rank, key.created, key.fingerprint), reverse=True))


def last_end(primary: datetime | None, keys: Sequence[Subkey]) -> datetime | None:
    """Return when the last usable key ends, or the primary key before it; None for never."""
    ends = [key.expires for key in keys]
    last = None if None in ends else max(end for end in ends if end is not None)
    return min((end for end in (primary, last) if end is not None), default=None)


def wrap_trouble(wrap: KeyWrap | None, curve: str, rules: KeyRules) -> str:
    """Return why a key may not be used for the way it wraps session keys; empty where it may."""
    if wrap is None:
        return "its key wrap is not AES"
    if wrap is KeyWrap.AES128 and not rules.aes128_key_wrap:
        return f"{wrap} ({curve}) is refused here, by the setting keys.aes128_key_wrap"
    return ""
