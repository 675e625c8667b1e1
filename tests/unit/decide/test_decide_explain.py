"""What people read: reasons, ways to pass, and facts in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import NO_RULE, decide
from gateway.decide.explain import OWED, describe, describe_outcome, in_words, sentence, ways_to_pass
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.proof.axes import PLAIN
from gateway.model.facts import (
    Abroad,
    AgreementStatus,
    Consent,
    Counted,
    DomainStatus,
    Facts,
    Hours,
    Trait,
    UnderMarked,
)
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Obligation, Outcome, Reason

ROOT: Final = Path(__file__).parents[3]
POLICY: Final = parse_policy(read_policy_files(ROOT / "policies"))
PUBLIC: Final = replace(PLAIN, recipient="a@mail.example", route="internet", can=frozenset({"zip"}))


def test_a_reason_points_at_its_rule() -> None:
    verdict = decide(POLICY, replace(PUBLIC, gaps=frozenset({GapKind.ENCRYPTED})))
    (reason,) = verdict.reasons
    assert reason.rule == "hold/not-read"
    line = (ROOT / reason.file).read_text().splitlines()[reason.line - 1]
    assert line == "  - id: hold/not-read"


def test_no_rule_has_a_reason_too() -> None:
    verdict = decide(
        POLICY, replace(PUBLIC, marking=Tier.PROTECT, marking_status=MarkingStatus.MARKED, can=frozenset())
    )
    assert verdict.reasons == (NO_RULE,)
    assert (ROOT / NO_RULE.file).read_text()


@pytest.mark.parametrize(
    ("facts", "ways"),
    [
        (
            replace(PUBLIC, gaps=frozenset({GapKind.ENCRYPTED})),
            ("every part can be read (now not: encrypted)", "an officer releases it"),
        ),
        (
            replace(PUBLIC, marking=Tier.RESTRICTED, marking_status=MarkingStatus.SUSPECTED),
            ("what looks marked RESTRICTED is left out", "an officer releases it"),
        ),
        (
            replace(PUBLIC, marking=Tier.SECRET, marking_status=MarkingStatus.MARKED),
            ("what is marked SECRET is left out",),
        ),
        (
            replace(PUBLIC, entities=(("NHS_NUMBER", 1),), domain_status=DomainStatus.DISPUTED),
            (
                "the personal or sensitive data found is left out",
                "it goes to an address on a secure domain (route secure-mail)",
            ),
        ),
        (
            replace(
                PUBLIC, marking=Tier.SECRET, marking_status=MarkingStatus.MARKED, gaps=frozenset({GapKind.TIMEOUT})
            ),
            (
                "every part can be read (now not: timeout), and what is marked SECRET is left out",
                "what is marked SECRET is left out, and an officer releases it",
            ),
        ),
        (
            replace(PUBLIC, route=""),
            (
                "it goes by the route internet",
                "it goes to an address on a secure domain (route secure-mail)",
            ),
        ),
        (
            replace(PUBLIC, recipient="a@mail.example.", route="", domain_status=DomainStatus.NONE),
            (
                "the address is written as a plain name@domain (route internet)",
                "it goes to an address on a secure domain (route secure-mail)",
            ),
        ),
        (replace(PUBLIC, route="", domain_status=DomainStatus.INTERNAL), ("it goes by the route internal",)),
    ],
)
def test_the_ways_to_pass_are_these(facts: Facts, ways: tuple[str, ...]) -> None:
    assert decide(POLICY, facts).would_pass_if[: len(ways)] == ways


@given(st.sampled_from(Tier), st.sampled_from(MarkingStatus), st.sampled_from(Network), st.booleans(), st.booleans())
def test_every_way_was_tried_and_delivers(
    tier: Tier, status: MarkingStatus, network: Network, gap: object, can: object
) -> None:
    facts = replace(
        PUBLIC,
        marking=tier,
        marking_status=status,
        network=network,
        gaps=frozenset({GapKind.CORRUPT}) if gap else frozenset(),
        can=frozenset({"zip"}) if can else frozenset(),
    )
    tried: list[tuple[Facts, Outcome]] = []

    def outcome_of(each: Facts) -> Outcome:
        tried.append((each, decide(POLICY, each).outcome))
        return tried[-1][1]

    ways = ways_to_pass(POLICY, facts, outcome_of)
    assert len(ways) == sum(outcome is Outcome.DELIVER for _, outcome in tried)
    assert all(each.marking <= facts.marking and each.gaps <= facts.gaps for each, _ in tried)


def test_facts_and_verdicts_are_told_in_words() -> None:
    facts = replace(
        PUBLIC,
        marking=Tier.OFFICIAL_SENSITIVE,
        marking_status=MarkingStatus.SUSPECTED,
        entities=(("NHS_NUMBER", 2), ("UK_PHONE", 0)),
        people=2,
        size=7,
        encrypt_requested=True,
    )
    assert describe(facts) == (
        "suspected marking OFFICIAL-SENSITIVE, found 2 x NHS_NUMBER, 2 people, no gaps, 7 bytes, network public, "
        "route internet, domain unknown, recipient can zip, encryption asked for, to a@mail.example, not released"
    )
    one = replace(facts, people=1, size=1, recipients=((Counted.ALL, 2), (Counted.EXTERNAL, 1)))
    for words in (", 1 person, ", ", 1 byte, ", ", 2 recipients (all), 1 recipient (external), "):
        assert words in describe(one)
    assert sentence(decide(POLICY, facts)) == (
        "a@mail.example: deliver, with a neutral subject and neutral file names and with a record of disclosure and "
        "kept as disclosure and sealed with AES-256: Up to OFFICIAL-SENSITIVE it may cross the public internet to a "
        "recipient who can open a sealed form. [permit/sealed]; What protected information went to whom, when and why "
        "is recorded. [duty/disclosure-record]; The sender asked for encryption. [duty/seal-asked]; PROTECT and above "
        "crosses the public internet only under AES-256, and the outside says nothing. [duty/seal-protected]"
    )


def test_what_is_unusual_is_told_and_nothing_else() -> None:
    assert describe(PLAIN) == (
        "marking UNMARKED, nothing found, no gaps, network public, route none, domain unknown, "
        "recipient can open nothing sealed, not released"
    )
    facts = replace(
        PLAIN,
        gaps=frozenset({GapKind.TOO_LARGE, GapKind.ENCRYPTED}),
        descriptors=frozenset({"STAFF"}),
        caveats=frozenset({"UK EYES ONLY"}),
        under_marked=frozenset(UnderMarked),
        recipients=((Counted.EXTERNAL, 3), (Counted.SHOWN, 0)),
        recipient_is=frozenset({Trait.LOOK_ALIKE}),
        protected_thread=True,
        sender="a@b.example",
        unit="north",
        recipient="c@d.example",
        partner_kind="police",
        agreement=AgreementStatus.LAPSED,
        due_diligence=True,
        country="FR",
        abroad=Abroad.ADEQUATE,
        reason_given=True,
        consent=Consent.REFUSED,
        hours=Hours.CLOSED,
        day=date(2026, 6, 3).toordinal(),
        approvals=2,
        approved_by=frozenset({"officer"}),
    )
    assert describe(facts) == (
        "marking UNMARKED, nothing found, gaps encrypted and too large, network public, route none, domain unknown, "
        "recipient can open nothing sealed, descriptors STAFF, caveats UK EYES ONLY, "
        "under-marked by attachment and content, 3 recipients (external), recipient is look alike, "
        "in a protected thread, from a@b.example, unit north, to c@d.example, partner of no name (police), "
        "agreement lapsed, due diligence done, country FR, law there adequate, a reason given, consent refused, "
        "outside office hours, on 2026-06-03, released, by 2 officers, as officer"
    )
    several = replace(PLAIN, entities=(("NINO", 1), ("UPN", 2)), recipients=((Counted.ALL, 4), (Counted.SHOWN, 3)))
    assert "found 1 x NINO, 2 x UPN, " in describe(several)
    assert ", 4 recipients (all), 3 recipients (shown), " in describe(several)
    named = replace(PLAIN, partner="st-elsewhere", partner_kind="health", approvals=1)
    assert describe(named).endswith("partner st-elsewhere (health), released")


@pytest.mark.parametrize(
    ("obligation", "words"),
    [
        ("ask:reason", "asking the sender for a reason"),
        ("record:disclosure", "with a record of disclosure"),
        ("mark:body", "with the marking in the text"),
        ("mark:header", "with the marking in a header"),
        ("mark:subject", "with the marking in the subject"),
        ("neutral:subject", "with a neutral subject and neutral file names"),
        ("passphrase:other-channel", "with its passphrase by another channel"),
        ("redact:pseudonymise", "with what was found replaced by codes"),
        ("redact:mask", "with what was found masked"),
        ("seal:aes256", "sealed with AES-256"),
        ("tls:verified", "over TLS with a verified certificate"),
        ("delay:10m", "after 10 minutes in which the sender may recall it"),
        ("retain:referrals", "kept as referrals"),
        ("seal:not:pdf", "not sealed as pdf"),
        ("tell:caldicott-guardian", "telling caldicott-guardian"),
        ("of:a:plug-in", "of:a:plug-in"),
    ],
)
def test_every_obligation_has_words(obligation: str, words: str) -> None:
    assert in_words(obligation) == words
    assert describe_outcome(Outcome.DELIVER, frozenset({obligation})) == f"deliver, {words}"


def test_every_obligation_of_one_word_is_told() -> None:
    assert OWED.keys() == set(Obligation)
    assert describe_outcome(Outcome.REFUSE, frozenset()) == "refuse"


HELD: Final = replace(PUBLIC, entities=(("NHS_NUMBER", 1),), people=1)


@pytest.mark.parametrize(
    ("facts", "ways"),
    [
        (
            replace(PUBLIC, recipients=((Counted.SHOWN, 30), (Counted.ALL, 30))),
            ("it goes to this recipient alone", "the sender gives a reason", "an officer releases it"),
        ),
        (
            replace(HELD, recipient_is=frozenset({Trait.LOOK_ALIKE})),
            (
                "the personal or sensitive data found is left out",
                "it goes to an address that is not look alike",
                "an officer releases it",
            ),
        ),
        (
            replace(HELD, recipient_is=frozenset({Trait.GROUP}), partner="st-elsewhere", partner_kind="health"),
            (
                "the personal or sensitive data found is left out",
                "it goes to an address that is not group",
                "an agreement with st-elsewhere covers it",
                "it goes to an address on a secure domain (route secure-mail)",
            ),
        ),
        (
            replace(HELD, entities=(("STATUTE_BARRED_HEALTH", 1),)),
            (
                "the personal or sensitive data found is left out",
                "an officer who is caldicott guardian releases it",
            ),
        ),
        (
            replace(HELD, entities=(("CHILDREN", 1), ("UPN", 1)), approvals=1, approved_by=frozenset({"officer"})),
            (
                "the personal or sensitive data found is left out",
                "it goes to an address on a secure domain (route secure-mail)",
                "another officer releases it",
            ),
        ),
        (
            replace(HELD, entities=(("CHILDREN", 1), ("UPN", 1))),
            (
                "the personal or sensitive data found is left out",
                "it goes to an address on a secure domain (route secure-mail)",
                "two officers release it",
            ),
        ),
    ],
)
def test_the_ways_to_pass_that_are_new_are_these(facts: Facts, ways: tuple[str, ...]) -> None:
    said = decide(POLICY, facts).would_pass_if
    assert tuple(way for way in said if way in ways) == ways


def planted(when: str, unless: str = "{due_diligence: true}") -> Policy:
    """Return the shipped policy with one more rule that holds."""
    text = f"""
