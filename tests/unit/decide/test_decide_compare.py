"""Two policies side by side: the difference in words, and exactly which inputs they judge otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.change.changed import Example, changed
from gateway.decide.change.compare import Decision, Difference, Direction, differences
from gateway.decide.evaluate import judge_facts
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.model.verdict import Outcome
from tests.unit.decide.reference import verdict_of
from tests.unit.decide.small_policies import SMALL, Small

FILES: Final = read_policy_files(Path(__file__).parents[3] / "policies")
POLICY: Final = parse_policy(FILES)
MADE_UP: Final = """
rules:
  - id: made-up/rule
    says: It is made up.
    source: none
    when: {people: {at_least: 7}, network: public}
    unless: [{released: true}, {approved_by: [caldicott-guardian]}]
    then: {outcome: quarantine, obligations: ["ask:reason"]}
"""


def policy(changes: Mapping[str, tuple[str, str]] | None = None, /, **more: str) -> Policy:
    """Return the shipped policy with words of some files replaced, and more files of rules."""
    files = dict(FILES)
    for name, (old, new) in (changes or {}).items():
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
    return parse_policy(files | {f"rules/{name}.yaml": text for name, text in more.items()})


BEFORE: Final = policy(made_up=MADE_UP)


def with_rule(old: str, new: str) -> Policy:
    assert old in MADE_UP
    return policy(made_up=MADE_UP.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("at_least: 7", "at_least: 8", "'people at least 7' becomes 'people at least 8'"),
        ("people: {at_least: 7}, ", "", "condition gone: people at least 7"),
        ("{people:", "{gaps: any, people:", "new condition: gaps any"),
        ("network: public", "network: [internal, public]", "'network public' becomes 'network internal or public'"),
        ("{released: true}, ", "", "exception gone: released"),
        ("{released: true}, ", "{released: true}, {can: any}, ", "new exception: can any"),
        ("{released: true}", "{released: true, can: any}", "exception gone: released"),
        ("{released: true}", "{released: true, can: any}", "new exception: released and can any"),
        ("outcome: quarantine", "outcome: refuse", "outcome quarantine becomes refuse"),
        (', obligations: ["ask:reason"]', "", "no longer demands: asking the sender for a reason"),
        ('["ask:reason"]', '["ask:reason", "tell:dpo"]', "demands now: telling dpo"),
        ("    when:", "    mode: observe\n    when:", "only observes now"),
        ("    when:", "    from: 2026-03-01\n    when:", "new condition: from 2026-03-01"),
        ("    when:", "    until: 2026-03-01\n    when:", "new condition: before 2026-03-01"),
        ("It is made up.", "It is invented.", "says now: It is invented."),
        ("source: none", "source: S1 2", "source now: S1 2"),
    ],
)
def test_a_changed_rule_is_told_in_words(old: str, new: str, words: str) -> None:
    (found,) = differences(BEFORE, with_rule(old, new))
    assert (found.kind, found.id, found.how) == ("rule", "made-up/rule", "changed")
    assert words in found.words


def test_a_rule_that_moves_to_another_file_is_the_same() -> None:
    assert list(differences(BEFORE, policy(elsewhere=MADE_UP))) == []
    assert changed(BEFORE, policy(elsewhere=MADE_UP)).examples == ()


def test_what_stands_in_one_only_was_added_or_removed() -> None:
    assert list(differences(POLICY, BEFORE)) == [Difference(kind="rule", id="made-up/rule", how="added")]
    assert list(differences(BEFORE, POLICY)) == [Difference(kind="rule", id="made-up/rule", how="removed")]


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "words"),
    [
        ("routes.yaml", "network: verified-tls", "network: public", "route", "becomes 'public'"),
        ("domains.yaml", "domain: nhs.net", "domain: nhs.example", "domain", ""),
        ("domains.yaml", "status: live", "status: retired", "domain", "status 'live' becomes 'retired'"),
        ("partners.yaml", "kind: ", "note: seen\n    kind: ", "", ""),
        ("partners.yaml", "country: GB", "country: IE", "partner", ""),
        ("agreements.yaml", "review: 202", "review: 203", "agreement", ""),
        ("calendar.yaml", "zone: uk", "zone: utc", "calendar", ""),
        ("tiers.yaml", "at_least: 1}", "at_least: 2}", "raise", "at least 1' becomes"),
    ],
)
def test_other_files_are_compared_too(file: str, old: str, new: str, kind: str, words: str) -> None:
    found = list(differences(POLICY, policy({file: (old, new)})))
    assert {each.kind for each in found} == ({kind} if kind else set())
    if words:
        assert any(words in said for each in found for said in each.words)


def decision(outcome: Outcome, *obligations: str) -> Decision:
    return Decision(outcome=outcome, obligations=frozenset(obligations))


GO, HOLD, STOP = Outcome


@pytest.mark.parametrize(
    ("one", "other", "direction"),
    [
        (decision(GO), decision(HOLD), Direction.STRICTER),
        (decision(STOP), decision(HOLD, "tell:dpo"), Direction.MILDER),
        (decision(GO, "seal:aes256"), decision(GO), Direction.MILDER),
        (decision(GO, "seal:aes256"), decision(GO, "seal:aes256", "delay:5m"), Direction.STRICTER),
        (decision(GO, "seal:aes256"), decision(GO, "delay:5m"), Direction.OTHER),
        (decision(GO), decision(GO), Direction.OTHER),
    ],
)
def test_one_decision_is_milder_than_another(one: Decision, other: Decision, direction: Direction) -> None:
    assert one.towards(other) is direction


def test_one_policy_decides_nothing_otherwise_than_itself() -> None:
    found = changed(POLICY, parse_policy(FILES))
    assert (found.examples, found.missing) == ((), "")
    assert found.classes > 10**15


def only(examples: tuple[Example, ...]) -> Example:
    (example,) = examples
    return example


def test_a_changed_threshold_is_shown_at_the_threshold() -> None:
    found = changed(with_rule("at_least: 7", "at_least: 9"), BEFORE)
    example = only(tuple(each for each in found.examples if each.before.outcome is GO))
    assert (example.direction, example.after) == (Direction.STRICTER, decision(HOLD, "ask:reason"))
    assert example.facts.people == 7
    assert (example.rules_before, example.rules_after) == (("permit/ordinary", "permit/sealed"), ("made-up/rule",))
    assert example.facts.route in POLICY.routes, "an example goes by a route that there is"
    assert not found.missing


def test_an_exception_is_shown_by_what_it_lets_pass() -> None:
    found = changed(BEFORE, with_rule("[{released: true}, ", "[{released: true}, {consent: given}, "))
    assert {each.direction for each in found.examples} == {Direction.MILDER}
    assert all(each.facts.consent == "given" for each in found.examples)


def test_a_raise_is_shown_by_what_it_raises_and_not_said_to_be_all() -> None:
    after = policy({"tiers.yaml": ("NHS_NUMBER: {at_least: 1}", "NHS_NUMBER: {at_least: 3}")})
    found = changed(POLICY, after)
    assert found.missing
    milder = [each for each in found.examples if each.direction is Direction.MILDER]
    assert milder
    assert all(dict(each.facts.entities).get("NHS_NUMBER") in {1, 2} for each in milder)


def test_milder_ones_come_first() -> None:
    after = policy({"rules/holds.yaml": ("gaps: any", "gaps: [encrypted]")}, made_up=MADE_UP)
    directions = [each.direction for each in changed(POLICY, after).examples]
    assert set(directions) == {Direction.MILDER, Direction.STRICTER}
    assert directions == sorted(directions)


def test_rules_that_only_observe_change_nothing() -> None:
    assert changed(POLICY, with_rule("    when:", "    mode: observe\n    when:")).examples == ()


def test_every_example_is_a_real_pair_of_verdicts() -> None:
    after = with_rule("outcome: quarantine", "outcome: refuse")
    for example in changed(POLICY, after).examples:
        for one, said in ((POLICY, example.before), (after, example.after)):
            judged = judge_facts(one, example.facts)
            assert (judged.outcome, judged.obligations) == (said.outcome, said.obligations)


@given(SMALL, st.data())
def test_what_is_not_found_is_not_there(small: Small, data: st.DataObject) -> None:
    rules = small.policy.rules
    kept = (
        data.draw(st.tuples(*(st.lists(st.sampled_from(rules), unique=True) for _ in range(2)))) if rules else ([], [])
    )
    before, after = (replace(small.policy, rules=tuple(sorted(each, key=lambda rule: rule.id))) for each in kept)
    found = changed(before, after)
    assert not found.missing
    differ = set()
    for facts in small.facts:
        was, now = (verdict_of(one, facts)[:2] for one in (before, after))
        if was != now:
            differ.add((was[0], now[0]))
    assert differ <= {(each.before.outcome, each.after.outcome) for each in found.examples}
    if not differ:
        assert found.examples == ()


def test_a_partner_whom_one_policy_alone_knows_is_no_trouble() -> None:
    text = MADE_UP.replace("network: public", "partner: st-elsewhere")
    others = {name: FILES[name].replace("st-elsewhere", "st-else") for name in ("partners.yaml", "agreements.yaml")}
    found = changed(policy(made_up=text), parse_policy({**FILES, **others}))
    assert found.examples
    assert all(each.facts.partner == "st-elsewhere" for each in found.examples)
