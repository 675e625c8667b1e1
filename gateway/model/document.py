"""YAML text as a value with a place for every key and every value, and complaints that point at them.

The subset: one document, block or flow style, no anchors, aliases, tags or tabs. Plain scalars follow a part of the
YAML 1.2 core schema: `true` and `false`, decimal integers without a leading zero, everything else is text. So `no`,
`0755`, `1:30`, `1.2` and dates stay the text that stands there, and a model that wants something else complains.
Sources: YAML 1.1 type repository (the traps), YAML 1.2.2 section 10.3.2 (the core schema).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self, TypeAlias

import yaml

from gateway.errors import Complaint, Invalid

LARGEST: Final = 1_000_000  # bytes of UTF-8 in one file
DEEPEST: Final = 24  # mappings and sequences within one another
INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it: 8 times faster
AGAIN: Final = "#again"
NOTHING: Final = frozenset({"~", "null", "Null", "NULL"})
# what an editor may show in another order or not at all (Unicode TR 36, CVE-2021-42574), and tabs
UNSEEN: Final = re.compile("[\t\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file's value: mappings, lists, text, integers, booleans, and None where nothing stands.

    `places` and `keys` give line and column, counted from 1, of the value at a path and of the key that names it.
    """

    file: str
    value: Any
    places: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def at(self, path: Path = ()) -> Place:
        """Return where the value at `path` stands, or the nearest value around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def key_at(self, path: Path) -> Place:
        """Return where the key of `path` stands, or the nearest value around it."""
        return self.keys[path] if path in self.keys else self.at(path)

    def complaint(self, path: Path, message: str, *, key: bool = False) -> Complaint:
        """Return a complaint about the value at `path`, or about its key."""
        line, column = self.key_at(path) if key else self.at(path)
        return Complaint(file=self.file, line=line, column=column, message=message)


def nearest(word: object, known: Iterable[str]) -> str:
    """Return `did you mean '…'?` for the nearest known word, or the list of what is known."""
    words = sorted(known)
    close = difflib.get_close_matches(str(word), words, 1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(words)}"


def ordered(complaints: Iterable[Complaint]) -> tuple[Complaint, ...]:
    """Return the complaints in reading order, each once."""
    return tuple(sorted(set(complaints), key=lambda each: (each.file, each.line, each.column, each.message)))


def read(file: str, text: str) -> Document:
    """Return the document in `text`; `file` is what complaints call it. Raises `Invalid` with every complaint."""
    unfit = tuple(_unfit(file, text))
    if unfit:
        raise Invalid(ordered(unfit))
    return _Reading(file).run(text)


def _unfit(file: str, text: str) -> Iterator[Complaint]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        message = f"the file has {size} bytes, more than {LARGEST}; split it"
        yield Complaint(file=file, line=1, column=1, message=message)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        found = UNSEEN.search(line)
        if found:
            what = (
                "a tab; use spaces" if found[0] == "\t" else f"the invisible character U+{ord(found[0]):04X}; remove it"
            )
            yield Complaint(file=file, line=number, column=found.start() + 1, message=f"there is {what}")


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being read; `key` is the key that waits for its value."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None
    repeated: bool = False


@dataclass(slots=True)
class _Reading:
    """One pass over the parser's events."""

    file: str
    complaints: list[Complaint] = field(default_factory=list)
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    value: Any = None
    documents: int = 0

    def run(self, text: str) -> Document:
        try:
            for event in yaml.parse(text, Loader=LOADER):
                self.take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark if error.problem_mark is not None else error.context_mark
            where = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
            self.complain(where, f"this is not YAML: {error.problem or error.context}")
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            where = (before.count("\n") + 1, error.position - before.rfind("\n"))
            self.complain(where, "there is a control character; remove it")
        if self.complaints:
            raise Invalid(ordered(self.complaints))
        return Document(
            file=self.file,
            value=self.value,
            places=MappingProxyType(self.places),
            keys=MappingProxyType(self.keys),
        )

    def complain(self, where: Place, message: str) -> None:
        self.complaints.append(
            Complaint(file=self.file, line=where[0], column=where[1], message=message),
        )

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        where = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents == 2:  # noqa: PLR2004 - the second one is one too many
                self.complain(where, "a second document begins here; one file holds one document")
        elif isinstance(event, yaml.AliasEvent):
            self.complain(where, f"'*{event.anchor}' is an alias; write the value out")
            raise Invalid(ordered(self.complaints))
        elif isinstance(event, yaml.ScalarEvent):
            self.refuse_extras(event, where)
            self.take_scalar(event, where)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.refuse_extras(event, where)
            self.open({} if isinstance(event, yaml.MappingStartEvent) else [], where)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()

    def refuse_extras(self, event: Any, where: Place) -> None:  # noqa: ANN401 - three kinds of event with these fields
        if event.anchor is not None:
            self.complain(where, f"'&{event.anchor}' is an anchor; write the value where it is needed")
        if event.tag is not None:
            self.complain(where, f"'{event.tag}' is a tag; leave it out")

    def take_scalar(self, event: yaml.ScalarEvent, where: Place) -> None:
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self.take_key(top, event.value, where)
            return
        plain = event.implicit[0]
        if plain and event.value in NOTHING:
            self.complain(where, f"'{event.value}' is not used here; leave the key out, or quote it if it is text")
        self.put(_scalar(event.value) if plain else event.value, where)

    def take_key(self, top: _Open, key: str, where: Place) -> None:
        path = (*top.path, key)
        top.repeated = path in self.keys
        if top.repeated:
            self.complain(where, f"'{key}' is set twice (first on line {self.keys[path][0]}); keep one")
        else:
            self.keys[path] = where
        top.key = key

    def open(self, value: dict[str, Any] | list[Any], where: Place) -> None:
        if len(self.stack) >= DEEPEST:
            self.complain(where, f"this is nested more than {DEEPEST} deep; flatten it")
            raise Invalid(ordered(self.complaints))
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            self.complain(where, "a key must be text")
            raise Invalid(ordered(self.complaints))
        self.stack.append(_Open(path=self.put(value, where), value=value))

    def put(self, value: Any, where: Place) -> Path:  # noqa: ANN401 - any YAML value
        """Put a finished or newly opened value where it belongs, and return its path."""
        if not self.stack:
            self.value = value if self.documents == 1 else self.value
            self.places.setdefault((), where)
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            top.value.append(value)
        else:
            key = top.key or ""
            path, top.key = (*top.path, key), None
            if top.repeated:
                return (*path, AGAIN)  # its keys must not meet those of the first
            top.value[key] = value
        self.places[path] = where
        return path


def _scalar(text: str) -> str | int | bool | None:
    """Return the value of a plain scalar: YAML 1.2 booleans and integers, None where nothing stands, else text."""
    if text in {"true", "false"}:
        return text == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    return text or None


class Complaints:
    """Gathers complaints from many places, so that a person sees all of them at once.

    As a context manager it keeps the complaints of an `Invalid` and goes on; `settle` raises them all.
    """

    def __init__(self) -> None:
        self.found: list[Complaint] = []

    def __enter__(self) -> Self:
        """Begin an attempt whose complaints are kept."""
        return self

    def __exit__(self, _kind: object, trouble: object, _trace: object) -> bool:
        """Keep the complaints of an `Invalid`; let anything else through."""
        if isinstance(trouble, Invalid):
            self.found += trouble.complaints
            return True
        return False

    def add(self, *complaints: Complaint) -> None:
        """Keep these."""
        self.found += complaints

    def settle(self) -> None:
        """Raise `Invalid` with everything that was gathered, if anything was."""
        if self.found:
            raise Invalid(ordered(self.found))
