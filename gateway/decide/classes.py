"""The input classes of a policy: one representative for each way its constants cut the facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Final, TypeAlias

from gateway.decide.facts import NOTHING
from gateway.decide.policy import KNOWN_METHODS, Condition, FactName, Operator, Policy, Raise
from gateway.model.facts import DomainStatus, Facts
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network

Change: TypeAlias = dict[str, object]
OTHER_ROUTE: Final = "any-other-route"
# the commonest first, because the first class found is the one that a counterexample shows
STATUSES: Final = sorted(DomainStatus, key=lambda status: status is not DomainStatus.UNKNOWN)
OTHER_METHOD: Final = "any-other-method"
MARKINGS: Final = (
    (Tier.UNMARKED, MarkingStatus.NONE),
    *((tier, status) for tier in list(Tier)[1:] for status in (MarkingStatus.SUSPECTED, MarkingStatus.MARKED)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """`contents` times `ways` are all input classes; `steps` pairs contents where the second has a little more."""

    contents: tuple[Facts, ...]
    ways: tuple[Facts, ...]
    steps: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """How many input classes there are."""
        return len(self.contents) * len(self.ways)


def size_of(policy: Policy) -> int:
    """Return how many classes there would be, without making them."""
    axes = _axes(policy)
    count = len(_ways(policy))
    for axis in axes:
        count *= len(axis.values)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """One ordered fact: changes to the facts, and the pairs of values of which the second is next above the first."""

    values: tuple[Change, ...]
    steps: tuple[tuple[int, int], ...]


def classes_of(policy: Policy) -> Classes:
    """Return the input classes of a policy."""
    axes = _axes(policy)
    strides = [1]
    for axis in reversed(axes[1:]):
        strides.insert(0, strides[0] * len(axis.values))
    contents = tuple(_facts(chosen) for chosen in product(*(axis.values for axis in axes)))
    steps = [
        (number, number + (above - below) * stride)
        for axis, stride in zip(axes, strides, strict=True)
        for below, above in axis.steps
        for number in range(len(contents))
        if number // stride % len(axis.values) == below
    ]
    return Classes(contents=contents, ways=_ways(policy), steps=tuple(steps))


def _facts(chosen: Iterable[Change]) -> Facts:
    """Put one value of every axis together; entity counts of several axes add up."""
    entities: dict[str, int] = {}
    fields: dict[str, object] = {}
    for change in chosen:
        for name, value in change.items():
            if name == "entities" and isinstance(value, tuple):
                entities.update(value)
            else:
                fields[name] = value
    return replace(NOTHING, entities=tuple(sorted(entities.items())), **fields)  # type: ignore[arg-type]  # its fields


def _conditions(policy: Policy) -> Iterator[Condition]:
    for rule in policy.rules:
        yield from (*rule.when, *rule.unless)
    for law in policy.laws:
        yield from (*law.when, *law.unless)


def _axes(policy: Policy) -> tuple[_Axis, ...]:
    named = tuple(_conditions(policy))
    every = (*named, *(condition for each in policy.raises for condition in each.when))
    counted = sorted({condition.entity for condition in named if condition.entity})
    per_entity = (
        _ladder([{"entities": ((entity, number),)} for number in _pieces(every, FactName.ENTITIES, entity)])
        for entity in counted
    )
    return (
        _marking_axis(),
        *per_entity,
        _witness_axis(policy.raises, frozenset(counted)),
        _ladder([{"people": number} for number in _pieces(every, FactName.PEOPLE)]),
        _gaps_axis(named),
        _ladder([{"size": number} for number in _pieces(every, FactName.SIZE)]),
    )


def _ladder(values: Sequence[Change]) -> _Axis:
    return _Axis(values=tuple(values), steps=tuple((n, n + 1) for n in range(len(values) - 1)))


def _pieces(conditions: Iterable[Condition], fact: FactName, entity: str = "") -> list[int]:
    """Return the lowest number of every piece that the constants cut the whole numbers into."""
    pieces = {0}
    for condition in conditions:
        if condition.fact is fact and condition.entity == entity and isinstance(condition.operand, int):
            pieces.add(condition.operand + (1 if condition.operator is Operator.AT_MOST else 0))
    return sorted(pieces)


def _marking_axis() -> _Axis:
    values: tuple[Change, ...] = tuple({"marking": tier, "marking_status": status} for tier, status in MARKINGS)
    rank = {MarkingStatus.NONE: 0, MarkingStatus.SUSPECTED: 1, MarkingStatus.MARKED: 2}
    steps = [
        (below, above)
        for (below, (tier, status)), (above, (higher, surer)) in product(enumerate(MARKINGS), repeat=2)
        if (higher - tier, rank[surer] - rank[status]) in {(0, 1), (1, 0), (1, 1)}
    ]
    return _Axis(values=values, steps=tuple(steps))


def _witness_axis(raises: Sequence[Raise], counted: frozenset[str]) -> _Axis:
    """Return one set of findings for each set of raises that findings not named by any rule can trigger."""
    needs = [_need(each, counted) for each in raises]
    kinds = [_rest(each, counted) for each in raises]
    witnesses: dict[frozenset[object], dict[str, int]] = {}
    for need in ({}, *needs):
        covers = (all(need.get(name, 0) >= least for name, least in each.items()) for each in needs)
        triggered: frozenset[object] = frozenset(kind for kind, covered in zip(kinds, covers, strict=True) if covered)
        witnesses.setdefault(triggered, need)
    listed = list(witnesses)
    steps = [(a, b) for a, b in product(range(len(listed)), repeat=2) if listed[a] < listed[b]]
    return _Axis(values=tuple({"entities": tuple(need.items())} for need in witnesses.values()), steps=tuple(steps))


def _need(each: Raise, counted: frozenset[str]) -> dict[str, int]:
    need: dict[str, int] = {}
    for condition in each.when:
        if condition.entity and condition.entity not in counted and isinstance(condition.operand, int):
            need[condition.entity] = max(condition.operand, need.get(condition.entity, 0))
    return need


def _rest(each: Raise, counted: frozenset[str]) -> tuple[object, ...]:
    """Return what else a raise asks for, and what it raises to: raises alike in this have the same effect."""
    rest = {(condition.fact, condition.entity, condition.operand) for condition in each.when
            if not condition.entity or condition.entity in counted}  # fmt: skip
    return (each.to, frozenset(rest))


def _gaps_axis(named: Iterable[Condition]) -> _Axis:
    values = list(_subsets(named, FactName.GAPS, [str(kind) for kind in GapKind]))
    steps = [
        (a, b)
        for a, b in product(range(len(values)), repeat=2)
        if values[a] < values[b] and len(values[b]) == len(values[a]) + 1
    ]
    kinds: tuple[Change, ...] = tuple({"gaps": frozenset(GapKind(kind) for kind in value)} for value in values)
    return _Axis(values=kinds, steps=tuple(steps))


def _subsets(named: Iterable[Condition], fact: FactName, words: Sequence[str]) -> Iterator[frozenset[str]]:
    """Yield every set of words, words that no condition tells apart counted as one."""
    operands = [each.operand for each in named if each.fact is fact and isinstance(each.operand, frozenset)]
    alike: dict[tuple[bool, ...], str] = {}
    for word in words:
        alike.setdefault(tuple(word in operand for operand in operands), word)
    for length in range(len(alike) + 1):
        yield from map(frozenset, combinations(alike.values(), length))


def _ways(policy: Policy) -> tuple[Facts, ...]:
    """Return every class of recipient, route and wish."""
    named = tuple(_conditions(policy))
    ids = {word for each in named if each.fact is FactName.ROUTE and isinstance(each.operand, frozenset)
           for word in each.operand if word}  # fmt: skip
    routes = [("", Network.PUBLIC), *((OTHER_ROUTE, network) for network in Network)]
    routes += [(each, policy.routes[each].network) for each in sorted(ids)]
    methods = tuple(_subsets(named, FactName.CAN, ["zip", *sorted(KNOWN_METHODS - {"zip"}), OTHER_METHOD]))
    return tuple(
        replace(
            NOTHING,
            route=route,
            network=network,
            domain_status=status,
            can=can,
            encrypt_requested=asked,
            released=released,
        )
        for (route, network), status, can, asked, released in product(
            routes, STATUSES, methods, (False, True), (False, True)
        )
    )
