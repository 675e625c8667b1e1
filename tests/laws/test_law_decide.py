"""Laws of decide over arbitrary facts: total, deterministic, free of order; RESTRICTED, PROTECT; asking only adds."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.load import load_policies, read_policy_files
from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.facts import facts_for
from gateway.decide.load import load
from gateway.decide.parse import hash_of, parse_policy
from gateway.decide.policy import Policy
from gateway.model.facts import Circumstances, Counted, DomainStatus, Facts, Trait
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import OWING, Network, Obligation, Outcome, Owing, Verdict
from gateway.store import codec
from tests.unit.decide.arbitrary import CIRCUMSTANCES, FACTS

FOLDER: Final = Path(__file__).parents[2] / "policies"
FILES: Final = dict(read_policy_files(FOLDER))
POLICY: Final = load_policies(FOLDER)
AGAIN: Final = load_policies(FOLDER)
SURE: Final = st.sampled_from([MarkingStatus.MARKED, MarkingStatus.NONE])  # a tier with no status counts as marked
FROM_RESTRICTED: Final = st.sampled_from([tier for tier in Tier if tier >= Tier.RESTRICTED])
HELD: Final = {"ask:reason"}


def is_at_least_as_strict(more: Verdict, less: Verdict) -> bool:
    if more.outcome is less.outcome:
        return less.obligations <= more.obligations
    return more.outcome.strictness > less.outcome.strictness


@given(FACTS)
def test_every_input_has_a_verdict_with_a_reason_and_the_same_one_again(facts: Facts) -> None:
    verdict = decide(POLICY, facts)
    assert verdict.reasons
    assert (verdict.policy, verdict.recipient, verdict.route) == (POLICY.hash, facts.recipient, facts.route)
    assert decide(POLICY, facts) == verdict
    assert decide(AGAIN, facts) == verdict, "a policy that was loaded again says the same"


@given(FACTS)
def test_obligations_belong_to_the_outcome(facts: Facts) -> None:
    verdict = decide(POLICY, facts)
    if verdict.outcome is Outcome.DELIVER:
        assert verdict.obligations.isdisjoint(HELD)
        assert verdict.would_pass_if == ()
    else:
        asked = HELD if verdict.outcome is Outcome.QUARANTINE else set()
        assert all(each in asked or OWING[Owing.TELL].fullmatch(each) for each in verdict.obligations)


REFUSING: Final = parse_policy(
    {
        **FILES,
        "rules/refusing.yaml": """
rules:
  - id: refusing/many
    says: Refused.
    source: none
    when: {people: {at_least: 5}}
    then: {outcome: refuse, obligations: ["tell:officer"]}
