"""The marking schemes as data: what `policies/schemes/*.yaml` say. `policies/README.md` describes every key.

`profiles.yaml` names the schemes that are read, in order, and how each tier is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path, nearest, read
from gateway.model.tier import Tier

FOLDER: Final = "schemes/"
PROFILES: Final = "schemes/profiles.yaml"
_ABOVE: Final = "policies/"
_SCHEME_KEYS: Final = (
    *("title", "prefixes", "codewords", "ordered", "listed", "introduced", "tiers", "raising"),
    *("handling", "descriptors", "caveats", "below", "fields", "layout", "malformed"),
)
_TIER_KEYS: Final = ("tier", "words", "weight")
_FIELD_KEYS: Final = ("labels", "values")
_MALFORMED_KEYS: Final = ("code", "words", "tiers")
_PROFILE_KEYS: Final = ("name", "title", "schemes", "shown")
_LISTED: Final = 3
_KNOWN_TIERS: Final = tuple(tier.label for tier in Tier if tier is not Tier.UNMARKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One phrase of a scheme and the tier it stands for; `weight` is added to the score of a marking made of it."""

    phrase: str
    tier: Tier
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A labelled field whose value alone is no marking: `Handling code: P`."""

    labels: tuple[str, ...]
    values: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """What a scheme does not allow: these words with any tier but these."""

    code: str
    words: tuple[str, ...]
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A set of phrases with their tiers, and what may stand around them.

    `raising` are words behind a level that stand for a tier of their own (`ATOMIC`); `below` those that may stand on
    the line below; `listed` is how many words of the scheme on one line are a list and no marking.
    """

    name: str
    levels: tuple[Level, ...]
    prefixes: tuple[str, ...] = ()
    raising: tuple[Level, ...] = ()
    handling: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    layout: tuple[str, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    introduced: str = ""
    listed: int = _LISTED
    codewords: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The schemes that are read, the first first, and the words in which each tier is shown."""

    name: str
    schemes: tuple[Scheme, ...]
    shown: Mapping[Tier, str]

    def __iter__(self) -> Iterator[Scheme]:
        """Iterate over the schemes, in order."""
        return iter(self.schemes)


def parse_schemes(files: Mapping[str, str]) -> Profile:
    """Return the profile in use; `Invalid` with every complaint at once. Opens no file.

    `files` are the texts of policy files by their names below the policy folder; those of others are left alone.
    """
    complaints = Complaints()
    schemes: dict[str, Scheme] = {}
    for name in sorted(files):
        if name.startswith(FOLDER) and name != PROFILES:
            with complaints:
                schemes[name] = _Reading(read(_ABOVE + name, files[name]), complaints).scheme(_stem(name))
    profile: Profile | None = None
    if PROFILES in files:
        with complaints:
            by_name = {_stem(name): scheme for name, scheme in schemes.items()}
            profile = _Reading(read(_ABOVE + PROFILES, files[PROFILES]), complaints).profile(by_name)
    else:
        message = "this file is missing; it names the schemes that are read"
        complaints.add(Complaint(file=_ABOVE + PROFILES, line=1, column=1, message=message))
    complaints.settle()
    if profile is None:  # no complaint and yet nothing read: our own mistake
        raise AssertionError
    return profile


def _stem(name: str) -> str:
    return name.removeprefix(FOLDER).removesuffix(".yaml")


@dataclass(slots=True)
class _Reading:
    """One pass over a document."""

    document: Document
    complaints: Complaints = field(default_factory=Complaints)

    def scheme(self, name: str) -> Scheme:
        keys = self._mapping(self.document.value, (), _SCHEME_KEYS)
        fields = tuple(self._field(item, ("fields", n)) for n, item in enumerate(self._list(keys, "fields", ())))
        levels = self._all_levels(keys, "tiers", ())
        if not levels and not fields:
            self._complain((), "the scheme has no words; list some under 'tiers'")
        return Scheme(
            name=name,
            levels=levels,
            prefixes=self._words(keys, "prefixes", ()),
            raising=self._all_levels(keys, "raising", ()),
            handling=self._words(keys, "handling", ()),
            descriptors=self._words(keys, "descriptors", ()),
            caveats=self._words(keys, "caveats", ()),
            below=self._words(keys, "below", ()),
            fields=fields,
            layout=self._words(keys, "layout", ()),
            malformed=tuple(
                self._malformed(item, ("malformed", n)) for n, item in enumerate(self._list(keys, "malformed", ()))
            ),
            introduced=self._text(keys, "introduced", ()),
            listed=self._number(keys, "listed", (), _LISTED),
            codewords=self._flag(keys, "codewords"),
            ordered=self._flag(keys, "ordered"),
        )

    def profile(self, schemes: Mapping[str, Scheme]) -> Profile:
        keys = self._mapping(self.document.value, (), ("use", "profiles"))
        use = self._text(keys, "use", ())
        found = [self._profile(each, n, schemes) for n, each in enumerate(self._list(keys, "profiles", ()))]
        names = [each.name for each in found]
        for number, name in enumerate(names):
            if name in names[:number]:
                self._complain(("profiles", number), f"there is a profile '{name}' already; name this one otherwise")
        if use not in names:
            self._complain(("use",), f"there is no profile '{use}'; {nearest(use, names)}")
            return Profile(name="", schemes=(), shown={})
        return found[names.index(use)]

    def _profile(self, item: object, number: int, schemes: Mapping[str, Scheme]) -> Profile:
        path: Path = ("profiles", number)
        keys = self._mapping(item, path, _PROFILE_KEYS)
        chosen: dict[str, Scheme] = {}
        for place, name in enumerate(self._list(keys, "schemes", path)):
            if not isinstance(name, str) or name not in schemes:
                known = nearest(name, schemes)
                self._complain((*path, "schemes", place), f"there is no scheme '{name}' in {_ABOVE}{FOLDER}; {known}")
            elif name in chosen:
                self._complain((*path, "schemes", place), f"'{name}' is named twice; keep one")
            else:
                chosen[name] = schemes[name]
        if not chosen:
            self._complain(path, "there is no scheme; name at least one under 'schemes'")
        shown = self._mapping(keys.get("shown", {}), (*path, "shown"), _KNOWN_TIERS)
        if missing := [label for label in _KNOWN_TIERS if label not in shown]:
            self._complain((*path, "shown"), f"{', '.join(missing)}: say how these are shown")
        words = {Tier.of(label): self._text(shown, label, (*path, "shown")) for label in _KNOWN_TIERS if label in shown}
        return Profile(
            name=self._text(keys, "name", path), schemes=tuple(chosen.values()), shown=MappingProxyType(words)
        )

    def _field(self, item: object, path: Path) -> Field:
        keys = self._mapping(item, path, _FIELD_KEYS)
        labels, values = self._words(keys, "labels", path), self._all_levels(keys, "values", path)
        if not labels or not values:
            self._complain(path, "a field has 'labels', and 'values' with tiers and words")
        return Field(labels=labels, values=values)

    def _malformed(self, item: object, path: Path) -> Malformed:
        keys = self._mapping(item, path, _MALFORMED_KEYS)
        tiers = []
        for number, label in enumerate(self._list(keys, "tiers", path)):
            if (tier := self._tier(label, (*path, "tiers", number))) is not None:
                tiers.append(tier)
        code, words = self._text(keys, "code", path), self._words(keys, "words", path)
        if not code or not words:
            self._complain(path, "a malformed marking has a 'code', and 'words' that go with some 'tiers' only")
        return Malformed(code=code, words=words, tiers=tuple(tiers))

    def _all_levels(self, keys: Mapping[str, object], name: str, path: Path) -> tuple[Level, ...]:
        items = enumerate(self._list(keys, name, path))
        return tuple(level for number, item in items for level in self._levels(item, (*path, name, number)))

    def _levels(self, item: object, path: Path) -> tuple[Level, ...]:
        keys = self._mapping(item, path, _TIER_KEYS)
        weight = self._number(keys, "weight", path, 0)
        tier = self._tier(keys.get("tier", ""), (*path, "tier"))
        words = self._words(keys, "words", path)
        return tuple(Level(phrase=phrase, tier=tier, weight=weight) for phrase in words) if tier is not None else ()

    def _tier(self, label: object, path: Path) -> Tier | None:
        if isinstance(label, str) and label in _KNOWN_TIERS:
            return Tier.of(label)
        self._complain(path, f"there is no tier '{label}'; {nearest(label, _KNOWN_TIERS)}")
        return None

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
            if isinstance(word, str) and word.strip(" *@") and word.isprintable() and word == word.upper():
                words.append(word)
            else:
                self._complain((*path, name, number), f"{name} are text in capitals, and none may be empty")
        return tuple(words)

    def _text(self, keys: Mapping[str, object], name: str, path: Path) -> str:
        value = keys.get(name, "")
        if isinstance(value, str):
            return value
        self._complain((*path, name), f"'{name}' must be text; quote it")
        return ""

    def _number(self, keys: Mapping[str, object], name: str, path: Path, default: int) -> int:
        value = keys.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._complain((*path, name), f"'{name}' is a whole number")
        return default

    def _flag(self, keys: Mapping[str, object], name: str) -> bool:
        value = keys.get(name, False)
        if isinstance(value, bool):
            return value
        self._complain((name,), f"'{name}' is true or false")
        return False

    def _complain(self, path: Path, message: str, *, key: bool = False) -> None:
        self.complaints.add(self.document.complaint(path, message, key=key))
