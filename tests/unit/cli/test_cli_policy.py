"""`gateway policy`: verify, test, diff and replay, as an officer runs them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.cli import policy_replay
from gateway.cli.opening import open_store, read_settings
from gateway.cli.policy import spoken
from gateway.cli.policy_diff import _decided
from gateway.config.load import read_set
from gateway.decide.change.changed import Changed
from gateway.testing.recorded import fill
from tests.unit.cli.asking import ask, open_home, put_held

SHIPPED: Final = Path(__file__).parents[3] / "policies"
COUNT: Final = 600
PLANTED: Final = """
rules:
  - id: planted/open
    says: Planted.
    source: none
    when: {network: public, can: any}
    then: {outcome: deliver}
  - id: planted/never
    says: Planted.
    source: none
    when: {route: internal, network: public}
    then: {outcome: refuse}
"""


@pytest.fixture
def draft(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A copy of the shipped policy with words of one file replaced."""

    def make(name: str, old: str, new: str) -> Path:
        folder = tmp_path / "draft"
        shutil.copytree(SHIPPED, folder)
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
        return folder

    return make


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    """The configuration of a gateway that decided a few hundred deliveries under the shipped policy."""
    with open_home() as config:
        assert ask(config, "init").code == 0
        with open_store(read_settings(config)) as store:
            fill(store.database, read_set(SHIPPED).parsed(), COUNT)
        put_held(config)
        yield config


def with_policies(config: Path, policies: Path) -> Path:
    """Let a configuration name another policy folder."""
    config.write_text(config.read_text().replace(str(SHIPPED), str(policies)))
    return config


def data(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_verify_says_what_is_proved_and_over_how_much(bare: Path) -> None:
    said = ask(bare, "policy", "verify")
    assert said.code == 0
    assert "PROVED  house/restricted-off-internet: What is marked RESTRICTED" in said.out
    assert "classes of inputs, searched in" in said.err
    assert "; 1 note; " in said.err
    found = data(ask(bare, "policy", "verify", "--json").out)
    assert found["classes"] > 10**12
    assert found["steps"] > 100
    assert found["seconds"] > 0
    assert (found["broken"], found["stops"]) == ([], [])


def test_verify_leaves_with_3_for_what_stops_a_load(
    bare: Path, draft: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    folder = draft("README.md", "policy", "policy")
    (folder / "rules" / "planted.yaml").write_text(PLANTED)
    said = ask(with_policies(bare, folder), "policy", "verify")
    assert said.code == 3
    assert "STOPS   policies/rules/planted.yaml:8:5: the rule 'planted/never' can never match" in said.out
    found = data(ask(bare, "policy", "verify", "--json").out)
    assert any("planted/never" in each for each in found["stops"])
    assert str(tmp_path) not in said.out


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (7_880_939_510_169_600, "7,880,939,510,169,600"), (29 * 10**27, "about 2.9 x 10^28")],
)
def test_a_number_of_classes_is_readable(count: int, words: str) -> None:
    assert spoken(count) == words


def test_the_cases_are_run_and_rules_without_one_are_named(bare: Path, draft: Callable[[str, str, str], Path]) -> None:
    folder = draft("cases/everyday.yaml", "outcome: deliver", "outcome: refuse")
    (folder / "rules" / "planted.yaml").write_text(PLANTED)
    said = ask(with_policies(bare, folder), "policy", "test")
    assert said.code == 3
    assert "the case 'ordinary-letter' fails: outcome is deliver, not refuse" in said.out
    assert "no golden case shows the rule 'planted/never'" in said.out
    found = data(ask(bare, "policy", "test", "--json").out)
    assert found["cases"] > len(found["failures"]) > 0
    assert any("planted/never" in each for each in found["without_case"])
    assert "planted/never" not in found["shown"]