""",
    }
)


@given(FACTS)
def test_what_is_refused_asks_for_no_reason_and_still_tells_whom_milder_rules_tell(facts: Facts) -> None:
    held, refused = decide(POLICY, facts), decide(REFUSING, replace(facts, people=max(5, facts.people)))
    assert refused.outcome is Outcome.REFUSE
    assert Obligation.ASK_REASON not in refused.obligations
    told = {each for each in held.obligations if each.startswith("tell:")}
    assert {*told, "tell:officer"} <= refused.obligations


def test_a_reason_is_asked_for_while_it_is_held_and_not_once_it_is_refused() -> None:
    facts = facts_for(
        POLICY,
        Circumstances(
            at=datetime(2026, 1, 5, 10, 0, tzinfo=UTC),
            sender="ann.lee@exampleshire.example",
            recipient="ward@nhs.net",
            recipients=((Counted.SHOWN, 30),),
            people=5,
        ),
    )
    held, refused = decide(POLICY, facts), decide(REFUSING, facts)
    assert (held.outcome, set(held.obligations)) == (Outcome.QUARANTINE, {"ask:reason"})
    assert (refused.outcome, set(refused.obligations)) == (Outcome.REFUSE, {"tell:officer"})


@given(CIRCUMSTANCES)
def test_every_delivery_has_facts_and_a_verdict(known: Circumstances) -> None:
    facts = facts_for(POLICY, known)
    assert facts == facts_for(POLICY, known)
    verdict = decide(POLICY, facts)
    assert verdict.reasons
    assert verdict.recipient == known.recipient


@given(CIRCUMSTANCES)
def test_a_verdict_is_recomputed_from_the_circumstances_that_are_kept(known: Circumstances) -> None:
    kept = codec.loads(Circumstances, codec.dumps(Circumstances, known))
    assert kept == known
    assert decide(POLICY, facts_for(POLICY, kept)) == decide(POLICY, facts_for(POLICY, known))


def shuffled(shuffle: Any) -> Policy:  # noqa: ANN401 - Hypothesis gives a random.Random, whose module is banned here
    """Return the shipped policy with its rules in another order and in other files, and their conditions turned."""
    rules: list[dict[str, Any]] = []
    files = dict(FILES)
    for name in [name for name in files if name.startswith("rules/")]:
        rules += yaml.safe_load(files.pop(name))["rules"]
    shuffle.shuffle(rules)
    turned = [_turned(rule, shuffle) for rule in rules]
    half = len(rules) // 2
    files["rules/z.yaml"] = yaml.safe_dump({"rules": turned[:half]}, sort_keys=False)
    files["rules/a.yaml"] = yaml.safe_dump({"rules": turned[half:]}, sort_keys=False)
    return parse_policy(files)


def _turned(rule: dict[str, Any], shuffle: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    terms = list(rule["when"].items())
    shuffle.shuffle(terms)
    turned = rule | {"when": dict(terms)}
    if isinstance(rule.get("unless"), list):
        exceptions = list(rule["unless"])
        shuffle.shuffle(exceptions)
        turned["unless"] = exceptions
    return turned


@given(st.lists(FACTS, min_size=5, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_files_rules_conditions_and_exceptions_means_nothing(many: list[Facts], shuffle: object) -> None:
    other = shuffled(shuffle)
    for facts in many:
        one, two = decide(other, facts), decide(POLICY, facts)
        assert (one.outcome, one.obligations) == (two.outcome, two.obligations)
        assert [reason.rule for reason in one.reasons] == [reason.rule for reason in two.reasons]


@given(FACTS, FROM_RESTRICTED, SURE, st.integers(0, 3))
def test_restricted_is_never_delivered_off_an_off_internet_route_however_many_released_it(
    facts: Facts, tier: Tier, status: MarkingStatus, approvals: int
) -> None:
    verdict = decide(POLICY, replace(facts, marking=tier, marking_status=status, approvals=approvals))
    if facts.network is not Network.OFF_INTERNET or tier > Tier.RESTRICTED:
        assert verdict.outcome is not Outcome.DELIVER


@given(FACTS)
def test_suspected_restricted_is_delivered_only_after_a_release(facts: Facts) -> None:
    looks = replace(facts, marking=Tier.RESTRICTED, marking_status=MarkingStatus.SUSPECTED, approvals=0)
    if looks.network is not Network.OFF_INTERNET:
        assert decide(POLICY, looks).outcome is not Outcome.DELIVER


@given(FACTS)
def test_protect_on_the_public_internet_always_carries_aes256(facts: Facts) -> None:
    public = replace(facts, network=Network.PUBLIC)
    verdict = decide(POLICY, public)
    if verdict.outcome is Outcome.DELIVER and effective_tier(POLICY, public) >= Tier.PROTECT:
        assert {Obligation.SEAL_AES256, Obligation.NEUTRAL_SUBJECT, Obligation.DISCLOSURE_RECORD} <= verdict.obligations
        assert public.can, "somebody must be able to open it"


@given(FACTS)
def test_protect_on_verified_tls_always_proves_its_tls(facts: Facts) -> None:
    secure = replace(facts, network=Network.VERIFIED_TLS)
    verdict = decide(POLICY, secure)
    if verdict.outcome is Outcome.DELIVER and effective_tier(POLICY, secure) >= Tier.PROTECT:
        assert Obligation.TLS_VERIFIED in verdict.obligations


@given(FACTS)
def test_what_could_not_be_read_leaves_only_released_and_never_bare(facts: Facts) -> None:
    verdict = decide(POLICY, facts)
    if facts.gaps and verdict.outcome is Outcome.DELIVER:
        assert facts.released
        assert facts.network is not Network.PUBLIC or Obligation.SEAL_AES256 in verdict.obligations


@given(FACTS, st.sampled_from([DomainStatus.RETIRED, DomainStatus.DISPUTED]))
def test_nothing_protected_goes_to_a_closed_domain_or_becomes_a_fax(facts: Facts, status: DomainStatus) -> None:
    protected = effective_tier(POLICY, facts) >= Tier.PROTECT or bool(facts.gaps)
    phone = replace(facts, recipient_is=facts.recipient_is | {Trait.PHONE_GATEWAY})
    for each in (replace(facts, domain_status=status), phone):
        assert not protected or decide(POLICY, each).outcome is not Outcome.DELIVER


@given(FACTS)
def test_findings_raise_to_protect_and_no_further(facts: Facts) -> None:
    assert facts.marking <= effective_tier(POLICY, facts) <= max(facts.marking, Tier.PROTECT)


@given(FACTS, st.sampled_from(["encrypt_requested", "protected_thread"]))
def test_asking_for_encryption_and_a_protected_thread_only_add(facts: Facts, name: str) -> None:
    more, less = (decide(POLICY, replace(facts, **{name: value})) for value in (True, False))  # type: ignore[arg-type]  # both are flags
    assert is_at_least_as_strict(more, less)


@given(FACTS, st.integers(1, 3), st.frozensets(st.sampled_from(["caldicott-guardian", "information-governance"])))
def test_a_release_takes_no_seal_off_and_outweighs_no_law(facts: Facts, approvals: int, roles: frozenset[str]) -> None:
    before = decide(POLICY, replace(facts, approvals=0, approved_by=frozenset()))
    released = replace(facts, approvals=approvals, approved_by=roles)
    after = decide(POLICY, released)
    if before.outcome is Outcome.DELIVER:
        assert (after.outcome, after.obligations) == (before.outcome, before.obligations)
    if before.outcome is Outcome.REFUSE:
        assert after.outcome is Outcome.REFUSE
    tier = effective_tier(POLICY, released)
    sealed = tier >= Tier.PROTECT or facts.gaps or facts.encrypt_requested or facts.protected_thread
    if after.outcome is Outcome.DELIVER and sealed and facts.network is Network.PUBLIC:
        assert Obligation.SEAL_AES256 in after.obligations


WATCHING: Final = parse_policy(
    {
        **{
            name: text.replace("    says:", "    mode: observe\n    says:") if name == "rules/people.yaml" else text
            for name, text in FILES.items()
        },
        "rules/watching.yaml": """
