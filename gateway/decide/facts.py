"""From a transfer to the circumstances of a delivery, and from those to the facts that one policy sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from gateway.decide.demands import demands_of
from gateway.decide.directory import Directory
from gateway.decide.policy import COUNTED_BY_CLASSIFY, Policy
from gateway.decide.raising import Entities, raised
from gateway.decide.routing import is_internal, route_for
from gateway.model.facts import Circumstances, Consent, Counted, Facts, UnderMarked
from gateway.model.inspection import COUNTS_FROM, Inspection, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Transfer

SURE: Final = 70
"""The score from which classify calls a marking one (and less a suspicion)."""
NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
DECLARED: Final = {str(consent): consent for consent in Consent}


def about_content(inspection: Inspection) -> Circumstances:
    """Return what is known of content alone; the way is the worst there is."""
    marking, thread = inspection.marking, inspection.thread
    return Circumstances(
        at=NEVER,
        sender="",
        recipient="",
        marking=inspection.tier,
        marking_status=inspection.marking_status,
        thread=thread.tier if thread else Tier.UNMARKED,
        thread_is_sure=thread is not None and thread.score >= SURE,
        descriptors=frozenset(marking.descriptors) if marking else frozenset(),
        caveats=frozenset(marking.caveats) if marking else frozenset(),
        entities=counted(inspection),
        people=inspection.people,
        gaps=frozenset(gap.kind for gap in inspection.gaps),
    )


def common_to_all(
    transfer: Transfer, inspection: Inspection, *, at: datetime, internal_domains: Collection[str]
) -> Circumstances:
    """Return what is known of every delivery of a transfer alike, at a time; `circumstances_of` adds the rest."""
    return replace(
        about_content(inspection),
        at=at,
        sender=transfer.sender,
        route=transfer.route,
        attachment_above=transfer.message and inspection.cover is not None and inspection.cover < inspection.tier,
        size=transfer.size,
        recipients=recipients_of(transfer, internal_domains),
        is_protected_thread=transfer.protected_thread,
        encrypt_requested=transfer.encrypt_requested,
        reason_given=bool(transfer.reason),
        consent=DECLARED.get(transfer.consent, Consent.NONE),
    )


def circumstances_of(
    common: Circumstances, delivery: Delivery, *, can: frozenset[str], internal_domains: Collection[str], is_new: bool
) -> Circumstances:
    """Return what is known of one delivery; `is_new` says that nothing went from its sender to its recipient before."""
    return replace(
        common,
        recipient=delivery.recipient,
        internal=is_internal(delivery.recipient, internal_domains),
        can=can,
        is_new=is_new,
        approvals=delivery.approvals,
        approved_by=frozenset(role for release in delivery.releases for role in release.roles),
        unproved=delivery.unproved is not None,
        demands=demands_of(delivery.releases),
    )


def recipients_of(transfer: Transfer, internal_domains: Collection[str]) -> tuple[tuple[Counted, int], ...]:
    """Return how many recipients of each kind a transfer has; kinds that have none are left out."""
    everybody = [delivery.recipient for delivery in transfer.deliveries]
    external = [each for each in everybody if not is_internal(each, internal_domains)]
    counts = {
        Counted.ALL: len(everybody),
        Counted.DOMAINS: len({each.rpartition("@")[2].lower() for each in external}),
        Counted.EXTERNAL: len(external),
        Counted.SHOWN: sum(not is_internal(each, internal_domains) for each in transfer.shown),
    }
    return tuple((kind, count) for kind, count in counts.items() if count)


def counted(inspection: Inspection) -> tuple[tuple[str, int], ...]:
    """Return how many findings of each entity are sure enough to count, by name."""
    counts = Counter(finding.entity for finding in inspection.findings if finding.confidence >= COUNTS_FROM)
    return tuple(sorted(counts.items()))


def facts_for(policy: Policy, known: Circumstances) -> Facts:
    """Return the facts that a policy sees in these circumstances. Total: every `Circumstances` has facts."""
    directory = policy.directory
    routed = route_for(policy, known.recipient, known.route, internal=known.internal)
    marking, status = marking_with_thread(known)
    entities, people = with_groups(known.entities, policy), _people(known)
    day, hours = directory.when(known.at)
    removable = routed.route is not None and routed.route.removable_media
    return Facts(
        sender=known.sender,
        recipient=known.recipient,
        marking=marking,
        marking_status=status,
        entities=entities,
        people=people,
        gaps=known.gaps,
        size=known.size,
        route=routed.route_id,
        network=routed.network,
        domain_status=routed.domain_status,
        can=known.can,
        encrypt_requested=known.encrypt_requested,
        approvals=known.approvals,
        approved_by=known.approved_by,
        descriptors=known.descriptors,
        caveats=known.caveats,
        under_marked=_under_marked(known, raised(policy, entities, people)),
        recipients=known.recipients,
        recipient_is=directory.traits(
            known.sender, known.recipient, is_new=known.is_new, internal=known.internal, removable=removable
        ),
        protected_thread=known.is_protected_thread or known.thread >= Tier.PROTECT,
        unit=directory.unit_of(known.sender),
        reason_given=known.reason_given,
        consent=known.consent,
        hours=hours,
        day=day.toordinal(),
        **_about_partner(directory, known, day),
    )


def _about_partner(directory: Directory, known: Circumstances, day: date) -> dict[str, Any]:
    """Return who the recipient's organisation is, where, and how we stand with it."""
    partner = directory.partner_of(known.recipient)
    country, abroad = directory.country_of(known.recipient, partner)
    if partner is None:
        return {"country": country, "abroad": abroad}
    entities = frozenset(entity for entity, _ in known.entities)
    return {
        "country": country,
        "abroad": abroad,
        "partner": partner.id,
        "partner_kind": str(partner.kind),
        "agreement": directory.agreement_with(partner.id, entities, day),
        "due_diligence": partner.is_checked_on(day),
    }


