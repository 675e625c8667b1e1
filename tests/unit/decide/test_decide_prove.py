"""The proof: it holds for the policy that ships, finds planted breaks with a counterexample, and names what is odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import effective_tier, evaluator
from gateway.decide.house import HOUSE_FILE
from gateway.decide.load import load
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Conditions, FactName, Policy, Rule, Written
from gateway.decide.proof import search
from gateway.decide.proof.axes import Axes, axes_of
from gateway.decide.proof.exceptions import exceptions, overlapping, unmet
from gateway.decide.proof.lints import idle
from gateway.decide.proof.milder import milder
from gateway.decide.proof.prove import Proof, prove
from gateway.decide.proof.rows import Rows
from gateway.decide.proof.universe import Universe
from gateway.decide.terms import conditions
from gateway.decide.vocabulary import Vocabulary
from gateway.model.document import read
from gateway.model.facts import Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Outcome
from gateway.testing.large_policy import large_policy
from tests.unit.decide.arbitrary import FACTS

ROOT: Final = Path(__file__).parents[3]
FILES: Final = dict(read_policy_files(ROOT / "policies"))
POLICY: Final = parse_policy(FILES)


def with_rules(text: str) -> Policy:
    return parse_policy({**FILES, "rules/planted.yaml": "rules:\n" + text})


def rule(identifier: str, when: str, then: str, unless: str = "") -> str:
    exception = f"    unless: {unless}\n" if unless else ""
    return (
        f"  - id: {identifier}\n    says: Planted.\n    source: none\n    when: {when}\n{exception}    then: {then}\n"
    )


def the_only(proof: Proof, words: str) -> str:
    (found,) = (each for each in proof.broken if words in each)
    return found


def test_the_shipped_policy_is_proved() -> None:
    proof = prove(POLICY)
    assert (proof.broken, proof.complaints) == ((), ())
    ours = [law.id for law in POLICY.laws]
    assert [each.partition(":")[0] for each in proof.proved] == [
        *ours,
        "house/seal-can-be-made",
        "house/never-milder",
    ]
    assert proof.classes > 10**15
    assert 0 < proof.steps < 10_000


def test_the_shipped_policy_has_one_lint_which_is_meant() -> None:
    (lint,) = prove(POLICY).lints
    assert lint.startswith(
        "policies/rules/permits.yaml:4:5: no rule says anything of this, so it is held: suspected marking PROTECT"
    ), "at the first rule that permits something there"
    assert "recipient can open nothing sealed" in lint


def test_a_release_that_lets_restricted_out_is_found() -> None:
    suspected = "      marking_status: {at_most: suspected}\n"
    assert FILES["rules/restricted.yaml"].count(suspected) == 2
    loosened = {**FILES, "rules/restricted.yaml": FILES["rules/restricted.yaml"].replace(suspected, "")}
    assert prove(parse_policy(loosened)).broken == (), "no permit goes so far, so it is held all the same"
    planted = rule("planted/open", "{network: public, released: true, can: any}", "{outcome: deliver}")
    counterexample = the_only(
        prove(parse_policy({**loosened, "rules/planted.yaml": "rules:\n" + planted})), "'house/restricted-off-internet'"
    )
    assert counterexample.startswith(f"{HOUSE_FILE}:")
    for words in ("marking RESTRICTED", "network public", "released: deliver", "planted/open"):
        assert words in counterexample
    assert counterexample.endswith("but the law says at least quarantine")


def test_a_law_of_the_house_is_pointed_at_where_it_stands() -> None:
    lines = (ROOT / HOUSE_FILE).read_text().splitlines()
    for law in POLICY.laws:
        if law.id.startswith("house/"):
            assert lines[law.written.line - 1] == f"  - id: {law.id}"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{network: off-internet, people: {at_most: 3}}", ("4 people",)),
        ("{network: off-internet, tier: {at_most: OFFICIAL}}", ("marking OFFICIAL", "marking PROTECT")),
        ("{network: off-internet, gaps: {only: [encrypted]}, released: true}", ("gaps ",)),
    ],
)
def test_a_permit_whose_obligations_vanish_with_more_is_found(when: str, words: tuple[str, ...]) -> None:
    policy = with_rules(rule("planted/few", when, '{outcome: deliver, obligations: ["tls:verified"]}'))
    counterexample = the_only(prove(policy), "more is milder")
    assert counterexample.startswith("policies/rules/planted.yaml:2:5: more is milder: ")
    assert "over TLS with a verified certificate; but" in counterexample
    for each in words:
        assert each in counterexample


def test_a_permit_may_owe_something_where_nothing_goes_without_it() -> None:
    sealed = FILES["rules/permits.yaml"].replace(
        "    then: {outcome: deliver}", "    then: {outcome: deliver, obligations: [X]}"
    )
    permits = sealed.replace("X", '"tell:officer"')
    assert prove(parse_policy({**FILES, "rules/permits.yaml": permits})).broken == ()


def test_a_law_that_demands_a_refusal_is_held_to_it() -> None:
    law = """laws:
  - id: law/x
    says: X.
    source: none
    whenever: {domain_status: none}
    must: {outcome_at_least: refuse}
