"""Decide touches nothing: parsing, proving, running the cases and deciding, with the world out of reach."""

from __future__ import annotations

from pathlib import Path

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_of_content
from gateway.decide.load import load
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome
from gateway.testing.sealed import sealed
from gateway.testing.values import an_inspection

FILES = read_policy_files(Path(__file__).parents[3] / "policies")


def test_loading_proving_and_deciding_touch_nothing() -> None:
    load(FILES)  # what is imported late is imported now
    with sealed():
        policy = load(FILES)
        verdict = decide(policy, facts_of_content(policy, an_inspection(Tier.RESTRICTED)))
    assert verdict.outcome is not Outcome.DELIVER
