"""What decide says about one recipient of one transfer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What happens to a delivery, mildest first."""

    DELIVER = "deliver"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"

    @property
    def strictness(self) -> int:
        """0 for the mildest; the strictest outcome of all matching rules wins."""
        return list(Outcome).index(self)


class Obligation(StrEnum):
    """What must be done for a `deliver` to hold."""

    NEUTRAL_SUBJECT = "neutral:subject"
    SEAL_AES256 = "seal:aes256"
    TLS_VERIFIED = "tls:verified"


class Network(StrEnum):
    """What a route crosses."""

    INTERNAL = "internal"
    OFF_INTERNET = "off-internet"
    PUBLIC = "public"
    VERIFIED_TLS = "verified-tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that decided: its id, where it is written, and its sentence."""

    rule: str
    file: str
    line: int
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on one recipient. `policy` is the hash of the policy set that made it."""

    recipient: str
    route: str
    network: Network
    outcome: Outcome
    obligations: frozenset[Obligation]
    reasons: tuple[Reason, ...]
    would_pass_if: tuple[str, ...]
    policy: str
