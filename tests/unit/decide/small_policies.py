"""Small random policies, over a few facts each, and every input that such a policy can tell apart.

The inputs are listed here by hand from the vocabularies, and not taken from the axes that the proof cuts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations, product
from math import prod
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.parse import parse_policy
from gateway.decide.policy import KNOWN_ENTITIES, Conditions, Law, Policy, Raise, Rule, Written
from gateway.decide.proof.axes import PLAIN
from gateway.decide.terms import conditions
from gateway.decide.vocabulary import Vocabulary
from gateway.model.document import read
from gateway.model.facts import (
    Abroad,
    AgreementStatus,
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
from gateway.model.verdict import Network, Outcome

BASE: Final = parse_policy(read_policy_files(Path(__file__).parents[3] / "policies"))
DOCUMENT: Final = read("policies/rules/small.yaml", "{}")
HERE: Final = Written(file="policies/rules/small.yaml", line=1, column=1)
WORDS: Final = Vocabulary(
    entities=KNOWN_ENTITIES,
    routes=frozenset(BASE.routes),
    descriptors=frozenset({"STAFF", "LOCSEN"}),
    caveats=frozenset(),
    units=BASE.directory.units,
    partners=BASE.directory.partners,
    partner_kinds=BASE.directory.partner_kinds,
)
MOST: Final = 2500
"""Inputs of one small policy: few enough to ask about each."""
Piece = Mapping[str, Any]
Pieces = list[Piece]


def subsets(field: str, words: list[Any]) -> Pieces:
    """Return every set of some words as a value of one field."""
    every = chain.from_iterable(combinations(words, size) for size in range(len(words) + 1))
    return [{field: frozenset(each)} for each in every]


def numbers(field: str, name: str = "") -> Pieces:
    """Return the numbers around the constants that small policies use."""
    return [{field: ((name, count),) if name else count} for count in range(5)]


def choices(field: str, values: Any) -> Pieces:  # noqa: ANN401 - values of any field
    """Return one piece for each value."""
    return [{field: each} for each in values]


WAYS: Final = [("", Network.PUBLIC), ("internet", Network.PUBLIC), ("secure-mail", Network.VERIFIED_TLS)] + [
    ("any-other", network) for network in Network
]
PARTNERS: Final = [("st-elsewhere", "health"), ("midshire-police", "police"), ("x", "health"), ("x", "court")]
MARKINGS: Final[Pieces] = [
    {"marking": tier, "marking_status": status}
    for tier in Tier
    for status in MarkingStatus
    if tier is Tier.UNMARKED or status is not MarkingStatus.NONE
]
INPUTS: Final[Mapping[str, Pieces]] = {
    "marking": MARKINGS,
    "NHS_NUMBER": [{"NHS_NUMBER": count} for count in range(5)],
    "UPN": [{"UPN": count} for count in range(4)],
    "people": numbers("people"),
    "gaps": subsets("gaps", [GapKind.ENCRYPTED, GapKind.CORRUPT, GapKind.TIMEOUT]),
    "way": [
        {"route": route, "network": network, "domain_status": status}
        for (route, network), status in product(WAYS, DomainStatus)
    ],
    "acts": [{"approvals": 0, "approved_by": frozenset[str]()}]
    + [
        {"approvals": count, **roles}
        for count, roles in product((1, 2, 3), subsets("approved_by", ["caldicott-guardian", "other"]))
    ],
    "can": subsets("can", ["zip", "pgp", "of-a-plug-in"]),
    "partner": [{}]
    + [
        {"partner": partner, "partner_kind": kind, "agreement": status, "due_diligence": checked}
        for (partner, kind), status, checked in product(PARTNERS, AgreementStatus, (False, True))
    ],
    "recipients": [{}, *numbers("recipients", Counted.EXTERNAL)[1:]],
    "recipient_is": subsets("recipient_is", [Trait.GROUP, Trait.NEW, Trait.LOOK_ALIKE]),
    "under_marked": subsets("under_marked", list(UnderMarked)),
    "descriptors": subsets("descriptors", ["STAFF", "LOCSEN", "OTHER"]),
    "caveats": subsets("caveats", ["UK EYES ONLY", "OTHER"]),
    "encrypt_requested": choices("encrypt_requested", (False, True)),
    "protected_thread": choices("protected_thread", (False, True)),
    "reason_given": choices("reason_given", (False, True)),
    "consent": choices("consent", Consent),
    "abroad": choices("abroad", Abroad),
    "hours": choices("hours", Hours),
    "country": choices("country", ("", "FR", "GB")),
    "unit": choices("unit", ("", "childrens-services", "x")),
    "sender": choices("sender", ("", "a@b.example", "x@b.example", "a@c.example")),
    "recipient": choices("recipient", ("", "a@b.example", "x@b.example", "a@c.example")),
    "size": numbers("size"),
}
ON: Final[Mapping[str, str]] = {
    **dict.fromkeys(("tier", "marking_status"), "marking"),
    **dict.fromkeys(("route", "network", "domain_status"), "way"),
    **dict.fromkeys(("released", "approvals", "approved_by"), "acts"),
    **dict.fromkeys(("partner", "partner_kind", "agreement", "due_diligence"), "partner"),
}
"""Which inputs a fact needs, where they are not called like it."""


def bounds(values: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return what a rule may say from below, and from above."""
    return [{"at_least": each} for each in values], [{"at_most": each} for each in values]


