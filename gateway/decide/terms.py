"""From the terms of a rule (`when`, `unless`, `whenever`) to conditions. The table of facts is closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.decide.policy import KNOWN_GAPS, KNOWN_METHODS, Condition, Conditions, FactName, Operator
from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, Path, nearest, ordered
from gateway.model.facts import DomainStatus
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network

STATUS_RANK: Final = {MarkingStatus.NONE: 0, MarkingStatus.SUSPECTED: 1, MarkingStatus.MARKED: 2}
TIERS: Final = {tier.label: int(tier) for tier in Tier}
STATUSES: Final = {str(status): rank for status, rank in STATUS_RANK.items()}
BOUNDS: Final = {"at_least": Operator.AT_LEAST, "at_most": Operator.AT_MOST}
NO_ROUTE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that depend on the policy set: its entities and its routes."""

    entities: frozenset[str]
    routes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """One mapping of terms: where it stands and the words it may use."""

    document: Document
    path: Path
    words: Vocabulary

    def wrong(self, step: str | int, message: str, *below: str | int, key: bool = False) -> Invalid:
        return Invalid((self.document.complaint((*self.path, step, *below), message, key=key),))

    def one_word(self, fact: str, given: object, known: Collection[str], *below: str | int) -> str:
        if isinstance(given, str) and given in known:
            return given
        raise self.wrong(fact, f"'{given}' is not allowed; {nearest(given, known)}", *below)

    def several(self, fact: str, given: object, known: Collection[str], *below: str | int) -> frozenset[str]:
        if not isinstance(given, list):
            return frozenset({self.one_word(fact, given, known, *below)})
        if not given:
            raise self.wrong(fact, "this list is empty, so nothing would match; name at least one", *below)
        return frozenset(self.one_word(fact, each, known, *below, n) for n, each in enumerate(given))

    def bounds(self, fact: str, given: object, ranks: Mapping[str, int] | None, *below: str) -> Iterator[Condition]:
        """Read `{at_least: x, at_most: y}`; `ranks` gives the order of words, None stands for whole numbers."""
        if not isinstance(given, dict) or not given:
            example = next(iter(ranks), "") if ranks else "5"
            raise self.wrong(fact, f"say {{at_least: {example}}} or {{at_most: {example}}}", *below)
        for word, raw in given.items():
            if word not in BOUNDS:
                raise self.wrong(fact, f"'{word}' is not known here; {nearest(word, BOUNDS)}", *below, word, key=True)
            operand = raw
            if ranks is not None:
                operand = ranks[self.one_word(fact, raw, ranks, *below, word)]
            elif isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
                raise self.wrong(fact, "write a whole number, 0 or more", *below, word)
            yield Condition(
                fact=FactName(fact),
                operator=BOUNDS[word],
                operand=operand,
                words=" ".join((*(below or (fact.replace("_", " "),)), word.replace("_", " "), str(raw))),
                entity=below[0] if below else "",
            )


def _tier(terms: _Terms, given: object) -> Iterator[Condition]:
    yield from terms.bounds("tier", given, TIERS)


def _marking_status(terms: _Terms, given: object) -> Iterator[Condition]:
    yield from terms.bounds("marking_status", given, STATUSES)


def _people(terms: _Terms, given: object) -> Iterator[Condition]:
    yield from terms.bounds("people", given, None)


def _size(terms: _Terms, given: object) -> Iterator[Condition]:
    yield from terms.bounds("size", given, None)


def _entities(terms: _Terms, given: object) -> Iterator[Condition]:
    if not isinstance(given, dict) or not given:
        raise terms.wrong("entities", "say {NHS_NUMBER: {at_least: 1}}")
    for entity, bound in given.items():
        if entity not in terms.words.entities:
            message = f"'{entity}' is no entity that a detector reports; {_near_entity(entity, terms.words.entities)}"
            raise terms.wrong("entities", message, entity, key=True)
        yield from terms.bounds("entities", bound, None, entity)


def _near_entity(entity: str, known: Collection[str]) -> str:
    answer = nearest(entity, known)
    return answer if answer.startswith("did") else "name those of plug-ins in tiers.yaml under entities_of_plugins"


