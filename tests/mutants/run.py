"""Mutation testing of a few modules: `make mutants`. Says for each change that no test notices where it is.

A mutant lives in a forked child: one module of the package is compiled from the changed tree in place of its file, and
the tests of `[tool.mutants]` in pyproject.toml run until the first one fails. Nothing is written.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402 - the checkout comes first
from hypothesis import HealthCheck, settings  # noqa: E402 - the same

from tests.mutants.mutations import Mutant, mutants_of, mutate  # noqa: E402 - the same

OURS: Final = ("gateway.config", "gateway.decide", "gateway.testing", "tests.")
PLENTY: Final = 3  # times as long as the tests take without any change


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Modules, and the tests that should notice changes to them, the quickest first."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and loads it from a changed tree."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.tree, self.path = name, tree, path

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102 - this is what importing does


def main() -> int:
    """Run every mutant, or a random sample, and report."""
    given = _arguments()
    os.chdir(ROOT)
    _prepare()
    groups = list(_groups())
    work = [(group, mutant) for group in groups for name in group.modules for mutant in _mutants(name)]
    if given.only:
        work = [each for each in work if each[1].module.rpartition(".")[2] in given.only.split(",")]
    total = len(work)
    if given.sample and given.sample < total:
        work = random.Random(given.seed).sample(work, given.sample)  # noqa: S311 - a sample, not a secret
    print(f"{len(work)} of {total} mutants, seed {given.seed}", flush=True)
    wanted = {group.tests: group for group, _ in work}
    limits = {tests: _alone(group) for tests, group in wanted.items()}
    return _report(list(_all(work, limits, given.jobs)), given.least)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=int, default=0, help="so many, chosen at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="modules by their last names, with commas between")
    parser.add_argument("--least", type=int, default=90, help="percent that must be noticed")
    return parser.parse_args()


def _prepare() -> None:
    """Import what is the same for all mutants, so that a child need not."""
    settings.register_profile(
        "mutants",
        derandomize=True,
        max_examples=30,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    for group in _groups():
        for name in group.modules:
            importlib.import_module(name)
    for name in [name for name in sys.modules if name.startswith(OURS) and name != "tests.mutants.mutations"]:
        del sys.modules[name]


def _groups() -> Iterator[Group]:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutants"]
    for group in configured["groups"]:
        yield Group(modules=tuple(group["modules"]), tests=tuple(group["tests"]))


def _path(name: str) -> Path:
    return ROOT / (name.replace(".", "/") + ".py")


def _mutants(name: str) -> Iterator[Mutant]:
    return mutants_of(name, _path(name).read_text())


def _alone(group: Group) -> float:
    """Return how long a mutant of a group may take; the tests must pass without any change."""
    begun = time.monotonic()
    child = _start(group, None)
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit(f"the tests fail without any change: {' '.join(group.tests)}")
    took = time.monotonic() - begun
    print(f"{took:5.1f} s for {', '.join(name.rpartition('.')[2] for name in group.modules)}", flush=True)
    return took * PLENTY + 10


def _start(group: Group, mutant: Mutant | None) -> int:
    """Start the tests of a group in a child; return its process id."""
    child = os.fork()
    if child:
        return child
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if mutant is not None:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        tree = mutate(_path(mutant.module).read_text(), mutant.number)
        sys.meta_path.insert(0, Changed(mutant.module, tree, _path(mutant.module)))
    plain = [
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:randomly",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "--timeout",
        "0",
    ]
    plain += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is here before pytest is
    status = 1
    try:
        status = int(pytest.main([*plain, *group.tests]))
    finally:
        sys.stdout.flush()
        os._exit(status)


@dataclass(slots=True)
class Running:
    """A child at work."""

    group: Group
    mutant: Mutant
    until: float
    begun: float = field(default_factory=time.monotonic)


def _all(
    work: Sequence[tuple[Group, Mutant]], limits: dict[tuple[str, ...], float], jobs: int
) -> Iterator[tuple[Mutant, str]]:
    """Yield every mutant with what became of it: killed, slow or survived."""
    waiting = list(reversed(work))
    running: dict[int, Running] = {}
    done = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            group, mutant = waiting.pop()
            running[_start(group, mutant)] = Running(group, mutant, time.monotonic() + limits[group.tests])
        for child, status in list(_ended(running)):
            ended = running.pop(child)
            done += 1
            if done % 50 == 0:
                print(f"  {done} of {len(work)}", flush=True)
            if status == 0:
                print(f"  survived: {_told(ended.mutant)}", flush=True)
            yield ended.mutant, {0: "survived", -1: "slow"}.get(status, "killed")
        time.sleep(0.02)


def _ended(running: dict[int, Running]) -> Iterator[tuple[int, int]]:
    """Yield the children that ended, with their status; -1 for those that took too long."""
    for child, each in running.items():
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            yield child, status
        elif time.monotonic() > each.until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            yield child, -1


def _told(mutant: Mutant) -> str:
    return f"{_path(mutant.module).relative_to(ROOT)}:{mutant.line}: {mutant.change}"


def _report(found: list[tuple[Mutant, str]], least: int) -> int:
    by_module: dict[str, Counter[str]] = {}
    for mutant, became in found:
        by_module.setdefault(mutant.module, Counter())[became] += 1
    for name, counts in sorted(by_module.items()):
        print(f"{name:32} {counts['killed'] + counts['slow']:5} of {counts.total():5}")
    print("\nnot noticed by any test:")
    for mutant, became in sorted(found, key=lambda each: (each[0].module, each[0].line)):
        if became == "survived":
            print(f"  {_told(mutant)}")
    noticed: Any = sum(became != "survived" for _, became in found)
    share = 100 * noticed / max(len(found), 1)
    print(f"\nnoticed {noticed} of {len(found)}: {share:.1f} %, wanted {least} %")
    return 0 if share >= least else 1


if __name__ == "__main__":
    sys.exit(main())
