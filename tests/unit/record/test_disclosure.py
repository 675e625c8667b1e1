"""The record of a disclosure is an entry of the same commit, and holds what S1 appendix 11 asks for and no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from gateway.model.lifecycle import DELIVERY_MOVES, DeliveryState
from gateway.model.record import RECALLED, Entry, Event
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Receipt, Release, Transfer
from gateway.model.verdict import Obligation
from gateway.record.entries import entries_between
from gateway.store.ledger import entry_bytes
from gateway.testing.values import NOON, a_finding, a_sealed, a_transfer, a_verdict, an_inspection

D = DeliveryState


def sealed(*obligations: Obligation) -> Transfer:
    seen = replace(an_inspection(Tier.PROTECT, findings=(a_finding(), a_finding(confidence=0.3))), people=2)
    transfer = a_transfer(D.SEALED, inspection=seen, verdict=a_verdict())
    verdict = replace(a_verdict(), obligations=frozenset(obligations))
    release = Release(officer="First Officer", reason="looked", at=NOON)
    delivery = replace(transfer.deliveries[0], sealed=a_sealed(secret="o-secret"), verdict=verdict, releases=(release,))
    return replace(transfer, reason="agreed at the panel", consent="given").with_delivery(delivery)


def delivered(transfer: Transfer) -> Transfer:
    receipt = Receipt(channel="internet", at=NOON, answer="250 ok queued", tls="TLSv1.3")
    return transfer.with_delivery(replace(transfer.deliveries[0], state=D.DELIVERED, receipt=receipt))


def recorded(was: Transfer, is_now: Transfer) -> list[Entry]:
    def known(_: Transfer, delivery: Delivery) -> Mapping[str, object]:
        return {"partner": f"of {delivery.recipient}", "agreement": "ISA-7", "tier": "OFFICIAL-SENSITIVE"}

    found = entries_between(was, is_now, NOON, known)
    return [entry for entry in found if entry.event is Event.DISCLOSURE_RECORDED]


def test_a_disclosure_is_recorded_with_what_is_known_of_it() -> None:
    was = sealed(Obligation.DISCLOSURE_RECORD)
    (entry,) = recorded(was, delivered(was))
    assert (entry.transfer_id, entry.delivery_id) == (was.id, "d-1")
    assert entry.facts == {
        "from": "staff@council.example", "received_at": NOON, "recipient": "friend1@partner.example",
        "partner": "of friend1@partner.example", "agreement": "ISA-7", "tier": "OFFICIAL-SENSITIVE",
        "entities": {"NHS_NUMBER": 1}, "people": 2, "parts": 1, "sha256": ["5" * 64],
        "reason": "agreed at the panel", "consent": "given", "officers": ["First Officer"],
        "route": "internet", "network": "public", "method": "zip", "cipher": "AES-256", "channel": "internet",
        "answer": "250 ok queued", "tls": "TLSv1.3", "at": NOON, "rules": ["a-rule"], "policy": "0" * 64,
    }  # fmt: skip
    assert "o-secret" not in str(entry)
    assert "plan" not in str(entry), "no name of a file"


def test_it_stands_beside_the_delivery_and_once() -> None:
    was = sealed(Obligation.DISCLOSURE_RECORD)
    done = delivered(was)
    assert [entry.event for entry in entries_between(was, done, NOON)] == [
        Event.DELIVERY_DELIVERED, Event.DISCLOSURE_RECORDED,
    ]  # fmt: skip
    told = done.with_delivery(replace(done.deliveries[0], told=D.DELIVERED))
    assert recorded(done, told) == []


@pytest.mark.parametrize(
    ("before", "after"), [(start, end) for start, moves in DELIVERY_MOVES.items() for end in moves.values()]
)
def test_only_what_was_delivered_and_owes_it_is_a_disclosure(before: DeliveryState, after: DeliveryState) -> None:
    for owed in ((), (Obligation.DISCLOSURE_RECORD,)):
        was = sealed(*owed)
        was = was.with_delivery(replace(was.deliveries[0], state=before))
        is_now = was.with_delivery(replace(was.deliveries[0], state=after))
        assert bool(recorded(was, is_now)) == (after is D.DELIVERED and bool(owed))


def test_the_largest_transfer_fits_into_an_entry() -> None:
    was = sealed(Obligation.DISCLOSURE_RECORD)
    verdict = was.deliveries[0].verdict
    assert verdict is not None
    rules = tuple(replace(verdict.reasons[0], rule=f"rule-{number}-{'x' * 100}") for number in range(500))
    was = replace(was, parts=was.parts * 5000, reason="\U0001f600" * 1000)
    was = was.with_delivery(replace(was.deliveries[0], verdict=replace(verdict, reasons=rules)))
    (entry,) = recorded(was, delivered(was))
    assert len(entry_bytes(entry)) < 65_535


def test_a_recall_is_recorded_as_the_senders() -> None:
    was = sealed()
    act = Release(officer="jsmith", reason="wrong attachment", at=NOON)
    is_now = was.with_delivery(replace(was.deliveries[0], state=D.REFUSED, refusal=act, trouble=RECALLED, sealed=None))
    (entry,) = entries_between(was, is_now, NOON)
    assert entry.event is Event.DELIVERY_REFUSED
    assert entry.facts == {
        "recipient": "friend1@partner.example", "trouble": RECALLED, "sender": "jsmith", "reason": "wrong attachment",
    }  # fmt: skip
