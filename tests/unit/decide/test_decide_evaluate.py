"""The compiled evaluator says what the language says, read naively: for the shipped policy and for random ones."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide import table
from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.parse import parse_policy
from gateway.decide.table import Answers, Steps
from gateway.model.facts import Circumstances, Facts
from tests.unit.decide.arbitrary import FACT_FIELDS, FACTS, KNOWN_FIELDS
from tests.unit.decide.reference import tier_of, verdict_of
from tests.unit.decide.small_policies import INPUTS, SMALL, Small, facts_of

POLICY: Final = parse_policy(read_policy_files(Path(__file__).parents[3] / "policies"))


@given(FACTS)
def test_the_shipped_policy_is_judged_as_it_reads(facts: Facts) -> None:
    verdict = decide(POLICY, facts)
    assert effective_tier(POLICY, facts) is tier_of(POLICY, facts)
    reasons = frozenset(each.rule for each in verdict.reasons)
    assert (verdict.outcome, verdict.obligations, reasons) == verdict_of(POLICY, facts)


@given(SMALL, FACTS)
def test_a_random_policy_is_judged_as_it_reads(small: Small, facts: Facts) -> None:
    verdict = decide(small.policy, facts)
    reasons = frozenset(each.rule for each in verdict.reasons)
    assert (verdict.outcome, verdict.obligations, reasons) == verdict_of(small.policy, facts)


@given(SMALL, st.data())
def test_a_random_policy_is_judged_as_it_reads_at_its_own_constants(small: Small, data: st.DataObject) -> None:
    for _ in range(8):
        facts = facts_of(tuple(data.draw(st.sampled_from(INPUTS[name])) for name in small.inputs))
        verdict = decide(small.policy, facts)
        assert effective_tier(small.policy, facts) is tier_of(small.policy, facts)
        reasons = frozenset(each.rule for each in verdict.reasons)
        assert (verdict.outcome, verdict.obligations, reasons) == verdict_of(small.policy, facts)


def test_answers_are_kept_and_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_KEPT", 3)
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return number * 2

    answers = Answers(double)
    assert [answers[each] for each in (1, 1, 2, 2, 3, 1)] == [2, 2, 4, 4, 6, 2]
    assert asked == [1, 2, 3]
    assert answers[4] == 8
    assert len(answers) == 1
    assert answers[1] == 2
    assert asked == [1, 2, 3, 4, 1]


@pytest.mark.parametrize("number", range(9))
def test_steps_change_where_their_constants_are(number: int) -> None:
    at_least, at_most = 3, 6
    steps = Steps(lambda each: (each >= at_least) + 2 * (each <= at_most), [at_least, at_most])
    assert steps[number] == (number >= at_least) + 2 * (number <= at_most)


def test_what_is_arbitrary_leaves_no_field_out() -> None:
    assert FACT_FIELDS.keys() == {each.name for each in fields(Facts)}
    assert KNOWN_FIELDS.keys() == {each.name for each in fields(Circumstances)}
