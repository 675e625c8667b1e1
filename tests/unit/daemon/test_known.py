"""What the record of a disclosure says of partner and agreement is what the deciding policy knew, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.config.load import load_policies
from gateway.daemon.known import build_known
from gateway.model.facts import Circumstances
from gateway.model.transfer import Delivery
from gateway.testing.values import a_transfer, a_verdict

POLICY: Final = load_policies(Path(__file__).parents[3] / "policies")
KNOWN: Final = build_known(lambda: POLICY)
DOCTOR: Final = "ward@st-elsewhere.example"
DELIVERY: Final = Delivery(
    id="d-1",
    recipient=DOCTOR,
    circumstances=Circumstances(at=datetime(2026, 6, 3, 10, tzinfo=UTC), sender="me@council.example", recipient=DOCTOR),
    verdict=replace(a_verdict(), policy=POLICY.hash),
)


def test_the_policy_that_decided_tells_by_which_agreement() -> None:
    assert KNOWN(a_transfer(), DELIVERY) == {
        "partner": "st-elsewhere",
        "agreement": "st-elsewhere-referrals",
        "purpose": "Direct care of the people who are referred.",
        "lawful_basis": "Health and Social Care Act 2012 section 251B",
    }


def test_another_policy_tells_who_it_is_and_nothing_of_agreements() -> None:
    other = replace(DELIVERY, verdict=replace(a_verdict(), policy="0" * 64))
    assert KNOWN(a_transfer(), other) == {"partner": "st-elsewhere"}


def test_nothing_is_known_of_strangers_nor_of_what_nobody_decided() -> None:
    assert KNOWN(a_transfer(), replace(DELIVERY, recipient="friend@partner.example")) == {}
    assert KNOWN(a_transfer(), replace(DELIVERY, circumstances=None)) == {}
    assert KNOWN(a_transfer(), replace(DELIVERY, verdict=None)) == {}
