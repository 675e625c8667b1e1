"""`gateway bench decide`: its material is the same each time and true to the policy, its targets are judged."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from gateway.cli import bench_decide
from gateway.cli.bench_decide import Target, named, rate, seconds
from gateway.config.load import read_policy_files
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.parse import parse_policy
from gateway.model.verdict import Outcome
from gateway.store.embedded import create_keys, open_store
from gateway.testing.recorded import circumstances, fill
from gateway.testing.values import SteppingClock
from tests.unit.cli.asking import ask

POLICY: Final = parse_policy(read_policy_files(Path(__file__).parents[3] / "policies"))


def test_the_material_is_the_same_each_time_and_hardly_twice_the_same() -> None:
    made = list(circumstances(2_000))
    assert made == list(circumstances(2_000))
    assert made[:10] != list(circumstances(10, seed="another"))
    assert len({facts_for(POLICY, each) for each in made}) > 1_990
    assert [each.at for each in made] == sorted(each.at for each in made)


def test_the_material_is_a_council_s_mail() -> None:
    made = list(circumstances(4_000))
    outcomes = Counter(decide(POLICY, facts_for(POLICY, each)).outcome for each in made)
    assert outcomes[Outcome.DELIVER] > 2_000
    assert outcomes[Outcome.QUARANTINE] > 400
    assert 0.75 < sum(each.marking == 0 for each in made) / 4_000 < 0.85
    assert 0.1 < sum(each.internal for each in made) / 4_000 < 0.3
    assert max(len(each.entities) for each in made) == 5


def test_a_filled_store_holds_what_the_policy_says(tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=SteppingClock())
    try:
        fill(store.database, POLICY, 300)
        found = list(store.transfers.recorded())
        assert [each.circumstances for each in found] == list(circumstances(300))
        for each in found:
            verdict = decide(POLICY, facts_for(POLICY, each.circumstances))
            reasons = tuple(reason.rule for reason in verdict.reasons)
            assert (each.outcome, each.obligations, each.route, each.rules, each.policy) == (
                verdict.outcome, verdict.obligations, verdict.route, reasons, POLICY.hash
            )  # fmt: skip
        whole = store.transfers.get(found[7].transfer_id)
        assert (whole.sender, whole.received_at) == (found[7].circumstances.sender, found[7].circumstances.at)
        assert whole.deliveries[0].recipient == found[7].circumstances.recipient
        assert whole.deliveries[0].verdict is not None
        assert whole.deliveries[0].verdict.recipient == found[7].circumstances.recipient
    finally:
        store.close()


@pytest.mark.parametrize(
    ("target", "measured", "wanted", "verdict"),
    [
        (Target(figure="x", least=300_000), 300_000, "at least 300,000", "met"),
        (Target(figure="x", least=300_000), 299_999, "at least 300,000", "not met"),
        (Target(figure="x", most=1), 1, "at most 1", "met"),
        (Target(figure="x", most=0.5), 0.51, "at most 0.5", "not met"),
    ],
)
def test_a_target_is_judged(target: Target, measured: float, wanted: str, verdict: str) -> None:
    assert target.row(measured) == {"figure": "x", "measured": measured, "target": wanted, "verdict": verdict}


def test_the_first_batch_warms_up_and_does_not_count() -> None:
    done: list[int] = []
    assert rate(lambda batch: done.extend(x for x in batch for _ in range(20_000)), [[1], [2, 3], [4]]) > 0
    assert {*done} == {1, 2, 3, 4}
    assert seconds(lambda: sum(range(10_000)), 3) >= 0
    assert named("a", {"b": 1.0}) == {"a, b": 1.0}


def test_the_bench_says_what_is_met(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_decide, "BATCH", 400)
    monkeypatch.setattr(bench_decide, "LARGE", 60)
    said = ask(config, "bench", "decide", "--rounds", "1", "--replay", "300", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert {each["verdict"] for each in found["targets"]} <= {"met", "not met"}
    assert "replay of a million, s" in {each["figure"] for each in found["targets"]}
    assert found["figures"]["deliveries replayed"] == 300
    assert found["figures"]["shipped policy, different facts in a round, %"] > 99
