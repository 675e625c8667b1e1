"""What two policies judge otherwise: found exactly, shown by examples, and said to be all only if it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.change.changed import Example, changed
from gateway.decide.change.compare import Direction
from gateway.decide.evaluate import judge_facts
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.model.facts import DomainStatus
from gateway.model.verdict import Network, Outcome
from tests.unit.decide.reference import verdict_of
from tests.unit.decide.small_policies import SMALL, Small

FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
POLICY: Final = parse_policy(FILES)
WITHOUT_RULES: Final = {name: text for name, text in FILES.items() if not name.startswith("rules/")}
GO, HOLD, STOP = Outcome
Told: TypeAlias = tuple[str, str, str, str]
"""Which way an example goes, what is unusual about it, and what is said of it before and after."""


def rule(name: str, when: str, then: str) -> str:
    return f"  - {{id: t/{name}, says: It is {name}., source: none, when: {{{when}}}, then: {{{then}}}}}\n"


def policy(*rules: str, **tiers: tuple[str, str]) -> Policy:
    """Return a policy of these rules only; its `tiers.yaml` is the shipped one with some words replaced."""
    text = FILES["tiers.yaml"]
    for old, new in tiers.values():
        assert old in text
        text = text.replace(old, new, 1)
    return parse_policy(WITHOUT_RULES | {"rules/t.yaml": f"rules:\n{''.join(rules)}", "tiers.yaml": text})


def owing(*obligations: str) -> str:
    return f"obligations: [{', '.join(repr(each) for each in obligations)}]"


def told(example: Example) -> Told:
    """Return an example in words, without what all that is plain says."""
    words = example.words.removeprefix("marking UNMARKED, nothing found, ").removesuffix(", not released")
    words = words.replace("network internal, route internal, domain internal, recipient can zip", "within")
    was, now = (
        f"{decision.words} [{', '.join(rules)}]"
        for decision, rules in ((example.before, example.rules_before), (example.after, example.rules_after))
    )
    return str(example.direction), words, was, now


ALL: Final = rule("all", "network: [internal, verified-tls, public, off-internet]", "outcome: deliver")
GAPS: Final = rule("gaps", "gaps: any", "outcome: quarantine")
PEOPLE: Final = rule("people", "people: {at_least: 7}", "outcome: quarantine")
WITHIN: Final = rule("within", "network: internal", "outcome: quarantine")
OUTSIDE: Final = "network public, route internet, domain unknown, recipient can zip"
SEAL: Final = rule("seal", "reason_given: true", owing("seal:aes256"))
SEAL_GAPS: Final = rule("seal-gaps", "reason_given: true, gaps: any", owing("seal:aes256"))
TELL_GAPS: Final = rule("tell-gaps", "reason_given: false, gaps: any", owing("tell:dpo"))
TELL: Final = rule("tell", "reason_given: false", owing("tell:dpo"))
UP_TO_SIX: Final = rule("few", "people: {at_most: 6}", "outcome: deliver")
UP_TO_FOUR: Final = rule("few", "people: {at_most: 4}", "outcome: deliver")


@pytest.mark.parametrize(
    ("before", "after", "examples"),
    [
        (
            (UP_TO_SIX,),
            (UP_TO_FOUR,),
            [("stricter", "5 people, no gaps, within", "deliver [t/few]", "quarantine [default/hold]")],
        ),
        (
            (UP_TO_FOUR,),
            (UP_TO_SIX,),
            [("milder", "5 people, no gaps, within", "quarantine [default/hold]", "deliver [t/few]")],
        ),
        (
            (ALL, GAPS),
            (ALL, GAPS.replace("quarantine", "refuse")),
            [("stricter", "gaps corrupt, within", "quarantine [t/gaps]", "refuse [t/gaps]")],
        ),
        (
            (ALL, GAPS.replace("quarantine", "refuse")),
            (ALL,),
            [("milder", "gaps corrupt, within", "refuse [t/gaps]", "deliver [t/all]")],
        ),
        (
            (ALL,),
            (GAPS,),
            [
                ("stricter", "no gaps, within", "deliver [t/all]", "quarantine [default/hold]"),
                ("stricter", "gaps corrupt, within", "deliver [t/all]", "quarantine [t/gaps]"),
            ],
        ),
        (
            (ALL,),
            (WITHIN,),
            [
                ("stricter", f"no gaps, {OUTSIDE}", "deliver [t/all]", "quarantine [default/hold]"),
                ("stricter", "no gaps, within", "deliver [t/all]", "quarantine [t/within]"),
            ],
        ),
        (
            (ALL,),
            (ALL, GAPS, PEOPLE),
            [
                ("stricter", "7 people, no gaps, within", "deliver [t/all]", "quarantine [t/people]"),
                ("stricter", "gaps corrupt, within", "deliver [t/all]", "quarantine [t/gaps]"),
            ],
        ),
        (
            (ALL, GAPS),
            (ALL, PEOPLE),
            [
                ("milder", "gaps corrupt, within", "quarantine [t/gaps]", "deliver [t/all]"),
                ("stricter", "7 people, no gaps, within", "deliver [t/all]", "quarantine [t/people]"),
            ],
        ),
        (
            (ALL,),
            (ALL, rule("pair", "gaps: any, people: {at_least: 7}", "outcome: quarantine"), GAPS),
            [
                ("stricter", "gaps corrupt, within", "deliver [t/all]", "quarantine [t/gaps]"),
                ("stricter", "7 people, gaps corrupt, within", "deliver [t/all]", "quarantine [t/gaps, t/pair]"),
            ],
        ),
        (
            (ALL,),
            (ALL, TELL),
            [("stricter", "no gaps, within", "deliver [t/all]", "deliver, telling dpo [t/all, t/tell]")],
        ),
        (
            (ALL, GAPS, rule("ask", "gaps: any", owing("ask:reason"))),
            (ALL, GAPS),
            [
                (
                    "milder",
                    "gaps corrupt, within",
                    "quarantine, asking the sender for a reason [t/gaps, t/ask]",
                    "quarantine [t/gaps]",
                )
            ],
        ),
        (
            (ALL, rule("duty", "gaps: any", owing("seal:aes256"))),
            (ALL, rule("duty", "gaps: any", owing("tls:verified"))),
            [
                (
                    "other",
                    "gaps corrupt, within",
                    "deliver, sealed with AES-256 [t/all, t/duty]",
                    "deliver, over TLS with a verified certificate [t/all, t/duty]",
                )
            ],
        ),
        ((ALL, GAPS), (GAPS, ALL.replace("t/all", "t/any")), []),
        ((ALL, SEAL, TELL), (ALL, SEAL, TELL, SEAL_GAPS, TELL_GAPS), []),
        ((ALL, rule("tell", "gaps: any", owing("ask:reason"))), (ALL,), []),
    ],
)  # fmt: skip
def test_every_kind_of_change_is_shown_by_its_plainest_example(
    before: tuple[str, ...], after: tuple[str, ...], examples: list[Told]
) -> None:
    found = changed(policy(*before), policy(*after))
    assert [told(each) for each in found.examples] == examples
    assert found.missing == ""


def test_what_is_owed_no_more_makes_one_kind_for_each_duty_that_is_lost() -> None:
    """Where other rules owe the same, not all that a rule owed is lost."""
    both = rule("both", "gaps: any", owing("seal:aes256", "tell:dpo"))
    found = changed(policy(ALL, SEAL, TELL, both), policy(ALL, SEAL, TELL))
    assert [(each.facts.reason_given, each.after.words) for each in found.examples] == [
        (False, "deliver, telling dpo"),
        (True, "deliver, sealed with AES-256"),
    ]


def test_another_outcome_is_one_kind_whatever_was_owed_with_it() -> None:
    ways = [rule(f"if-{word}", f"reason_given: {word}", "outcome: deliver") for word in ("false", "true")]
    found = changed(policy(*ways, SEAL, TELL), policy(*ways, SEAL, TELL, PEOPLE))
    assert [told(each) for each in found.examples] == [
        (
            "stricter",
            "7 people, no gaps, within",
            "deliver, telling dpo [t/if-false, t/tell]",
            "quarantine, telling dpo [t/people, t/tell]",
        )
    ]


@pytest.mark.parametrize(
    ("network", "route", "status"),
    [
        ("[internal, verified-tls, public]", "internal", DomainStatus.INTERNAL),
        ("[verified-tls, off-internet]", "secure-mail", DomainStatus.LIVE),
        ("public", "internet", DomainStatus.UNKNOWN),
        ("off-internet", "any other", DomainStatus.UNKNOWN),
    ],
)
def test_an_example_goes_by_a_route_that_there_is_if_one_will_do(
    network: str, route: str, status: DomainStatus
) -> None:
    """One that nobody has built yet is shown only where no other turns on it."""
    duty = rule("duty", f"network: {network}", owing("tell:dpo"))
    for one, other in ((policy(ALL), policy(ALL, duty)), (policy(ALL, duty), policy(ALL))):
        (example,) = changed(one, other).examples
        assert (example.facts.route, example.facts.domain_status) == (route, status)
        assert example.facts.network is (
            POLICY.routes[route].network if route in POLICY.routes else Network.OFF_INTERNET
        )


RAISED: Final = rule("raised", "tier: {at_least: PROTECT}", "outcome: quarantine")
OTHERWISE: Final = "the two raise tiers or group findings otherwise"


def test_what_one_policy_alone_raises_is_shown_and_not_said_to_be_all() -> None:
    before, after = (
        policy(ALL, RAISED),
        policy(ALL, RAISED, at=("{NHS_NUMBER: {at_least: 1}}", "{NHS_NUMBER: {at_least: 3}}")),
    )
    found = changed(before, after)
    assert found.missing == OTHERWISE
    (example,) = found.examples
    assert (example.direction, example.facts.entities) == (Direction.MILDER, (("NHS_NUMBER", 1),))
    (back,) = changed(after, before).examples
    assert (back.direction, back.facts.entities) == (Direction.STRICTER, (("NHS_NUMBER", 1),))


def test_a_raise_that_no_rule_looks_at_changes_nothing() -> None:
    found = changed(policy(ALL), policy(ALL, at=("{NHS_NUMBER: {at_least: 1}}", "{NHS_NUMBER: {at_least: 3}}")))
    assert (found.examples, found.missing) == ((), OTHERWISE)


def test_a_raise_to_less_is_shown_too() -> None:
    lower = ("{UTR: {at_least: 1}}}\n    to: PROTECT", "{UTR: {at_least: 1}}}\n    to: OFFICIAL")
    (example,) = changed(policy(ALL, RAISED), policy(ALL, RAISED, to=lower)).examples
    assert (example.direction, example.facts.entities) == (Direction.MILDER, (("UTR", 1),))


def test_another_group_is_shown_and_not_said_to_be_all() -> None:
    children = rule("children", "entities: {CHILDREN: {at_least: 1}}", "outcome: quarantine")
    more = ("CHILDREN: [CHILD_SAFEGUARDING, UPN]", "CHILDREN: [CHILD_SAFEGUARDING, UPN, ULN]")
    assert changed(policy(ALL, children), policy(ALL, children, group=more)).missing == OTHERWISE


def test_the_same_raise_by_another_name_is_the_same() -> None:
    renamed = policy(ALL, name=("id: nhs-number", "id: nhs-no"))
    found = changed(policy(ALL), renamed)
    assert (found.examples, found.missing) == ((), "")


def caveats(first: int) -> list[str]:
    return [
        rule(f"caveat-{number}", f"caveats: [CODE {'ABCDEFGHIJKL'[number]}]", "outcome: quarantine")
        for number in range(first, first + 6)
    ]


def test_that_it_looked_for_too_little_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An officer who sees no example must not take it for proof."""
    before, after = policy(ALL, *caveats(0)), policy(ALL, *caveats(6))
    assert changed(before, after).missing == "rules tell 13 words of 'caveats' apart, more than 11"
    before, after = policy(ALL, GAPS), policy(ALL, GAPS, PEOPLE)
    assert changed(before, after).missing == ""
    with monkeypatch.context() as patched:
        patched.setattr("gateway.decide.proof.search.MOST_STEPS", 0)
        assert changed(before, after).missing == "one search took too long"
    with monkeypatch.context() as patched:
        patched.setattr("gateway.decide.change.changed.MOST_STEPS", 0)
        assert changed(policy(ALL), after).missing == "there is too much to look through"
        found = changed(policy(ALL, SEAL, TELL), policy(ALL, SEAL, TELL, SEAL_GAPS, TELL_GAPS))
        assert (found.examples, found.missing) == ((), "there is too much to look through")
        assert changed(before, before).missing == "", "what needs no search is all there is"


