"""What labels stand for, as data: reads the text of `policies/labels.yaml`, whose comments describe every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, nearest, ordered, read
from gateway.model.tier import Tier

if TYPE_CHECKING:
    from gateway.model.document import Path

FILE: Final = "labels.yaml"
_TOP: Final = (
    "unknown_label", "unreadable_label", "own_tenants", "purview", "boldon_james", "policies", "words", "discretion",
)  # fmt: skip
_BRACES: Final = "{} "


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRules:
    """The rules for labels. GUIDs are in lower case without braces, words and policies in capitals."""

    unknown: Tier = Tier.PROTECT
    unreadable: Tier = Tier.RESTRICTED
    own_tenants: frozenset[str] = frozenset()
    tenant_labels: Mapping[tuple[str, str], Tier] = field(default_factory=dict)
    choices: Mapping[str, Tier] = field(default_factory=dict)
    words: Mapping[str, Tier] = field(default_factory=dict)
    discretion: Mapping[str, Tier] = field(default_factory=dict)
    policy_names: Mapping[str, str] = field(default_factory=dict)
    """The name of a security policy by each of its identifiers."""
    policy_words: Mapping[tuple[str, str], Tier] = field(default_factory=dict)
    policy_numbers: Mapping[tuple[str, int], Tier] = field(default_factory=dict)

    def tier_in_policy(self, policy: str, classification: str) -> Tier | None:
        """Return the tier of a classification in a policy; the policy may stand before it. None where none is told."""
        name = self.policy_names.get(policy.upper())
        if name is None:
            return None
        words = classification.upper()
        tier = self.policy_words.get((name, words))
        if tier is None and words.startswith(f"{policy.upper()} "):
            tier = self.policy_words.get((name, words[len(policy) + 1 :].strip()))
        return tier

    def tier_by_number(self, policy: str, number: int) -> Tier | None:
        """Return the tier of a numbered classification in a policy, None where none is told."""
        return self.policy_numbers.get((self.policy_names.get(policy.upper(), ""), number))


def rules_of(policies: Mapping[str, str]) -> LabelRules:
    """Return the rules in the policy files that classify reads, by name; without `labels.yaml` those of the product."""
    return parse_labels(policies[FILE]) if FILE in policies else LabelRules()


def parse_labels(text: str, file: str = "policies/labels.yaml") -> LabelRules:
    """Return the rules in `text`; `Invalid` with every complaint at once. Opens no file."""
    reading = _Reading(read(file, text))
    rules = reading.rules()
    if reading.complaints:
        raise Invalid(ordered(reading.complaints))
    return rules


@dataclass(slots=True)
class _Reading:
    """One pass over the document."""

    document: Document
    complaints: list[Complaint] = field(default_factory=list)

    def rules(self) -> LabelRules:
        top = self._mapping(self.document.value, (), _TOP)
        names, by_word, by_number = self._policies(top)
        return LabelRules(
            unknown=self._tier(top, "unknown_label", (), Tier.PROTECT),
            unreadable=self._tier(top, "unreadable_label", (), Tier.RESTRICTED),
            own_tenants=frozenset(each.lower().strip(_BRACES) for each in self._texts(top, "own_tenants", ())),
            tenant_labels=self._tenant_labels(top),
            choices=self._choices(top),
            words=self._words(top, "words"),
            discretion=self._words(top, "discretion"),
            policy_names=names,
            policy_words=by_word,
            policy_numbers=by_number,
        )

    def _tenant_labels(self, top: Mapping[str, object]) -> dict[tuple[str, str], Tier]:
        found = {}
        for path, row in self._rows(top, "purview", ("tenant", "label", "tier", "name")):
            tenant, label = (self._text(row, key, path).lower().strip(_BRACES) for key in ("tenant", "label"))
            if (tenant, label) in found:
                self._complain(path, "this label of this tenant has a tier already; keep one")
            found[tenant, label] = self._tier(row, "tier", path)
        return found

    def _choices(self, top: Mapping[str, object]) -> dict[str, Tier]:
        found = {}
        for path, row in self._rows(top, "boldon_james", ("element", "tier")):
            found[self._text(row, "element", path).lower()] = self._tier(row, "tier", path)
        return found

    def _words(self, top: Mapping[str, object], name: str) -> dict[str, Tier]:
        found = {}
        for path, row in self._rows(top, name, ("tier", "words")):
            tier = self._tier(row, "tier", path)
            for words in self._texts(row, "words", path):
                if words.upper() in found:
                    self._complain(path, f"'{words}' has a tier already; keep one")
                found[words.upper()] = tier
        return found

    def _policies(
        self, top: Mapping[str, object]
    ) -> tuple[dict[str, str], dict[tuple[str, str], Tier], dict[tuple[str, int], Tier]]:
        names: dict[str, str] = {}
        by_word: dict[tuple[str, str], Tier] = {}
        by_number: dict[tuple[str, int], Tier] = {}
        for path, policy in self._rows(top, "policies", ("identifiers", "classifications")):
            identifiers = [each.upper() for each in self._texts(policy, "identifiers", path)]
            if not identifiers:
                self._complain(path, "the policy has no identifier; list its names and its object identifier")
                continue
            names |= dict.fromkeys(identifiers, identifiers[0])
            for place, row in self._rows(policy, "classifications", ("tier", "words", "numbers"), path):
                tier = self._tier(row, "tier", place)
                by_word |= {(identifiers[0], each.upper()): tier for each in self._texts(row, "words", place)}
                by_number |= {(identifiers[0], each): tier for each in self._numbers(row, place)}
        return names, by_word, by_number

    def _rows(
        self, keys: Mapping[str, object], name: str, known: tuple[str, ...], path: Path = ()
    ) -> list[tuple[Path, Mapping[str, object]]]:
        """Return the mappings of a list, each with its place."""
        return [
            ((*path, name, number), self._mapping(item, (*path, name, number), known))
            for number, item in enumerate(self._list(keys, name, path))
        ]

    def _mapping(self, item: object, path: Path, known: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(item, dict):
            self._complain(path, f"a mapping must stand here, with some of {', '.join(known)}")
            return {}
        for key in item:
            if key not in known:
                self._complain((*path, key), f"there is no key '{key}' here; {nearest(key, known)}", key=True)
        return item

    def _list(self, keys: Mapping[str, object], name: str, path: Path) -> list[object]:
        items = keys.get(name, [])
        if isinstance(items, list):
            return items
        self._complain((*path, name), f"'{name}' must be a list")
        return []

    def _texts(self, keys: Mapping[str, object], name: str, path: Path) -> list[str]:
        found = []
        for number, item in enumerate(self._list(keys, name, path)):
            if isinstance(item, str) and item.strip():
                found.append(item.strip())
            else:
                self._complain((*path, name, number), f"{name} are text, and none may be empty; quote numbers")
        return found

    def _numbers(self, keys: Mapping[str, object], path: Path) -> list[int]:
        found = []
        for number, item in enumerate(self._list(keys, "numbers", path)):
            if isinstance(item, int) and not isinstance(item, bool):
                found.append(item)
            else:
                self._complain((*path, "numbers", number), "numbers are whole numbers")
        return found

    def _text(self, keys: Mapping[str, object], name: str, path: Path) -> str:
        value = keys.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self._complain((*path, name), f"'{name}' must be text; quote it")
        return ""

    def _tier(self, keys: Mapping[str, object], name: str, path: Path, default: Tier | None = None) -> Tier:
        label = keys.get(name)
        if label is None and default is not None:
            return default
        try:
            return Tier.of(str(label))
        except ValueError:
            known = [tier.label for tier in Tier]
            self._complain((*path, name), f"there is no tier '{label}'; {nearest(label, known)}")
            return Tier.TOP_SECRET

    def _complain(self, path: Path, message: str, *, key: bool = False) -> None:
        self.complaints.append(self.document.complaint(path, message, key=key))
