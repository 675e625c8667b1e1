"""From a transfer to facts: what counts, what asks for encryption, what a release is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.facts import facts_for, facts_of_content
from gateway.decide.parse import parse_policy
from gateway.decide.routing import route_for
from gateway.model.facts import DomainStatus
from gateway.model.inspection import Finding, Gap, GapKind, Inspection, Marking, MarkingStatus, Where
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Part, Release, Transfer
from gateway.model.verdict import Network

FILES = read_policy_files(Path(__file__).parents[3] / "policies")
POLICY = parse_policy(FILES)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DELIVERY = Delivery(id="d-1", recipient="ward@nhs.net")
TRANSFER = Transfer(
    id="t-1",
    origin=Origin.MAIL,
    sender="staff@exampleshire.example",
    received_at=NOW,
    parts=(Part(name="a", object_id="o", size=40, sha256=""), Part(name="b", object_id="o", size=2, sha256="")),
    deliveries=(DELIVERY,),
    encrypt_requested=True,
)


def finding(entity: str, confidence: float) -> Finding:
    return Finding(
        detector=entity.lower(),
        entity=entity,
        part="a",
        segment=0,
        where=Where.BODY,
        start=0,
        end=1,
        confidence=confidence,
        why=(),
        masked="*",
    )


INSPECTION = Inspection(
    media_type="text/plain",
    marking=Marking(scheme="gpms", tier=Tier.PROTECT, text="PROTECT", where=Where.HEADER, part="a", score=95),
    marking_status=MarkingStatus.MARKED,
    findings=(finding("NINO", 0.5), finding("NINO", 0.9), finding("NINO", 0.49), finding("UK_PHONE", 0.2)),
    people=2,
    gaps=(Gap(part="b", kind=GapKind.CORRUPT), Gap(part="c", kind=GapKind.CORRUPT)),
    elapsed_ms=1.0,
)


def test_facts_say_what_the_transfer_is() -> None:
    routed = route_for(POLICY, DELIVERY.recipient, "", [])
    facts = facts_for(POLICY, TRANSFER, DELIVERY, INSPECTION, frozenset({"zip"}), routed)
    assert (facts.sender, facts.recipient) == ("staff@exampleshire.example", "ward@nhs.net")
    assert (facts.marking, facts.marking_status, facts.people) == (Tier.PROTECT, MarkingStatus.MARKED, 2)
    assert facts.entities == (("NINO", 2),), "a finding that is less than half sure is shown, not counted"
    assert facts.gaps == {GapKind.CORRUPT}
    assert (facts.route, facts.network) == ("secure-mail", Network.VERIFIED_TLS)
    assert facts.domain_status is DomainStatus.LIVE
    assert facts.can == {"zip"}
    assert facts.encrypt_requested
    assert not facts.released
    assert facts.size == 42


def test_a_release_is_a_fact() -> None:
    released = replace(DELIVERY, release=Release(officer="o", reason="looked", at=NOW))
    routed = route_for(POLICY, DELIVERY.recipient, "", [])
    assert facts_for(POLICY, TRANSFER, released, INSPECTION, frozenset(), routed).released


def test_a_route_of_another_policy_is_our_own_mistake() -> None:
    routed = route_for(parse_policy(FILES), DELIVERY.recipient, "", [])
    with pytest.raises(ValueError, match="secure-mail"):
        facts_for(POLICY, TRANSFER, DELIVERY, INSPECTION, frozenset(), routed)


def test_no_route_is_the_worst_network() -> None:
    routed = route_for(POLICY, "no address", "", [])
    facts = facts_for(POLICY, TRANSFER, DELIVERY, INSPECTION, frozenset(), routed)
    assert (facts.route, facts.network) == ("", Network.PUBLIC)


def test_facts_of_content_know_no_way() -> None:
    facts = facts_of_content(INSPECTION)
    assert (facts.marking, facts.entities, facts.recipient) == (Tier.PROTECT, (("NINO", 2),), "")
