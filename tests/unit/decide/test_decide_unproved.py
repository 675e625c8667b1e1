"""What is decided once a route failed to prove how safe it is, by small policies written for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.unproved import UNPROVED, decide_delivery, network_of
from gateway.model.facts import Circumstances
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Obligation, Outcome
from gateway.testing.values import NOON

FILES: Final = read_policy_files(Path(__file__).parents[3] / "policies")
PROMISED: Final = """
  - id: small/promised
    says: It may go by verified TLS, and the data protection officer is told.
    source: here
    when: {network: verified-tls}
    then: {outcome: deliver, obligations: ["tls:verified", "tell:dpo"]}
"""


def policy(public: str) -> Policy:
    others = {name: text for name, text in FILES.items() if not name.startswith("rules/")}
    return parse_policy({**others, "rules/small.yaml": f"rules:{PROMISED}{public}"})


def rule(then: str, when: str = "network: public", unless: str = "") -> str:
    said = f"\n    unless: {{{unless}}}" if unless else ""
    return f"""
  - id: small/public
    says: What crosses the internet.
    source: here
    when: {{{when}}}{said}
    then: {then}
"""


UNKNOWN: Final = Circumstances(
    at=NOON, sender="a@council.example", recipient="b@nhs.net", marking=Tier.PROTECT, unproved=True
)


@pytest.mark.parametrize(
    ("then", "outcome", "owed"),
    [
        ('{outcome: deliver, obligations: ["tls:verified", "tell:caldicott"]}', Outcome.QUARANTINE, "dpo caldicott"),
        ('{outcome: quarantine, obligations: ["tell:caldicott"]}', Outcome.QUARANTINE, "dpo caldicott"),
        ("{outcome: refuse}", Outcome.REFUSE, "dpo"),
    ],
)
def test_whoever_was_to_be_told_is_told_that_it_is_held(then: str, outcome: Outcome, owed: str) -> None:
    verdict = decide_delivery(policy(rule(then)), UNKNOWN)
    assert (verdict.outcome, verdict.network) == (outcome, Network.PUBLIC)
    assert verdict.obligations == {f"tell:{role}" for role in owed.split()}
    assert UNPROVED in verdict.reasons


def test_what_would_make_it_pass_was_tried_with_both_judgements() -> None:
    """A reason would be enough for the internet alone; by the route's own rules it is held with a reason too."""
    waits = """
  - id: small/waits
    says: It waits for an officer.
    source: here
    when: {network: verified-tls}
    unless: {released: true}
    then: {outcome: quarantine}
"""
    free = rule("{outcome: deliver}", when="network: public, reason_given: true")
    verdict = decide_delivery(policy(waits + free), UNKNOWN)
    assert verdict.outcome is Outcome.QUARANTINE
    assert "the sender gives a reason" not in verdict.would_pass_if
    assert any("releases it" in way and "gives a reason" in way for way in verdict.would_pass_if)


def test_what_goes_all_the_same_goes_sealed_and_owes_both() -> None:
    verdict = decide_delivery(policy(rule('{outcome: deliver, obligations: ["tell:caldicott"]}')), UNKNOWN)
    assert verdict.obligations == {Obligation.SEAL_AES256, "tell:dpo", "tell:caldicott"}


def test_a_route_that_promised_nothing_is_decided_as_ever() -> None:
    """It may have failed on another route before."""
    held = policy(rule("{outcome: quarantine}"))
    known = replace(UNKNOWN, recipient="b@mail.example")
    assert decide_delivery(held, known) == decide_delivery(held, replace(known, unproved=False))
    assert decide_delivery(held, known).outcome is Outcome.QUARANTINE


@pytest.mark.parametrize("network", Network)
def test_only_a_route_that_failed_to_prove_verified_tls_is_taken_for_the_internet(network: Network) -> None:
    route = replace(policy(rule("{outcome: deliver}")).routes["secure-mail"], network=network)
    assert network_of(route, None) is network_of(route, replace(UNKNOWN, unproved=False)) is network
    fallen = Network.PUBLIC if network is Network.VERIFIED_TLS else network
    assert network_of(route, UNKNOWN) is fallen


def test_the_reason_names_the_line_where_it_stands() -> None:
    lines = (Path(__file__).parents[3] / UNPROVED.file).read_text().splitlines()
    assert lines[UNPROVED.line - 1].startswith("UNPROVED: ")