rules:
  - id: watching/refuse
    says: Would refuse.
    source: none
    mode: observe
    when: {people: {at_least: 5}}
    then: {outcome: refuse}
  - id: watching/permit
    says: Would permit.
    source: none
    mode: observe
    when: {network: public}
    then: {outcome: deliver}
  - id: watching/tell
    says: Would tell.
    source: none
    mode: observe
    when: {gaps: any}
    then: {obligations: ["tell:officer"]}
""",
    }
)
WITHOUT: Final = parse_policy({name: text for name, text in FILES.items() if name != "rules/people.yaml"})


@given(FACTS)
def test_rules_that_observe_never_change_a_verdict_and_say_what_they_would(facts: Facts) -> None:
    watched, plain = decide(WATCHING, facts), decide(WITHOUT, facts)
    for field in fields(Verdict):
        if field.name not in {"observed", "policy"}:
            assert getattr(watched, field.name) == getattr(plain, field.name)
    assert plain.observed == ()
    names = {each.reason.rule for each in watched.observed}
    assert ("watching/refuse" in names) == (facts.people >= 5 and plain.outcome is not Outcome.REFUSE)
    assert ("watching/tell" in names) == bool(facts.gaps and "tell:officer" not in plain.obligations)
    for each in watched.observed:
        assert (each.outcome, each.obligations) != (plain.outcome, plain.obligations)


def test_the_hash_is_of_names_and_texts() -> None:
    signed = parse_policy(FILES).hash
    assert load(dict(reversed(FILES.items()))).hash == signed
    changed = {**FILES, "rules/holds.yaml": FILES["rules/holds.yaml"] + "# signed\n"}
    assert parse_policy(changed).hash != signed
    renamed = dict(FILES)
    renamed["rules/held.yaml"] = renamed.pop("rules/holds.yaml")
    assert parse_policy(renamed).hash != signed
    lexicon = {"lexicons/a.txt": "word"}
    assert parse_policy(FILES, lexicon).hash != signed
    assert parse_policy(FILES, {**lexicon, "labels.yaml": FILES["labels.yaml"]}).hash == hash_of({**FILES, **lexicon})