def test_two_policies_that_are_one_differ_in_nothing(bare: Path) -> None:
    said = ask(bare, "policy", "diff", str(SHIPPED), str(SHIPPED))
    assert (said.code, said.out) == (0, "the two differ in nothing\n\nno input is decided otherwise\n")
    found = data(ask(bare, "policy", "diff", str(SHIPPED), str(SHIPPED), "--json").out)
    assert (found["changed"], found["differences"], found["files"], found["all_kinds"]) == (0, [], [], True)


def test_what_was_not_found_is_no_promise_where_the_search_was_cut_short() -> None:
    said = list(_decided(Changed(examples=(), missing="it takes too long")))
    assert said == ["", "none was found that is decided otherwise, but it takes too long, so there may be some"]


def test_a_folder_that_is_not_there_is_named_by_the_command_and_not_in_the_configuration(bare: Path) -> None:
    for arguments in (("diff", str(SHIPPED), "nowhere"), ("replay", "--against", "nowhere")):
        said = ask(bare, "policy", *arguments)
        assert said.code != 0
        assert "there is no policy folder at nowhere" in said.err
        assert "name a folder that holds a policy set" in said.err
        assert "in the configuration" not in said.err


def test_a_difference_is_told_in_words_and_by_examples(bare: Path, draft: Callable[[str, str, str], Path]) -> None:
    folder = draft("rules/people.yaml", "people: {at_least: 100}", "people: {at_least: 80}")
    said = ask(bare, "policy", "diff", str(SHIPPED), str(folder))
    assert said.code == 0
    assert "* rule people/bulk changed\n    'people at least 100' becomes 'people at least 80'\n" in said.out
    assert "STRICTER" in said.out
    assert "MILDER" not in said.out
    assert "80 people" in said.out
    found = data(ask(bare, "policy", "diff", str(folder), str(SHIPPED), "--json").out)
    assert found["files"] == ["rules/people.yaml"]
    assert {each["direction"] for each in found["decisions"]} == {"milder"}
    assert found["changed"] == len(found["decisions"]) > 0


def test_what_another_domain_table_comes_to_is_shown_by_the_cases(
    bare: Path, draft: Callable[[str, str, str], Path]
) -> None:
    folder = draft("domains.yaml", "domain: nhs.net", "domain: nhs.example")
    said = ask(bare, "policy", "diff", str(SHIPPED), str(folder))
    assert "+ domain nhs.example added" in said.out
    assert "- domain nhs.net removed" in said.out
    assert "no input is decided otherwise" in said.out, "given the same facts; but they are not"
    assert "golden cases of either that the two decide otherwise:" in said.out
    found = data(ask(bare, "policy", "diff", str(SHIPPED), str(folder), "--json").out)
    assert ["secure-mail", "internet"] in [each["routes"] for each in found["cases"]]
    assert len({each["id"] for each in found["cases"]}) == len(found["cases"])


def test_texts_that_decide_nothing_are_named(bare: Path, draft: Callable[[str, str, str], Path]) -> None:
    folder = draft("rules/people.yaml", "# Whose", "# Of whom")
    said = ask(bare, "policy", "diff", str(SHIPPED), str(folder))
    assert said.out.startswith("the two differ only in texts that decide nothing: rules/people.yaml\n")


def test_a_draft_with_a_mistake_is_pointed_at(bare: Path, draft: Callable[[str, str, str], Path]) -> None:
    folder = draft("rules/people.yaml", "people: {at_least: 100}", "peple: {at_least: 80}")
    for words in (["diff", str(SHIPPED), str(folder)], ["replay", "--against", str(folder)]):
        said = ask(bare, "policy", *words)
        assert said.code == 3
        assert "draft/rules/people.yaml:" in said.err
        assert "did you mean 'people'" in said.err


