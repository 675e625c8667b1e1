"""A policy set as frozen values: what `parse` makes and the other files of this room read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from gateway.decide.directory import Directory
from gateway.model.facts import DomainStatus
from gateway.model.inspection import GapKind
from gateway.model.tier import Tier
from gateway.model.verdict import METHODS, Network, Outcome, Reason


class FactName(StrEnum):
    """What a condition may look at. `tier` is the effective tier: the marking's, or what findings raise it to.

    `day` has no word in the language: a rule's `from` and `until` become conditions on it.
    """

    ABROAD = "abroad"
    AGREEMENT = "agreement"
    APPROVALS = "approvals"
    APPROVED_BY = "approved_by"
    CAN = "can"
    CAVEATS = "caveats"
    CONSENT = "consent"
    COUNTRY = "country"
    DAY = "day"
    DESCRIPTORS = "descriptors"
    DOMAIN_STATUS = "domain_status"
    DUE_DILIGENCE = "due_diligence"
    ENCRYPT_REQUESTED = "encrypt_requested"
    ENTITIES = "entities"
    GAPS = "gaps"
    HOURS = "hours"
    MARKING_STATUS = "marking_status"
    NETWORK = "network"
    PARTNER = "partner"
    PARTNER_KIND = "partner_kind"
    PEOPLE = "people"
    PROTECTED_THREAD = "protected_thread"
    REASON_GIVEN = "reason_given"
    RECIPIENT = "recipient"
    RECIPIENT_IS = "recipient_is"
    RECIPIENTS = "recipients"
    ROUTE = "route"
    SENDER = "sender"
    SIZE = "size"
    TIER = "tier"
    UNDER_MARKED = "under_marked"
    UNIT = "unit"


ORDERED: Final = frozenset(
    {
        *(FactName.CAVEATS, FactName.DESCRIPTORS, FactName.ENCRYPT_REQUESTED, FactName.ENTITIES, FactName.GAPS),
        *(FactName.MARKING_STATUS, FactName.PEOPLE, FactName.PROTECTED_THREAD, FactName.RECIPIENT_IS),
        *(FactName.RECIPIENTS, FactName.SIZE, FactName.TIER, FactName.UNDER_MARKED),
    }
)
"""The facts that have an order: more of any of these must never be milder."""


class Operator(StrEnum):
    """How a condition compares. There are no others: no arithmetic, no patterns, no calls."""

    ANY = "any"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS = "is"
    NONE = "none"
    ONE_OF = "one_of"
    ONLY = "only"


Operand: TypeAlias = "bool | int | frozenset[str]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a fact with a constant; `words` is how a person says it.

    `operand` is a number (a tier's or a marking status's rank, a count, a day), a set of words, or a boolean; `name` is
    what is counted: an entity, or a kind of recipient.
    """

    fact: FactName
    operator: Operator
    operand: Operand
    words: str
    name: str = ""

    @property
    def is_from_below(self) -> bool:
        """True when more of the fact can only make it hold."""
        if self.operator is Operator.IS:
            return self.operand is True
        return self.operator in {Operator.AT_LEAST, Operator.ANY, Operator.ONE_OF}


Conditions: TypeAlias = tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where something is written, for reasons and complaints."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When every condition of `when` holds, and of no exception in `unless` all do, the rule speaks.

    An outcome of deliver permits; quarantine and refuse forbid; without an outcome the rule only adds obligations. One
    that only observes decides nothing: verdicts say what it would have changed. `welsh` is what it `says`, in Welsh.
    """

    id: str
    says: str
    source: str
    written: Written
    when: Conditions
    unless: tuple[Conditions, ...]
    outcome: Outcome | None
    obligations: frozenset[str]
    observes: bool = False
    welsh: str = ""

    @property
    def reason(self) -> Reason:
        """The rule as a verdict quotes it."""
        about = () if self.outcome is None else tuple(sorted({str(each.fact) for each in self.when}))
        return Reason(
            rule=self.id,
            file=self.written.file,
            line=self.written.line,
            says=self.says,
            about=about,
            welsh=self.welsh,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """When every condition holds, the effective tier is at least `to`; never above PROTECT."""

    id: str
    says: str
    source: str
    written: Written
    when: Conditions
    to: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A theorem over all input classes: whenever the conditions hold, at least this outcome, or these obligations."""

    id: str
    says: str
    source: str
    written: Written
    when: Conditions
    unless: tuple[Conditions, ...]
    outcome_at_least: Outcome | None
    obligations: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way out. `written` is where its channel is named.

    `serves` holds the domain statuses whose recipients take this route by themselves. With `folder` a sender may
    choose it by name. With `recipient` everything on it goes to that one address. `removable_media` says that what
    carries it can be put into a pocket.
    """

    id: str
    says: str
    written: Written
    network: Network
    channel: str
    serves: frozenset[DomainStatus]
    folder: bool
    recipient: str
    removable_media: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRow:
    """What is known of a mail domain, as an A-label; `subtree` takes in what lies below it."""

    domain: str
    subtree: bool
    status: DomainStatus
    source: str
    note: str
    written: Written


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """Everything that decides. `hash` is the SHA-256 over the names and texts of its files.

    `rules` decide, `observed` only observe. `domains` is looked up by domain; `suffixes` are the names under which
    organisations stand but which are none. `entities` are the names of findings that rules may count, and `groups`
    those that stand for several. `shown` is what people read for a tier, where it is not its own name.
    """

    hash: str
    rules: tuple[Rule, ...]
    observed: tuple[Rule, ...]
    raises: tuple[Raise, ...]
    laws: tuple[Law, ...]
    routes: Mapping[str, Route]
    domains: Mapping[str, tuple[DomainRow, ...]]
    suffixes: frozenset[str]
    entities: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    shown: Mapping[Tier, str]
    directory: Directory


KNOWN_ENTITIES: Final = frozenset(
    """
    NHS_NUMBER CHI_NUMBER HC_NUMBER NINO UTR VAT_NUMBER UK_POSTCODE UK_ADDRESS UK_PHONE DRIVING_LICENCE PASSPORT
    VEHICLE_REGISTRATION SORT_CODE BANK_ACCOUNT IBAN BIC PAYMENT_CARD UPN ULN PNC_ID CRO_NUMBER COURT_CASE PRISON_NUMBER
    HOSPITAL_NUMBER EMAIL_ADDRESS IP_ADDRESS DATE_OF_BIRTH PERSON_NAME SECRET HEALTH STATUTE_BARRED_HEALTH ETHNICITY
    RELIGION POLITICS TRADE_UNION SEX_LIFE BIOMETRIC OFFENCE CHILD_SAFEGUARDING LEGAL_PRIVILEGE COMMERCIAL
    REGISTERED_PERSON LEARNED_FORM ARREST_SUMMONS CASE_URN PROBATION_NUMBER
    """.split()  # noqa: SIM905 - forty-six words read better than forty-six lines
)
COUNTED_BY_CLASSIFY: Final = frozenset(
    {
        *("CHI_NUMBER", "CRO_NUMBER", "DATE_OF_BIRTH", "DRIVING_LICENCE", "HC_NUMBER", "HOSPITAL_NUMBER", "NHS_NUMBER"),
        *("NINO", "PASSPORT", "PNC_ID", "PRISON_NUMBER", "ULN", "UPN", "UTR"),
    }
)
"""Entities whose different values classify counts as people, where it finds any."""
KNOWN_GAPS: Final = frozenset(str(kind) for kind in GapKind)
KNOWN_METHODS: Final = frozenset(METHODS)
