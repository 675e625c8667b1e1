"""What the house demands of recipients' keys, the words for it, and how a refusal is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.errors import NotSealed

GCM: Final = "gcm"
"""What a record's `takes` says of a recipient who is known to read AES-256-GCM in CMS (RFC 5084)."""


class KeyWrap(StrEnum):
    """What encrypts the session key: RSA by itself, or AES of some length under an agreed key (RFC 3394)."""

    RSA = "RSA"
    AES256 = "AES-256 key wrap"
    AES192 = "AES-192 key wrap"
    AES128 = "AES-128 key wrap"

    @property
    def rank(self) -> int:
        """How it compares where several keys could be used; nothing weaker than AES-256 takes part in RSA."""
        return {KeyWrap.AES128: 0, KeyWrap.AES192: 1}.get(self, 2)


class Revocation(StrEnum):
    """Whether authorities are asked over the network; lists that lie beside their certificates always count."""

    OFF = "off"
    WHEN_REACHABLE = "when-reachable"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRules:
    """What the operator decided about keys (`keys` in the configuration).

    `authorities` is a file or folder of X.509 certificates that recipients' certificates must lead to; None takes none.
    """

    aes128_key_wrap: bool = True
    authorities: Path | None = None
    self_signed: bool = False
    revocation: Revocation = Revocation.OFF


def refused(reason: str) -> NotSealed:
    """Return the refusal of a certificate, ready to be raised."""
    return NotSealed(f"this certificate may not be used: {reason}", hint="ask its owner for a current public key")


def day(moment: datetime) -> str:
    """Return a date as people are shown it."""
    return f"{moment:%d %B %Y}"
