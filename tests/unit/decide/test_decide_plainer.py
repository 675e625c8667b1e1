"""An example made plainer: what does not matter goes, what matters stays, and the route is one that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.change.plainer import plainer, unusual
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.proof.axes import OTHER, PLAIN
from gateway.model.facts import (
    Abroad,
    AgreementStatus,
    Consent,
    Counted,
    DomainStatus,
    Facts,
    Hours,
    Trait,
    UnderMarked,
)
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network

POLICY: Final = parse_policy(read_policy_files(Path(__file__).parents[3] / "policies"))
ODD: Final = Facts(
    sender="a@b.example",
    recipient="c@d.example",
    marking=Tier.PROTECT,
    marking_status=MarkingStatus.SUSPECTED,
    entities=(("NHS_NUMBER", 2), ("UPN", 3)),
    people=4,
    gaps=frozenset({GapKind.CORRUPT, GapKind.ENCRYPTED}),
    size=5,
    route="internet",
    network=Network.PUBLIC,
    domain_status=DomainStatus.UNKNOWN,
    can=frozenset({"7z", "pgp"}),
    encrypt_requested=True,
    approvals=2,
    approved_by=frozenset({"caldicott-guardian"}),
    descriptors=frozenset({"LOCSEN", "STAFF"}),
    caveats=frozenset({"UK EYES ONLY"}),
    under_marked=frozenset({UnderMarked.CONTENT}),
    recipients=((Counted.ALL, 3),),
    recipient_is=frozenset({Trait.GROUP, Trait.NEW}),
    protected_thread=True,
    unit="childrens-services",
    partner="st-elsewhere",
    partner_kind="health",
    agreement=AgreementStatus.LAPSED,
    due_diligence=True,
    country="FR",
    abroad=Abroad.NOT_ADEQUATE,
    reason_given=True,
    consent=Consent.REFUSED,
    hours=Hours.CLOSED,
    day=740_000,
)
"""Nothing of it is plain but the way that it goes."""
WAY: Final = {"route", "network", "domain_status"}
ORDINARY: Final = replace(PLAIN, route="internet", can=frozenset({"zip"}))
BELONGS: Final = {
    "marking": {"marking_status"},
    "marking_status": {"marking"},
    "approved_by": {"approvals"},
    "partner": {"partner_kind"},
    "partner_kind": {"partner"},
    "agreement": {"partner", "partner_kind"},
    "due_diligence": {"partner", "partner_kind", "agreement"},
    "abroad": {"country"},
}
"""What stays with a fact that stays, where that is more than itself."""


def made_plainer(facts: Facts, is_such: Callable[[Facts], bool], *policies: Policy) -> Facts:
    return plainer(facts, policies or (POLICY,), is_such)


def test_an_example_that_turns_on_nothing_becomes_the_plainest() -> None:
    assert made_plainer(ODD, lambda _: True) == ORDINARY


def test_an_example_that_turns_on_everything_stays() -> None:
    assert made_plainer(ODD, lambda facts: facts == ODD) == ODD


@pytest.mark.parametrize("name", sorted({field.name for field in fields(Facts)} - WAY))
def test_the_one_fact_that_it_turns_on_stays_and_only_what_belongs_to_it(name: str) -> None:
    wanted = getattr(ODD, name)
    found = made_plainer(ODD, lambda facts: getattr(facts, name) == wanted)
    stays = {name: wanted} | {each: getattr(ODD, each) for each in BELONGS.get(name, ())}
    assert found == replace(ORDINARY, **stays)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("gaps", GapKind.CORRUPT),
        ("gaps", GapKind.ENCRYPTED),
        ("recipient_is", Trait.GROUP),
        ("recipient_is", Trait.NEW),
        ("descriptors", "LOCSEN"),
        ("descriptors", "STAFF"),
        ("can", "7z"),
        ("can", "pgp"),
    ],
)
def test_of_several_words_the_one_that_matters_stays(name: str, left: str) -> None:
    stays: dict[str, Any] = {name: frozenset({left})}
    assert made_plainer(ODD, lambda facts: left in getattr(facts, name)) == replace(ORDINARY, **stays)


def test_of_several_caveats_the_one_that_matters_stays() -> None:
    odd = replace(ODD, caveats=frozenset({"UK EYES ONLY", "FIVE EYES ONLY"}))
    found = made_plainer(odd, lambda facts: "FIVE EYES ONLY" in facts.caveats)
    assert found.caveats == {"FIVE EYES ONLY"}


@pytest.mark.parametrize("left", [("NHS_NUMBER", 2), ("UPN", 3)])
def test_of_several_findings_the_one_that_matters_stays(left: tuple[str, int]) -> None:
    assert made_plainer(ODD, lambda facts: left in facts.entities) == replace(ORDINARY, entities=(left,))


def test_of_several_findings_those_that_matter_together_stay() -> None:
    odd = replace(ODD, entities=(("NHS_NUMBER", 2), ("NINO", 1), ("UPN", 3)))
    found = made_plainer(odd, lambda facts: {("NHS_NUMBER", 2), ("UPN", 3)} <= set(facts.entities))
    assert found == replace(ORDINARY, entities=(("NHS_NUMBER", 2), ("UPN", 3)))


def test_a_recipient_who_must_not_open_anything_is_not_given_a_zip() -> None:
    assert made_plainer(replace(ODD, can=frozenset()), lambda facts: not facts.can).can == frozenset()


def test_it_asks_only_of_what_is_new() -> None:
    """A search for examples asks both evaluators each time."""
    asked: list[Facts] = []

    def is_such(facts: Facts) -> bool:
        asked.append(facts)
        return True

    made_plainer(ODD, is_such)
    assert ODD not in asked
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("network", "status", "route"),
    [
        (Network.PUBLIC, DomainStatus.UNKNOWN, "internet"),
        (Network.PUBLIC, DomainStatus.RETIRED, "internet"),
        (Network.VERIFIED_TLS, DomainStatus.LIVE, "secure-mail"),
        (Network.INTERNAL, DomainStatus.INTERNAL, "internal"),
        (Network.PUBLIC, DomainStatus.LIVE, OTHER),
        (Network.OFF_INTERNET, DomainStatus.UNKNOWN, OTHER),
    ],
)
def test_a_route_that_there_is_takes_the_place_of_any_other(network: Network, status: DomainStatus, route: str) -> None:
    way: dict[str, Any] = {"network": network, "domain_status": status}
    assert made_plainer(replace(ODD, route=OTHER, **way), lambda _: True) == replace(ORDINARY, route=route, **way)


def test_no_route_and_a_route_that_matters_stay() -> None:
    assert made_plainer(replace(ODD, route=""), lambda _: True).route == ""
    assert made_plainer(replace(ODD, route=OTHER), lambda facts: facts.route == OTHER).route == OTHER


def test_a_route_of_either_policy_will_do() -> None:
    without = replace(POLICY, routes={})
    for policies in ((POLICY, without), (without, POLICY)):
        assert made_plainer(replace(ODD, route=OTHER), lambda _: True, *policies).route == "internet"


def test_what_is_unusual_is_counted() -> None:
    assert unusual(PLAIN) == 0
    assert unusual(replace(PLAIN, people=5)) == 1
    assert unusual(replace(PLAIN, people=5, entities=(("UPN", 1), ("NINO", 1)))) == 2
    assert unusual(ODD) == len(fields(Facts)) - len(WAY) + 1, "all but its network and the status of its domain"