def _gaps(terms: _Terms, given: object) -> Iterator[Condition]:
    if isinstance(given, dict):
        for word in given:
            if word != "only":
                raise terms.wrong("gaps", f"'{word}' is not known here; {nearest(word, ['only'])}", word, key=True)
        kinds = terms.several("gaps", given.get("only"), KNOWN_GAPS, "only")
        yield _set(FactName.GAPS, Operator.ONLY, kinds, f"gaps only {_list(kinds)}")
    else:
        yield _any_none_or(terms, FactName.GAPS, given, KNOWN_GAPS)


def _can(terms: _Terms, given: object) -> Iterator[Condition]:
    yield _any_none_or(terms, FactName.CAN, given, KNOWN_METHODS)


def _any_none_or(terms: _Terms, fact: FactName, given: object, known: frozenset[str]) -> Condition:
    if given in ("any", "none"):
        return _set(fact, Operator(str(given)), frozenset(), f"{fact} {given}")
    words = known if isinstance(given, list) else known | {"any", "none"}
    chosen = terms.several(fact, given, words)
    return _set(fact, Operator.ONE_OF, chosen, f"{fact} {_list(chosen)}")


def _network(terms: _Terms, given: object) -> Iterator[Condition]:
    yield _among(terms, FactName.NETWORK, given, [str(each) for each in Network])


def _domain_status(terms: _Terms, given: object) -> Iterator[Condition]:
    yield _among(terms, FactName.DOMAIN_STATUS, given, [str(each) for each in DomainStatus])


def _route(terms: _Terms, given: object) -> Iterator[Condition]:
    among = _among(terms, FactName.ROUTE, given, [NO_ROUTE, *terms.words.routes])
    operand = among.operand if isinstance(among.operand, frozenset) else frozenset()
    ids = frozenset("" if each == NO_ROUTE else each for each in operand)
    yield _set(FactName.ROUTE, Operator.ONE_OF, ids, among.words)


def _among(terms: _Terms, fact: FactName, given: object, known: Collection[str]) -> Condition:
    chosen = terms.several(fact, given, known)
    return _set(fact, Operator.ONE_OF, chosen, f"{fact.replace('_', ' ')} {_list(chosen)}")


def _encrypt_requested(terms: _Terms, given: object) -> Iterator[Condition]:
    yield _flag(terms, FactName.ENCRYPT_REQUESTED, given)


def _released(terms: _Terms, given: object) -> Iterator[Condition]:
    yield _flag(terms, FactName.RELEASED, given)


def _flag(terms: _Terms, fact: FactName, given: object) -> Condition:
    if not isinstance(given, bool):
        raise terms.wrong(fact, "write true or false")
    words = fact.replace("_", " ") if given else f"not {fact.replace('_', ' ')}"
    return Condition(fact=fact, operator=Operator.IS, operand=given, words=words)


def _set(fact: FactName, operator: Operator, operand: frozenset[str], words: str) -> Condition:
    return Condition(fact=fact, operator=operator, operand=operand, words=words)


def _list(words: Collection[str]) -> str:
    return " or ".join(sorted(words))


READERS: Final[Mapping[FactName, Callable[[_Terms, Any], Iterator[Condition]]]] = {
    FactName.CAN: _can,
    FactName.DOMAIN_STATUS: _domain_status,
    FactName.ENCRYPT_REQUESTED: _encrypt_requested,
    FactName.ENTITIES: _entities,
    FactName.GAPS: _gaps,
    FactName.MARKING_STATUS: _marking_status,
    FactName.NETWORK: _network,
    FactName.PEOPLE: _people,
    FactName.RELEASED: _released,
    FactName.ROUTE: _route,
    FactName.SIZE: _size,
    FactName.TIER: _tier,
}


def conditions(
    document: Document,
    path: Path,
    given: Mapping[str, Any],
    words: Vocabulary,
    allowed: Collection[FactName] = tuple(FactName),
) -> Conditions:
    """Return the conditions of one mapping of terms; raises `Invalid` with every complaint."""
    found: list[Condition] = []
    complaints: list[Complaint] = []
    terms = _Terms(document=document, path=path, words=words)
    for fact, value in given.items():
        if fact not in allowed:
            complaints.append(
                document.complaint((*path, fact), f"'{fact}' is no fact for this; {nearest(fact, allowed)}", key=True)
            )
            continue
        try:
            found += READERS[FactName(fact)](terms, value)
        except Invalid as trouble:
            complaints += trouble.complaints
    if complaints:
        raise Invalid(ordered(complaints))
    if not found:
        raise Invalid((document.complaint(path, "there is no condition; name at least one fact"),))
    return tuple(found)