rules:
  - id: planted/x
    says: Waits.
    source: none
    when: {when}
    unless: {unless}
    then: {{outcome: quarantine}}
"""
    return parse_policy({**read_policy_files(ROOT / "policies"), "rules/planted.yaml": text})


@pytest.mark.parametrize(
    ("recipients", "offered"),
    [
        (((Counted.SHOWN, 2),), True),
        (((Counted.ALL, 1), (Counted.SHOWN, 2)), True),
        (((Counted.ALL, 1), (Counted.SHOWN, 1)), False),
        ((), False),
    ],
)
def test_going_alone_is_offered_to_those_who_do_not(
    recipients: tuple[tuple[Counted, int], ...], *, offered: bool
) -> None:
    policy = planted("{recipients: {shown: {at_least: 1}}, network: public}")
    ways = decide(policy, replace(PUBLIC, recipients=recipients)).would_pass_if
    assert ("it goes to this recipient alone" in ways) is offered


def test_a_marking_that_says_enough_is_offered_to_what_says_too_little() -> None:
    policy = planted("{under_marked: any, network: public}")
    ways = decide(policy, replace(PUBLIC, under_marked=frozenset({UnderMarked.CONTENT}))).would_pass_if
    assert ways[0] == "its marking says what it holds"


def test_one_officer_is_not_offered_where_two_are_wanted() -> None:
    ways = decide(POLICY, replace(PUBLIC, entities=(("NHS_NUMBER", 1),), people=1000)).would_pass_if
    assert ways == ("the personal or sensitive data found is left out",)
    child = decide(POLICY, replace(HELD, entities=(("CHILDREN", 1), ("UPN", 1)))).would_pass_if
    assert "two officers release it" in child
    assert "an officer releases it" not in child
    one = replace(PUBLIC, people=1000, approvals=1, approved_by=frozenset({"information-governance"}))
    assert "another officer releases it" in decide(POLICY, one).would_pass_if


def test_two_officers_are_not_offered_where_three_are_wanted() -> None:
    policy = planted("{network: public}", "{approvals: {at_least: 3}}")
    assert "two officers release it" not in decide(policy, PUBLIC).would_pass_if


def test_no_agreement_is_offered_with_nobody() -> None:
    strangers = replace(HELD, recipient_is=frozenset({Trait.GROUP}))
    assert not any("agreement" in way for way in decide(POLICY, strangers).would_pass_if)
    in_force = replace(strangers, partner="ward", partner_kind="health", agreement=AgreementStatus.IN_FORCE, people=100)
    assert not any("agreement" in way for way in decide(POLICY, in_force).would_pass_if)


def test_pairs_are_offered_where_no_single_change_helps() -> None:
    marked = replace(HELD, marking=Tier.RESTRICTED, marking_status=MarkingStatus.MARKED, people=1000)
    ways = decide(POLICY, marked).would_pass_if
    assert "what is marked RESTRICTED is left out, and the personal or sensitive data found is left out" in ways
    assert all(", and " in way for way in ways)


def test_what_nothing_helps_has_no_way() -> None:
    policy = planted("{network: [internal, off-internet, public, verified-tls]}", "{sender: boss@exampleshire.example}")
    assert decide(policy, PUBLIC).would_pass_if == ()


def test_the_rule_of_no_rule_is_told() -> None:
    assert (
        Reason(
            rule="default/hold",
            file="policies/README.md",
            line=1,
            says="No rule permits this, so it is held.",
            welsh="Nid oes rheol yn caniatáu hyn, felly fe'i delir.",
        )
        == NO_RULE
    )


def test_the_way_back_into_office_hours_is_shown() -> None:
    policy = planted("{hours: closed}")
    assert decide(policy, replace(PUBLIC, hours=Hours.CLOSED)).would_pass_if == ("it is sent in office hours",)
