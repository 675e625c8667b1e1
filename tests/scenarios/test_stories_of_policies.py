"""What those who keep the policy live through: a change in force without a restart, and one that is not taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import read_set
from tests.scenarios.gateway_process import Gateway, wait_for, write_config
from tests.unit.daemon.small_policies import change, write_small

pytestmark = [pytest.mark.network]
LETTER = b"Dear neighbour, the flower show begins at ten. SC-482913\n"
RULES, CASES = "rules/all.yaml", "cases/all.yaml"
DETECTOR = r"""
detectors:
  - {name: case_number, entity: CASE_NUMBER, says: a case number, pattern: '\bSC-\d{6}\b', alone: 60}
"""
HELD = """
rules:
  - id: hold/case
    says: What is about a case waits.
    source: made up
    when: {entities: {CASE_NUMBER: {at_least: 1}}}
    then: {outcome: quarantine}
"""
CASE_HELD = """
internal_domains: [council.example]
cases:
  - id: a-case
    says: A case waits.
    given: {recipient: friend@partner.example, entities: {CASE_NUMBER: 1}}
    expect: {tier: UNMARKED, route: internet, outcome: quarantine, obligations: [], reasons: [hold/case]}
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return write_small(tmp_path / "policies")


@pytest.fixture
def gateway(tmp_path: Path, policies: Path) -> Iterator[Gateway]:
    """A running gateway with a policy folder of its own."""
    running = Gateway(write_config(tmp_path, policies=policies))
    running.start()
    yield running
    if running.is_running:
        assert running.stop() == 0


def status(gateway: Gateway) -> dict[str, Any]:
    (shown,) = gateway.ask_json("policy", "status")
    return shown


def in_force(gateway: Gateway, policies: Path) -> str:
    """Wait until the policy in force is what now lies in the folder; return it."""
    wanted = read_set(policies).hash
    wait_for(lambda: status(gateway)["in_force"] == wanted, "the new policy and its workers")
    return wanted


def hold_small_ones(policies: Path) -> None:
    """Let what holds large files hold our letter: two files are changed, one after the other."""
    change(policies, RULES, "at_least: 1000000", "at_least: 20")
    change(policies, CASES, "size: 999", "size: 10")


def fates(gateway: Gateway, count: int) -> dict[str, tuple[str, list[str]]]:
    """Return what became of each file, and by which rules, once `count` have come to rest."""
    settled = gateway.settled(count)
    return {
        each["parts"][0]["name"]: (each["deliveries"][0]["state"], each["deliveries"][0]["rules"]) for each in settled
    }


def test_a_change_is_in_force_for_the_next_transfer_without_a_restart(gateway: Gateway, policies: Path) -> None:
    gateway.drop("before.txt", LETTER)
    assert fates(gateway, 1) == {"before.txt": ("delivered", ["permit/ordinary"])}
    first = status(gateway)["in_force"]
    hold_small_ones(policies)
    second = in_force(gateway, policies)
    gateway.drop("after.txt", LETTER)
    assert fates(gateway, 2)["after.txt"] == ("held", ["hold/large"])
    entries = gateway.ask_json("ledger", "show")
    (loaded,) = [each for each in entries if each["event"] == "policy:loaded"]
    assert (loaded["facts"]["before"], loaded["facts"]["policy"]) == (first, second)
    decided = [each["facts"]["policy"] for each in entries if each["event"] in {"delivery:cleared", "delivery:held"}]
    assert decided == [first, second], "each verdict names the policy that made it"


def test_a_bad_change_leaves_the_old_policy_in_force_and_commands_say_so(gateway: Gateway, policies: Path) -> None:
    first = status(gateway)["in_force"]
    change(policies, RULES, "size:", "sise:")
    wait_for(lambda: "policy:rejected" in gateway.log.read_text(), "the complaint")
    (said,) = gateway.ask_json("policy", "status", code=3)
    assert said["in_force"] == first
    assert said["last_rejected"]["complaints"][0].startswith("policies/rules/all.yaml:11:")
    assert "stays in force" in gateway.ask("doctor", code=1)
    gateway.drop("letter.txt", LETTER)
    assert fates(gateway, 1) == {"letter.txt": ("delivered", ["permit/ordinary"])}
    change(policies, RULES, "sise:", "size:")
    wait_for(lambda: "policy:put_back" in gateway.log.read_text(), "the mended files")
    assert status(gateway)["in_force"] == first
    assert "stays in force" not in gateway.ask("doctor")


def test_a_change_that_the_workers_must_know_is_found_and_held_at_once(gateway: Gateway, policies: Path) -> None:
    gateway.drop("before.txt", LETTER)
    assert fates(gateway, 1)["before.txt"][0] == "delivered"
    for name, text in (("detectors.yaml", DETECTOR), ("rules/own.yaml", HELD), ("cases/own.yaml", CASE_HELD)):
        (policies / name).write_text(text)
    change(policies, "tiers.yaml", "entities_of_plugins: []", "entities_of_plugins: [CASE_NUMBER]")
    gateway.hang_up()
    in_force(gateway, policies)
    gateway.drop("after.txt", LETTER)
    assert fates(gateway, 2)["after.txt"] == ("held", ["hold/case"])
    assert gateway.stop() == 0


def test_a_bad_set_refuses_the_start(gateway: Gateway, policies: Path) -> None:
    assert gateway.stop() == 0
    change(policies, RULES, "size:", "sise:")
    assert "rules/all.yaml:11:" in gateway.ask("run", code=3)


def test_a_change_while_no_gateway_runs_is_in_the_ledger_too(gateway: Gateway, policies: Path) -> None:
    first = status(gateway)["in_force"]
    assert gateway.stop() == 0
    hold_small_ones(policies)
    gateway.start()
    (loaded,) = [each for each in gateway.ask_json("ledger", "show") if each["event"] == "policy:loaded"]
    assert loaded["facts"]["before"] == first
    assert gateway.stop() == 0
    assert "verified: 2 entries" in gateway.ask("ledger", "verify"), "and the first account"
