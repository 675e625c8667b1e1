"""The bits of compiled rules: none is spare, and a name that comes twice is never milder than one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Condition, FactName, Operator
from gateway.decide.proof.prove import prove
from gateway.decide.table import Counts, Table, exceptions_of

FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
POLICY: Final = parse_policy(FILES)


def test_every_rule_has_a_bit_and_one_for_each_of_its_exceptions_and_no_more() -> None:
    table = Table((*POLICY.rules, *POLICY.raises))
    needed = len(table.speakers) + sum(len(exceptions_of(each)) for each in table.speakers)
    assert table.start == (1 << needed) - 1
    assert len({len(exceptions_of(each)) for each in table.speakers}) > 2, "rules with none, with one and with several"


def test_each_exception_silences_its_own_rule_and_no_other() -> None:
    table = Table(POLICY.rules)
    everyone = (1 << len(table.speakers)) - 1
    assert table.speaking(everyone) == everyone
    place = len(table.speakers)
    for number in range(max(len(each.unless) for each in POLICY.rules)):
        for owner, speaker in enumerate(table.speakers):
            if len(exceptions_of(speaker)) > number:
                assert table.speaking(everyone | 1 << place) == everyone ^ 1 << owner
                place += 1
    assert table.start.bit_length() == place


def test_no_speaker_at_all_is_a_table_without_bits() -> None:
    table = Table(())
    assert (table.start, table.columns, table.speaking(0)) == (0, {}, 0)


@pytest.mark.parametrize("counts", [(("A", 1), ("A", 5)), (("A", 5), ("A", 1))])
def test_a_name_that_comes_twice_counts_as_the_larger(counts: tuple[tuple[str, int], ...]) -> None:
    bounds = ((1, Operator.AT_LEAST, 3), (2, Operator.AT_MOST, 3))
    tests = [
        (~bit, Condition(fact=FactName.ENTITIES, operator=operator, operand=operand, words="", name="A"))
        for bit, operator, operand in bounds
    ]
    assert Counts(tests, 0b11)[counts] == Counts(tests, 0b11)[("A", 5),] == 0b01


def test_a_rule_that_asks_for_a_reason_only_where_it_is_refused_changes_no_verdict() -> None:
    rules = """
rules:
  - {id: new/ask, says: Ask., source: none, when: {people: {at_least: 5}}, then: {obligations: ["ask:reason"]}}
"""
    refusing = """
  - {id: new/refuse, says: Refuse., source: none, when: {people: {at_least: 4}}, then: {outcome: refuse}}
"""
    sentence = "the rule 'new/ask' changes no verdict; another rule always says at least as much"
    for text, is_idle in ((rules, False), (rules + refusing.lstrip("\n"), True)):
        lints = prove(parse_policy({**FILES, "rules/new.yaml": text})).lints
        assert any(sentence in each for each in lints) is is_idle
