"""Everything a rule may look at, and nothing more. One `Facts` per recipient of a transfer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network


class DomainStatus(StrEnum):
    """What the domain table says about a recipient's domain today; `none` where the address is not plain."""

    DISPUTED = "disputed"
    INTERNAL = "internal"
    LIVE = "live"
    NONE = "none"
    RETIRED = "retired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The inspected transfer as seen for one recipient.

    `marking` is the tier of the marking found; the *effective* tier, which detectors may raise, is derived by the
    policy and is not an input. `entities` counts findings by entity, only those confident enough to count.
    `can` holds the sealing methods that this recipient can take (`pgp`, `zip`). `released` is true when an officer's
    release awaits a fresh decision.
    """

    sender: str
    recipient: str
    marking: Tier
    marking_status: MarkingStatus
    entities: tuple[tuple[str, int], ...]
    people: int | None
    gaps: frozenset[GapKind]
    route: str
    network: Network
    domain_status: DomainStatus
    can: frozenset[str]
    encrypt_requested: bool
    released: bool
    size: int
