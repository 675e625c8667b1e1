"""Every cell of tier x network x gap x means of sealing, against a table written by hand from the seeds.

D  deliver as it is
S  deliver sealed with AES-256 and a neutral subject   (S4 Appendix 2B: PROTECT over the public internet)
T  deliver over verified TLS                           (S3 4.4: domains that are "automatically secure")
Q  quarantine                                          (S4 Appendix 2B: RESTRICTED; S4 Appendix 2A: nothing higher)
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.evaluate import decide
from gateway.decide.policy import Policy
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Obligation, Outcome

NETWORKS = {
    Network.INTERNAL: DomainStatus.INTERNAL,
    Network.VERIFIED_TLS: DomainStatus.LIVE,
    Network.PUBLIC: DomainStatus.UNKNOWN,
    Network.OFF_INTERNET: DomainStatus.LIVE,
}
MEANS = {
    "D": (Outcome.DELIVER, frozenset[Obligation]()),
    "S": (Outcome.DELIVER, frozenset({Obligation.SEAL_AES256, Obligation.NEUTRAL_SUBJECT})),
    "T": (Outcome.DELIVER, frozenset({Obligation.TLS_VERIFIED})),
    "Q": (Outcome.QUARANTINE, frozenset[Obligation]()),
}
# one letter for each network: internal, verified-tls, public, off-internet
BY_HAND = """
                     read in full       a gap              a gap, released    read in full, released
                     zip    nothing     zip    nothing     zip    nothing     zip    nothing
UNMARKED             DDDD   DDDD        QQQQ   QQQQ        DTSD   DTQD        DDDD   DDDD
UNCLASSIFIED         DDDD   DDDD        QQQQ   QQQQ        DTSD   DTQD        DDDD   DDDD
OFFICIAL             DDDD   DDDD        QQQQ   QQQQ        DTSD   DTQD        DDDD   DDDD
PROTECT              DTSD   DTQD        QQQQ   QQQQ        DTSD   DTQD        DTSD   DTQD
OFFICIAL-SENSITIVE   DTSD   DTQD        QQQQ   QQQQ        DTSD   DTQD        DTSD   DTQD
RESTRICTED           QQQD   QQQD        QQQQ   QQQQ        QQQD   QQQD        QQQD   QQQD
CONFIDENTIAL         QQQQ   QQQQ        QQQQ   QQQQ        QQQQ   QQQQ        QQQQ   QQQQ
SECRET               QQQQ   QQQQ        QQQQ   QQQQ        QQQQ   QQQQ        QQQQ   QQQQ
TOP SECRET           QQQQ   QQQQ        QQQQ   QQQQ        QQQQ   QQQQ        QQQQ   QQQQ
"""
COLUMNS = [
    (gap, released, can)
    for gap, released in ((False, False), (True, False), (True, True), (False, True))
    for can in (frozenset({"zip"}), frozenset[str]())
]


def cells() -> list[tuple[Tier, Network, bool, bool, frozenset[str], str]]:
    found = []
    for row in BY_HAND.splitlines()[3:]:
        tier = Tier.of(row[:20].strip())
        for (gap, released, can), letters in zip(COLUMNS, row[20:].split(), strict=True):
            for network, letter in zip(NETWORKS, letters, strict=True):
                found.append((tier, network, gap, released, can, letter))
    return found


def facts(tier: Tier, network: Network, can: frozenset[str], *, gap: bool, released: bool) -> Facts:
    return Facts(
        sender="staff@exampleshire.example",
        recipient="somebody@partner.example",
        marking=tier,
        marking_status=MarkingStatus.NONE if tier is Tier.UNMARKED else MarkingStatus.MARKED,
        entities=(),
        people=0,
        gaps=frozenset({GapKind.ENCRYPTED}) if gap else frozenset(),
        route="some-route",
        network=network,
        domain_status=NETWORKS[network],
        can=can,
        encrypt_requested=False,
        released=released,
        size=1,
    )


def test_the_table_has_every_cell() -> None:
    assert len(cells()) == len(Tier) * len(Network) * 8


@pytest.mark.parametrize(("tier", "network", "gap", "released", "can", "letter"), cells())
def test_every_cell_is_as_written(
    shipped: Policy, tier: Tier, network: Network, can: frozenset[str], letter: str, *, gap: bool, released: bool
) -> None:
    verdict = decide(shipped, facts(tier, network, can, gap=gap, released=released))
    assert (verdict.outcome, verdict.obligations) == MEANS[letter]
    assert verdict.reasons


@pytest.mark.parametrize("tier", [tier for tier in Tier if tier is not Tier.UNMARKED])
@pytest.mark.parametrize("network", list(Network))
def test_a_suspected_marking_is_as_strict_as_a_sure_one_until_an_officer_looked(
    shipped: Policy, tier: Tier, network: Network
) -> None:
    sure = facts(tier, network, frozenset({"zip"}), gap=False, released=False)
    suspected = replace(sure, marking_status=MarkingStatus.SUSPECTED)
    one, other = decide(shipped, sure), decide(shipped, suspected)
    assert (one.outcome, one.obligations) == (other.outcome, other.obligations)


@pytest.mark.parametrize("status", [DomainStatus.RETIRED, DomainStatus.DISPUTED])
@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("tier", list(Tier))
def test_nothing_protected_goes_to_a_closed_domain(
    shipped: Policy, tier: Tier, status: DomainStatus, *, released: bool
) -> None:
    asked = facts(tier, Network.PUBLIC, frozenset({"zip"}), gap=False, released=released)
    asked = replace(asked, domain_status=status)
    expected = Outcome.DELIVER if tier < Tier.PROTECT else Outcome.QUARANTINE
    assert decide(shipped, asked).outcome is expected