def test_one_policy_decides_nothing_otherwise_than_itself() -> None:
    found = changed(POLICY, parse_policy(FILES))
    assert (found.examples, found.missing) == ((), "")


def with_people(least: int, then: str = 'outcome: quarantine, obligations: ["ask:reason"]') -> Policy:
    """Return the shipped policy with one rule more."""
    when = f"people: {{at_least: {least}}}, network: public"
    return parse_policy(FILES | {"rules/t.yaml": f"rules:\n{rule('people', when, then)}"})


def test_a_changed_threshold_is_shown_at_the_threshold() -> None:
    found = changed(with_people(9), with_people(7))
    (example,) = (each for each in found.examples if each.before.outcome is GO)
    assert (example.direction, example.facts.people, example.facts.route) == (Direction.STRICTER, 7, "internet")
    assert (example.after.outcome, example.after.obligations) == (HOLD, frozenset({"ask:reason"}))
    assert (example.rules_before, example.rules_after) == (("permit/ordinary", "permit/sealed"), ("t/people",))
    assert not found.missing


def test_every_example_is_a_real_pair_of_verdicts() -> None:
    after = with_people(7, "outcome: refuse")
    examples = changed(POLICY, after).examples
    assert {each.after.outcome for each in examples} == {STOP}
    for example in examples:
        for one, said in ((POLICY, example.before), (after, example.after)):
            judged = judge_facts(one, example.facts)
            assert (judged.outcome, judged.obligations) == (said.outcome, said.obligations)


