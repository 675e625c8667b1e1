"""From the terms of a rule (`when`, `unless`, `whenever`) to conditions, by the closed table of facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.decide.address import domain_of, plain_domain
from gateway.decide.policy import Condition, Conditions, FactName, Operator
from gateway.decide.vocabulary import EMPTY_IS, EXAMPLES, NOBODY, RELEASED, SPECS, Shape, Spec, Vocabulary
from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, Path, nearest, ordered

BOUNDS: Final = {"at_least": Operator.AT_LEAST, "at_most": Operator.AT_MOST}
ANY_OR_NONE: Final = frozenset({"any", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """One fact with what a rule says of it: where it stands, and the words it may use."""

    document: Document
    path: Path
    fact: str
    spec: Spec
    words: Vocabulary

    @property
    def known(self) -> Collection[str]:
        return self.spec.known(self.words)

    def wrong(self, message: str, *below: str | int, key: bool = False) -> Invalid:
        return Invalid((self.document.complaint((*self.path, *below), message, key=key),))

    def one_word(self, given: object, known: Collection[str], *below: str | int) -> str:
        if isinstance(given, str) and given in known:
            return given
        if self.spec.form and isinstance(given, str) and re.fullmatch(self.spec.form, given):
            return given
        like = f"write it like '{self.spec.example}'" if self.spec.form else nearest(given, known)
        said = str(given).lower() if isinstance(given, bool) else given
        raise self.wrong(f"'{said}' is not allowed; {like}", *below)

    def several(self, given: object, known: Collection[str], *below: str | int) -> frozenset[str]:
        if not isinstance(given, list):
            return frozenset({self.one_word(given, known, *below)})
        if not given:
            raise self.wrong("this list is empty, so nothing would match; name at least one", *below)
        return frozenset(self.one_word(each, known, *below, n) for n, each in enumerate(given))

    def set_of(self, operator: Operator, operand: frozenset[str], words: str) -> Condition:
        return Condition(fact=FactName(self.fact), operator=operator, operand=operand, words=words)

    @property
    def spoken(self) -> str:
        return self.fact.replace("_", " ")


def _bounds(term: _Term, given: object, name: str = "") -> Iterator[Condition]:
    """Read `{at_least: x, at_most: y}`, of a rank, a count, or of what `name` counts."""
    below, ranks = ((name,) if name else ()), term.spec.ranks
    if not isinstance(given, dict) or not given:
        example = next(iter(ranks), "") if ranks else "5"
        raise term.wrong(f"say {{at_least: {example}}} or {{at_most: {example}}}", *below)
    for word, raw in given.items():
        if word not in BOUNDS:
            raise term.wrong(f"'{word}' is not known here; {nearest(word, BOUNDS)}", *below, word, key=True)
        operand = raw
        if ranks is not None:
            operand = ranks[term.one_word(raw, ranks, *below, word)]
        elif isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
            raise term.wrong("write a whole number, 0 or more", *below, word)
        yield Condition(
            fact=FactName(term.fact),
            operator=BOUNDS[word],
            operand=operand,
            words=f"{name or term.spoken} {word.replace('_', ' ')} {raw}",
            name=name,
        )


def _counts(term: _Term, given: object) -> Iterator[Condition]:
    if not isinstance(given, dict) or not given:
        raise term.wrong(f"say {EXAMPLES[term.fact]}")
    for name, bound in given.items():
        if name not in term.known:
            raise term.wrong(_unknown_name(term, name), name, key=True)
        yield from _bounds(term, bound, name)


def _unknown_name(term: _Term, name: str) -> str:
    near = nearest(name, term.known)
    if term.fact != FactName.ENTITIES:
        return f"'{name}' is not known here; {near}"
    near = near if near.startswith("did") else "name those of plug-ins in tiers.yaml under entities_of_plugins"
    return f"'{name}' is no entity that a detector reports; {near}"


def _set(term: _Term, given: object) -> Iterator[Condition]:
    if isinstance(given, dict):
        if not given:
            raise term.wrong("say {only: [one, or, more]}")
        for word in given:
            if word != "only":
                raise term.wrong(f"'{word}' is not known here; {nearest(word, ['only'])}", word, key=True)
        chosen = term.several(given.get("only"), term.known, "only")
        yield term.set_of(Operator.ONLY, chosen, f"{term.spoken} only {_listed(chosen)}")
    elif given in ("any", "none"):
        yield term.set_of(Operator(str(given)), frozenset(), f"{term.spoken} {given}")
    else:
        known = term.known if isinstance(given, list) else {*term.known, *ANY_OR_NONE}
        chosen = term.several(given, known)
        yield term.set_of(Operator.ONE_OF, chosen, f"{term.spoken} {_listed(chosen)}")


def _choice(term: _Term, given: object) -> Iterator[Condition]:
    chosen = term.several(given, term.known)
    empty = term.fact in EMPTY_IS
    operand = frozenset("" if empty and each == NOBODY else each for each in chosen)
    yield term.set_of(Operator.ONE_OF, operand, f"{term.spoken} {_listed(chosen)}")


def _addresses(term: _Term, given: object) -> Iterator[Condition]:
    """Read plain addresses and `@domain`, compared as `keys_of` says."""
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise term.wrong("this list is empty, so nothing would match; name at least one")
    chosen = frozenset(
        _address(term, each, *((number,) if isinstance(given, list) else ())) for number, each in enumerate(listed)
    )
    yield term.set_of(Operator.ONE_OF, chosen, f"{term.spoken} {_listed(chosen)}")


def _address(term: _Term, given: object, *below: int) -> str:
    if isinstance(given, str):
        local, _, domain = given.rpartition("@")
        plain = plain_domain(domain) if given.startswith("@") else domain_of(given)
        if plain is not None:
            return f"{local.lower()}@{plain}"
    raise term.wrong(f"'{given}' is not a plain address; write name@domain, or @domain for all of one domain", *below)


def keys_of(address: str) -> frozenset[str]:
    """Return what a rule may call an address: itself, and its domain behind an `@`; nothing when it is not plain.

    In small letters: a rule about a person means every way to write them, whatever their server says (RFC 5321 2.4).
    """
    domain = domain_of(address)
    if domain is None:
        return frozenset()
    return frozenset({f"{address.rpartition('@')[0].lower()}@{domain}", f"@{domain}"})


def _flag(term: _Term, given: object) -> Iterator[Condition]:
    if not isinstance(given, bool):
        raise term.wrong("write true or false")
    words = term.spoken if given else f"not {term.spoken}"
    if term.fact == RELEASED:
        operator, operand = (Operator.AT_LEAST, 1) if given else (Operator.AT_MOST, 0)
        yield Condition(fact=FactName.APPROVALS, operator=operator, operand=operand, words=words)
    else:
        yield Condition(fact=FactName(term.fact), operator=Operator.IS, operand=given, words=words)


def _listed(words: Collection[str]) -> str:
    return " or ".join(sorted(words))


READERS: Final[Mapping[Shape, Callable[[_Term, Any], Iterator[Condition]]]] = {
    Shape.ADDRESSES: _addresses,
    Shape.CHOICE: _choice,
    Shape.COUNT: _bounds,
    Shape.COUNTS: _counts,
    Shape.FLAG: _flag,
    Shape.RANK: _bounds,
    Shape.SET: _set,
}


def conditions(
    document: Document,
    path: Path,
    given: Mapping[str, Any],
    words: Vocabulary,
    allowed: Collection[str] = tuple(SPECS),
) -> Conditions:
    """Return the conditions of one mapping of terms; raises `Invalid` with every complaint."""
    found: list[Condition] = []
    complaints: list[Complaint] = []
    for fact, value in given.items():
        at = (*path, fact)
        if fact not in allowed:
            message = f"'{fact}' is no fact for this; {nearest(fact, allowed)}"
            complaints.append(document.complaint(at, message, key=True))
            continue
        term = _Term(document=document, path=at, fact=fact, spec=SPECS[fact], words=words)
        try:
            found += READERS[term.spec.shape](term, value)
        except Invalid as trouble:
            complaints += trouble.complaints
    if complaints:
        raise Invalid(ordered(complaints))
    if not found:
        raise Invalid((document.complaint(path, "there is no condition; name at least one fact"),))
    return tuple(found)