"""
    assert prove(parse_policy({**FILES, "laws.yaml": law})).broken == ()
    asks = law.replace("domain_status: none", "gaps: any")
    counterexample = the_only(prove(parse_policy({**FILES, "laws.yaml": asks})), "'law/x'")
    assert ": quarantine (by hold/not-internal, hold/not-read)" in counterexample
    assert counterexample.endswith("but the law says at least refuse")


def test_an_exception_of_a_law_is_no_break_of_it() -> None:
    law = FILES["laws.yaml"]
    assert "    unless: {agreement: in_force}\n" in law
    strict = law.replace("    unless: {agreement: in_force}\n", "")
    assert "'law/thousand'" in the_only(prove(parse_policy({**FILES, "laws.yaml": strict})), "law/thousand")


def test_a_seal_that_nobody_can_open_is_found() -> None:
    permits = FILES["rules/permits.yaml"].replace("      can: any\n", "")
    policy = parse_policy({**FILES, "rules/permits.yaml": permits})
    found = the_only(prove(policy), "a seal that the recipient cannot open")
    assert "recipient can open nothing sealed" in found
    assert "(permitted by permit/" in found


def test_rules_that_change_nothing_and_rules_that_never_match_are_named() -> None:
    policy = with_rules(
        rule("planted/again", "{people: {at_least: 200}, network: public}", "{outcome: quarantine}", "{released: true}")
        + rule("planted/never", "{route: internal, network: public}", "{outcome: refuse}")
    )
    proof = prove(policy)
    assert proof.broken == ()
    assert any("'planted/again' changes no verdict" in each for each in proof.lints)
    assert any("'planted/never' can never match" in each for each in proof.lints)
    assert not any("'planted/never' changes no verdict" in each for each in proof.lints), "said once"
    assert [each.message for each in proof.complaints] == [
        "the rule 'planted/never' can never match; its conditions exclude one another"
    ], "what changes nothing is a note, what cannot match stops the load"


def test_a_rule_that_only_observes_must_be_able_to_match_too_and_proves_nothing() -> None:
    observing = rule("planted/never", "{route: internal, network: public}", "{outcome: refuse}").replace(
        "    when:", "    mode: observe\n    when:"
    )
    assert [each.line for each in prove(with_rules(observing)).complaints] == [2]
    opens = rule("planted/opens", "{network: public}", "{outcome: deliver}").replace(
        "    when:", "    mode: observe\n    when:"
    )
    assert prove(with_rules(opens)).broken == ()


def test_an_exception_that_lets_nothing_pass_is_named() -> None:
    policy = with_rules(
        rule("planted/x", "{gaps: any}", "{outcome: quarantine}", "[{hours: open}, {domain_status: none}]")
    )
    lints = [each for each in prove(policy).lints if "lets nothing pass" in each]
    where = "policies/rules/planted.yaml:2:5: "
    assert lints == [where + "an exception of 'planted/x' lets nothing pass; other rules hold all that it excepts"]


RELEASE: Final = "{released: true}"


@pytest.mark.parametrize(
    ("unless", "places"),
    [
        (f"[{RELEASE}, {{released: true, consent: given}}, {{approved_by: [nobody-here]}}]", [(2, 1), (3, 1)]),
        (f"[{{released: true, consent: given}}, {RELEASE}]", [(1, 2)]),
        (f"[{RELEASE}, {RELEASE}]", [(2, 1)]),
        ("[{approvals: {at_least: 2}}, {released: true, consent: given}]", []),
        (f"[{{released: true, network: internal}}, {RELEASE}]", []),
    ],
)
def test_an_exception_within_another_one_is_named(unless: str, places: list[tuple[int, int]]) -> None:
    policy = with_rules(rule("planted/x", "{people: {at_least: 5}, network: public}", "{outcome: quarantine}", unless))
    lints = [each for each in prove(policy).lints if "excepts nothing" in each]
    where = "policies/rules/planted.yaml:2:5: "
    assert lints == [
        f"{where}exception {one} of 'planted/x' excepts nothing that exception {other} does not; leave it out"
        for one, other in places
    ]


@pytest.mark.parametrize("then", ["{outcome: deliver}", '{obligations: ["tell:officer"]}'])
def test_an_exception_that_is_never_met_is_named(then: str) -> None:
    policy = with_rules(
        rule("planted/x", "{network: public}", then, "[{hours: closed}, {route: internal, hours: closed}]")
    )
    lints = [each for each in prove(policy).lints if "never met" in each]
    where = "policies/rules/planted.yaml:2:5: "
    assert lints == [
        where + "exception 2 of 'planted/x' is never met; its conditions and the rule's exclude one another"
    ]


@pytest.mark.parametrize(
    ("when", "to", "is_idle"),
    [
        ("{entities: {NHS_NUMBER: {at_least: 2}}}", "PROTECT", True),
        ("{entities: {NHS_NUMBER: {at_least: 1}, PERSON_NAME: {at_least: 1}}}", "PROTECT", True),
        ("{entities: {NHS_NUMBER: {at_least: 1}}, people: {at_least: 7}}", "OFFICIAL", True),
        ("{people: {at_least: 1000000}}", "PROTECT", True),
        ("{people: {at_least: 2}}", "PROTECT", False),
        ("{entities: {SORT_CODE: {at_least: 1}}}", "PROTECT", False),
    ],
)
def test_a_raise_that_raises_nothing_is_named(when: str, to: str, *, is_idle: bool) -> None:
    planted = f"""  - id: planted
    says: Planted.
    source: none
    when: {when}
    to: {to}
