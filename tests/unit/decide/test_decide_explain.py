"""What people read: reasons, ways to pass, and facts in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import NO_RULE, decide
from gateway.decide.explain import describe, sentence, ways_to_pass
from gateway.decide.facts import NOTHING
from gateway.decide.parse import parse_policy
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Outcome

ROOT: Final = Path(__file__).parents[3]
POLICY: Final = parse_policy(read_policy_files(ROOT / "policies"))
PUBLIC: Final = replace(NOTHING, recipient="a@mail.example", route="internet", can=frozenset({"zip"}))


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
        entities=(("NHS_NUMBER", 2),),
        people=2,
        size=7,
        encrypt_requested=True,
    )
    assert describe(facts) == (
        "suspected marking OFFICIAL-SENSITIVE, found 2 x NHS_NUMBER, 2 people, no gaps, 7 bytes, network public, "
        "route internet, domain unknown, recipient can zip, encryption asked for, not released"
    )
    assert sentence(decide(POLICY, facts)).startswith(
        "a@mail.example: deliver, with a neutral subject and neutral file names and sealed with AES-256: "
    )
