"""All inputs, cut into pieces.

A condition only compares one fact with constants, so inputs between the same constants are judged alike. An axis is a
fact, or several that depend on one another (a route has a network, a release has a releaser). Its pieces are
representatives: one for every way in which the conditions of the policy can answer. What conditions say of the pieces
is asked of the very tests that decide (`table.test_of`), so the axes are the policy's own, not a model of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, TypeAlias

from gateway.decide.policy import KNOWN_METHODS, ORDERED, Condition, FactName, Operator, Policy, Raise
from gateway.decide.table import Speaker, exceptions_of, test_of
from gateway.decide.vocabulary import STATUS_RANK
from gateway.model.facts import (
    Abroad,
    AgreementStatus,
    Consent,
    DomainStatus,
    Facts,
    Hours,
    Trait,
    UnderMarked,
)
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network

F = FactName
Piece: TypeAlias = Mapping[str, Any]
"""What a piece says, by the name of the fact; `raised` is what findings raise the tier to."""
COUNTS: Final = frozenset({"entities", "recipients"})
RAISE: Final = "raised"
OTHER: Final = "any other"  # with a blank, which no id, role or method has
SOMEBODY: Final = "any-other"
MOST_WORDS: Final = 11
"""Words of one set that rules may tell apart: their subsets are the pieces."""
PLAIN: Final = Facts(
    sender="",
    recipient="",
    marking=Tier.UNMARKED,
    marking_status=MarkingStatus.NONE,
    entities=(),
    people=0,
    gaps=frozenset(),
    size=0,
    route="",
    network=Network.PUBLIC,
    domain_status=DomainStatus.UNKNOWN,
    can=frozenset(),
    encrypt_requested=False,
)
"""What a piece says nothing of."""
MARKINGS: Final = (
    (Tier.UNMARKED, MarkingStatus.NONE),
    *((tier, status) for tier in Tier for status in (MarkingStatus.SUSPECTED, MarkingStatus.MARKED)),
)
RAISED: Final = (Tier.UNMARKED, Tier.OFFICIAL, Tier.PROTECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Pieces, the plainest first, and the pairs of them of which the second is a little more than the first."""

    pieces: tuple[Piece, ...]
    steps: tuple[tuple[int, int], ...] = ()

    @property
    def whole(self) -> int:
        """All pieces, as bits."""
        return (1 << len(self.pieces)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """All axes of a policy. `of` says on which one a fact (or what a count names) lies."""

    axes: tuple[Axis, ...]
    of: Mapping[tuple[FactName, str], int]

    @property
    def count(self) -> int:
        """How many classes of inputs there are."""
        count = 1
        for axis in self.axes:
            count *= len(axis.pieces)
        return count

    def mask(self, condition: Condition) -> tuple[int, int]:
        """Return the axis of a condition, and the pieces for which it holds, as bits."""
        number = self.of[condition.fact, condition.name]
        test, value = test_of(condition), _value_of(condition)
        bits = 0
        for place, piece in enumerate(self.axes[number].pieces):
            bits |= test(value(piece)) << place
        return number, bits

    def moved(self, facts: Facts, number: int, place: int) -> Facts:
        """Return facts with one axis on another piece."""
        fields: dict[str, Any] = {}
        for name, value in self.axes[number].pieces[place].items():
            if name in COUNTS:
                found = dict(getattr(facts, name)) | value
                fields[name] = tuple(sorted((each, count) for each, count in found.items() if count))
            elif name != RAISE:
                fields[name] = value
        return replace(facts, **fields)

    def facts(self, chosen: Sequence[int]) -> Facts:
        """Return the facts of one class, given the piece of every axis."""
        facts = PLAIN
        for number, place in enumerate(chosen):
            facts = self.moved(facts, number, place)
        return facts


def _value_of(condition: Condition) -> Any:  # noqa: ANN401 - facts have values of every kind
    """Return what reads the value of a condition's fact from a piece."""
    if condition.fact is F.TIER:
        return lambda piece: max(piece["marking"], piece[RAISE])
    if condition.fact is F.MARKING_STATUS:
        return lambda piece: STATUS_RANK[piece["marking_status"]]
    name = str(condition.fact)
    if condition.name:
        return lambda piece: tuple(piece[name].items())
    return lambda piece: piece[name]


def axes_of(policy: Policy, raises: Sequence[Raise]) -> Axes:
    """Return the axes of a policy with those of its raises that matter; `ValueError` when a set has too many words."""
    speakers: list[Speaker] = [*policy.rules, *policy.observed, *policy.laws, *raises]
    named = [each for speaker in speakers for each in _conditions(speaker)]
    by_fact: dict[FactName, list[Condition]] = {fact: [] for fact in FactName}
    for each in named:
        by_fact[each.fact].append(each)
    axes: list[Axis] = []
    of: dict[tuple[FactName, str], int] = {}
    for facts, axis in _plain_axes(policy, by_fact):
        of |= {(fact, ""): len(axes) for fact in facts}
        axes.append(axis)
    for fact in (F.ENTITIES, F.RECIPIENTS):
        for name in sorted({each.name for each in by_fact[fact]}):
            of[fact, name] = len(axes)
            axes.append(_ladder(str(fact), by_fact[fact], name))
    return Axes(axes=tuple(axes), of=of)


def _conditions(speaker: Speaker) -> Iterator[Condition]:
    yield from speaker.when
    for exception in exceptions_of(speaker):
        yield from exception


def _plain_axes(
    policy: Policy, by_fact: Mapping[FactName, Sequence[Condition]]
) -> Iterator[tuple[tuple[FactName, ...], Axis]]:
    """Yield the axes with the facts that lie on each."""
    yield (F.TIER, F.MARKING_STATUS), _marking_axis()
    yield (F.ROUTE, F.NETWORK, F.DOMAIN_STATUS), _way_axis(policy, by_fact[F.ROUTE])
    yield (F.APPROVALS, F.APPROVED_BY), _acts_axis(by_fact)
    yield (F.PARTNER, F.PARTNER_KIND, F.AGREEMENT, F.DUE_DILIGENCE), _partner_axis(policy, by_fact)
    for fact, words in SETS.items():
        yield (fact,), _set_axis(str(fact), by_fact[fact], words, has_order=fact is not F.CAN)
    for fact in (F.ENCRYPT_REQUESTED, F.PROTECTED_THREAD, F.REASON_GIVEN):
        yield (fact,), Axis(pieces=({str(fact): False}, {str(fact): True}), steps=((0, 1),) if fact in ORDERED else ())
    for fact in (F.PEOPLE, F.SIZE, F.DAY):
        yield (fact,), _ladder(str(fact), by_fact[fact])
    for fact, choices in CHOICES.items():
        yield (fact,), Axis(pieces=tuple({str(fact): each} for each in choices))
    for fact in (F.COUNTRY, F.UNIT):
        yield (fact,), Axis(pieces=tuple({str(fact): each} for each in ("", OTHER, *_words(by_fact[fact]))))
    for fact in (F.SENDER, F.RECIPIENT):
        yield (fact,), Axis(pieces=tuple({str(fact): each} for each in _addresses(by_fact[fact])))


SETS: Final[Mapping[FactName, Sequence[str]]] = {
    F.CAN: ("zip", *sorted(KNOWN_METHODS - {"zip"}), OTHER),
    F.CAVEATS: (OTHER,),
    F.DESCRIPTORS: (OTHER,),
    F.GAPS: tuple(GapKind),
    F.RECIPIENT_IS: tuple(Trait),
    F.UNDER_MARKED: tuple(UnderMarked),
}
CHOICES: Final[Mapping[FactName, Sequence[Any]]] = {
    F.ABROAD: (Abroad.UNKNOWN, Abroad.HOME, Abroad.ADEQUATE, Abroad.NOT_ADEQUATE),
    F.CONSENT: (Consent.NONE, *(each for each in Consent if each is not Consent.NONE)),
    F.HOURS: (Hours.OPEN, Hours.CLOSED),
}


def _words(named: Iterable[Condition]) -> list[str]:
    """Return the words that conditions name, without the empty one."""
    sets = (each.operand for each in named if isinstance(each.operand, frozenset))
    return sorted({word for words in sets for word in words if word})


def _ladder(field: str, named: Iterable[Condition], name: str = "") -> Axis:
    """Return the pieces that the constants cut the whole numbers into, each with its lowest number."""
    starts = {0}
    for each in named:
        if each.name == name and isinstance(each.operand, int):
            starts.add(each.operand + (1 if each.operator is Operator.AT_MOST else 0))
    pieces = tuple({field: {name: start} if name else start} for start in sorted(starts))
    return Axis(pieces=pieces, steps=tuple((place, place + 1) for place in range(len(pieces) - 1)))


def _marking_axis() -> Axis:
    pieces = tuple(
        {"marking": tier, "marking_status": status, RAISE: raised} for raised in RAISED for tier, status in MARKINGS
    )
    steps = tuple(
        (low, high)
        for (low, less), (high, more) in product(enumerate(pieces), repeat=2)
        if _steps_up(less, more) and low != high
    )
    return Axis(pieces=pieces, steps=steps)


def _steps_up(less: Piece, more: Piece) -> bool:
    """Say whether one marking is a little more than another: the next tier, a surer status, or more that was found."""
    higher = more["marking"] - less["marking"]
    surer = STATUS_RANK[more["marking_status"]] - STATUS_RANK[less["marking_status"]]
    raised = RAISED.index(more[RAISE]) - RAISED.index(less[RAISE])
    return (higher, surer, raised) in {(1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1)}


def _way_axis(policy: Policy, named: Iterable[Condition]) -> Axis:
    """Return every route with every status of a domain: a law must hold for routes that are not thought of yet."""
    ways = [("", Network.PUBLIC), *((OTHER, network) for network in Network)]
    ways += [(each, policy.routes[each].network) for each in _words(named) if each in policy.routes]
    statuses = sorted(DomainStatus, key=lambda status: status is not DomainStatus.UNKNOWN)
    ways = [*ways[1:], ways[0]]
    return Axis(
        pieces=tuple(
            {"route": route, "network": network, "domain_status": status}
            for (route, network), status in product(ways, statuses)
        )
    )


def _acts_axis(by_fact: Mapping[FactName, Sequence[Condition]]) -> Axis:
    """Return how many released it, and in which roles; nobody has a role without having released it."""
    ladder = _ladder("approvals", by_fact[F.APPROVALS]).pieces
    counts = sorted({0, 1, *(piece["approvals"] for piece in ladder)})
    roles = _set_axis("approved_by", by_fact[F.APPROVED_BY], (OTHER,), has_order=False).pieces
    pieces = (
        {"approvals": count, "approved_by": each["approved_by"]} for each in roles for count in counts
        if count or not each["approved_by"]
    )  # fmt: skip
    return Axis(pieces=tuple(pieces))


def _partner_axis(policy: Policy, by_fact: Mapping[FactName, Sequence[Condition]]) -> Axis:
    """Return who the recipient's organisation is and how we stand with it; nobody has no agreement."""
    kinds = sorted(policy.directory.partner_kinds)
    partners = [(OTHER, kind) for kind in kinds]
    partners += [(each, str(policy.directory.people.by_id[each].kind)) for each in _words(by_fact[F.PARTNER])]
    nobody = {"partner": "", "partner_kind": "", "agreement": AgreementStatus.NONE, "due_diligence": False}
    statuses = sorted(AgreementStatus, key=lambda status: status is not AgreementStatus.NONE)
    others = (
        {"partner": partner, "partner_kind": kind, "agreement": status, "due_diligence": checked}
        for (partner, kind), status, checked in product(partners, statuses, (False, True))
    )
    pieces = (nobody, *others)
    covered, uncovered = ({"agreement": each} for each in (AgreementStatus.IN_FORCE, AgreementStatus.NOT_COVERING))
    steps = tuple(  # a further finding may be one that the agreement does not cover
        (place, pieces.index(piece | uncovered)) for place, piece in enumerate(pieces) if piece == piece | covered
    )
    return Axis(pieces=pieces, steps=steps)


def _set_axis(field: str, named: Sequence[Condition], words: Sequence[str], *, has_order: bool) -> Axis:
    """Return every set of words, words that no condition tells apart counted as one."""
    operands = [each.operand for each in named if isinstance(each.operand, frozenset)]
    alike: dict[tuple[bool, ...], str] = {}
    for word in dict.fromkeys((*words, *_words(named))):
        alike.setdefault(tuple(word in operand for operand in operands), word)
    if len(alike) > MOST_WORDS:
        raise ValueError(f"rules tell {len(alike)} words of '{field}' apart, more than {MOST_WORDS}")
    apart = list(alike.values())
    pieces = tuple(
        {field: frozenset(word for place, word in enumerate(apart) if number >> place & 1)}
        for number in sorted(range(1 << len(apart)), key=int.bit_count)
    )
    if not has_order:
        return Axis(pieces=pieces)
    places = {piece[field]: place for place, piece in enumerate(pieces)}
    steps = tuple(
        (place, places[piece[field] | {word}])
        for place, piece in enumerate(pieces) for word in apart if word not in piece[field]
    )  # fmt: skip
    return Axis(pieces=pieces, steps=steps)


def _addresses(named: Iterable[Condition]) -> Iterator[str]:
    """Yield one address for every way to be named or not."""
    yield ""
    words = _words(named)
    for word in words:
        local = SOMEBODY
        while f"{local}{word}" in words:
            local += "-still"
        yield f"{local}{word}" if word.startswith("@") else word
