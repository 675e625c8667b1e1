"""Arbitrary facts and circumstances: every field, also in combinations that no transfer has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from gateway.decide.policy import KNOWN_ENTITIES, KNOWN_METHODS
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
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Obligation

GROUPS: Final = ("CHILDREN", "LAW_ENFORCEMENT", "SPECIAL_CATEGORY")
TELLING: Final = ("STATUTE_BARRED_HEALTH", "NHS_NUMBER", "UPN", "PNC_ID", "PERSON_NAME", "UK_ADDRESS")
ENTITIES: Final = st.sampled_from(TELLING) | st.sampled_from(sorted(KNOWN_ENTITIES))
COUNTS: Final = st.sampled_from([0, 1, 2, 9, 10, 11, 19, 20, 99, 100, 999, 1000]) | st.integers(0, 5000)
ROLES: Final = st.sampled_from(["caldicott-guardian", "information-governance", "officer", "another"])
METHODS: Final = st.sampled_from(["zip", "pgp", *sorted(KNOWN_METHODS), "of-a-plug-in"])
DESCRIPTORS: Final = st.sampled_from(["PERSONAL", "STAFF", "LOCSEN", "COMMERCIAL", "OF A SCHEME OF OURS"])
CAVEATS: Final = st.sampled_from(["UK EYES ONLY", "FR EYES ONLY", "PERSONAL AND CONFIDENTIAL"])
SENDERS: Final = st.sampled_from(
    ["ann.lee@exampleshire.example", "mash@exampleshire.example", "a@B.example", "x@b.example", "", "no address"]
)
RECIPIENTS: Final = st.sampled_from(
    [
        *("a@mail.example", "ward@nhs.net", "ward@evilnhs.net", "annlee@gmail.com", "clerk@exampleshire.example"),
        *("a@dept.gsi.gov.uk", "a@pnn.gov.uk", "info@charity.example", "447700900123@sms.example-fax.co.uk"),
        *("doctor@hospital.fr", "doctor@hospital.com.cn", "referrals@st-elsewhere.example", "duty@force.police.uk"),
        *("a@b.example", "x@B.example", "a@c.example"),
        *(
            "duty@midshire-police.example",
            "worker@helping-hands.example",
            "",
            "a b",
            "é@x",
            "a@b@nhs.net",
            "a@nhs.net.",
        ),
    ]
)
PEOPLE_NAMED: Final = ("st-elsewhere", "midshire-police", "helping-hands", "")


def counts_of(names: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[tuple[tuple[str, int], ...]]:
    """Return counts by name, each name once."""
    return st.dictionaries(names, COUNTS, max_size=most).map(lambda found: tuple(sorted(found.items())))


def some(words: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[frozenset[str]]:
    """Return sets of words, often empty."""
    return st.just(frozenset[str]()) | st.frozensets(words, max_size=most)


RECIPIENT_COUNTS: Final = st.dictionaries(st.sampled_from(Counted), st.integers(0, 80), max_size=4).map(
    lambda found: tuple(sorted(found.items()))
)
FACT_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = dict(  # noqa: C408 - as the class is called
    sender=SENDERS,
    recipient=RECIPIENTS,
    marking=st.just(Tier.UNMARKED) | st.sampled_from(Tier),
    marking_status=st.sampled_from(MarkingStatus),
    entities=counts_of(ENTITIES | st.sampled_from(GROUPS)),
    people=COUNTS,
    gaps=st.just(frozenset[GapKind]()) | st.frozensets(st.sampled_from(GapKind), max_size=3),
    size=st.integers(0, 5) | st.integers(0, 10**12),
    route=st.sampled_from(["internet", "secure-mail", "internal", "another", ""]),
    network=st.sampled_from(Network),
    domain_status=st.sampled_from([DomainStatus.LIVE, DomainStatus.UNKNOWN]) | st.sampled_from(DomainStatus),
    can=some(METHODS),
    encrypt_requested=st.booleans(),
    approvals=st.just(0) | st.integers(0, 3),
    approved_by=some(ROLES),
    descriptors=some(DESCRIPTORS),
    caveats=some(CAVEATS),
    under_marked=st.frozensets(st.sampled_from(UnderMarked)),
    recipients=RECIPIENT_COUNTS,
    recipient_is=st.just(frozenset[Trait]()) | st.frozensets(st.sampled_from(Trait), max_size=3),
    protected_thread=st.booleans(),
    unit=st.sampled_from(["", "childrens-services", "another"]),
    partner=st.sampled_from(PEOPLE_NAMED),
    partner_kind=st.sampled_from(["", "police", "health", "voluntary"]),
    agreement=st.sampled_from(AgreementStatus),
    due_diligence=st.booleans(),
    country=st.sampled_from(["", "GB", "FR", "CN"]),
    abroad=st.sampled_from(Abroad),
    reason_given=st.booleans(),
    consent=st.just(Consent.NONE) | st.sampled_from(Consent),
    hours=st.sampled_from(Hours),
    day=st.integers(1, 3_000_000),
)
FACTS: Final[st.SearchStrategy[Facts]] = st.builds(Facts, **FACT_FIELDS)
BEGINS: Final = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS: Final = st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: BEGINS + timedelta(minutes=minutes))
KNOWN_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = dict(  # noqa: C408 - the same
    at=MOMENTS,
    sender=SENDERS,
    recipient=RECIPIENTS,
    route=st.just("") | st.sampled_from(["internet", "secure-mail", "internal", "another"]),
    internal=st.booleans(),
    marking=st.just(Tier.UNMARKED) | st.sampled_from(Tier),
    marking_status=st.sampled_from(MarkingStatus),
    thread=st.just(Tier.UNMARKED) | st.sampled_from(Tier),
    thread_is_sure=st.booleans(),
    attachment_above=st.booleans(),
    descriptors=some(DESCRIPTORS),
    caveats=some(CAVEATS),
    entities=counts_of(ENTITIES),
    people=st.none() | COUNTS,
    gaps=st.just(frozenset[GapKind]()) | st.frozensets(st.sampled_from(GapKind), max_size=3),
    size=st.integers(0, 10**12),
    recipients=RECIPIENT_COUNTS,
    can=some(METHODS),
    is_new=st.booleans(),
    is_protected_thread=st.booleans(),
    encrypt_requested=st.booleans(),
    reason_given=st.booleans(),
    consent=st.just(Consent.NONE) | st.sampled_from(Consent),
    approvals=st.just(0) | st.integers(0, 3),
    approved_by=some(ROLES),
    unproved=st.booleans(),
    demands=some(st.sampled_from([Obligation.REDACT, Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY])),
)
CIRCUMSTANCES: Final[st.SearchStrategy[Circumstances]] = st.builds(Circumstances, **KNOWN_FIELDS)
