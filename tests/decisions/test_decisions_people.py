"""Whose information it is and of how many people, against tables written by hand from the seeds.

What the letters mean stands in `letters.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy
from gateway.decide.proof.axes import PLAIN
from gateway.model.facts import AgreementStatus, Circumstances, Consent, DomainStatus, Facts
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network
from tests.decisions.letters import letter_of, rows_of

IG: Final = "information-governance"
GUARDIAN: Final = "caldicott-guardian"
PEOPLE: Final = (9, 10, 19, 20, 99, 100, 999, 1000)
WAYS: Final = {
    "public": (Network.PUBLIC, DomainStatus.UNKNOWN),
    "secure": (Network.VERIFIED_TLS, DomainStatus.LIVE),
    "off-internet": (Network.OFF_INTERNET, DomainStatus.PRIVATE),
    "internal": (Network.INTERNAL, DomainStatus.INTERNAL),
}
# who released it, and what the agreement says; 9, 10, 19, 20, 99, 100, 999 and 1000 people, not marked
BY_HAND: Final = f"""
public       |                 |              | D P P Q Q Q Q Q
public       | officer         |              | D P P P P Q Q Q
public       | {IG}            |              | D P P P P P P Q
public       | {GUARDIAN}      |              | D P P P P P P Q
public       | officer, another|              | D P P P P Q Q Q
public       | {IG}, officer   |              | D P P P P P P P
public       |                 | in_force     | D P P Q Q Q Q Q
public       | officer         | in_force     | D P P P P Q Q Q
secure       |                 |              | D V V V V Q Q Q
secure       | officer         |              | D V V V V Q Q Q
secure       | {IG}            |              | D V V V V V V Q
secure       | officer, another|              | D V V V V Q Q Q
secure       | {IG}, officer   |              | D V V V V V V V
secure       |                 | in_force     | D V V V V V V V
secure       |                 | lapsed       | D V V V V Q Q Q
secure       |                 | not_covering | D V V V V Q Q Q
off-internet |                 |              | D R R R R Q Q Q
off-internet | {GUARDIAN}      |              | D R R R R R R Q
off-internet |                 | in_force     | D R R R R R R R
internal     |                 |              | D D D D D D D D
"""


@pytest.mark.parametrize(("row", "letters"), rows_of(BY_HAND, 3), ids="-".join)
def test_numbers_of_people_are_as_written(shipped: Policy, row: list[str], letters: list[str]) -> None:
    way, released_by, agreement = row
    network, status = WAYS[way]
    roles = frozenset(released_by.split(", ")) - {""}
    found = [
        letter_of(
            decide(
                shipped,
                replace(
                    PLAIN,
                    route="some-route",
                    network=network,
                    domain_status=status,
                    can=frozenset({"zip"}),
                    people=people,
                    approvals=len(roles),
                    approved_by=roles,
                    agreement=AgreementStatus(agreement) if agreement else AgreementStatus.NONE,
                ),
            )
        )
        for people in PEOPLE
    ]
    assert found == letters


NOON: Final = datetime(2026, 6, 3, 12, tzinfo=UTC)
# nobody, one officer, two officers, the Caldicott Guardian released it
WHOSE: Final = """
CHILD_SAFEGUARDING    | worker@helping-hands.example | 2026-06-03 | Q  Q  P+* Q
UPN                   | worker@helping-hands.example | 2026-06-03 | Q  Q  P+* Q
CHILD_SAFEGUARDING    | resident@mail.example        | 2026-06-03 | Q  Q  P+* Q
CHILD_SAFEGUARDING    | ward@st-elsewhere.example    | 2026-06-03 | P+* P+* P+* P+*
CHILD_SAFEGUARDING    | ward@st-elsewhere.example    | 2027-12-31 | P+* P+* P+* P+*
CHILD_SAFEGUARDING    | ward@st-elsewhere.example    | 2028-01-01 | Q  Q  P+* Q
CHILD_SAFEGUARDING    | ward@nhs.net                 | 2026-06-03 | V+* V+* V+* V+*
CHILD_SAFEGUARDING    | referrals@nhs.net            | 2026-06-03 | Q  V+* V+* V+*
CHILD_SAFEGUARDING    | clerk@exampleshire.example   | 2026-06-03 | D+ D+ D+ D+
PNC_ID                | worker@helping-hands.example | 2026-06-03 | Q  Q  P+ Q
PRISON_NUMBER         | resident@mail.example        | 2026-06-03 | Q  Q  P+ Q
CASE_URN              | resident@mail.example        | 2026-06-03 | Q  Q  P+ Q
PNC_ID                | desk@midshire-police.example | 2026-06-03 | P+ P+ P+ P+
PNC_ID                | desk@midshire-police.example | 2028-01-01 | Q  Q  P+ Q
PNC_ID                | ann.lee@force.police.uk      | 2026-06-03 | V+ V+ V+ V+
PNC_ID                | duty@force.police.uk         | 2026-06-03 | Q  V+ V+ V+
OFFENCE               | resident@mail.example        | 2026-06-03 | P+ P+ P+ P+
STATUTE_BARRED_HEALTH | resident@mail.example        | 2026-06-03 | Q  Q  Q  P+
STATUTE_BARRED_HEALTH | ward@nhs.net                 | 2026-06-03 | Q  Q  Q  V+
STATUTE_BARRED_HEALTH | ward@st-elsewhere.example    | 2026-06-03 | Q  Q  Q  P+
STATUTE_BARRED_HEALTH | clerk@exampleshire.example   | 2026-06-03 | D+ D+ D+ D+
HEALTH                | resident@mail.example        | 2026-06-03 | P+ P+ P+ P+
EMAIL_ADDRESS         | resident@mail.example        | 2026-06-03 | D  D  D  D
"""
ACTS: Final[list[dict[str, Any]]] = [
    {},
    {"approvals": 1, "approved_by": frozenset({"officer"})},
    {"approvals": 2, "approved_by": frozenset({"officer"})},
    {"approvals": 1, "approved_by": frozenset({GUARDIAN})},
]


@pytest.mark.parametrize(("row", "letters"), rows_of(WHOSE, 3), ids="-".join)
def test_whose_information_it_is_is_as_written(shipped: Policy, row: list[str], letters: list[str]) -> None:
    entity, recipient, day = row
    found = [letter_of(decide(shipped, facts_about(shipped, entity, recipient, day, acts))) for acts in ACTS]
    assert found == letters


# S2 "the council will perform checks on recipients before sharing children's data"; S1 12.4(e) "identified persons": a
# sender's word that somebody agreed is no check. As things are; to whom this sender never wrote; the same with consent;
# with consent and one officer
CHECKED: Final = """
CHILD_SAFEGUARDING | ward@nhs.net                 | V+* Q   Q   V+*
CHILD_SAFEGUARDING | dan.lee@council.gov.uk       | V+* Q   Q   V+*
CHILD_SAFEGUARDING | referrals@nhs.net            | Q   Q   Q   V+*
CHILD_SAFEGUARDING | ward@st-elsewhere.example    | P+* P+* P+* P+*
CHILD_SAFEGUARDING | parent@mail.example          | Q   Q   Q   P+*
CHILD_SAFEGUARDING | bilal.khan@outlook.com       | Q   Q   Q   P+*
CHILD_SAFEGUARDING | clerk@exampleshire.example   | D+  D+  D+  D+
PNC_ID             | ann.lee@force.police.uk      | V+  Q   Q   V+
PNC_ID             | duty@force.police.uk         | Q   Q   Q   V+
PNC_ID             | desk@midshire-police.example | P+  P+  P+  P+
PNC_ID             | resident@mail.example        | Q   Q   Q   Q
HEALTH             | ward@nhs.net                 | V+  V+  V+  V+
"""
NEW: Final[dict[str, Any]] = {"is_new": True}
AGREED: Final = NEW | {"consent": Consent.GIVEN}
MET: Final = [{}, NEW, AGREED, AGREED | ACTS[1]]


@pytest.mark.parametrize(("row", "letters"), rows_of(CHECKED, 2), ids="-".join)
def test_whoever_gets_it_was_checked_or_a_second_person_looked(
    shipped: Policy, row: list[str], letters: list[str]
) -> None:
    entity, recipient = row
    found = [letter_of(decide(shipped, facts_about(shipped, entity, recipient, "2026-06-03", met))) for met in MET]
    assert found == letters


def facts_about(policy: Policy, entity: str, recipient: str, day: str, acts: dict[str, Any]) -> Facts:
    known = Circumstances(
        at=datetime.fromisoformat(f"{day}T12:00:00+00:00"),
        sender="ann.lee@exampleshire.example",
        recipient=recipient,
        internal=recipient.endswith("@exampleshire.example"),
        entities=((entity, 1),),
        people=1,
        can=frozenset({"zip"}),
        **acts,
    )
    return facts_for(policy, known)


# what raises the tier, one below the bound and at it; S4 3.1 and Appendix 2A
TOGETHER: Final = """
UK_ADDRESS=9                         | UNMARKED
UK_ADDRESS=10                        | PROTECT
UK_POSTCODE=19                       | UNMARKED
UK_POSTCODE=20                       | PROTECT
UK_PHONE=19                          | UNMARKED
UK_PHONE=20                          | PROTECT
VEHICLE_REGISTRATION=4               | UNMARKED
VEHICLE_REGISTRATION=5               | PROTECT
EMAIL_ADDRESS=49                     | UNMARKED
EMAIL_ADDRESS=50                     | PROTECT
PERSON_NAME=9                        | UNMARKED
PERSON_NAME=1 UK_ADDRESS=1           | PROTECT
PERSON_NAME=1 VEHICLE_REGISTRATION=1 | PROTECT
PERSON_NAME=1 COURT_CASE=1           | PROTECT
UK_ADDRESS=1 COURT_CASE=1            | UNMARKED
PERSON_NAME=1 UK_PHONE=1             | UNMARKED
"""


@pytest.mark.parametrize(("row", "tier"), rows_of(TOGETHER, 1), ids=lambda row: row[0])
def test_what_counts_together_or_in_number_is_as_written(shipped: Policy, row: list[str], tier: list[str]) -> None:
    entities = tuple(sorted((name, int(count)) for name, _, count in (each.partition("=") for each in row[0].split())))
    facts = replace(PLAIN, entities=entities, people=1, marking_status=MarkingStatus.NONE)
    assert [effective_tier(shipped, facts).label] == tier
    assert effective_tier(shipped, replace(facts, marking=Tier.SECRET)) is Tier.SECRET