def test_an_exception_is_shown_by_what_it_lets_pass() -> None:
    held = "unless: [{released: true}"
    after = FILES["rules/people.yaml"].replace("unless: {released: true}", f"{held}, {{consent: given}}]", 1)
    assert after != FILES["rules/people.yaml"]
    found = changed(POLICY, parse_policy(FILES | {"rules/people.yaml": after}))
    assert {each.direction for each in found.examples} == {Direction.MILDER}
    assert all(each.facts.consent == "given" for each in found.examples)


def test_milder_ones_come_first() -> None:
    holds = FILES["rules/holds.yaml"].replace("gaps: any", "gaps: [encrypted]", 1)
    after = with_people(7)
    loosened = parse_policy(FILES | {"rules/holds.yaml": holds})
    both = replace(loosened, rules=(*loosened.rules, *(each for each in after.rules if each.id == "t/people")))
    directions = [each.direction for each in changed(POLICY, both).examples]
    assert set(directions) == {Direction.MILDER, Direction.STRICTER}
    assert directions == sorted(directions)


def test_rules_that_only_observe_change_nothing() -> None:
    observed = rule("people", "people: {at_least: 7}", "outcome: refuse").replace(
        "source: none", "source: none, mode: observe"
    )
    assert changed(policy(ALL), policy(ALL, observed)).examples == ()


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
    text = rule("partner", "people: {at_least: 7}, partner: st-elsewhere", "outcome: quarantine")
    others = {name: FILES[name].replace("st-elsewhere", "st-else") for name in ("partners.yaml", "agreements.yaml")}
    found = changed(parse_policy(FILES | {"rules/t.yaml": f"rules:\n{text}"}), parse_policy(FILES | others))
    assert found.examples
    assert all(each.facts.partner == "st-elsewhere" for each in found.examples)