def words_of(first: str, second: str) -> tuple[list[Any], list[Any]]:
    """The same for a set of words."""
    below = ["any", [first], [first, second]]
    return below, ["none", {"only": [first]}, {"only": [first, second]}]


def both(values: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return what a rule may say from either side, of a fact that has no order."""
    return values, values


TERMS: Final[Mapping[str, tuple[list[Any], list[Any]]]] = {
    "tier": bounds(["UNCLASSIFIED", "OFFICIAL", "PROTECT", "RESTRICTED", "CONFIDENTIAL"]),
    "marking_status": bounds(["suspected", "marked", "none"]),
    "NHS_NUMBER": bounds([1, 2, 3]),
    "UPN": bounds([1, 2]),
    "people": bounds([1, 2, 3]),
    "gaps": words_of("encrypted", "corrupt"),
    "network": both(["public", "off-internet", ["internal", "verified-tls"], ["public", "verified-tls"]]),
    "route": both(["none", "internet", ["secure-mail", "none"]]),
    "domain_status": both(["unknown", ["live", "private"], ["retired", "disputed"], "none"]),
    "released": both([True, False]),
    "approvals": both([{"at_least": 1}, {"at_least": 2}, {"at_most": 1}, {"at_least": 3}]),
    "approved_by": both(["any", "none", ["caldicott-guardian"], {"only": ["caldicott-guardian"]}]),
    "can": both(["any", "none", ["zip"], ["zip", "pgp"], {"only": ["pgp"]}]),
    "partner": both(["none", "st-elsewhere", ["midshire-police", "none"]]),
    "partner_kind": both(["health", ["police", "court"], "none"]),
    "agreement": both([["in_force", "not_covering"], ["none", "lapsed"]]),  # what more findings tell apart has an order
    "due_diligence": both([True, False]),
    "recipients": ([{"external": {"at_least": 2}}], [{"external": {"at_most": 1}}, {"external": {"at_most": 2}}]),
    "recipient_is": words_of("group", "new"),
    "under_marked": words_of("content", "attachment"),
    "descriptors": words_of("STAFF", "LOCSEN"),
    "caveats": (["any", ["UK EYES ONLY"]], ["none", {"only": ["UK EYES ONLY"]}]),
    "encrypt_requested": ([True], [False]),
    "protected_thread": ([True], [False]),
    "reason_given": both([True, False]),
    "consent": both(["given", ["refused", "withdrawn"]]),
    "abroad": both(["not_adequate", ["home", "unknown"]]),
    "hours": both(["open", "closed"]),
    "country": both(["FR", ["FR", "GB"]]),
    "unit": both(["none", "childrens-services"]),
    "sender": both(["a@b.example", "@b.example", ["@c.example", "x@b.example"]]),
    "recipient": both(["a@b.example", "@b.example", ["@c.example", "x@b.example"]]),
    "size": bounds([1, 2, 3]),
}
THEN: Final = [
    *[(Outcome.DELIVER, frozenset[str]())] * 4,
    (Outcome.QUARANTINE, frozenset[str]()),
    (Outcome.QUARANTINE, frozenset({"ask:reason", "tell:officer"})),
    (Outcome.REFUSE, frozenset[str]()),
    (None, frozenset({"seal:aes256"})),
    (None, frozenset({"tls:verified", "tell:officer"})),
    (None, frozenset({"ask:reason", "seal:aes256"})),
]
WITH_DUTIES: Final = (Outcome.DELIVER, frozenset({"seal:aes256"}))
"""A permit that owes something itself; where more silences it, what it owes is gone."""
MUST: Final = [
    (Outcome.QUARANTINE, frozenset[str]()),
    (Outcome.REFUSE, frozenset[str]()),
    (None, frozenset({"seal:aes256"})),
    (None, frozenset({"seal:aes256", "tls:verified"})),
    (Outcome.QUARANTINE, frozenset({"tls:verified"})),
]


class Small:
    """A small policy, and the names of the inputs that it can tell apart."""

    def __init__(self, policy: Policy, inputs: tuple[str, ...]) -> None:
        self.policy = policy
        self.inputs = inputs

    def __repr__(self) -> str:
        speakers: list[Rule | Law | Raise] = [*self.policy.rules, *self.policy.laws, *self.policy.raises]
        return f"{self.inputs} {'; '.join(told(each) for each in speakers)}"

    @property
    def facts(self) -> Iterator[Facts]:
        """Yield every input."""
        for pieces in product(*(INPUTS[name] for name in self.inputs)):
            yield facts_of(pieces)


def told(speaker: Rule | Law | Raise) -> str:
    """Return a rule, law or raise in words."""

    def said(conditions: Conditions) -> str:
        return " and ".join(each.words for each in conditions)

    exceptions = () if isinstance(speaker, Raise) else speaker.unless
    unless = "".join(f" unless {said(each)}" for each in exceptions)
    if isinstance(speaker, Raise):
        does = f"to {speaker.to.label}"
    else:
        outcome = speaker.outcome if isinstance(speaker, Rule) else speaker.outcome_at_least
        does = f"{outcome} {sorted(speaker.obligations)}"
    return f"{speaker.id} when {said(speaker.when)}{unless}: {does}"


def facts_of(pieces: tuple[Piece, ...]) -> Facts:
    """Return one input."""
    fields: dict[str, Any] = {}
    counts: list[tuple[str, int]] = []
    for piece in pieces:
        for name, value in piece.items():
            if name in KNOWN_ENTITIES:
                counts.append((name, value))
            else:
                fields[name] = value
    return replace(PLAIN, entities=tuple(each for each in counts if each[1]), **fields)


@st.composite
def small_policies(draw: st.DrawFn, *, in_order: bool, duties: bool = True) -> Small:
    """Draw a policy. With `in_order` each rule is bounded from the side that keeps more from being milder."""
    facts = draw(st.lists(st.sampled_from(sorted(TERMS)), min_size=2, max_size=5, unique=True))
    facts = ["tier", *facts] if draw(st.booleans()) and "tier" not in facts else facts
    raising = draw(st.booleans()) and "tier" in facts
    if raising:
        facts = list(dict.fromkeys([*facts, draw(st.sampled_from(["NHS_NUMBER", "people"]))]))
    inputs = list(dict.fromkeys(ON.get(fact, fact) for fact in facts))
    while prod(len(INPUTS[name]) for name in inputs) > MOST:
        dropped = inputs.pop()
        facts = [fact for fact in facts if ON.get(fact, fact) != dropped]

    def terms(side: int | None) -> Conditions:
        chosen = draw(st.lists(st.sampled_from(facts), min_size=1, max_size=3, unique=True))
        given: dict[str, Any] = {}
        for fact in chosen:
            which = draw(st.sampled_from([0, 1])) if side is None else side
            term = draw(st.sampled_from(TERMS[fact][which]))
            if fact in KNOWN_ENTITIES:
                given["entities"] = given.get("entities", {}) | {fact: term}
            else:
                given[fact] = term
        return conditions(DOCUMENT, (), given, WORDS)

    def rule(number: int) -> Rule:
        outcome, obligations = draw(st.sampled_from([*THEN, *([WITH_DUTIES] if duties else [])]))
        side = 1 if outcome is Outcome.DELIVER else 0
        exceptions = draw(st.sampled_from([0, 0, 1, 2]))
        return Rule(
            id=f"small/{number}",
            says=f"Rule {number}.",
            source="none",
            written=replace(HERE, line=number),
            when=terms(side if in_order else None),
            unless=tuple(terms(1 - side if in_order else None) for _ in range(exceptions)),
            outcome=outcome,
            obligations=obligations,
        )

    def law(number: int) -> Law:
        outcome, obligations = draw(st.sampled_from(MUST))
        exceptions = draw(st.sampled_from([0, 0, 1]))
        return Law(
            id=f"law/{number}",
            says=f"Law {number}.",
            source="none",
            written=replace(HERE, line=number),
            when=terms(None),
            unless=tuple(terms(None) for _ in range(exceptions)),
            outcome_at_least=outcome,
            obligations=obligations,
        )

    policy = replace(
        BASE,
        rules=tuple(rule(number) for number in range(1, draw(st.integers(2, 6)))),
        observed=(),
        laws=tuple(law(number) for number in range(1, draw(st.integers(2, 4)))),
        raises=tuple(_raises(draw, facts)) if raising else (),
    )
    return Small(policy, tuple(inputs))


def _raises(draw: st.DrawFn, facts: list[str]) -> Iterator[Raise]:
    """Yield up to three raises over what is counted."""
    names = [fact for fact in facts if fact in KNOWN_ENTITIES or fact == "people"]
    for number in range(draw(st.integers(0, 3)) if names else 0):
        name, least = draw(st.sampled_from(names)), draw(st.integers(1, 2))
        bound = {"at_least": least}
        given = {name: bound} if name == "people" else {"entities": {name: bound}}
        yield Raise(
            id=f"raise/{number}",
            says="Raises.",
            source="none",
            written=HERE,
            when=conditions(DOCUMENT, (), given, WORDS),
            to=draw(st.sampled_from([Tier.OFFICIAL, Tier.PROTECT])),
        )


SMALL: Final = small_policies(in_order=False)
IN_ORDER: Final = small_policies(in_order=True)
IN_ORDER_WITHOUT_DUTIES: Final = small_policies(in_order=True, duties=False)
