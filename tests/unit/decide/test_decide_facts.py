"""From a transfer to circumstances, and from those to what one policy sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import effective_tier
from gateway.decide.facts import circumstances_of, common_to_all, facts_for, facts_of_content, recipients_of
from gateway.decide.parse import parse_policy
from gateway.decide.policy import KNOWN_ENTITIES
from gateway.model.facts import (
    Abroad,
    AgreementStatus,
    Circumstances,
    Consent,
    Counted,
    DomainStatus,
    Facts,
    Hours,
    Trait,
    UnderMarked,
)
from gateway.model.inspection import Finding, Gap, GapKind, Inspection, Marking, MarkingStatus, Where
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Origin, Part, Release, Transfer
from gateway.model.verdict import Network
from tests.unit.decide.arbitrary import CIRCUMSTANCES

FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
POLICY: Final = parse_policy(FILES)
NOW: Final = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
WARD: Final = Delivery(id="d-1", recipient="ward@nhs.net")
TRANSFER: Final = Transfer(
    id="t-1",
    origin=Origin.MAIL,
    sender="mash@exampleshire.example",
    received_at=NOW,
    parts=(Part(name="a", object_id="o", size=40, sha256=""), Part(name="b", object_id="o", size=2, sha256="")),
    deliveries=(WARD,),
)


def finding(entity: str, confidence: float) -> Finding:
    return Finding(
        detector=entity.lower(),
        entity=entity,
        part="a",
        segment=0,
        where=Where.BODY,
        start=0,
        end=1,
        confidence=confidence,
        why=(),
        masked="*",
    )


def marking(tier: Tier, descriptors: tuple[str, ...] = (), caveats: tuple[str, ...] = ()) -> Marking:
    return Marking(
        scheme="gpms", tier=tier, text=tier.label, where=Where.HEADER, part="a", score=95,
        descriptors=descriptors, caveats=caveats,
    )  # fmt: skip


INSPECTION: Final = Inspection(
    media_type="text/plain",
    marking=marking(Tier.PROTECT, ("STAFF", "LOCSEN"), ("UK EYES ONLY",)),
    marking_status=MarkingStatus.MARKED,
    findings=(finding("NINO", 0.5), finding("NINO", 0.9), finding("NINO", 0.49), finding("UK_PHONE", 0.2)),
    people=2,
    gaps=(Gap(part="b", kind=GapKind.CORRUPT), Gap(part="c", kind=GapKind.CORRUPT)),
    elapsed_ms=1.0,
)
BARE: Final = replace(INSPECTION, marking=None, marking_status=MarkingStatus.NONE, findings=(), people=None, gaps=())


def known_of(
    transfer: Transfer = TRANSFER,
    delivery: Delivery = WARD,
    inspection: Inspection = INSPECTION,
    new: frozenset[tuple[str, str]] = frozenset(),
) -> Circumstances:
    ours = ["exampleshire.example"]
    return circumstances_of(
        common_to_all(transfer, inspection, at=NOW, internal_domains=ours),
        delivery,
        can=frozenset({"zip"}),
        internal_domains=ours,
        is_new=(transfer.sender, delivery.recipient) in new,
    )


def test_circumstances_say_what_was_found_and_sent() -> None:
    assert known_of() == Circumstances(
        at=NOW,
        sender="mash@exampleshire.example",
        recipient="ward@nhs.net",
        marking=Tier.PROTECT,
        marking_status=MarkingStatus.MARKED,
        descriptors=frozenset({"STAFF", "LOCSEN"}),
        caveats=frozenset({"UK EYES ONLY"}),
        entities=(("NINO", 2),),  # a finding that is less than half sure is shown, and counts for nothing
        people=2,
        gaps=frozenset({GapKind.CORRUPT}),
        size=42,
        recipients=((Counted.ALL, 1), (Counted.DOMAINS, 1), (Counted.EXTERNAL, 1)),
        can=frozenset({"zip"}),
    )


def test_nothing_found_is_nothing_said() -> None:
    known = known_of(inspection=BARE)
    assert (known.marking, known.marking_status, known.thread) == (Tier.UNMARKED, MarkingStatus.NONE, Tier.UNMARKED)
    assert (known.entities, known.people, known.gaps) == ((), None, frozenset())
    assert (known.descriptors, known.caveats) == (frozenset(), frozenset())


def test_what_the_sender_chose_asked_and_declared_is_known() -> None:
    asked = replace(
        TRANSFER,
        route="secure-mail",
        encrypt_requested=True,
        protected_thread=True,
        reason="a referral",
        consent="given",
    )
    known = known_of(asked)
    assert (known.route, known.encrypt_requested, known.is_protected_thread) == ("secure-mail", True, True)
    assert (known.reason_given, known.consent) == (True, Consent.GIVEN)
    plain = known_of()
    assert (plain.route, plain.encrypt_requested, plain.is_protected_thread) == ("", False, False)
    assert (plain.reason_given, plain.consent) == (False, Consent.NONE)
    assert known_of(replace(TRANSFER, consent="perhaps")).consent is Consent.NONE


@pytest.mark.parametrize(
    ("message", "cover", "tier", "above"),
    [
        (True, Tier.UNMARKED, Tier.PROTECT, True),
        (True, Tier.PROTECT, Tier.PROTECT, False),
        (True, Tier.OFFICIAL, Tier.PROTECT, True),
        (True, None, Tier.PROTECT, False),
        (False, Tier.UNMARKED, Tier.PROTECT, False),
    ],
)
def test_a_mail_that_bears_less_than_its_attachment_is_known(
    tier: Tier, cover: Tier | None, *, message: bool, above: bool
) -> None:
    inspection = replace(INSPECTION, marking=marking(tier), cover=cover)
    assert known_of(replace(TRANSFER, message=message), inspection=inspection).attachment_above is above


def test_every_release_counts_and_brings_its_roles() -> None:
    one = Release(officer="o", reason="looked", at=NOW, roles=("officer", "caldicott-guardian"))
    two = Release(officer="p", reason="looked too", at=NOW, roles=("officer",))
    known = known_of(delivery=replace(WARD, releases=(one, two)))
    assert (known.approvals, known.approved_by) == (2, frozenset({"officer", "caldicott-guardian"}))
    assert (known_of().approvals, known_of().approved_by) == (0, frozenset())
    assert facts_for(POLICY, known).released
    assert not facts_for(POLICY, known_of()).released


def test_a_recipient_is_new_to_this_sender_and_no_other() -> None:
    assert known_of(new=frozenset({("mash@exampleshire.example", "ward@nhs.net")})).is_new
    assert not known_of(new=frozenset({("somebody@else.example", "ward@nhs.net")})).is_new


def test_recipients_are_counted_by_kind() -> None:
    names = (
        "a@nhs.net",
        "b@NHS.net",
        "c@mail.example",
        "d@exampleshire.example",
        "e@exampleshire.example",
        "no address",
    )
    many = replace(
        TRANSFER,
        deliveries=tuple(Delivery(id=name, recipient=name) for name in names),
        shown=frozenset({"a@nhs.net", "d@exampleshire.example", "c@mail.example"}),
    )
    assert dict(recipients_of(many, ["exampleshire.example"])) == {
        Counted.ALL: 6,
        Counted.DOMAINS: 3,  # nhs.net once, mail.example, and what is no address
        Counted.EXTERNAL: 4,
        Counted.SHOWN: 2,
    }
    ours = replace(TRANSFER, deliveries=(Delivery(id="d", recipient="d@exampleshire.example"),))
    assert recipients_of(ours, ["exampleshire.example"]) == ((Counted.ALL, 1),)


def test_a_policy_sees_its_own_routes_and_domains() -> None:
    facts = facts_for(POLICY, known_of())
    assert (facts.route, facts.network, facts.domain_status) == ("secure-mail", Network.VERIFIED_TLS, DomainStatus.LIVE)
    chosen = facts_for(POLICY, known_of(replace(TRANSFER, route="internal")))
    assert (chosen.route, chosen.network) == ("", Network.PUBLIC), "that route does not serve a ward outside"
    inside = facts_for(POLICY, known_of(delivery=replace(WARD, recipient="clerk@exampleshire.example")))
    assert (inside.route, inside.domain_status) == ("internal", DomainStatus.INTERNAL)
    nowhere = facts_for(POLICY, known_of(delivery=replace(WARD, recipient="no address")))
    assert (nowhere.route, nowhere.network, nowhere.domain_status) == ("", Network.PUBLIC, DomainStatus.NONE)


@pytest.mark.parametrize(
    ("recipient", "entities", "at", "partner", "agreement", "checked"),
    [
        ("a@st-elsewhere.example", ("NINO",), NOW, ("st-elsewhere", "health"), "in_force", True),
        ("a@st-elsewhere.example", (), NOW.replace(2028, 1, 1), ("st-elsewhere", "health"), "lapsed", False),
        ("a@st-elsewhere.example", (), NOW.replace(2027, 12, 31), ("st-elsewhere", "health"), "in_force", True),
        ("a@midshire-police.example", ("OFFENCE",), NOW, ("midshire-police", "police"), "in_force", True),
        ("a@midshire-police.example", ("OFFENCE", "HEALTH"), NOW, ("midshire-police", "police"), "not_covering", True),
        ("a@helping-hands.example", (), NOW, ("helping-hands", "voluntary"), "none", False),
        ("a@mail.example", (), NOW, ("", ""), "none", False),
    ],
)
def test_a_partner_and_its_agreement_are_seen_on_the_day(
    recipient: str, entities: tuple[str, ...], at: datetime, partner: tuple[str, str], agreement: str, *, checked: bool
) -> None:
    counts = tuple((entity, 1) for entity in sorted(entities))
    facts = facts_for(POLICY, replace(known_of(), recipient=recipient, entities=counts, at=at))
    assert (facts.partner, facts.partner_kind) == partner
    assert facts.agreement is AgreementStatus(agreement)
    assert facts.due_diligence is checked


def test_unit_country_hours_and_day_are_seen() -> None:
    facts = facts_for(POLICY, known_of())
    assert (facts.unit, facts.hours, facts.day) == ("childrens-services", Hours.OPEN, date(2026, 6, 3).toordinal())
    night = facts_for(POLICY, replace(known_of(), at=datetime(2026, 6, 3, 23, 30, tzinfo=UTC), sender="x@y.example"))
    assert (night.unit, night.hours) == ("", Hours.CLOSED)
    assert night.day == date(2026, 6, 4).toordinal(), "half past midnight in summer"
    abroad = facts_for(POLICY, replace(known_of(), recipient="doctor@hospital.com.cn"))
    assert (abroad.country, abroad.abroad) == ("CN", Abroad.NOT_ADEQUATE)


def test_traits_are_seen() -> None:
    known = replace(known_of(), sender="ann.lee@exampleshire.example", recipient="annlee72@gmail.com", is_new=True)
    assert facts_for(POLICY, known).recipient_is == {Trait.OWN_ADDRESS, Trait.PERSONAL_WEBMAIL, Trait.NEW}
    assert facts_for(POLICY, replace(known_of(), is_new=False)).recipient_is == frozenset()


def test_a_route_to_removable_media_is_a_trait_of_its_recipients() -> None:
    media = """
  - id: stick
    says: A stick.
    network: off-internet
    channel: stick
    folder: true
    recipient: a@board.example
    removable_media: true
