"""The marking schemes as data: reads the text of `policies/schemes.yaml`, whose comments describe every key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.errors import Complaint, Invalid
from gateway.model.document import Document, nearest, ordered, read
from gateway.model.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.document import Path

_SCHEME_KEYS: Final = ("name", "title", "prefixes", "codewords", "introduced", "tiers", "descriptors", "handling")
_TIER_KEYS: Final = ("tier", "words", "weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One phrase of a scheme and the tier it stands for; `weight` is added to the score of a marking made of it."""

    phrase: str
    tier: Tier
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A set of phrases with their tiers, and what may stand around them."""

    name: str
    levels: tuple[Level, ...]
    prefixes: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    handling: tuple[str, ...] = ()
    codewords: bool = False
    introduced: str = ""


def parse_schemes(text: str, file: str = "policies/schemes.yaml") -> tuple[Scheme, ...]:
    """Return the schemes in `text`, in their order; `Invalid` with every complaint at once. Opens no file."""
    reading = _Reading(read(file, text))
    schemes = reading.schemes()
    if reading.complaints:
        raise Invalid(ordered(reading.complaints))
    return schemes


@dataclass(slots=True)
class _Reading:
    """One pass over the document."""

    document: Document
    complaints: list[Complaint] = field(default_factory=list)

    def schemes(self) -> tuple[Scheme, ...]:
        top = self._mapping(self.document.value, (), ("schemes",))
        found = [self._scheme(item, ("schemes", n)) for n, item in enumerate(self._list(top, "schemes", ()))]
        if not found:
            self._complain((), "there is no scheme; name at least one under 'schemes'")
        names = [scheme.name for scheme in found]
        for number, name in enumerate(names):
            if name in names[:number]:
                self._complain(("schemes", number), f"there is a scheme '{name}' already; give each a name of its own")
        return tuple(found)

    def _scheme(self, item: object, path: Path) -> Scheme:
        keys = self._mapping(item, path, _SCHEME_KEYS)
        levels = tuple(
            level
            for number, tier in enumerate(self._list(keys, "tiers", path))
            for level in self._levels(tier, (*path, "tiers", number))
        )
        if not levels:
            self._complain(path, "the scheme has no words; list some under 'tiers'")
        name = self._text(keys, "name", path)
        if not name:
            self._complain(path, "the scheme has no name; give it one")
        codewords = keys.get("codewords", False)
        if not isinstance(codewords, bool):
            self._complain((*path, "codewords"), "'codewords' is true or false")
        return Scheme(
            name=name,
            levels=levels,
            prefixes=self._words(keys, "prefixes", path),
            descriptors=self._words(keys, "descriptors", path),
            handling=self._words(keys, "handling", path),
            codewords=codewords is True,
            introduced=self._text(keys, "introduced", path),
        )

    def _levels(self, item: object, path: Path) -> tuple[Level, ...]:
        keys = self._mapping(item, path, _TIER_KEYS)
        label = self._text(keys, "tier", path)
        weight = keys.get("weight", 0)
        if not isinstance(weight, int) or isinstance(weight, bool):
            self._complain((*path, "weight"), "'weight' is a whole number")
            return ()
        try:
            tier = Tier.of(label)
        except ValueError:
            known = [tier.label for tier in Tier if tier is not Tier.UNMARKED]
            self._complain((*path, "tier"), f"there is no tier '{label}'; {nearest(label, known)}")
            return ()
        return tuple(Level(phrase=phrase, tier=tier, weight=weight) for phrase in self._words(keys, "words", path))

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

    def _words(self, keys: Mapping[str, object], name: str, path: Path) -> tuple[str, ...]:
        words: list[str] = []
        for number, word in enumerate(self._list(keys, name, path)):
            if isinstance(word, str) and word.strip() and word.isascii() and word == word.upper():
                words.append(word)
            else:
                self._complain((*path, name, number), f"{name} are text in ASCII capitals, and none may be empty")
        return tuple(words)

    def _text(self, keys: Mapping[str, object], name: str, path: Path) -> str:
        value = keys.get(name, "")
        if isinstance(value, str):
            return value
        self._complain((*path, name), f"'{name}' must be text; quote it")
        return ""

    def _complain(self, path: Path, message: str, *, key: bool = False) -> None:
        self.complaints.append(self.document.complaint(path, message, key=key))
