"""The policy as formulas for Z3, read from the YAML itself: nothing here knows conditions, tables, axes or search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import yaml
import z3

from gateway.decide.house import HOUSE_LAWS
from gateway.model.facts import Abroad, AgreementStatus, Consent, DomainStatus, Hours, Trait, UnderMarked
from gateway.model.inspection import GapKind
from gateway.model.tier import Tier
from gateway.model.verdict import Network

TIERS: Final = [tier.label for tier in sorted(Tier)]
STATUSES: Final = ["none", "suspected", "marked"]
NOBODY: Final = ["none", "any-other"]
WORDS: Final[dict[str, list[str]]] = {
    "network": [*Network],
    "domain_status": [*DomainStatus],
    "agreement": [*AgreementStatus],
    "consent": [*Consent],
    "abroad": [*Abroad],
    "hours": [*Hours],
}
SETS: Final[dict[str, list[str]]] = {
    "gaps": [*GapKind],
    "recipient_is": [*Trait],
    "under_marked": [*UnderMarked],
    "can": ["7z", "html", "pdf", "pgp", "smime", "zip", "any-other"],
}
OPEN_SETS: Final = ("approved_by", "caveats", "descriptors")
OPEN_WORDS: Final = ("country", "partner", "partner_kind", "route", "unit")
FLAGS: Final = ("due_diligence", "encrypt_requested", "protected_thread", "reason_given")
COUNTS: Final = ("approvals", "people", "size")
GROWING: Final = ("caveats", "descriptors", "gaps", "recipient_is", "under_marked")
HELD_ONLY, HELD_TOO = ("ask:",), ("ask:", "tell:")
Formula = Any
"""A formula of Z3, whose Python interface has no types worth the name."""


class Policy:
    """The rules, raises and laws of a policy set, as they are written."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.rules = [
            rule for name, text in files.items() if name.startswith("rules/") for rule in yaml.safe_load(text)["rules"]
        ]
        self.raises = yaml.safe_load(files["tiers.yaml"])["raises"]
        self.routes = {each["id"]: each["network"] for each in yaml.safe_load(files["routes.yaml"])["routes"]}
        self.laws = [*yaml.safe_load(HOUSE_LAWS)["laws"], *yaml.safe_load(files["laws.yaml"])["laws"]]
        self.named: dict[str, set[str]] = {fact: set() for fact in (*OPEN_SETS, *OPEN_WORDS, "entities", "recipients")}
        for terms in self._all_terms():
            for fact, value in terms.items():
                if fact in self.named:
                    self.named[fact] |= set(_flat(value))
        self.named["route"] |= set(self.routes)

    def _all_terms(self) -> Iterator[Mapping[str, Any]]:
        for speaker in (*self.rules, *self.laws, *self.raises):
            yield speaker.get("when") or speaker["whenever"]
            yield from _exceptions(speaker)

    @property
    def obligations(self) -> list[str]:
        """Everything that some rule adds."""
        return sorted({each for rule in self.rules for each in rule["then"].get("obligations", ())})


