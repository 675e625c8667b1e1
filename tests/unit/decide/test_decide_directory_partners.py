"""Partners, agreements with them, and the organisation's own units."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decide.directory import PartnerKind
from gateway.model.facts import AgreementStatus
from tests.unit.decide.directories import SHIPPED, complaints_about, directory

PARTNERS: Final = """
partners:
  - id: trust
    says: A hospital trust.
    kind: health
    country: GB
    domains: [trust.nhs.uk]
    due_diligence: {by: Ann Lee, until: 2026-06-30}
  - id: carer
    says: A carer with an address at a large provider.
    kind: voluntary
    country: GB
    addresses: [Jo.Carer@mail.example]
  - id: lab
    says: A laboratory.
    kind: supplier
    country: US
    domains: [lab.example]
    due_diligence: {by: Ann Lee}
"""
AGREEMENTS: Final = """
agreements:
  - id: referrals
    says: Referrals.
    partners: [trust]
    purpose: Direct care.
    lawful_basis: Health and Social Care Act 2012 section 251B
    lead: [{party: us, name: Ann Lee}, {party: trust, name: Bo Ray}]
    data: [NHS_NUMBER, HEALTH]
    onward: []
    signed: [{party: us, by: Ann Lee, on: 2026-01-10}, {party: trust, by: Bo Ray, on: 2026-02-01}]
    from: 2026-01-01
    review: 2026-12-31
    until: 2027-06-30
"""
BOTH: Final = {"partners.yaml": PARTNERS, "agreements.yaml": AGREEMENTS}
HEALTH: Final = frozenset({"HEALTH"})
MAY: Final = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("recipient", "partner"),
    [
        ("ward@trust.nhs.uk", "trust"),
        ("Ward@TRUST.nhs.uk", "trust"),
        ("ward@mail.trust.nhs.uk", ""),
        ("ward@eviltrust.nhs.uk", ""),
        ("ward@trust.nhs.uk.evil.com", ""),
        ("Jo.Carer@mail.example", "carer"),
        ("Jo.Carer@MAIL.example", "carer"),
        ("jo.carer@mail.example", ""),  # a local part is what it is (RFC 5321 section 2.4)
        ("other@mail.example", ""),
        ("ward@trust.nhs.uk.", ""),
        ('"ward"@trust.nhs.uk', ""),
        ("x@evil.com@trust.nhs.uk", ""),
        ("@evil.com:ward@trust.nhs.uk", ""),
        ("", ""),
    ],
)
def test_a_partner_is_known_by_exactly_its_domains_and_addresses(recipient: str, partner: str) -> None:
    found = directory(BOTH).partner_of(recipient)
    assert (found.id if found else "") == partner


def test_due_diligence_runs_out_after_its_last_day() -> None:
    made = directory(BOTH)
    trust, carer, lab = (made.people.by_id[each] for each in ("trust", "carer", "lab"))
    assert trust.is_checked_on(date(2026, 6, 30))
    assert not trust.is_checked_on(date(2026, 7, 1))
    assert lab.is_checked_on(date.max)
    assert not carer.is_checked_on(MAY), "nobody checked"


@pytest.mark.parametrize(
    ("day", "entities", "status"),
    [
        (date(2026, 1, 31), HEALTH, "lapsed"),  # the trust had not signed
        (date(2026, 2, 1), HEALTH, "in_force"),
        (date(2026, 12, 31), HEALTH, "in_force"),  # the day of the review still counts
        (date(2027, 1, 1), HEALTH, "lapsed"),
        (MAY, frozenset(), "in_force"),
        (MAY, frozenset({"NHS_NUMBER", "HEALTH"}), "in_force"),
        (MAY, frozenset({"NHS_NUMBER", "OFFENCE"}), "not_covering"),
        (date(2027, 1, 1), frozenset({"OFFENCE"}), "lapsed"),
    ],
)
def test_an_agreement_counts_when_all_signed_until_its_review(day: date, entities: frozenset[str], status: str) -> None:
    assert directory(BOTH).agreement_with("trust", entities, day) is AgreementStatus(status)


def test_there_is_none_with_others() -> None:
    assert directory(BOTH).agreement_with("lab", HEALTH, MAY) is AgreementStatus.NONE
    assert directory(BOTH).agreement_with("nobody", HEALTH, MAY) is AgreementStatus.NONE


@pytest.mark.parametrize(
    ("was", "becomes", "day", "status"),
    [
        ("{party: us, by: Ann Lee, on: 2026-01-10}, ", "", MAY, "lapsed"),  # we did not sign
        (", {party: trust, by: Bo Ray, on: 2026-02-01}", "", MAY, "lapsed"),
        ("until: 2027-06-30", "until: 2026-05-01", MAY, "lapsed"),  # the day of its end does not count
        ("until: 2027-06-30", "until: 2026-05-02", MAY, "in_force"),
        ("    until: 2027-06-30\n", "", MAY, "in_force"),
        ("from: 2026-01-01", "from: 2026-05-02", MAY, "lapsed"),
        ("data: [NHS_NUMBER, HEALTH]", "data: any", MAY, "in_force"),
    ],
)
def test_what_is_missing_or_over_is_not_in_force(was: str, becomes: str, day: date, status: str) -> None:
    assert was in AGREEMENTS
    made = directory({**BOTH, "agreements.yaml": AGREEMENTS.replace(was, becomes)})
    assert made.agreement_with("trust", HEALTH, day) is AgreementStatus(status)


def test_the_best_of_several_agreements_counts_and_none_adds_to_another() -> None:
    second = AGREEMENTS.replace("id: referrals", "id: offences").replace("[NHS_NUMBER, HEALTH]", "[OFFENCE]")
    lapsed = AGREEMENTS.replace("id: referrals", "id: old").replace("review: 2026-12-31", "review: 2026-03-01")
    text = AGREEMENTS + second.removeprefix("\nagreements:\n") + lapsed.removeprefix("\nagreements:\n")
    made = directory({**BOTH, "agreements.yaml": text})
    assert made.agreement_with("trust", HEALTH, MAY) is AgreementStatus.IN_FORCE
    assert made.agreement_with("trust", frozenset({"OFFENCE"}), MAY) is AgreementStatus.IN_FORCE
    both = frozenset({"OFFENCE", "HEALTH"})
    assert made.agreement_with("trust", both, MAY) is AgreementStatus.NOT_COVERING, "each has a purpose of its own"


DAYS: Final = st.dates(date(2025, 1, 1), date(2028, 1, 1))
ENTITIES: Final = st.frozensets(st.sampled_from(["NHS_NUMBER", "HEALTH", "OFFENCE"]))


@given(DAYS, ENTITIES, ENTITIES)
def test_more_kinds_of_data_are_never_covered_better(day: date, some: frozenset[str], more: frozenset[str]) -> None:
    order = ["in_force", "not_covering", "lapsed", "none"]
    made = directory(BOTH)
    before, after = (made.agreement_with("trust", each, day) for each in (some, some | more))
    assert order.index(before) <= order.index(after)


@given(DAYS)
def test_an_agreement_never_comes_back_once_it_was_in_force(day: date) -> None:
    made = directory(BOTH)
    days = [made.agreement_with("trust", HEALTH, day + timedelta(days=n)) for n in (0, 30, 60)]
    assert days != [AgreementStatus.IN_FORCE, AgreementStatus.LAPSED, AgreementStatus.IN_FORCE]


@pytest.mark.parametrize("field", ["purpose", "lawful_basis", "partners", "lead", "data", "onward", "signed", "review"])
def test_every_field_that_the_protocol_asks_for_must_be_there(field: str) -> None:
    """S1 6.3(a) to (f)."""
    lines = [line for line in AGREEMENTS.splitlines() if not line.startswith(f"    {field}:")]
    found = complaints_about({**BOTH, "agreements.yaml": "\n".join(lines)})
    assert found == [f"agreements.yaml:3:5: '{field}' is missing; add it"]


def test_every_complaint_about_partners_comes_at_once() -> None:
    wrong = """