def test_under_the_policy_in_force_nothing_changes(filled: Path) -> None:
    said = ask(filled, "policy", "replay", "--against", str(SHIPPED))
    assert said.code == 0
    assert f"{COUNT} deliveries decided again under {SHIPPED}" in said.out
    assert said.out.endswith(": 0 would change\n")
    found = data(ask(filled, "policy", "replay", "--against", str(SHIPPED), "--json").out)
    assert (found["decided"], found["changed"], found["changed_though_same_policy"]) == (COUNT, 0, 0)


def test_what_a_draft_would_change_is_told_by_kind_rule_and_route(
    filled: Path, draft: Callable[[str, str, str], Path]
) -> None:
    folder = draft("rules/holds.yaml", "gaps: any", "gaps: [encrypted]")
    said = ask(filled, "policy", "replay", "--against", str(folder), "--show", "1")
    assert said.code == 0
    assert "MILDER  " in said.out
    assert "quarantine becomes deliver" in said.out
    assert "hold/not-read" in said.out
    found = data(ask(filled, "policy", "replay", "--against", str(folder), "--show", "2", "--json").out)
    assert found["changed"] == found["milder"] == sum(each["count"] for each in found["kinds"]) > 0
    (kind,) = found["kinds"]
    assert (kind["from"], kind["to"], len(kind["transfers"])) == ("quarantine", "deliver", 2)
    assert {"rule": "hold/not-read", "newly_decides": 0, "decides_no_more": found["milder"]} in found["by_rule"]
    assert sum(each["milder"] for each in found["by_route"]) == found["milder"]
    with open_store(read_settings(filled)) as store:
        shown = store.transfers.get(kind["transfers"][0]["transfer"])
    assert shown.deliveries[0].circumstances is not None
    assert shown.deliveries[0].circumstances.gaps


def test_only_what_came_in_since_and_only_so_many(filled: Path) -> None:
    since = ["policy", "replay", "--against", str(SHIPPED), "--json", "--since", "2025-12-01T07:00"]
    later = data(ask(filled, *since).out)["decided"]
    assert 0 < later < COUNT
    assert data(ask(filled, *since, "--limit", "7").out)["decided"] == 7
    assert data(ask(filled, *since[:-1], "2027-01-01").out)["decided"] == 0
    assert ask(filled, *since[:-1], "yesterday").code == 2


def test_what_was_decided_without_circumstances_is_counted(config: Path) -> None:
    put_held(config)  # was never decided, and counts nowhere
    old = "UPDATE deliveries SET circumstances = NULL WHERE transfer_id IN (SELECT id FROM transfers LIMIT 4)"
    with open_store(read_settings(config)) as store:
        fill(store.database, read_set(SHIPPED).parsed(), 20)
        before = store.transfers.counted()
        store.database.write(lambda connection: connection.exec_driver_sql(old))
        left_out = store.transfers.counted()[1]
    assert before == (20, 0)
    assert left_out in {3, 4}, "three, where the one that was never decided is among the four"
    said = ask(config, "policy", "replay", "--against", str(SHIPPED))
    assert f"{20 - left_out} deliveries decided again" in said.out
    assert said.err == f"{left_out} were decided before circumstances were kept, and cannot be decided again\n"


def test_several_processes_say_the_same(
    filled: Path, draft: Callable[[str, str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = draft("rules/holds.yaml", "gaps: any", "gaps: [encrypted]")
    words = ["policy", "replay", "--against", str(folder), "--json"]
    alone = data(ask(filled, *words).out)
    monkeypatch.setattr(policy_replay, "A_SHARE", 100)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    assert data(ask(filled, *words).out) == alone


def test_spans_hold_everything_once(filled: Path) -> None:
    with open_store(read_settings(filled)) as store:
        whole = [each.transfer_id for each in store.transfers.recorded()]
        found = []
        for start, end in policy_replay.shares(store, None, 7):
            every = store.transfers.recorded(since=start)
            found += [each.transfer_id for each in every if end is None or each.received_at < end]
    assert found == whole
    assert len(found) == COUNT
