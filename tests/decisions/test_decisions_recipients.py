"""Who it goes to, against tables written by hand from the seeds: addresses as they are, through routing and deciding.

What the letters mean stands in `letters.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.policy import Policy
from gateway.decide.proof.axes import PLAIN
from gateway.model.facts import Circumstances, Consent, Counted, DomainStatus, Facts, Trait
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network
from tests.decisions.letters import letter_of, rows_of

ORDINARY: Final = Circumstances(
    at=datetime(2026, 6, 3, 10, tzinfo=UTC),
    sender="ann.lee@exampleshire.example",
    recipient="",
    can=frozenset({"zip"}),
    size=1000,
)
PATIENT: Final = (("NHS_NUMBER", 1),)
CASES: Final[list[dict[str, Any]]] = [
    {},
    {"entities": PATIENT, "people": 1},
    {"entities": PATIENT, "people": 1, "approvals": 1},
    {"entities": PATIENT, "people": 1, "consent": Consent.GIVEN},
    {"gaps": frozenset({GapKind.ENCRYPTED}), "approvals": 1},
]
# an ordinary letter; a patient's; the same released; with her consent; what could not be read, released
BY_HAND: Final = """
resident@mail.example              | D P+ P+ P+ S
bilal.khan@outlook.com             | D Q  P+ P+ S
annlee72@gmail.com                 | D Q  P+ Q  S
ann.lee@elsewhere.example          | D Q  P+ Q  S
ward@evilnhs.net                   | D Q  P+ Q  S
ward@nhs.net.evil.com              | D Q  P+ Q  S
447700900123@sms.example-fax.co.uk | D Q  Q  Q  Q
447700900123@nhs.net               | D Q  Q  Q  Q
info@charity.example               | D Q  P+ Q  S
info@st-elsewhere.example          | D P+ P+ P+ S
info@nhs.net                       | D V+ V+ V+ T
ward@nhs.net                       | D V+ V+ V+ T
doctor@hospital.fr                 | D P+ P+ P+ S
doctor@hospital.com.cn             | D Q  P+ Q  S
a@dept.gsi.gov.uk                  | D Q  Q  Q  Q
a@pnn.gov.uk                       | D Q  Q  Q  Q
ward@nhs.net.                      | X X  X  X  X
"ward"@nhs.net                     | X X  X  X  X
ward@board@nhs.net                 | X X  X  X  X
clerk@exampleshire.example         | D D+ D+ D+ D
info@exampleshire.example          | D D+ D+ D+ D
"""
COUNTS: Final = """
shown 29                | D P+
shown 30                | A A
shown 30, reason        | D P+
shown 30, released      | D P+
external 9              | D P+
external 10             | D Q
external 10, released   | D P+
external 10, reason     | D Q
all 500                 | D P+
domains 40              | D P+
"""


def known(recipient: str, **more: Any) -> Circumstances:  # noqa: ANN401 - fields of every kind
    return replace(ORDINARY, recipient=recipient, internal=recipient.endswith("@exampleshire.example"), **more)


@pytest.mark.parametrize(("row", "letters"), rows_of(BY_HAND, 1), ids=lambda row: row[0])
def test_every_recipient_is_as_written(shipped: Policy, row: list[str], letters: list[str]) -> None:
    found = [letter_of(decide(shipped, facts_for(shipped, known(row[0], **case)))) for case in CASES]
    assert found == letters


@pytest.mark.parametrize(("row", "letters"), rows_of(COUNTS, 1), ids=lambda row: row[0])
def test_many_recipients_are_as_written(shipped: Policy, row: list[str], letters: list[str]) -> None:
    kind, count = row[0].partition(",")[0].split()
    more = {"reason_given": "reason" in row[0], "approvals": 1 if "released" in row[0] else 0}
    counts = ((Counted(kind), int(count)),)
    cases: list[dict[str, Any]] = [{}, {"entities": PATIENT, "people": 1}]
    found = [
        letter_of(
            decide(shipped, facts_for(shipped, known("resident@mail.example", recipients=counts, **more, **case)))
        )
        for case in cases
    ]
    assert found == letters


# UNMARKED and PROTECT, to somebody who can open a ZIP and to one who cannot
MEDIA: Final = """
nobody                                 | Q Q Q Q
officer                                | Q Q Q Q
caldicott-guardian                     | Q Q Q Q
information-governance                 | E Q W Q
information-governance, officer        | E Q W Q
"""


@pytest.mark.parametrize(("row", "letters"), rows_of(MEDIA, 1), ids=lambda row: row[0])
def test_removable_media_need_information_governance_and_a_seal(
    shipped: Policy, row: list[str], letters: list[str]
) -> None:
    roles = frozenset(row[0].split(", ")) - {"nobody"}
    found = []
    for tier in (Tier.UNMARKED, Tier.PROTECT):
        for can in (frozenset({"zip"}), frozenset[str]()):
            facts: Facts = replace(
                PLAIN,
                route="media",
                network=Network.OFF_INTERNET,
                domain_status=DomainStatus.PRIVATE,
                recipient_is=frozenset({Trait.REMOVABLE_MEDIA}),
                marking=tier,
                marking_status=MarkingStatus.MARKED if tier else MarkingStatus.NONE,
                approvals=len(roles),
                approved_by=roles,
                can=can,
            )
            found.append(letter_of(decide(shipped, facts)))
    assert found == letters


# S1 13.7: withdrawn or restricted, "wishes must be respected unless there are sound legal reasons"; 13.8: refused,
# "must not be shared" without another lawful reason; Appendix 8 "Duration Of Consent". An officer looks for the reason.
# none, given, expired, restricted, refused, withdrawn
CONSENT: Final = """
resident@mail.example      |                        | P+ P+ Q  Q  Q  Q
resident@mail.example      | officer                | P+ P+ P+ P+ Q  Q
resident@mail.example      | information-governance | P+ P+ P+ P+ P+ P+
resident@mail.example      | caldicott-guardian     | P+ P+ P+ P+ P+ P+
ward@nhs.net               |                        | V+ V+ Q  Q  Q  Q
ward@nhs.net               | officer                | V+ V+ V+ V+ Q  Q
ward@nhs.net               | caldicott-guardian     | V+ V+ V+ V+ V+ V+
bilal.khan@outlook.com     |                        | Q  P+ Q  Q  Q  Q
bilal.khan@outlook.com     | officer                | P+ P+ P+ P+ Q  Q
clerk@exampleshire.example |                        | D+ D+ D+ D+ D+ D+
"""
ASKED_FOR: Final = ("none", "given", "expired", "restricted", "refused", "withdrawn")


@pytest.mark.parametrize(("row", "letters"), rows_of(CONSENT, 2), ids="-".join)
def test_consent_is_as_written(shipped: Policy, row: list[str], letters: list[str]) -> None:
    recipient, role = row
    acts = {"approvals": 1 if role else 0, "approved_by": frozenset({role}) - {""}}
    found = [
        letter_of(
            decide(
                shipped,
                facts_for(shipped, known(recipient, entities=PATIENT, people=1, consent=Consent(consent), **acts)),
            )
        )
        for consent in ASKED_FOR
    ]
    assert found == letters


# what the mail quotes: nothing, OFFICIAL, PROTECT, RESTRICTED; then PROTECT and RESTRICTED released
THREADS: Final = """
resident@mail.example      | UNMARKED   | D D P Q P P
resident@mail.example      | PROTECT    | P P P Q P Q
resident@mail.example      | RESTRICTED | Q Q Q Q Q Q
ward@nhs.net               | UNMARKED   | D D V Q V V
ward@nhs.net               | RESTRICTED | Q Q Q Q Q Q
clerk@exampleshire.example | UNMARKED   | D D D Q D D
"""
QUOTED: Final = [(tier, 0) for tier in ("UNMARKED", "OFFICIAL", "PROTECT", "RESTRICTED")] + [
    (tier, 1) for tier in ("PROTECT", "RESTRICTED")
]


@pytest.mark.parametrize(("row", "letters"), rows_of(THREADS, 2), ids="-".join)
def test_what_a_mail_quotes_is_as_written(shipped: Policy, row: list[str], letters: list[str]) -> None:
    recipient, marking = row
    status = MarkingStatus.NONE if marking == "UNMARKED" else MarkingStatus.MARKED
    marked = {"marking": Tier.of(marking), "marking_status": status}
    found = [
        letter_of(decide(shipped, facts_for(shipped, known(recipient, thread=Tier.of(tier), approvals=n, **marked))))
        for tier, n in QUOTED
    ]
    assert found == letters
