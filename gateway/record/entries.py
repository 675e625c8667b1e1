"""Ledger entries, derived from what changed between two states of a transfer.

No step writes its entries by hand, so no step can forget one: a changed state *is* the entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.record import RECALLED, Entry, Event
from gateway.model.transfer import Delivery, Release, Transfer
from gateway.record.beside import about_questions, demanded
from gateway.record.disclosure import disclosure, is_disclosure
from gateway.record.passphrases import shown_to

Known: TypeAlias = Callable[[Transfer, Delivery], Mapping[str, object]]
"""Tells what the policy knows of a recipient: partner, agreement, purpose."""

TRANSFER_EVENTS: Mapping[TransferState, Event] = {
    TransferState.INSPECTED: Event.TRANSFER_INSPECTED,
    TransferState.FINISHED: Event.TRANSFER_FINISHED,
}
DELIVERY_EVENTS: Mapping[DeliveryState, Event] = {
    DeliveryState.UNDECIDED: Event.DELIVERY_RELEASED,
    DeliveryState.CLEARED: Event.DELIVERY_CLEARED,
    DeliveryState.SEALED: Event.DELIVERY_SEALED,
    DeliveryState.HELD: Event.DELIVERY_HELD,
    DeliveryState.DELIVERED: Event.DELIVERY_DELIVERED,
    DeliveryState.REFUSED: Event.DELIVERY_REFUSED,
    DeliveryState.UNDELIVERABLE: Event.DELIVERY_FAILED,
}
LISTED = 20  # hashes in one entry: an entry of the ledger has at most 65,535 bytes
NOTICE_EVENTS: Mapping[NoticeState, Event] = {
    NoticeState.SENT: Event.NOTICE_SENT,
    NoticeState.FAILED: Event.NOTICE_FAILED,
}


def nothing_known(_transfer: Transfer, _delivery: Delivery) -> Mapping[str, object]:
    """Return what is known where nobody keeps partners and agreements."""
    return {}


def entries_between(
    before: Transfer, after: Transfer, now: datetime, known: Known = nothing_known
) -> tuple[Entry, ...]:
    """Return the entries for everything that changed, in the order transfer, deliveries, notices."""
    return tuple(
        Entry(event=event, at=now, transfer_id=after.id, delivery_id=about, facts=facts)
        for event, about, facts in _changes(before, after, known)
    )


def _changes(before: Transfer, after: Transfer, known: Known) -> Iterator[tuple[Event, str, Mapping[str, object]]]:
    if before.state != after.state and after.state in TRANSFER_EVENTS:
        yield TRANSFER_EVENTS[after.state], "", _about_transfer(after)
    for was, is_now in zip(before.deliveries, after.deliveries, strict=True):
        if was.state != is_now.state:
            if is_now.state is DeliveryState.UNDECIDED and before.reason != after.reason:
                yield Event.REASON_GIVEN, is_now.id, _about_reason(after, is_now)
            else:
                yield _event(was, is_now), is_now.id, _whose(after, is_now) | _about_delivery(was, is_now)
            if is_disclosure(is_now):
                yield Event.DISCLOSURE_RECORDED, is_now.id, disclosure(after, is_now, known(after, is_now))
        elif is_now.attempts > was.attempts:
            # an attempt that was still open was cut short by a crash: the far side may have it already
            facts = {"attempt": is_now.attempts, "possibly_duplicate": was.attempt_open or was.in_doubt}
            yield Event.DELIVERY_ATTEMPTED, is_now.id, _whose(after, is_now) | facts
        elif was.attempt_open and not is_now.attempt_open:
            told = {"attempt": is_now.attempts, "answer": is_now.trouble}
            yield Event.DELIVERY_DEFERRED, is_now.id, _whose(after, is_now) | told
    yield from about_questions(before, after)
    notices = {notice.id: notice for notice in before.notices}
    for notice in after.notices:
        earlier = notices.get(notice.id)
        if earlier and earlier.state != notice.state:
            about = {"about": notice.about, "to": shown_to(notice), "notice": notice.id}
            yield NOTICE_EVENTS[notice.state], notice.delivery_id, about


def _event(was: Delivery, is_now: Delivery) -> Event:
    """Return the event of a move. What was sealed and is undecided was not released: its route was not proved."""
    if (was.state, is_now.state) == (DeliveryState.SEALED, DeliveryState.UNDECIDED):
        return Event.DELIVERY_UNPROVED
    return DELIVERY_EVENTS[is_now.state]


def _about_reason(transfer: Transfer, delivery: Delivery) -> Mapping[str, object]:
    """Return what is written where a sender said why, and nobody released it."""
    return {**_whose(transfer, delivery), "reason": transfer.reason}


def _whose(transfer: Transfer, delivery: Delivery) -> dict[str, object]:
    """Return between whom it goes: whoever reads one entry alone, as a collector does, must know."""
    return {"recipient": delivery.recipient, "sender": transfer.sender}


def _about_transfer(transfer: Transfer) -> Mapping[str, object]:
    if transfer.state is TransferState.FINISHED:
        return {"ended": dict(Counter(str(delivery.state) for delivery in transfer.deliveries))}
    inspection = transfer.inspection
    if inspection is None:  # pragma: no cover - an inspected transfer has an inspection
        return {}
    return {
        "marking": inspection.tier.label,
        "marking_status": str(inspection.marking_status),
        "findings": dict(Counter(finding.entity for finding in inspection.findings)),
        "gaps": dict(Counter(str(gap.kind) for gap in inspection.gaps)),
        "people": inspection.people,
    }


def _about_delivery(was: Delivery, is_now: Delivery) -> dict[str, object]:
    facts: dict[str, object] = {}
    if is_now.state is DeliveryState.UNDECIDED and was.state is DeliveryState.SEALED:
        return facts | {"trouble": is_now.trouble, "attempt": is_now.attempts}
    if is_now.state is DeliveryState.UNDECIDED:
        return facts | _about_release(is_now)
    if is_now.refusal is not None and is_now.trouble == RECALLED:
        return facts | {"trouble": RECALLED, "sender": is_now.refusal.officer, "reason": is_now.refusal.reason}
    if is_now.refusal is not None and is_now.state is DeliveryState.REFUSED:
        return facts | {"officer": is_now.refusal.officer, **_by(is_now.refusal)}
    if is_now.trouble:
        facts["trouble"] = is_now.trouble
    if is_now.verdict is not None and is_now.verdict != was.verdict:
        facts |= _about_verdict(is_now)
    if is_now.state is DeliveryState.SEALED and is_now.sealed is not None:
        facts |= _about_seal(is_now)
    if is_now.receipt is not None and is_now.state is DeliveryState.DELIVERED:
        facts |= {"channel": is_now.receipt.channel, "answer": is_now.receipt.answer, "tls": is_now.receipt.tls}
        facts["attempt"] = is_now.attempts
    return facts


def _about_release(delivery: Delivery) -> dict[str, object]:
    release = delivery.release
    if release is None:
        return {}
    return {
        "officer": release.officer,
        "roles": list(release.roles),
        **_by(release),
        "approvals": delivery.approvals,
        **demanded(release),
    }


def _by(act: Release) -> dict[str, object]:
    return {"address": act.address, "reason": act.reason}


def _about_verdict(delivery: Delivery) -> dict[str, object]:
    verdict = delivery.verdict
    if verdict is None:  # pragma: no cover - asked only where there is one
        return {}
    return {
        "outcome": str(verdict.outcome),
        "route": verdict.route,
        "network": str(verdict.network),
        "rules": [reason.rule for reason in verdict.reasons],
        "obligations": sorted(verdict.obligations),
        "tier": verdict.tier.label,
        "observed": {each.policy or each.reason.rule: str(each.outcome) for each in verdict.observed},
        "policy": verdict.policy,
    }


def _about_seal(delivery: Delivery) -> dict[str, object]:
    sealed = delivery.sealed
    if sealed is None:  # pragma: no cover - asked only where there is one
        return {}
    told = {"passphrase": sealed.told} if sealed.told else {}
    return told | {
        "method": sealed.method,
        "cipher": sealed.evidence.cipher,
        "verified_by": sealed.evidence.verified_by,
        "keys": list(sealed.evidence.recipients),
        "status": sealed.evidence.status,
        "parts": len(sealed.parts),
        "size": sum(part.size for part in sealed.parts),
        "sha256": [part.sha256 for part in sealed.parts[:LISTED]],
    }
