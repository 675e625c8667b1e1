"""What is to be sealed, for whom, how it will travel, and what it owes on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.model.inspection import Inspection
from gateway.model.verdict import Network, Obligation, Owing, named
from gateway.protect import Plain, compose
from gateway.protect.duties import MARKS
from gateway.protect.outward import Outward

MESSAGE: Final = "message/rfc822"


def is_neutral(obligations: frozenset[str]) -> bool:
    """Say whether nothing outside may tell what is inside: what is sealed, and what must have a neutral subject."""
    return bool(obligations & {Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY, Obligation.NEUTRAL_SUBJECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be sealed, for whom, and how it will travel: over which network, as a message or not."""

    head: compose.Head
    reference: str
    message: bool
    as_message: bool
    parts: tuple[Plain, ...]
    obligations: frozenset[str]
    may_tell: bool
    marking: str
    inspection: Inspection | None
    largest_message: int
    outward: Outward
    network: Network

    @property
    def must_seal(self) -> bool:
        """True when nothing may go unsealed."""
        return bool(self.obligations & {Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY})

    @property
    def by_key(self) -> bool:
        """True when only a key of the recipient may open it."""
        return Obligation.SEAL_BY_KEY in self.obligations

    @property
    def neutral(self) -> bool:
        """True when nothing outside may tell what is inside."""
        return is_neutral(self.obligations)

    @property
    def marks(self) -> frozenset[str]:
        """Where the marking must be shown."""
        return self.obligations & MARKS

    @property
    def redactions(self) -> frozenset[str]:
        """How what was found must be hidden."""
        return self.obligations & {Obligation.REDACT, Obligation.PSEUDONYMISE}

    @property
    def barred(self) -> frozenset[str]:
        """The sealing methods that may not be chosen."""
        return frozenset(named(self.obligations, Owing.SEAL_NOT))

    @property
    def needs_other_channel(self) -> bool:
        """True when a passphrase must not go by the sender: by a channel of its own, or agreed long before."""
        return Obligation.PASSPHRASE_OTHER_CHANNEL in self.obligations