partners:
  - {id: one, says: One., kind: helth, country: GB, domains: [one.example]}
  - {id: two, says: Two., kind: health, country: UK, domains: [two.example, gov.uk]}
  - {id: two, says: Three., kind: police, country: GB, domains: [TWO.example], addresses: [nobody]}
  - {id: us, says: Four., kind: police, country: GB}
"""
    assert complaints_about({"partners.yaml": wrong}) == [
        "partners.yaml:3:33: 'helth' is not allowed; did you mean 'health'?"
    ]
    assert complaints_about({"partners.yaml": wrong.replace("helth", "health")}) == [
        "partners.yaml:4:50: 'UK' is no country; write its two capitals of ISO 3166, for example GB",
        "partners.yaml:4:77: 'gov.uk' is a public suffix: many organisations stand below it; name the partner's own",
        "partners.yaml:5:10: the id 'two' is taken; choose another",
        "partners.yaml:5:66: 'TWO.example' belongs to the partner 'two' already; it can belong to one only",
        "partners.yaml:5:92: 'nobody' is not a plain address; write name@domain",
        "partners.yaml:6:5: nobody can be reached here; name 'domains' or 'addresses'",
        "partners.yaml:6:10: the id 'us' is taken; choose another",
    ]


def test_every_complaint_about_agreements_comes_at_once() -> None:
    wrong = (
        AGREEMENTS.replace("partners: [trust]", "partners: [trst]")
        .replace("[NHS_NUMBER, HEALTH]", "[NHS_NUMBR, any]")
        .replace("review: 2026-12-31", "review: 2025-12-31")
        .replace("on: 2026-02-01", "on: 2026-02-30")
    )
    assert complaints_about({**BOTH, "agreements.yaml": wrong}) == [
        "agreements.yaml:11:87: '2026-02-30' is no day; write year-month-day, for example 2026-03-31"
    ]
    assert complaints_about({**BOTH, "agreements.yaml": wrong.replace("02-30", "02-28")}) == [
        "agreements.yaml:5:16: 'trst' is no partner (partners.yaml); did you mean 'trust'?",
        "agreements.yaml:8:5: the party 'trst' has no nominated lead person (S1 6.3(d)); add one to 'lead'",
        "agreements.yaml:8:48: 'trust' is no party; known: trst, us",
        "agreements.yaml:9:11: 'any' takes in every kind; leave out the others, or 'any'",
        "agreements.yaml:9:12: 'NHS_NUMBR' is no kind of finding; did you mean 'NHS_NUMBER'?",
        "agreements.yaml:11:64: 'trust' is no party; known: trst, us",
        "agreements.yaml:13:13: 'review' is not after 'from' (2026-01-01); it would never be in force",
    ]


def test_a_party_that_stands_twice_is_named_each_time_it_does() -> None:
    twice = AGREEMENTS.replace(
        "{party: trust, name: Bo Ray}", "{party: trust, name: Bo Ray}, {party: trust, name: Al Fox}"
    )
    twice = twice.replace("{party: trust, by: Bo Ray, on: 2026-02-01}", "{party: us, by: Bo Ray, on: 2026-02-01}")
    assert complaints_about({**BOTH, "agreements.yaml": twice}) == [
        "agreements.yaml:8:78: 'trust' stands here twice; keep one",
        "agreements.yaml:11:64: 'us' stands here twice; keep one",
    ]


KINDS: Final = """board council court education fire government health housing legal other police probation processor
regulator supplier voluntary"""


def test_a_partner_is_of_one_of_the_kinds_that_the_file_names() -> None:
    assert [str(kind) for kind in PartnerKind] == KINDS.split()


@pytest.mark.parametrize("name", ["us", "none", "lab"])
def test_no_partner_takes_a_name_that_means_somebody_else(name: str) -> None:
    files = {"partners.yaml": PARTNERS.replace("id: carer", f"id: {name}")}
    (complaint,) = complaints_about(files)
    assert complaint.endswith(f"the id '{name}' is taken; choose another")


def test_agreements_are_not_blamed_for_partners_that_could_not_be_read() -> None:
    files = {**BOTH, "partners.yaml": PARTNERS.replace("kind: health", "kind: helth")}
    assert [each.partition(":")[0] for each in complaints_about(files)] == ["partners.yaml"]


UNITS: Final = """
units:
  - {id: care, says: Care., addresses: [mash@council.example, Ann.Lee@council.example], domains: [care.council.example]}
  - {id: legal, says: Legal., addresses: [law@care.council.example]}
