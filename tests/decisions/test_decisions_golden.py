"""The golden cases that ship: they run, and a wrong one is found."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.cases import run_cases, without_case
from gateway.decide.demands import DEMANDED
from gateway.decide.evaluate import NO_RULE, decide, effective_tier
from gateway.decide.load import load
from gateway.decide.policy import KNOWN_ENTITIES, Policy
from gateway.decide.proof.axes import PLAIN
from gateway.decide.routing import route_for
from gateway.decide.unproved import UNPROVED
from gateway.errors import Invalid
from gateway.model.facts import DomainStatus
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome

POLICIES = Path(__file__).parents[2] / "policies"
ALONE_HARMLESS = {
    *("BIC", "COURT_CASE", "EMAIL_ADDRESS", "IP_ADDRESS", "PERSON_NAME", "SORT_CODE", "UK_ADDRESS", "UK_PHONE"),
    *("UK_POSTCODE", "VAT_NUMBER", "VEHICLE_REGISTRATION"),
}


def test_every_shipped_case_comes_out(shipped: Policy) -> None:
    ran = run_cases(shipped, read_policy_files(POLICIES))
    assert ran.failures == ()
    assert ran.total >= 50


def test_every_rule_that_ships_is_shown_by_some_case(shipped: Policy) -> None:
    ran = run_cases(shipped, read_policy_files(POLICIES))
    assert {rule.id for rule in shipped.rules} <= ran.shown
    assert list(without_case(shipped, ran)) == []


def test_every_rule_that_ships_says_it_in_welsh_too(shipped: Policy) -> None:
    reasons = [*(rule.reason for rule in (*shipped.rules, *shipped.observed)), NO_RULE, UNPROVED, DEMANDED]
    assert len(reasons) >= 46
    assert [each.rule for each in reasons if each.welsh in ("", each.says)] == []
    codes = re.compile(r"\b[A-Z][A-Z-]+[A-Z]\b|[0-9]+(?:,[0-9]+)*")
    unlike = {each.rule for each in reasons if sorted(codes.findall(each.says)) != sorted(codes.findall(each.welsh))}
    assert unlike == set(), "the same tiers and figures stand in both"


def test_alike_english_is_alike_welsh(shipped: Policy) -> None:
    """Staff must not read one sentence in two ways."""
    english, both = {each.says for each in shipped.rules}, {(each.says, each.welsh) for each in shipped.rules}
    assert len(english) == len(both) == len({each.welsh for each in shipped.rules})


def test_a_rule_that_no_case_shows_stops_the_load() -> None:
    files = dict(read_policy_files(POLICIES))
    files["rules/new.yaml"] = """
rules:
  - id: new/rule
    says: Very big things wait.
    source: none
    when: {size: {at_least: 900000000}}
    then: {outcome: quarantine}
"""
    with pytest.raises(
        Invalid, match=r"policies/rules/new.yaml:3:5: no golden case shows the rule 'new/rule'; add one"
    ):
        load(files)
    files["cases/new.yaml"] = """
cases:
  - id: very-big
    says: A very big file waits.
    given: {recipient: resident@mail.example, size: 900000000}
    expect: {tier: UNMARKED, route: internet, outcome: quarantine, reasons: [new/rule]}
"""
    assert any(rule.id == "new/rule" for rule in load(files).rules)


def test_a_case_that_expects_something_else_stops_the_load() -> None:
    files = dict(read_policy_files(POLICIES))
    files["cases/held.yaml"] = files["cases/held.yaml"].replace("outcome: quarantine", "outcome: deliver", 1)
    with pytest.raises(
        Invalid, match=r"cases/held.yaml:\d+:16: the case 'restricted-public' fails: outcome is quarantine"
    ):
        load(files)


@pytest.mark.parametrize("entity", sorted(KNOWN_ENTITIES))
def test_what_raises_alone_raises_to_protect_and_no_further(shipped: Policy, entity: str) -> None:
    few, many = (replace(PLAIN, entities=((entity, count),), people=1) for count in (1, 1_000_000))
    assert effective_tier(shipped, few) is (Tier.UNMARKED if entity in ALONE_HARMLESS else Tier.PROTECT)
    assert effective_tier(shipped, many) <= Tier.PROTECT


@pytest.mark.parametrize(
    ("domain", "status"),
    [
        # S3 4.4, its six rows
        ("nhs.net", "live"),
        ("mod.net", "disputed"),
        ("cjsm.net", "live"),
        ("chambers.cjsm.net", "live"),
        ("pnn.gov.uk", "disputed"),
        ("pnn.police.uk", "retired"),
        ("force.pnn.police.uk", "retired"),
        ("scn.gov.uk", "disputed"),
        # S4 Appendix 2B, GCSx and its family
        ("gcsx.gov.uk", "retired"),
        ("council.gcsx.gov.uk", "retired"),
        ("dept.gsi.gov.uk", "retired"),
        ("dept.x.gsi.gov.uk", "retired"),
        ("dept.gsx.gov.uk", "retired"),
        ("dept.gse.gov.uk", "retired"),
        # today
        ("council.gov.uk", "live"),
        ("gov.uk", "unknown"),
        ("force.police.uk", "live"),
        ("police.uk", "unknown"),
        ("trust.secure.nhs.uk", "live"),
        ("secure.nhs.uk", "unknown"),
        ("trust.nhs.uk", "unknown"),
        ("mod.uk", "live"),
        ("mod.gov.uk", "live"),
        ("gov.scot", "live"),
        ("gov.wales", "live"),
        ("llyw.cymru", "live"),
        ("parliament.uk", "live"),
        ("parliament.scot", "live"),
        ("mail.example", "unknown"),
    ],
)
def test_every_domain_of_the_seeds_has_its_status(shipped: Policy, domain: str, status: str) -> None:
    assert route_for(shipped, f"somebody@{domain}", "", internal=False).domain_status is DomainStatus(status)


def test_ways_to_pass_are_true(shipped: Policy) -> None:
    held = replace(PLAIN, marking=Tier.PROTECT, route="internet", recipient="a@mail.example")
    verdict = decide(shipped, held)
    assert verdict.outcome is Outcome.QUARANTINE
    assert any("the recipient can open a sealed form" in way for way in verdict.would_pass_if)
    assert decide(shipped, replace(held, can=frozenset({"zip"}))).outcome is Outcome.DELIVER


def test_a_release_is_not_offered_where_it_would_not_help(shipped: Policy) -> None:
    held = replace(PLAIN, marking=Tier.RESTRICTED, marking_status=MarkingStatus.MARKED, route="internet")
    ways = decide(shipped, replace(held, can=frozenset({"zip"}))).would_pass_if
    assert ways == ("what is marked RESTRICTED is left out",)
