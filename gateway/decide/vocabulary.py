"""The closed table of facts: what each is called in a rule, how it compares, and which words it knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.decide.policy import KNOWN_GAPS, KNOWN_METHODS
from gateway.model.facts import Abroad, AgreementStatus, Consent, Counted, DomainStatus, Hours, Trait, UnderMarked
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network

STATUS_RANK: Final = {MarkingStatus.NONE: 0, MarkingStatus.SUSPECTED: 1, MarkingStatus.MARKED: 2}
TIERS: Final[Mapping[str, int]] = {tier.label: int(tier) for tier in Tier}
STATUSES: Final[Mapping[str, int]] = {str(status): rank for status, rank in STATUS_RANK.items()}
NOBODY: Final = "none"
"""What a rule calls the absence of a route, partner or unit."""
RELEASED: Final = "released"
"""A short way to say `approvals: {at_least: 1}`, or none at all."""


class Shape(StrEnum):
    """How the value of a fact is written in a rule."""

    ADDRESSES = "addresses"  # name@domain, or @domain
    CHOICE = "choice"  # one word, or a list of which one
    COUNT = "count"  # {at_least: 5}
    COUNTS = "counts"  # {NAME: {at_least: 5}}
    FLAG = "flag"  # true, false
    RANK = "rank"  # {at_least: PROTECT}
    SET = "set"  # any, none, [one, of these], {only: [these]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that depend on the policy set."""

    entities: frozenset[str]
    routes: frozenset[str]
    descriptors: frozenset[str] = frozenset()
    caveats: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    partner_kinds: frozenset[str] = frozenset()
    retention_classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One fact of the language: `known` returns its words, or `ranks` gives them with their order.

    Of words that stand nowhere in the policy set (countries, roles, some caveats) only the `form` is checked.
    """

    shape: Shape
    known: Callable[[Vocabulary], Collection[str]] = lambda _: ()
    ranks: Mapping[str, int] | None = None
    form: str = ""
    example: str = ""


def _of(words: Iterable[str]) -> Callable[[Vocabulary], Collection[str]]:
    fixed = frozenset(str(word) for word in words)
    return lambda _: fixed


ROLE: Final = r"[a-z0-9][a-z0-9-]{0,39}"
COUNTRY: Final = r"[A-Z]{2}"
CAVEAT: Final = r"[A-Z0-9][A-Z0-9 /,-]{0,60} [A-Z]+"  # schemes have caveats with a name in them: UK EYES ONLY
SPECS: Final[Mapping[str, Spec]] = {
    "abroad": Spec(shape=Shape.CHOICE, known=_of(Abroad)),
    "agreement": Spec(shape=Shape.CHOICE, known=_of(AgreementStatus)),
    "approvals": Spec(shape=Shape.COUNT),
    "approved_by": Spec(shape=Shape.SET, form=ROLE, example="caldicott-guardian"),
    "can": Spec(shape=Shape.SET, known=_of(KNOWN_METHODS)),
    "caveats": Spec(shape=Shape.SET, known=lambda words: words.caveats, form=CAVEAT, example="UK EYES ONLY"),
    "consent": Spec(shape=Shape.CHOICE, known=_of(Consent)),
    "country": Spec(shape=Shape.CHOICE, form=COUNTRY, example="FR"),
    "descriptors": Spec(shape=Shape.SET, known=lambda words: words.descriptors),
    "domain_status": Spec(shape=Shape.CHOICE, known=_of(DomainStatus)),
    "due_diligence": Spec(shape=Shape.FLAG),
    "encrypt_requested": Spec(shape=Shape.FLAG),
    "entities": Spec(shape=Shape.COUNTS, known=lambda words: words.entities),
    "gaps": Spec(shape=Shape.SET, known=_of(KNOWN_GAPS)),
    "hours": Spec(shape=Shape.CHOICE, known=_of(Hours)),
    "marking_status": Spec(shape=Shape.RANK, ranks=STATUSES),
    "network": Spec(shape=Shape.CHOICE, known=_of(Network)),
    "partner": Spec(shape=Shape.CHOICE, known=lambda words: {NOBODY, *words.partners}),
    "partner_kind": Spec(shape=Shape.CHOICE, known=lambda words: {NOBODY, *words.partner_kinds}),
    "people": Spec(shape=Shape.COUNT),
    "protected_thread": Spec(shape=Shape.FLAG),
    "reason_given": Spec(shape=Shape.FLAG),
    "recipient": Spec(shape=Shape.ADDRESSES),
    "recipient_is": Spec(shape=Shape.SET, known=_of(Trait)),
    "recipients": Spec(shape=Shape.COUNTS, known=_of(Counted)),
    RELEASED: Spec(shape=Shape.FLAG),
    "route": Spec(shape=Shape.CHOICE, known=lambda words: {NOBODY, *words.routes}),
    "sender": Spec(shape=Shape.ADDRESSES),
    "size": Spec(shape=Shape.COUNT),
    "tier": Spec(shape=Shape.RANK, ranks=TIERS),
    "under_marked": Spec(shape=Shape.SET, known=_of(UnderMarked)),
    "unit": Spec(shape=Shape.CHOICE, known=lambda words: {NOBODY, *words.units}),
}
EMPTY_IS: Final = frozenset({"partner", "partner_kind", "route", "unit"})
"""Facts whose value is empty where a rule says `none`."""
EXAMPLES: Final[Mapping[str, str]] = {"entities": "{NHS_NUMBER: {at_least: 1}}", "recipients": "{all: {at_least: 50}}"}