def _flat(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML values
    if isinstance(value, str) and value not in {"any", "none"}:
        yield value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _flat(below) if key == "only" else [key]
    elif isinstance(value, list):
        yield from (each for each in value if each != "none")


def _exceptions(speaker: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = speaker.get("unless") or []
    return [given] if isinstance(given, dict) else list(given)


class Input:
    """One input under a policy: a variable for every fact, and what every input obeys."""

    def __init__(self, policy: Policy, name: str) -> None:
        self.policy = policy
        self.marking, self.status = z3.Int(f"{name}.marking"), z3.Int(f"{name}.status")
        self.words = {
            **WORDS,
            **{fact: [*NOBODY, *sorted(policy.named[fact] - set(NOBODY))] for fact in OPEN_WORDS},
        }
        self.word = {fact: z3.Int(f"{name}.{fact}") for fact in self.words}
        sets = SETS | {fact: [*sorted(policy.named[fact]), "any-other"] for fact in OPEN_SETS}
        self.sets = {fact: {word: z3.Bool(f"{name}.{fact}.{word}") for word in words} for fact, words in sets.items()}
        self.flags = {fact: z3.Bool(f"{name}.{fact}") for fact in FLAGS}
        self.counts = {fact: z3.Int(f"{name}.{fact}") for fact in COUNTS}
        for fact in ("entities", "recipients"):
            self.counts |= {f"{fact}.{each}": z3.Int(f"{name}.{fact}.{each}") for each in sorted(policy.named[fact])}

    @property
    def obeyed(self) -> Iterator[Formula]:
        """Yield what every input obeys."""
        yield z3.And(self.marking >= 0, self.marking < len(TIERS), self.status >= 0, self.status < len(STATUSES))
        yield (self.marking == 0) == (self.status == 0)
        yield from (each >= 0 for each in self.counts.values())
        for fact, words in self.words.items():
            yield z3.And(self.word[fact] >= 0, self.word[fact] < len(words))
        yield z3.Implies(self.is_word("route", "none"), self.is_word("network", "public"))
        for route, network in self.policy.routes.items():
            yield z3.Implies(self.is_word("route", route), self.is_word("network", network))
        nobody = self.is_word("partner_kind", "none")
        yield nobody == self.is_word("partner", "none")
        yield z3.Implies(nobody, z3.And(self.is_word("agreement", "none"), z3.Not(self.flags["due_diligence"])))
        yield z3.Implies(z3.Or(*self.sets["approved_by"].values()), self.counts["approvals"] >= 1)

    def is_word(self, fact: str, word: str) -> Formula:
        return self.word[fact] == self.words[fact].index(word)

    def is_from(self, tier: int) -> Formula:
        """The effective tier is at least this one."""
        raising = [self.hold(each["when"]) for each in self.policy.raises if TIERS.index(each["to"]) >= tier]
        return z3.Or(self.marking >= tier, *raising)

    def hold(self, terms: Mapping[str, Any]) -> Formula:
        return z3.And(*(self.holds(fact, value) for fact, value in terms.items()))

    def holds(self, fact: str, value: Any) -> Formula:  # noqa: ANN401, PLR0911 - YAML values, and a kind of fact a line
        if fact == "tier":
            return z3.And(*self._tier(value))
        if fact == "marking_status":
            return _bounded(self.status, {key: STATUSES.index(each) for key, each in value.items()})
        if fact == "released":
            return self.counts["approvals"] >= 1 if value else self.counts["approvals"] == 0
        if fact in FLAGS:
            return self.flags[fact] if value else z3.Not(self.flags[fact])
        if fact in self.sets:
            return self._set(fact, value)
        if fact in self.words:
            return z3.Or(*(self.is_word(fact, each) for each in _listed(value)))
        if fact in COUNTS:
            return _bounded(self.counts[fact], value)
        return z3.And(*(_bounded(self.counts[f"{fact}.{name}"], bound) for name, bound in value.items()))

    def _tier(self, value: Mapping[str, str]) -> Iterator[Formula]:
        if "at_least" in value:
            yield self.is_from(TIERS.index(value["at_least"]))
        if "at_most" in value and value["at_most"] != TIERS[-1]:
            yield z3.Not(self.is_from(TIERS.index(value["at_most"]) + 1))

    def _set(self, fact: str, value: Any) -> Formula:  # noqa: ANN401 - YAML values
        words = self.sets[fact]
        if value == "any":
            return z3.Or(*words.values())
        if value == "none":
            return z3.Not(z3.Or(*words.values()))
        if isinstance(value, dict):
            return z3.And(*(z3.Not(is_in) for word, is_in in words.items() if word not in _listed(value["only"])))
        return z3.Or(*(words[word] for word in _listed(value)))

    def speaks(self, speaker: Mapping[str, Any]) -> Formula:
        excepted = z3.Or(*(self.hold(each) for each in _exceptions(speaker)))
        return z3.And(self.hold(speaker.get("when") or speaker["whenever"]), z3.Not(excepted))

    def some(self, outcome: str) -> Formula:
        """Some rule with this outcome speaks."""
        return z3.Or(*(self.speaks(rule) for rule in self.policy.rules if rule["then"].get("outcome") == outcome))

    @property
    def refused(self) -> Formula:
        return self.some("refuse")

    @property
    def delivered(self) -> Formula:
        return z3.And(self.some("deliver"), z3.Not(z3.Or(self.refused, self.some("quarantine"))))

    def added(self, obligation: str) -> Formula:
        """Some rule that adds an obligation speaks."""
        return z3.Or(
            *(self.speaks(rule) for rule in self.policy.rules if obligation in rule["then"].get("obligations", ()))
        )


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - YAML values
    return value if isinstance(value, list) else [value]


def _bounded(variable: Formula, bound: Mapping[str, int]) -> Formula:
    return z3.And(*(variable >= each if key == "at_least" else variable <= each for key, each in bound.items()))


def is_possible(formulas: Iterable[Formula]) -> bool:
    """Say whether some input fulfils all of these."""
    solver = z3.Solver()
    solver.add(*formulas)
    answer = solver.check()
    assert answer in (z3.sat, z3.unsat)
    return bool(answer == z3.sat)


def proved(files: Mapping[str, str]) -> set[str]:
    """Return the ids of the laws that hold for every input."""
    policy = Policy(files)
    given = Input(policy, "a")
    obeyed, delivered = list(given.obeyed), given.delivered
    found = {
        law["id"]
        for law in policy.laws
        if not is_possible([*obeyed, given.speaks(law), z3.Or(*_violations(given, delivered, law["must"]))])
    }
    nobody_opens = z3.Not(z3.Or(*given.sets["can"].values()))
    if not is_possible([*obeyed, delivered, given.added("seal:aes256"), nobody_opens]):
        found.add("house/seal-can-be-made")
    if not is_possible(_more_is_milder(policy)):
        found.add("house/never-milder")
    return found


def _violations(given: Input, delivered: Formula, must: Mapping[str, Any]) -> Iterator[Formula]:
    if must.get("outcome_at_least") == "refuse":
        yield z3.Not(given.refused)
    elif must.get("outcome_at_least") == "quarantine":
        yield delivered
    for obligation in must.get("obligations", ()):
        yield z3.And(delivered, z3.Not(given.added(obligation)))


def _more_is_milder(policy: Policy) -> Iterator[Formula]:
    """Yield what says of two inputs that the second has no less of anything, and is judged milder."""
    less, more = Input(policy, "less"), Input(policy, "more")
    yield from less.obeyed
    yield from more.obeyed
    yield z3.And(less.marking <= more.marking, less.status <= more.status)
    for name in less.counts:
        yield less.counts[name] == more.counts[name] if name == "approvals" else less.counts[name] <= more.counts[name]
    for fact in less.words:
        yield less.word[fact] == more.word[fact]
    for fact, words in less.sets.items():
        for word in words:
            one, other = less.sets[fact][word], more.sets[fact][word]
            yield z3.Implies(one, other) if fact in GROWING else one == other
    for fact in FLAGS:
        one, other = less.flags[fact], more.flags[fact]
        yield z3.Implies(one, other) if fact in {"encrypt_requested", "protected_thread"} else one == other
    lost = {each: z3.And(less.added(each), z3.Not(more.added(each))) for each in policy.obligations}
    of_deliveries = z3.Or(*(gone for each, gone in lost.items() if not each.startswith(HELD_ONLY)))
    of_held = z3.Or(*(gone for each, gone in lost.items() if each.startswith(HELD_TOO)))
    both_held = z3.And(z3.Not(less.delivered), z3.Not(more.delivered), less.refused == more.refused)
    yield z3.Or(
        z3.And(more.delivered, z3.Not(less.delivered)),
        z3.And(less.refused, z3.Not(more.refused)),
        z3.And(less.delivered, more.delivered, of_deliveries),
        z3.And(both_held, of_held),
    )
