"""The record of a disclosure: what left, to whom, by which means and on what grounds, in codes and counts.

S1 appendix 11 (Record of Disclosure) and section 8, as far as a gateway knows its fields. Each is under our own name:

    transfer, delivery          Disclosure Ref. (of the entry itself)
    from, received_at           Request Received By, Date Received: who put it in, and when
    recipient, partner          Person, and the organisation where the policy knows it
    entities, people, parts     Information Disclosed: kinds and counts; the hashes tell what exactly
    tier                        the effective tier
    purpose, agreement          Purpose, Lawful Basis: by the agreement that covers it, where the policy knows one
    reason, consent             Reasons for disclosing without consent, or after it was refused
    route, network, method, channel, answer
                                Means of Disclosure
    rules, policy               which rules let it go, and of which policy
    officers                    who released it
    at                          Date
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from gateway.model.inspection import COUNTS_FROM
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery, Transfer
from gateway.model.verdict import Obligation

LISTED: Final = 20  # of any kind: an entry of the ledger has at most 65,535 bytes


def is_disclosure(delivery: Delivery) -> bool:
    """Say whether a delivery went that must be recorded as a disclosure."""
    owed = delivery.verdict.obligations if delivery.verdict else frozenset()
    return delivery.state is DeliveryState.DELIVERED and Obligation.DISCLOSURE_RECORD in owed


def disclosure(transfer: Transfer, delivery: Delivery, known: Mapping[str, object]) -> dict[str, object]:
    """Return the facts of the entry; `known` is what the policy knows of the recipient."""
    facts: dict[str, object] = {
        "from": transfer.sender,
        "received_at": transfer.received_at,
        "recipient": delivery.recipient,
        "parts": len(transfer.parts),
        "sha256": [part.sha256 for part in transfer.parts[:LISTED]],
        "reason": transfer.reason,
        "consent": transfer.consent,
        "officers": [release.officer for release in delivery.releases[:LISTED]],
    }
    return facts | _found(transfer) | _means(delivery) | dict(known)


def _found(transfer: Transfer) -> dict[str, object]:
    seen = transfer.inspection
    if seen is None:
        return {}
    sure = Counter(finding.entity for finding in seen.findings if finding.confidence >= COUNTS_FROM)
    return {"entities": dict(sorted(sure.items())), "people": seen.people}


def _means(delivery: Delivery) -> dict[str, object]:
    verdict, sealed, receipt = delivery.verdict, delivery.sealed, delivery.receipt
    facts: dict[str, object] = {}
    if verdict:
        facts |= {"route": verdict.route, "network": str(verdict.network), "policy": verdict.policy}
        facts |= {"tier": verdict.tier.label}
        facts["rules"] = [reason.rule for reason in verdict.reasons[:LISTED]]
    if sealed:
        facts |= {"method": sealed.method, "cipher": sealed.evidence.cipher}
    if receipt:
        facts |= {"at": receipt.at, "channel": receipt.channel, "answer": receipt.answer, "tls": receipt.tls}
    return facts