def facts_of_content(policy: Policy, inspection: Inspection) -> Facts:
    """Return the facts about content alone, for its effective tier; the way is the worst there is."""
    return facts_for(policy, about_content(inspection))


def marking_with_thread(known: Circumstances) -> tuple[Tier, MarkingStatus]:
    """Return the tier to decide by: the part's own, or what it quotes from a conversation if that is higher.

    Whoever replies sends on what is quoted (S3 4.4: the chain stays secure), so a quoted marking that is sure counts as
    one. What is only suspected of either takes nothing away from a sure marking of the other: more is never milder.
    """
    if known.thread <= known.marking:
        quoted = known.thread_is_sure and known.thread >= Tier.PROTECT
        return known.marking, MarkingStatus.MARKED if quoted else known.marking_status
    kept = known.marking_status is MarkingStatus.MARKED and known.marking >= Tier.PROTECT
    return known.thread, MarkingStatus.MARKED if known.thread_is_sure or kept else MarkingStatus.SUSPECTED


def _people(known: Circumstances) -> int:
    """Return the number of people: as classify counted, or else no fewer than findings of which a person has one.

    The same number found twice counts twice here, which errs on the strict side.
    """
    if known.people is not None:
        return known.people
    return max((count for entity, count in known.entities if entity in COUNTED_BY_CLASSIFY), default=0)


def with_groups(entities: Entities, policy: Policy) -> Entities:
    """Return counts by entity with those of the groups, which count their members together."""
    if not entities:
        return entities
    groups, counts = _groups_of(policy), Counter[str]()
    for each, count in entities:
        for group in groups.get(each, ()):
            counts[group] += count
    return (*entities, *((group, counts[group]) for group in policy.groups if counts[group])) if counts else entities


@lru_cache(maxsize=32)
def _groups_of(policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Return the groups of each entity that has some."""
    groups: dict[str, tuple[str, ...]] = {}
    for group, members in policy.groups.items():
        for each in members:
            groups[each] = (*groups.get(each, ()), group)
    return groups


def _under_marked(known: Circumstances, found: Tier) -> frozenset[UnderMarked]:
    """Return in what way it says less than it should (M4; S4 4.2)."""
    return UNDER_MARKED[known.attachment_above, found > known.marking]


UNDER_MARKED: Final = {
    (attachment, content): frozenset(
        way for way, is_so in ((UnderMarked.ATTACHMENT, attachment), (UnderMarked.CONTENT, content)) if is_so
    )
    for attachment in (False, True)
    for content in (False, True)
}
"""By whether what is attached says more, and whether what was found needs more."""
