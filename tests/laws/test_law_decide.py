"""Laws of decide over arbitrary facts: total, deterministic, free of order, never milder; RESTRICTED and PROTECT."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.load import load_policies, read_policy_files
from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.load import load
from gateway.decide.parse import parse_policy
from gateway.decide.policy import KNOWN_ENTITIES
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Obligation, Outcome, Verdict

FOLDER: Final = Path(__file__).parents[2] / "policies"
POLICY: Final = load_policies(FOLDER)
MARKED: Final = st.sampled_from([MarkingStatus.MARKED, MarkingStatus.NONE])  # a tier with no status counts as marked
ENTITIES: Final = st.dictionaries(st.sampled_from(sorted(KNOWN_ENTITIES)), st.integers(0, 300), max_size=4)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    return Facts(
        sender="staff@exampleshire.example",
        recipient=draw(st.sampled_from(["a@mail.example", "a@nhs.net", "", "a b", "é@x"])),
        marking=draw(st.sampled_from(Tier)),
        marking_status=draw(st.sampled_from(MarkingStatus)),
        entities=tuple(sorted(draw(ENTITIES).items())),
        people=draw(st.none() | st.integers(0, 300)),
        gaps=draw(st.frozensets(st.sampled_from(GapKind), max_size=3)),
        route=draw(st.sampled_from(["", "internet", "secure-mail", "internal", "another"])),
        network=draw(st.sampled_from(Network)),
        domain_status=draw(st.sampled_from(DomainStatus)),
        can=draw(st.frozensets(st.sampled_from(["zip", "pgp", "of-a-plug-in"]))),
        encrypt_requested=draw(st.booleans()),
        released=draw(st.booleans()),
        size=draw(st.integers(0, 10**12)),
    )


def is_at_least_as_strict(more: Verdict, less: Verdict) -> bool:
    if more.outcome is Outcome.DELIVER and less.outcome is Outcome.DELIVER:
        return less.obligations <= more.obligations
    return more.outcome.strictness >= less.outcome.strictness


@given(facts())
def test_every_input_has_a_verdict_with_a_reason_and_the_same_one_again(each: Facts) -> None:
    verdict = decide(POLICY, each)
    assert verdict.reasons
    assert verdict.policy == POLICY.hash
    assert (verdict.obligations == frozenset()) or verdict.outcome is Outcome.DELIVER
    assert decide(POLICY, each) == verdict


@given(facts(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_files_and_rules_means_nothing(each: Facts, shuffle: object) -> None:
    rules: list[object] = []
    files = dict(read_policy_files(FOLDER))
    for name in [name for name in files if name.startswith("rules/")]:
        rules += yaml.safe_load(files.pop(name))["rules"]
    getattr(shuffle, "shuffle")(rules)  # noqa: B009 - Hypothesis gives a random.Random, whose module is banned here
    half = len(rules) // 2
    files["rules/z.yaml"] = yaml.safe_dump({"rules": rules[:half]})
    files["rules/a.yaml"] = yaml.safe_dump({"rules": rules[half:]})
    shuffled, ours = decide(parse_policy(files), each), decide(POLICY, each)
    assert (shuffled.outcome, shuffled.obligations) == (ours.outcome, ours.obligations)
    assert [reason.rule for reason in shuffled.reasons] == [reason.rule for reason in ours.reasons]


@given(facts(), st.sampled_from(sorted(KNOWN_ENTITIES)), st.integers(1, 200))
def test_another_finding_is_never_milder(each: Facts, entity: str, count: int) -> None:
    counts = dict(each.entities)
    counts[entity] = counts.get(entity, 0) + count
    more = replace(each, entities=tuple(sorted(counts.items())))
    assert is_at_least_as_strict(decide(POLICY, more), decide(POLICY, each))


@given(facts(), st.sampled_from(GapKind))
def test_another_gap_is_never_milder(each: Facts, gap: GapKind) -> None:
    more = replace(each, gaps=each.gaps | {gap})
    assert is_at_least_as_strict(decide(POLICY, more), decide(POLICY, each))


@given(facts(), st.sampled_from(Tier))
def test_a_higher_tier_is_never_milder(each: Facts, other: Tier) -> None:
    # without a status the absence of any marking stands for UNMARKED alone
    each = replace(each, marking_status=MarkingStatus.MARKED)
    low, high = sorted((each.marking, other))
    assert is_at_least_as_strict(
        decide(POLICY, replace(each, marking=high)), decide(POLICY, replace(each, marking=low))
    )


@given(facts())
def test_a_surer_marking_is_never_milder(each: Facts) -> None:
    suspected = decide(POLICY, replace(each, marking_status=MarkingStatus.SUSPECTED))
    marked = decide(POLICY, replace(each, marking_status=MarkingStatus.MARKED))
    assert is_at_least_as_strict(marked, suspected)


@given(facts(), st.integers(0, 10**6))
def test_more_people_and_more_bytes_are_never_milder(each: Facts, more: int) -> None:
    grown = replace(each, people=(each.people or 0) + more, size=each.size + more)
    less = replace(each, people=each.people or 0)
    assert is_at_least_as_strict(decide(POLICY, grown), decide(POLICY, less))


@given(facts(), st.sampled_from([tier for tier in Tier if tier >= Tier.RESTRICTED]), MARKED)
def test_restricted_is_never_delivered_off_an_off_internet_route_even_when_released(
    each: Facts, tier: Tier, status: MarkingStatus
) -> None:
    verdict = decide(POLICY, replace(each, marking=tier, marking_status=status, released=True))
    if each.network is not Network.OFF_INTERNET or tier > Tier.RESTRICTED:
        assert verdict.outcome is not Outcome.DELIVER


@given(facts())
def test_suspected_restricted_is_delivered_only_after_a_release(each: Facts) -> None:
    looks = replace(each, marking=Tier.RESTRICTED, marking_status=MarkingStatus.SUSPECTED, released=False)
    if looks.network is not Network.OFF_INTERNET:
        assert decide(POLICY, looks).outcome is not Outcome.DELIVER


@given(facts())
def test_protect_on_the_public_internet_always_carries_aes256(each: Facts) -> None:
    public = replace(each, network=Network.PUBLIC)
    verdict = decide(POLICY, public)
    if verdict.outcome is Outcome.DELIVER and effective_tier(POLICY, public) >= Tier.PROTECT:
        assert Obligation.SEAL_AES256 in verdict.obligations
        assert public.can, "somebody must be able to open it"


@given(facts())
def test_findings_raise_to_protect_and_no_further(each: Facts) -> None:
    assert effective_tier(POLICY, each) <= max(each.marking, Tier.PROTECT)


@given(facts())
def test_asking_for_encryption_only_adds(each: Facts) -> None:
    asked = decide(POLICY, replace(each, encrypt_requested=True))
    assert is_at_least_as_strict(asked, decide(POLICY, replace(each, encrypt_requested=False)))


def test_the_hash_is_of_names_and_texts() -> None:
    files = dict(read_policy_files(FOLDER))
    assert load(dict(reversed(files.items()))).hash == POLICY.hash
    files["rules/holds.yaml"] += "# signed\n"
    assert parse_policy(files).hash != POLICY.hash