"""
    files = {**FILES, "tiers.yaml": FILES["tiers.yaml"].rstrip("\n") + "\n" + planted}
    line = files["tiers.yaml"].splitlines().index("  - id: planted") + 1
    sentence = (
        f"policies/tiers.yaml:{line}:5: the raise 'planted' changes no tier; another one always raises to as much"
    )
    assert (sentence in prove(parse_policy(files)).lints) is is_idle


def test_a_way_out_of_which_nothing_is_said_is_named_once() -> None:
    permits = FILES["rules/permits.yaml"].replace(
        "      network: verified-tls\n", "      network: verified-tls\n      can: any\n"
    )
    silent = [
        each for each in prove(parse_policy({**FILES, "rules/permits.yaml": permits})).lints if "no rule says" in each
    ]
    assert len(silent) == 2
    assert sorted("network public" in each for each in silent) == [False, True]


def test_a_route_to_one_partner_wants_a_partner_and_an_agreement() -> None:
    routes = FILES["routes.yaml"] + "".join(
        f"  - {{id: r{n}, says: R., network: public, channel: c, folder: true, recipient: {to}}}\n"
        for n, to in enumerate(("a@st-elsewhere.example", "a@helping-hands.example", "a@nobody.example"))
    )
    lints = [each for each in prove(parse_policy({**FILES, "routes.yaml": routes})).lints if "leads to" in each]
    assert [each.partition(": ")[2] for each in lints] == [
        "the route 'r1' leads to helping-hands, with whom there is no agreement",
        "the route 'r2' leads to a@nobody.example, who is not in partners.yaml",
    ]


def test_more_words_than_can_be_told_apart_are_refused_rather_than_left_unproved() -> None:
    roles = "".join(
        rule(f"planted/{n}", f"{{approved_by: [role-{n}], people: {{at_least: {n}}}}}", "{outcome: quarantine}")
        for n in range(1, 13)
    )
    proof = prove(with_rules(roles))
    (complaint,) = proof.complaints
    assert proof.proved == proof.lints == ()
    assert (proof.classes, proof.steps) == (0, 0)
    assert complaint.message.startswith("this policy cannot be proved: rules tell 15 words of 'approved_by' apart")
    assert complaint.message.endswith("; write simpler rules, or name fewer constants")
    assert proof.broken == (str(complaint),)


def test_a_search_that_takes_too_long_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_STEPS", 3)
    proof = prove(POLICY)
    assert proof.proved == ()
    assert [each.message for each in proof.complaints] == [
        "this policy cannot be proved: the search takes too long; write simpler rules, or name fewer constants"
    ]


def test_what_takes_too_long_to_find_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(POLICY, Universe(POLICY))
    monkeypatch.setattr(search, "MOST_STEPS", 0)
    said = {each.message for each in idle(rows, set())}
    assert "whether the rule 'permit/sealed' changes any verdict takes too long to find out" in said
    said = {each.message for each in exceptions(rows)}
    assert "whether an exception of 'people/bulk' lets anything pass takes too long to find out" in said
    assert {each.message for each in overlapping(rows)} >= {
        "whether exceptions of 'people/bulk' overlap takes too long to find out"
    }
    excepted = with_rules(rule("planted/x", "{network: public}", "{outcome: deliver}", "{hours: closed}"))
    assert [each.message for each in unmet(Rows(excepted, Universe(excepted)), set())] == [
        "whether exception 1 of 'planted/x' is ever met takes too long to find out"
    ]


def bare(*rules: Rule) -> Rows:
    """Return the clauses of a policy with these rules alone, which no file could hold."""
    policy = replace(POLICY, rules=rules, laws=(), raises=())
    return Rows(policy, Universe(policy))


def planned(outcome: Outcome, terms: dict[str, object], unless: dict[str, object] | None = None) -> Rule:
    words = Vocabulary(entities=POLICY.entities, routes=frozenset(POLICY.routes))
    document = read("rules/x.yaml", "{}")
    return Rule(
        id=f"x/{outcome}",
        says="X.",
        source="none",
        written=Written(file="rules/x.yaml", line=1, column=1),
        when=conditions(document, (), terms, words),
        unless=(conditions(document, (), unless, words),) if unless else (),
        outcome=outcome,
        obligations=frozenset(),
    )


ANYWHERE: Final[dict[str, object]] = {"network": ["internal", "off-internet", "public", "verified-tls"]}


@pytest.mark.parametrize(
    ("rules", "less", "more"),
    [
        ((planned(Outcome.DELIVER, {"people": {"at_least": 5}}),), "no gaps", "5 people"),
        ((planned(Outcome.DELIVER, ANYWHERE, {"size": {"at_most": 8}}),), "no gaps", "9 bytes"),
        (
            (planned(Outcome.DELIVER, ANYWHERE), planned(Outcome.QUARANTINE, {"people": {"at_most": 5}})),
            "nothing found, no gaps",
            "6 people",
        ),
        (
            (planned(Outcome.DELIVER, ANYWHERE), planned(Outcome.REFUSE, ANYWHERE, {"gaps": ["corrupt"]})),
            "no gaps",
            "gaps corrupt",
        ),
    ],
)
def test_a_rule_bounded_from_the_wrong_side_is_shown_with_two_verdicts(
    rules: tuple[Rule, ...], less: str, more: str
) -> None:
    ((name, complaint),) = milder(bare(*rules))
    assert name == "house/never-milder"
    before, _, after = complaint.message.removeprefix("more is milder: ").partition("; but ")
    assert less in before
    assert before.endswith((": quarantine", ": refuse"))
    assert more in after
    assert after.endswith(": deliver")


def owing(rule: Rule, name: str, unless: tuple[Conditions, ...] = ()) -> Rule:
    return replace(rule, id=name, obligations=frozenset({"tls:verified"}), unless=unless)


def test_what_a_permit_owes_and_findings_take_away_is_shown_with_two_verdicts() -> None:
    owes = owing(planned(Outcome.DELIVER, {"tier": {"at_most": "OFFICIAL"}}), "x/owes")
    unmarked = planned(Outcome.DELIVER, {"marking_status": {"at_most": "none"}})
    policy = replace(POLICY, rules=(owes, unmarked), laws=())
    ((_, complaint),) = milder(Rows(policy, Universe(policy)))
    before, _, after = complaint.message.removeprefix("more is milder: ").partition("; but ")
    assert before.endswith(": deliver, over TLS with a verified certificate")
    assert "nothing found" in before
    assert after.endswith(": deliver")


def test_a_permit_that_owes_and_is_excepted_anyhow_loses_nothing() -> None:
    when = planned(Outcome.DELIVER, {"people": {"at_most": 3}})
    only = replace(owing(when, "x/owes"), unless=(planned(Outcome.DELIVER, {"people": {"at_least": 0}}).when,))
    assert list(milder(bare(only, planned(Outcome.DELIVER, ANYWHERE)))) == []


def test_a_wrong_rule_that_others_make_up_for_is_named_without_verdicts() -> None:
    rules = (planned(Outcome.QUARANTINE, {"people": {"at_most": 5}}), planned(Outcome.REFUSE, ANYWHERE))
    ((_, complaint),) = milder(bare(*rules))
    assert complaint.message == "more is milder: the rule 'x/quarantine' allows more of it"


def test_a_little_more_of_a_marking_is_the_next_tier_a_surer_status_or_more_found() -> None:
    axis = AXES.axes[AXES.of[FactName.TIER, ""]]
    found = {(one, other) for one, other in axis.steps}
    known = [(piece["marking"], piece["marking_status"], piece["raised"]) for piece in axis.pieces]
    none, suspected, marked = MarkingStatus.NONE, MarkingStatus.SUSPECTED, MarkingStatus.MARKED

    def is_step(one: tuple[Tier, MarkingStatus, Tier], other: tuple[Tier, MarkingStatus, Tier]) -> bool:
        up = other[0] - one[0]
        statuses = (one[1], other[1])
        if one[2] is not other[2]:
            order = [Tier.UNMARKED, Tier.OFFICIAL, Tier.PROTECT]
            return one[:2] == other[:2] and order.index(other[2]) - order.index(one[2]) == 1
        if up == 1:
            return statuses in {(none, suspected), (suspected, suspected), (marked, marked), (suspected, marked)}
        return up == 0 and statuses in {(suspected, marked), (none, suspected)}

    wanted = {(one, other) for one, less in enumerate(known) for other, more in enumerate(known) if is_step(less, more)}
    assert found == wanted


UNIVERSE: Final = Universe(POLICY)
AXES: Final[Axes] = UNIVERSE.axes


def test_the_axes_are_those_of_the_policy() -> None:
    assert UNIVERSE.count == prod(len(axis.pieces) for axis in AXES.axes)
    assert AXES.facts([0] * len(AXES.axes)).marking is Tier.UNMARKED
    assert axes_of(POLICY, POLICY.raises).count > AXES.count, "raises that no rule tells apart count as one"


@given(st.data())
def test_each_step_has_a_little_more_and_never_less(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from([n for n, axis in enumerate(AXES.axes) if axis.steps]))
    axis = AXES.axes[number]
    low, high = data.draw(st.sampled_from(axis.steps))
    chosen = [data.draw(st.integers(0, len(each.pieces) - 1)) for each in AXES.axes]
    facts = AXES.facts(chosen)
    less, more = (AXES.moved(facts, number, place) for place in (low, high))
    assert less.marking <= more.marking
    assert less.people <= more.people
    assert less.size <= more.size
    for name in ("gaps", "caveats", "descriptors", "recipient_is", "under_marked"):
        assert getattr(less, name) <= getattr(more, name)
    for name in ("entities", "recipients"):
        before, after = dict(getattr(less, name)), dict(getattr(more, name))
        assert all(count <= after.get(each, 0) for each, count in before.items())
    assert effective_tier(POLICY, less) <= effective_tier(POLICY, more)
    if not any("raised" in piece for piece in axis.pieces):
        assert less != more


def piece_of(facts: Facts, number: int) -> Sequence[int]:
    """Return the places of an axis that no condition tells apart from these facts."""
    rows = evaluator(POLICY).rows(facts)
    return [
        place
        for place in range(len(AXES.axes[number].pieces))
        if evaluator(POLICY).rows(AXES.moved(facts, number, place)) == rows
    ]


ALIKE: Final = [number for number, axis in enumerate(AXES.axes) if not any("raised" in piece for piece in axis.pieces)]


@given(FACTS, st.sampled_from(ALIKE))
def test_every_value_of_a_fact_is_judged_as_one_of_the_pieces_of_its_axis(facts: Facts, number: int) -> None:
    known = replace(facts, network=AXES.axes[AXES.of["network", ""]].pieces[0]["network"]) if not facts.route else facts  # type: ignore[index]  # a FactName is text
    names = AXES.axes[number].pieces[0]
    if "route" in names or "partner" in names or "approvals" in names:
        return  # these name several facts together, which arbitrary facts do not keep together
    if "entities" in names:  # counts raise the tier, which is another axis
        known = replace(known, marking=Tier.SECRET, marking_status=MarkingStatus.MARKED)
    assert piece_of(known, number)


def test_a_policy_of_three_hundred_rules_is_proved_and_loads() -> None:
    files = large_policy(FILES, 300)
    policy = load(files)
    assert len(policy.rules) == 300
    proof = prove(policy)
    assert proof.broken == ()
    assert len(proof.proved) == len(policy.laws) + 2
    assert proof.steps < 30_000
