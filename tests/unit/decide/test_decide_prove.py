"""The proof: it finds planted breaks with a counterexample, and its classes stand for every input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.classes import classes_of, size_of
from gateway.decide.evaluate import about_content, about_way, decide, effective_tier, judge, tables
from gateway.decide.facts import NOTHING
from gateway.decide.house import HOUSE_FILE
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.prove import MOST, Proof, prove
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network

ROOT: Final = Path(__file__).parents[3]
FILES: Final = read_policy_files(ROOT / "policies")
POLICY: Final = parse_policy(FILES)


def with_rules(text: str) -> Policy:
    return parse_policy({**FILES, "rules/planted.yaml": "rules:\n" + text})


def rule(identifier: str, when: str, then: str, unless: str = "") -> str:
    exception = f"    unless: {unless}\n" if unless else ""
    return (
        f"  - id: {identifier}\n    says: Planted.\n    source: none\n    when: {when}\n{exception}    then: {then}\n"
    )


def the_only(proof: Proof, law: str) -> str:
    return next(each for each in proof.broken if law in each)


def test_the_shipped_policy_is_proved_and_has_no_lint() -> None:
    proof = prove(POLICY)
    assert (proof.broken, proof.lints, proof.complaints) == ((), (), ())
    assert proof.classes == size_of(POLICY) > 10_000
    for law in (*(each.id for each in POLICY.laws), "house/never-milder", "house/seal-can-be-made"):
        assert any(each.startswith(f"{law}:") for each in proof.proved)


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


def test_a_law_of_the_house_is_pointed_at_where_it_stands() -> None:
    lines = (ROOT / HOUSE_FILE).read_text().splitlines()
    for law in POLICY.laws:
        if law.id.startswith("house/"):
            assert lines[law.written.line - 1] == f"  - id: {law.id}"


def test_a_permit_whose_obligations_vanish_with_more_is_found() -> None:
    policy = with_rules(
        rule(
            "planted/few",
            "{network: off-internet, people: {at_most: 3}}",
            '{outcome: deliver, obligations: ["tls:verified"]}',
        )
    )
    counterexample = the_only(prove(policy), "more is milder")
    assert "4 people" in counterexample
    assert "over TLS with a verified certificate; but" in counterexample


def test_a_seal_that_nobody_can_open_is_found() -> None:
    permits = FILES["rules/permits.yaml"].replace("      can: any\n", "")
    policy = parse_policy({**FILES, "rules/permits.yaml": permits})
    assert "recipient can open nothing sealed" in the_only(prove(policy), "a seal that the recipient cannot open")


def test_rules_that_change_nothing_and_rules_that_never_match_are_named() -> None:
    policy = with_rules(
        rule("planted/again", "{people: {at_least: 200}, network: public}", "{outcome: quarantine}", "{released: true}")
        + rule("planted/never", "{route: internal, network: public}", "{outcome: refuse}")
    )
    proof = prove(policy)
    assert proof.broken == ()
    assert any("'planted/again' changes no verdict" in each for each in proof.lints)
    assert any("'planted/never' can never match" in each for each in proof.lints)
    assert [each.message for each in proof.complaints] == [
        "the rule 'planted/never' can never match; its conditions exclude one another"
    ], "what changes nothing is a note, what cannot match stops the load"


def test_too_many_classes_are_refused_rather_than_left_unproved() -> None:
    planted = "".join(
        rule(f"planted/{n}", f"{{people: {{at_least: {n + 1000}}}, size: {{at_least: {n + 1}}}}}", "{outcome: refuse}")
        for n in range(80)
    )
    proof = prove(with_rules(planted))
    assert proof.classes > MOST
    assert proof.proved == ()
    assert len(proof.complaints) == 1


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    tier, status = draw(
        st.one_of(
            st.just((Tier.UNMARKED, MarkingStatus.NONE)),
            st.tuples(
                st.sampled_from([tier for tier in Tier if tier]),
                st.sampled_from([MarkingStatus.SUSPECTED, MarkingStatus.MARKED]),
            ),
        )
    )
    route, network = draw(st.sampled_from([("", Network.PUBLIC), *(("some", network) for network in Network)]))
    entities = draw(st.dictionaries(st.sampled_from(sorted(POLICY.entities)), st.integers(0, 100), max_size=5))
    return replace(
        NOTHING,
        marking=tier,
        marking_status=status,
        entities=tuple(sorted(entities.items())),
        people=draw(st.none() | st.integers(0, 200)),
        gaps=draw(st.frozensets(st.sampled_from(GapKind), max_size=2)),
        size=draw(st.integers(0, 10**9)),
        route=route,
        network=network,
        domain_status=draw(st.sampled_from(DomainStatus)),
        can=draw(st.frozensets(st.sampled_from(["zip", "pgp", "other"]))),
        encrypt_requested=draw(st.booleans()),
        released=draw(st.booleans()),
    )


TABLE: Final = tables(POLICY)[0]
CLASSES: Final = classes_of(POLICY)
CONTENT_ROWS: Final = frozenset(TABLE.rows(about_content(POLICY, each)) for each in CLASSES.contents)
WAY_ROWS: Final = frozenset(TABLE.rows(about_way(each)) for each in CLASSES.ways)


@given(facts())
def test_every_input_is_judged_as_one_of_the_classes(each: Facts) -> None:
    content, way = TABLE.rows(about_content(POLICY, each)), TABLE.rows(about_way(each))
    assert content in CONTENT_ROWS
    assert way in WAY_ROWS
    judgement = judge(POLICY, content & way)
    verdict = decide(POLICY, each)
    assert (judgement.outcome, judgement.obligations) == (verdict.outcome, verdict.obligations)


@pytest.mark.parametrize("pair", range(0, len(CLASSES.steps), 97))
def test_each_step_has_a_little_more_and_never_less(pair: int) -> None:
    less, more = (CLASSES.contents[number] for number in CLASSES.steps[pair])
    assert less != more
    assert less.marking <= more.marking
    assert (less.people or 0) <= (more.people or 0)
    assert less.gaps <= more.gaps
    assert less.size <= more.size
    assert effective_tier(POLICY, less) <= effective_tier(POLICY, more)