"""


@pytest.mark.parametrize(
    ("sender", "unit"),
    [
        ("mash@council.example", "care"),
        ("MASH@council.example", "care"),
        ("ann.lee@COUNCIL.example", "care"),
        ("anybody@care.council.example", "care"),
        ("law@care.council.example", "legal"),  # the address counts before the domain
        ("anybody@council.example", ""),
        ("anybody@sub.care.council.example", ""),
        ("mash@council.example.evil.com", ""),
        ("no address", ""),
    ],
)
def test_a_sender_belongs_to_the_unit_of_the_address_or_the_domain(sender: str, unit: str) -> None:
    assert directory({"units.yaml": UNITS}).unit_of(sender) == unit


def test_complaints_about_units() -> None:
    wrong = (
        UNITS + "  - {id: none, says: X., addresses: [MASH@council.example, x], domains: [care.council.example, y]}\n"
    )
    assert complaints_about({"units.yaml": wrong + "  - {id: care, says: Y.}\n"}) == [
        "units.yaml:5:10: the id 'none' is taken; choose another",
        "units.yaml:5:38: 'MASH@council.example' belongs to the unit 'care' already; it can belong to one only",
        "units.yaml:5:60: 'x' is not a plain address; write name@domain",
        "units.yaml:5:74: 'care.council.example' belongs to the unit 'care' already; it can belong to one only",
        "units.yaml:5:96: 'y' is not a plain domain; write at least two labels and no dot at the end: council.example",
        "units.yaml:6:5: this unit has no senders; name 'addresses' or 'domains'",
        "units.yaml:6:10: the id 'care' is taken; choose another",
    ]


def test_files_that_are_missing_say_nothing() -> None:
    made = directory({})
    assert (made.units, made.partners, made.retention_classes) == (frozenset(), frozenset(), frozenset())
    assert made.partner_kinds == {str(kind) for kind in PartnerKind}
    assert made.partner_of("ward@trust.nhs.uk") is None
    assert made.traits("a@b.example", "team@gmail.com", is_new=False, internal=False, removable=False) == frozenset()


def test_the_shipped_examples_stand_below_names_that_nobody_can_own() -> None:
    """RFC 2606: `.example`."""
    assert SHIPPED.partners
    assert all(domain.endswith(".example") for domain in SHIPPED.people.by_domain)
    assert all(domain.endswith(".example") for _, domain in SHIPPED.teams.by_address)
    assert {"st-elsewhere-referrals", "midshire-police-offences"} == {each.id for each in SHIPPED.signed}
