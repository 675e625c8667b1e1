"""Vocabularies: values are frozen, something emits every event, sealed rooms call nothing that touches the world."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from gateway.model.record import Event
from tests.architecture.house import ROOT, name, sources, tree

SEALED: Final = ("model", "extract", "classify", "decide")
BUILTINS: Final = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
CLOCKS: Final = frozenset({"now", "utcnow", "today"})


def attributes_of(owner: str, module: ast.Module) -> Iterator[str]:
    """Yield `X` for every `owner.X` in a module."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner:
            yield node.attr


def touches(module: ast.Module) -> list[str]:
    """Return the calls in a module that reach a file, the terminal, the clock or new code."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in BUILTINS:
                found.append(f"line {node.lineno}: {called.id}()")
            if isinstance(called, ast.Attribute) and called.attr in CLOCKS and "date" in ast.unparse(called.value):
                found.append(f"line {node.lineno}: {ast.unparse(called)}()")
    return found


def model_modules() -> list[str]:
    """Return the dotted names of the model's modules."""
    return [
        f"gateway.model.{path.stem}" for path in sorted((ROOT / "gateway/model").glob("*.py")) if path.stem[0] != "_"
    ]


@pytest.mark.parametrize("event", Event, ids=lambda event: event.name)
def test_something_emits_every_event(event: Event) -> None:
    record = ROOT / "gateway" / "model" / "record.py"
    emitters = [
        name(path) for path in sources("gateway") if path != record and event.name in attributes_of("Event", tree(path))
    ]
    assert emitters, f"nothing in gateway/ emits {event.name}"


def test_events_have_one_grammar_and_stand_in_order() -> None:
    for event in Event:
        subject, act = event.value.split(":")
        assert event.name == f"{subject}_{act}".upper()
    assert [event.name for event in Event] == sorted(event.name for event in Event)


@pytest.mark.parametrize("module", model_modules())
def test_values_are_frozen_slotted_and_keyword_only(module: str) -> None:
    members = inspect.getmembers(importlib.import_module(module), dataclasses.is_dataclass)
    for title, value in ((title, value) for title, value in members if not title.startswith("_")):
        parameters = vars(value)["__dataclass_params__"]
        assert parameters.frozen, f"{title} is not frozen"
        assert "__slots__" in vars(value), f"{title} is not slotted"
        assert all(field.kw_only for field in dataclasses.fields(value)), f"{title} is not keyword-only"


@pytest.mark.parametrize(
    "path", [path for path in sources("gateway") if path.relative_to(ROOT).parts[1] in SEALED], ids=name
)
def test_sealed_rooms_call_nothing_that_touches_the_world(path: Path) -> None:
    assert touches(tree(path)) == []


@pytest.mark.parametrize("line", ["open('x')", "datetime.now(UTC)", "datetime.date.today()", "exec('x')", "print(1)"])
def test_a_call_that_touches_the_world_is_seen(line: str) -> None:
    assert touches(ast.parse(line))


@pytest.mark.parametrize("line", ["extractor.open(data, limits)", "clock.now()", "archive.open(name)"])
def test_a_call_that_does_not_passes(line: str) -> None:
    assert touches(ast.parse(line)) == []
