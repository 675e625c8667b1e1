"""From a transfer and its inspection to the facts that rules look at, one `Facts` per recipient."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from gateway.decide.policy import Policy
from gateway.decide.routing import Routed
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import COUNTS_FROM, Inspection, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Network

NOTHING: Final = Facts(
    sender="",
    recipient="",
    marking=Tier.UNMARKED,
    marking_status=MarkingStatus.NONE,
    entities=(),
    people=0,
    gaps=frozenset(),
    route="",
    network=Network.PUBLIC,
    domain_status=DomainStatus.UNKNOWN,
    can=frozenset(),
    encrypt_requested=False,
    released=False,
    size=0,
)
"""Facts about nothing; the way is the worst there is."""


def facts_for(
    policy: Policy,
    transfer: Transfer,
    delivery: Delivery,
    inspection: Inspection,
    can: frozenset[str],
    routed: Routed,
) -> Facts:
    """Return the facts for one delivery. Raises `ValueError` when `routed` is not of this policy: our own mistake."""
    if routed.route is not None and policy.routes.get(routed.route_id) is not routed.route:
        raise ValueError(routed.route_id)
    return replace(
        facts_of_content(inspection),
        sender=transfer.sender,
        recipient=delivery.recipient,
        route=routed.route_id,
        network=routed.network,
        domain_status=routed.domain_status,
        can=can,
        encrypt_requested=transfer.encrypt_requested,
        released=delivery.release is not None,
        size=transfer.size,
    )


def facts_of_content(inspection: Inspection) -> Facts:
    """Return the facts about content alone, for its effective tier; the way is the worst there is."""
    tier, status = marking_with_thread(inspection)
    return replace(
        NOTHING,
        marking=tier,
        marking_status=status,
        entities=counted(inspection),
        people=inspection.people,
        gaps=frozenset(gap.kind for gap in inspection.gaps),
    )


def marking_with_thread(inspection: Inspection) -> tuple[Tier, MarkingStatus]:
    """Return the tier to decide by: the part's own, or what it quotes from a conversation if that is higher.

    Whoever replies sends on what is quoted (S3 4.4: the chain stays secure). It is not the author's marking, so it is
    suspected at most, but for above a sure RESTRICTED or higher, which no release may weaken.
    """
    own, status = inspection.tier, inspection.marking_status
    if inspection.thread is None or inspection.thread.tier <= own:
        return own, status
    sure = status is MarkingStatus.MARKED and own >= Tier.RESTRICTED
    return inspection.thread.tier, MarkingStatus.MARKED if sure else MarkingStatus.SUSPECTED


def counted(inspection: Inspection) -> tuple[tuple[str, int], ...]:
    """Return how many findings of each entity are sure enough to count, by name."""
    counts = Counter(finding.entity for finding in inspection.findings if finding.confidence >= COUNTS_FROM)
    return tuple(sorted(counts.items()))
