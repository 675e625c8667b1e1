"""`labels.yaml`: what is read, and what may not load."""

from __future__ import annotations

import pytest

from gateway.classify.marking.labels.rules import LabelRules, parse_labels, rules_of
from gateway.errors import Invalid
from gateway.model.tier import Tier
from gateway.testing.policies import SHIPPED
from tests.unit.classify.labelling import FOREIGN, MAPPED, OWN, POLICY, RULES


def test_the_shipped_rules_load_and_hold_nothing_of_anybody_s() -> None:
    rules = rules_of(SHIPPED)
    assert (rules.unknown, rules.unreadable) == (Tier.PROTECT, Tier.RESTRICTED)
    assert not rules.own_tenants
    assert not rules.tenant_labels
    assert rules.tier_in_policy("NATO", "cosmic top secret") is Tier.TOP_SECRET
    assert rules.words["INTERNAL"] is Tier.OFFICIAL


def test_without_the_file_the_product_has_rules() -> None:
    assert rules_of({}) == LabelRules()


def test_identifiers_are_compared_without_case_and_braces() -> None:
    rules = parse_labels(RULES)
    assert rules.own_tenants == {OWN}
    assert rules.tenant_labels == {(OWN, MAPPED): Tier.OFFICIAL, (FOREIGN, MAPPED): Tier.SECRET}


@pytest.mark.parametrize(
    ("policy", "classification", "tier"),
    [
        ("nato", "SECRET", Tier.SECRET),
        ("NATO", "NATO  SECRET", Tier.SECRET),
        ("NATO", "Nato Secret", Tier.SECRET),
        ("NATO", "NATOSECRET", None),
        ("Acme", "green", Tier.OFFICIAL),
        ("Acme", "SECRET", None),
        ("", "SECRET", None),
    ],
)
def test_a_classification_is_its_policy_s(policy: str, classification: str, tier: Tier | None) -> None:
    assert parse_labels(RULES).tier_in_policy(policy, classification) is tier


def test_a_number_is_its_policy_s() -> None:
    rules = parse_labels(RULES)
    assert rules.tier_by_number(POLICY, 7) is Tier.PROTECT
    assert rules.tier_by_number(POLICY, 8) is None
    assert rules.tier_by_number("2.999.1", 7) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("labels: []", "1:1: there is no key 'labels' here"),
        ("- a", "1:1: a mapping must stand here"),
        ("unknown_label: SECRT", "1:16: there is no tier 'SECRT'; did you mean 'SECRET'?"),
        ("own_tenants: x", "1:14: 'own_tenants' must be a list"),
        ("own_tenants: [7]", "1:15: own_tenants are text, and none may be empty"),
        ("purview:\n  - {tenant: a, label: b}", "2:5: there is no tier 'None'"),
        ("purview:\n  - {tenant: a, tier: SECRET}", "2:5: 'label' must be text"),
        (
            "purview:\n  - {tenant: a, label: b, tier: SECRET}\n  - {tenant: A, label: '{B}', tier: OFFICIAL}",
            "3:5: this label of this tenant has a tier already",
        ),
        ("policies:\n  - {identifiers: []}", "2:5: the policy has no identifier"),
        (
            "policies:\n  - {identifiers: [a], classifications: [{tier: SECRET, numbers: [x]}]}",
            "numbers are whole numbers",
        ),
        ("words:\n  - {tier: SECRET, words: [a]}\n  - {tier: OFFICIAL, words: [A]}", "3:5: 'A' has a tier already"),
        ("words:\n  - {tiers: SECRET, words: [a]}", "there is no key 'tiers' here; did you mean 'tier'?"),
    ],
)
def test_rules_that_may_not_load_say_where_and_why(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_labels(text, "labels.yaml")
    assert complaint in str(caught.value)


def test_every_complaint_comes_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse_labels("unknown_label: A\nunreadable_label: B\nwords: {}")
    assert len(caught.value.complaints) == 3
