"""Inputs that a proof once had no class for: a law that they break is not proved. Each was a defect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.proof.prove import prove
from gateway.errors import Invalid
from gateway.model.facts import Circumstances
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome

FILES: Final = read_policy_files(Path(__file__).parents[3] / "policies")
KNOWN: Final = Circumstances(
    at=datetime(2026, 6, 3, 10, tzinfo=UTC),
    sender="mash@exampleshire.example",
    recipient="resident@mail.example",
    can=frozenset({"zip"}),
)
PERMIT: Final = """
rules:
  - id: permit/all
    says: x
    source: s
    when: {network: public, tier: {at_most: OFFICIAL}, gaps: none}
    then: {outcome: deliver}
"""
LAW: Final = (
    "laws:\n  - {{id: law/x, says: x, source: s, whenever: {{{when}}}, must: {{outcome_at_least: quarantine}}}}\n"
)
NOTHING_PUBLIC: Final = LAW.format(when="network: public")


def policy(rules: str, laws: str, others: Mapping[str, str] | None = None) -> Policy:
    """Return the shipped set with other rules and laws, without its cases."""
    kept = {name: text for name, text in FILES.items() if not name.startswith(("rules/", "cases/"))}
    return parse_policy({**kept, "rules/a.yaml": rules, "laws.yaml": laws, **(others or {})})


def assert_broken(asked: Policy, known: Circumstances) -> None:
    """The law is broken by these circumstances, and the proof says that it can be."""
    assert decide(asked, facts_for(asked, known)).outcome is Outcome.DELIVER
    assert any("law/x" in each for each in prove(asked).broken)


@pytest.mark.parametrize("word", ["any-other", "other"])
def test_a_word_of_a_rule_is_not_taken_for_all_the_others(word: str) -> None:
    rule = f"  - {{id: hold/any, says: x, source: s, when: {{unit: [{word}, none]}}, then: {{outcome: quarantine}}}}\n"
    units = FILES["units.yaml"] + f"\n  - {{id: {word}, says: x, addresses: [temp@exampleshire.example]}}\n"
    assert_broken(policy(PERMIT + rule, NOTHING_PUBLIC, {"units.yaml": units}), KNOWN)


def test_an_address_of_a_rule_is_not_taken_for_all_the_others() -> None:
    who = "[any-other@exampleshire.example, '@b.example']"
    law = LAW.format(when=f"network: public, sender: ['@exampleshire.example', {who[1:-1]}]")
    rule = f"  - {{id: hold/any, says: x, source: s, when: {{sender: {who}}}, then: {{outcome: quarantine}}}}\n"
    assert_broken(policy(PERMIT + rule, law), KNOWN)


def test_every_raise_to_less_than_protect_has_its_inputs() -> None:
    tiers = """
raises:
  - {id: a, says: x, source: s, when: {entities: {NHS_NUMBER: {at_least: 5}}}, to: OFFICIAL}
  - {id: b, says: x, source: s, when: {entities: {NHS_NUMBER: {at_least: 1}}}, to: PROTECT}
  - {id: c, says: x, source: s, when: {entities: {UK_ADDRESS: {at_least: 1}}}, to: OFFICIAL}
"""
    law = LAW.format(when="network: public, tier: {at_least: OFFICIAL}, marking_status: {at_most: none}")
    known = replace(KNOWN, entities=(("UK_ADDRESS", 1),))
    assert_broken(policy(PERMIT, law, {"tiers.yaml": tiers}), known)


def test_unmarked_may_be_suspected_too() -> None:
    law = LAW.format(when="network: public, marking_status: {at_least: suspected}")
    rules = PERMIT.replace("OFFICIAL", "UNMARKED")
    assert_broken(policy(rules, law), replace(KNOWN, marking_status=MarkingStatus.SUSPECTED))


@pytest.mark.parametrize(
    "rule",
    [
        '{id: x/agreed, says: x, source: s, when: {agreement: in_force}, then: {obligations: ["delay:10m"]}}',
        "{id: x/agreed, says: x, source: s, when: {agreement: [in_force, lapsed]}, then: {outcome: quarantine}}",
    ],
)
def test_a_further_finding_may_be_one_that_no_agreement_covers(rule: str) -> None:
    with pytest.raises(Invalid, match="needs 'not_covering' beside it"):
        policy(f"{PERMIT}  - {rule}\n", "laws: []\n")


def test_a_suspected_quote_takes_nothing_from_a_sure_marking() -> None:
    rule = """
  - id: hold/marked
    says: x
    source: s
    when: {tier: {at_least: PROTECT}, marking_status: {at_least: marked}}
    then: {outcome: quarantine}
"""
    asked = policy(PERMIT.replace("at_most: OFFICIAL", "at_most: RESTRICTED") + rule, "laws: []\n")
    marked = replace(KNOWN, marking=Tier.PROTECT, marking_status=MarkingStatus.MARKED)
    quoting = replace(marked, thread=Tier.OFFICIAL_SENSITIVE)
    assert [decide(asked, facts_for(asked, each)).outcome for each in (marked, quoting)] == [Outcome.QUARANTINE] * 2


def test_a_sure_marking_in_a_quote_is_not_released_past_a_law() -> None:
    asked = parse_policy(FILES)
    quoting = replace(KNOWN, thread=Tier.RESTRICTED, thread_is_sure=True, approvals=2)
    assert decide(asked, facts_for(asked, quoting)).outcome is Outcome.QUARANTINE


@pytest.mark.parametrize("recipient", ["Leaver@rival.example", "LEAVER@RIVAL.example", "leaver@rival.example"])
def test_a_rule_about_a_person_means_every_way_to_write_them(recipient: str) -> None:
    rule = "  - {id: x/leaver, says: x, source: s, when: {recipient: leaver@Rival.example}, then: {outcome: refuse}}\n"
    asked = policy(PERMIT + rule, "laws: []\n")
    assert decide(asked, facts_for(asked, replace(KNOWN, recipient=recipient))).outcome is Outcome.REFUSE
