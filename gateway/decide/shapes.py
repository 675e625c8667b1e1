"""The shapes of the policy files, as pydantic models; `parse` fills in what a shape cannot say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints

from gateway.model.facts import AgreementStatus, Consent, Counted, DomainStatus
from gateway.model.inspection import MarkingStatus
from gateway.model.validation import Flag, Strict, Whole, Words
from gateway.model.verdict import Network, Outcome

Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9/_-]*$", max_length=80)]
Terms: TypeAlias = dict[str, Any]
Entity: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


def _day(given: object) -> object:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError(f"'{given}' is no day; write year-month-day, for example 2026-03-31") from None


def _moment(given: object) -> object:
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        raise ValueError(f"'{given}' is no time; write for example 2026-03-31T17:30Z")  # noqa: TRY004 - pydantic wants it
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]


class Then(Strict):
    """What a rule does."""

    outcome: Outcome | None = None
    obligations: tuple[Words, ...] = ()


class RuleShape(Strict):
    """One rule. It holds on the days from `from` up to `until`; with `mode: observe` it decides nothing.

    `welsh` is what it `says`, in Welsh; empty where its author wrote none.
    """

    id: Id
    says: Words
    welsh: Words = ""
    source: Words
    mode: Literal["enforce", "observe"] = "enforce"
    from_day: Day | None = Field(default=None, alias="from")
    until_day: Day | None = Field(default=None, alias="until")
    when: Terms
    unless: Terms | tuple[Terms, ...] | None = None
    then: Then


class RulesFile(Strict):
    """`rules/*.yaml`."""

    rules: tuple[RuleShape, ...]


class RaiseShape(Strict):
    """One raise of the effective tier."""

    id: Id
    says: Words
    source: Words
    when: Terms
    to: Words


class TiersFile(Strict):
    """`tiers.yaml`. `entities_of_plugins` names what detectors of other makers report; `groups` count as one."""

    entities_of_plugins: tuple[Entity, ...] = ()
    groups: dict[Entity, tuple[Entity, ...]] = Field(default_factory=dict)
    raises: tuple[RaiseShape, ...]


class DomainShape(Strict):
    """One row of the domain table: what is true today, and what the source documents said where they name it."""

    domain: Words
    match: Literal["exact", "subtree"]
    status: Literal["live", "private", "retired", "disputed"]
    seeds: Literal["live", "private"] | None = None
    source: Words
    note: Words


class DomainsFile(Strict):
    """`domains.yaml`."""

    profile: Literal["uk-2026", "seeds-2014"] = "uk-2026"
    public_suffixes: tuple[Words, ...] = ()
    domains: tuple[DomainShape, ...]


class RouteShape(Strict):
    """One route."""

    id: Id
    says: Words
    network: Network
    channel: Words
    serves: tuple[DomainStatus, ...] = ()
    folder: Flag = False
    recipient: str = ""
    removable_media: Flag = False


class MoreDomainsFile(Strict):
    """`domains/*.yaml`: domains that an operator vouches for, each exactly as it stands."""

    source: Words
    status: Literal["live", "private", "retired"]
    checked: Day
    names: tuple[Words, ...]


class RoutesFile(Strict):
    """`routes.yaml`."""

    routes: tuple[RouteShape, ...]


class Must(Strict):
    """What a law demands."""

    outcome_at_least: Outcome | None = None
    obligations: tuple[Words, ...] = ()


class LawShape(Strict):
    """One law."""

    id: Id
    says: Words
    source: Words
    whenever: Terms
    unless: Terms | tuple[Terms, ...] | None = None
    must: Must


class LawsFile(Strict):
    """`laws.yaml`."""

    laws: tuple[LawShape, ...]


class Imagined(Strict):
    """What a case supposes that the policy set does not have (yet): a route, a partner, an agreement."""

    network: Network | None = None
    domain_status: DomainStatus | None = None
    removable_media: Flag = False
    agreement: AgreementStatus | None = None
    due_diligence: Flag = False


class Given(Strict):
    """The circumstances of a golden case. `chosen` is a route that the sender named; the rest follows from the policy.

    `released_by` are the roles of the different officers who released it, `""` for one without a role.
    """

    at: Moment = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
    sender: Words = "officer@exampleshire.example"
    recipient: Words
    chosen: str = ""
    subject: str = ""
    marking: Words = "UNMARKED"
    marking_status: MarkingStatus = MarkingStatus.NONE
    thread: Words = "UNMARKED"
    thread_is_sure: Flag = False
    attachment_above: Flag = False
    descriptors: tuple[Words, ...] = ()
    caveats: tuple[Words, ...] = ()
    entities: dict[str, Whole] = Field(default_factory=dict)
    people: Whole | None = None
    gaps: tuple[str, ...] = ()
    recipients: dict[Counted, Whole] = Field(default_factory=dict)
    can: tuple[str, ...] = ("zip",)
    new: Flag = False
    protected_thread: Flag = False
    reason_given: Flag = False
    consent: Consent = Consent.NONE
    released_by: tuple[str, ...] = ()
    size: Whole = 1000
    imagined: Imagined = Imagined()


class Expect(Strict):
    """What a golden case asserts: all of it, exactly. `observed` are rules in observe mode that would change it."""

    tier: Words
    route: str
    outcome: Outcome
    obligations: tuple[Words, ...] = ()
    reasons: tuple[Words, ...]
    observed: tuple[Words, ...] = ()


class CaseShape(Strict):
    """One golden case."""

    id: Id
    says: Words
    given: Given
    expect: Expect


class CasesFile(Strict):
    """`cases/*.yaml`."""

    internal_domains: tuple[Words, ...] = ("exampleshire.example",)
    cases: tuple[CaseShape, ...]
