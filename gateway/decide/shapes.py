"""The shapes of the policy files, as pydantic models; `parse` fills in what a shape cannot say."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, StringConstraints

from gateway.model.facts import DomainStatus
from gateway.model.validation import Flag, Strict, Whole, Words
from gateway.model.verdict import Network, Obligation, Outcome

Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9/_-]*$", max_length=80)]
Terms: TypeAlias = dict[str, Any]


class Then(Strict):
    """What a rule does."""

    outcome: Outcome | None = None
    obligations: tuple[Obligation, ...] = ()


class RuleShape(Strict):
    """One rule."""

    id: Id
    says: Words
    source: Words
    when: Terms
    unless: Terms | None = None
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
    """`tiers.yaml`. `entities_of_plugins` names what detectors of other makers report."""

    entities_of_plugins: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")], ...] = ()
    raises: tuple[RaiseShape, ...]


class DomainShape(Strict):
    """One row of the domain table."""

    domain: Words
    match: Literal["exact", "subtree"]
    status: Literal["live", "retired", "disputed"]
    source: Words
    note: Words


class DomainsFile(Strict):
    """`domains.yaml`."""

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


class RoutesFile(Strict):
    """`routes.yaml`."""

    routes: tuple[RouteShape, ...]


class Must(Strict):
    """What a law demands."""

    outcome_at_least: Outcome | None = None
    obligations: tuple[Obligation, ...] = ()


class LawShape(Strict):
    """One law."""

    id: Id
    says: Words
    source: Words
    whenever: Terms
    unless: Terms | None = None
    must: Must


class LawsFile(Strict):
    """`laws.yaml`."""

    laws: tuple[LawShape, ...]


class Given(Strict):
    """The facts of a golden case. `chosen` is a route that the sender named; the rest of the route follows."""

    sender: Words = "officer@exampleshire.example"
    recipient: Words
    chosen: str = ""
    subject: str = ""
    marking: Words = "UNMARKED"
    marking_status: Literal["none", "suspected", "marked"] = "none"
    entities: dict[str, Whole] = Field(default_factory=dict)
    people: Whole | None = None
    gaps: tuple[str, ...] = ()
    can: tuple[str, ...] = ("zip",)
    released: Flag = False
    size: Whole = 1000


class Expect(Strict):
    """What a golden case asserts: all of it, exactly."""

    tier: Words
    route: str
    outcome: Outcome
    obligations: tuple[Obligation, ...] = ()
    reasons: tuple[Words, ...]


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