"""
    policy = parse_policy({**FILES, "routes.yaml": FILES["routes.yaml"] + media})
    known = replace(known_of(), recipient="a@board.example", route="stick")
    assert Trait.REMOVABLE_MEDIA in facts_for(policy, known).recipient_is
    assert Trait.REMOVABLE_MEDIA not in facts_for(policy, replace(known, route="")).recipient_is


@pytest.mark.parametrize(
    ("found", "marked", "above", "ways"),
    [
        ((("NINO", 1),), Tier.UNMARKED, False, {UnderMarked.CONTENT}),
        ((("NINO", 1),), Tier.OFFICIAL, False, {UnderMarked.CONTENT}),
        ((("NINO", 1),), Tier.PROTECT, False, set()),
        ((("NINO", 1),), Tier.SECRET, False, set()),
        ((("UK_PHONE", 1),), Tier.UNMARKED, False, set()),
        ((), Tier.PROTECT, True, {UnderMarked.ATTACHMENT}),
        ((("NINO", 1),), Tier.UNMARKED, True, {UnderMarked.CONTENT, UnderMarked.ATTACHMENT}),
    ],
)
def test_what_says_less_than_it_should_is_under_marked(
    found: tuple[tuple[str, int], ...], marked: Tier, ways: set[UnderMarked], *, above: bool
) -> None:
    known = replace(known_of(inspection=BARE), entities=found, marking=marked, attachment_above=above)
    assert facts_for(POLICY, known).under_marked == ways


@pytest.mark.parametrize(
    ("people", "entities", "expected"),
    [
        (3, (("NHS_NUMBER", 20),), 3),
        (0, (("NHS_NUMBER", 20),), 0),
        (None, (("NHS_NUMBER", 20), ("UPN", 7)), 20),
        (None, (("UK_PHONE", 20),), 0),
        (None, (), 0),
    ],
)
def test_people_are_as_counted_or_no_fewer_than_what_a_person_has_one_of(
    people: int | None, entities: tuple[tuple[str, int], ...], expected: int
) -> None:
    assert facts_for(POLICY, replace(known_of(), people=people, entities=entities)).people == expected


@pytest.mark.parametrize("entity", sorted(KNOWN_ENTITIES))
def test_people_are_derived_from_what_a_person_has_one_of(entity: str) -> None:
    one_a_person = {
        *("CHI_NUMBER", "CRO_NUMBER", "DATE_OF_BIRTH", "DRIVING_LICENCE", "HC_NUMBER", "HOSPITAL_NUMBER", "NHS_NUMBER"),
        *("NINO", "PASSPORT", "PNC_ID", "PRISON_NUMBER", "ULN", "UPN", "UTR"),
    }
    facts = facts_for(POLICY, replace(known_of(), people=None, entities=((entity, 7),)))
    assert facts.people == (7 if entity in one_a_person else 0)


def test_people_that_are_derived_raise_and_say_so() -> None:
    known = replace(known_of(inspection=BARE), entities=(("DATE_OF_BIRTH", 12),))
    facts = facts_for(POLICY, known)
    assert (facts.people, effective_tier(POLICY, facts), facts.under_marked) == (
        12,
        Tier.PROTECT,
        frozenset({UnderMarked.CONTENT}),
    )


def test_groups_count_their_members_together() -> None:
    known = replace(known_of(), entities=(("CHILD_SAFEGUARDING", 2), ("PNC_ID", 1), ("UPN", 3)))
    counts = dict(facts_for(POLICY, known).entities)
    assert counts == {"CHILD_SAFEGUARDING": 2, "PNC_ID": 1, "UPN": 3, "CHILDREN": 5, "LAW_ENFORCEMENT": 1}


M, S, N = MarkingStatus.MARKED, MarkingStatus.SUSPECTED, MarkingStatus.NONE


@pytest.mark.parametrize(
    ("own", "status", "thread", "sure", "seen"),
    [
        (Tier.UNMARKED, N, Tier.UNMARKED, False, (Tier.UNMARKED, N)),
        (Tier.UNMARKED, N, Tier.PROTECT, False, (Tier.PROTECT, S)),
        (Tier.UNMARKED, N, Tier.PROTECT, True, (Tier.PROTECT, M)),
        (Tier.UNMARKED, N, Tier.RESTRICTED, True, (Tier.RESTRICTED, M)),
        (Tier.PROTECT, M, Tier.OFFICIAL, True, (Tier.PROTECT, M)),
        (Tier.PROTECT, S, Tier.PROTECT, True, (Tier.PROTECT, M)),
        (Tier.RESTRICTED, S, Tier.PROTECT, True, (Tier.RESTRICTED, M)),
        (Tier.PROTECT, S, Tier.OFFICIAL, True, (Tier.PROTECT, S)),
        (Tier.OFFICIAL, M, Tier.RESTRICTED, False, (Tier.RESTRICTED, S)),
        (Tier.PROTECT, M, Tier.RESTRICTED, False, (Tier.RESTRICTED, M)),
        (Tier.RESTRICTED, M, Tier.SECRET, False, (Tier.SECRET, M)),
        (Tier.RESTRICTED, S, Tier.SECRET, False, (Tier.SECRET, S)),
        (Tier.OFFICIAL_SENSITIVE, M, Tier.SECRET, False, (Tier.SECRET, M)),
    ],
)
def test_what_is_quoted_counts_where_it_is_higher_and_takes_nothing_away(
    own: Tier, status: MarkingStatus, thread: Tier, seen: tuple[Tier, MarkingStatus], *, sure: bool
) -> None:
    known = replace(known_of(), marking=own, marking_status=status, thread=thread, thread_is_sure=sure)
    facts = facts_for(POLICY, known)
    assert (facts.marking, facts.marking_status) == seen


@pytest.mark.parametrize(
    ("thread", "told", "protected"),
    [
        (Tier.OFFICIAL, False, False),
        (Tier.PROTECT, False, True),
        (Tier.SECRET, False, True),
        (Tier.UNMARKED, True, True),
    ],
)
def test_a_thread_is_protected_by_what_it_quotes_or_by_what_it_answers(
    thread: Tier, *, told: bool, protected: bool
) -> None:
    known = replace(known_of(), thread=thread, is_protected_thread=told)
    assert facts_for(POLICY, known).protected_thread is protected


def test_what_a_mail_quotes_reaches_the_circumstances() -> None:
    assert known_of(inspection=replace(INSPECTION, thread=marking(Tier.SECRET))).thread is Tier.SECRET


def test_facts_of_content_know_no_way() -> None:
    facts = facts_of_content(POLICY, replace(INSPECTION, thread=marking(Tier.RESTRICTED)))
    assert (facts.sender, facts.recipient, facts.route, facts.network) == ("", "", "", Network.PUBLIC)
    assert (facts.marking, facts.marking_status) == (Tier.RESTRICTED, MarkingStatus.MARKED)
    assert (facts.entities, facts.people, facts.gaps) == ((("NINO", 2),), 2, frozenset({GapKind.CORRUPT}))
    assert facts_of_content(POLICY, BARE).people == 0


@given(CIRCUMSTANCES)
def test_what_the_policy_does_not_decide_is_handed_on(known: Circumstances) -> None:
    facts: Facts = facts_for(POLICY, known)
    for name in (
        *("sender", "recipient", "gaps", "size", "can", "encrypt_requested", "approvals", "approved_by"),
        *("descriptors", "caveats", "recipients", "reason_given", "consent"),
    ):
        assert getattr(facts, name) == getattr(known, name)
    assert facts.marking >= known.marking
    assert dict(known.entities).items() <= dict(facts.entities).items()


def test_the_day_is_the_organisations_own() -> None:
    days = {facts_for(POLICY, replace(known_of(), at=NOW + timedelta(hours=hours))).day for hours in range(24)}
    assert days == {date(2026, 6, 3).toordinal(), date(2026, 6, 4).toordinal()}
