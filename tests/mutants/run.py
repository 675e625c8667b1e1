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
import resource
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402 - the checkout comes first
from hypothesis import HealthCheck, Phase, settings  # noqa: E402 - the same

from tests.mutants.mutations import Mutant, mutants_of, mutate  # noqa: E402 - the same

OURS: Final = ("gateway.", "tests.")
PLENTY: Final = 3
"""Times as much processor time as the tests take without any change: what else the machine does makes nothing slow."""
ENDLESS: Final = 1800
"""Seconds after which a child that uses no processor time either is given up."""


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
    _imports()
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
    """Import what is the same for most mutants, so that a child need not."""
    settings.register_profile(
        "mutants",
        derandomize=True,
        max_examples=30,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],  # one failure is enough: no search for a smaller one
        suppress_health_check=[HealthCheck.too_slow],
    )
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    for group in _groups():
        tests = (each for test in map(Path, group.tests) for each in ([test] if test.is_file() else test.glob("*.py")))
        wanted = (name for each in tests for node in ast.walk(ast.parse(each.read_text())) for name in _sources(node))
        for name in (*group.modules, *wanted):
            importlib.import_module(name)


def _sources(node: ast.AST) -> Iterator[str]:
    """Yield the module of the gateway that a statement imports from."""
    if isinstance(node, ast.ImportFrom) and str(node.module).startswith("gateway."):
        yield str(node.module)


@cache
def _imports() -> dict[str, set[str]]:
    """Return what each of our loaded modules imports, and the packages that hold it."""
    found: dict[str, set[str]] = {}
    for name, module in sys.modules.items():
        if name.startswith(OURS) and module.__file__:
            tree = ast.parse(Path(module.__file__).read_text())
            found[name] = {each for node in ast.walk(tree) for each in _imported(node)}
    return found


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return
    for name in names:
        parts = name.split(".")
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _forget(changed: str) -> None:
    """Unload a module with all that import it, directly or through others: they are imported again, with the change."""
    imports = _imports()
    forgotten = {changed}
    while more := {name for name, used in imports.items() if name not in forgotten and used & forgotten}:
        forgotten |= more
    for name in forgotten & sys.modules.keys():
        package, _, last = name.rpartition(".")
        vars(sys.modules[package]).pop(last, None)
    for name in forgotten:
        sys.modules.pop(name, None)


def _groups() -> Iterator[Group]:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutants"]
    for group in configured["groups"]:
        yield Group(modules=tuple(group["modules"]), tests=tuple(group["tests"]))


def _path(name: str) -> Path:
    return ROOT / (name.replace(".", "/") + ".py")


def _mutants(name: str) -> Iterator[Mutant]:
    return mutants_of(name, _path(name).read_text())


def _alone(group: Group) -> float:
    """Return how long a mutant of a group may compute; the tests must pass without any change."""
    child = _start(group, None)
    _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"the tests fail without any change: {' '.join(group.tests)}")
    took = used.ru_utime + used.ru_stime
    print(f"{took:5.1f} s for {', '.join(name.rpartition('.')[2] for name in group.modules)}", flush=True)
    return took * PLENTY + 10


def _start(group: Group, mutant: Mutant | None, limit: float = resource.RLIM_INFINITY) -> int:
    """Start the tests of a group in a child that may compute so many seconds; return its process id."""
    child = os.fork()
    if child:
        return child
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if mutant is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), resource.RLIM_INFINITY))
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _forget(mutant.module)
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
    plain += ["--assert", "plain", "--tb", "no"] if mutant else []  # nobody reads why one fails
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
            running[_start(group, mutant, limits[group.tests])] = Running(group, mutant)
        for child, status in list(_ended(running)):
            ended = running.pop(child)
            done += 1
            if done % 50 == 0:
                print(f"  {done} of {len(work)}", flush=True)
            slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
            became = "slow" if slow else "killed" if status else "survived"
            if became != "killed":
                print(f"  {became}: {_told(ended.mutant)}", flush=True)
            yield ended.mutant, became
        time.sleep(0.02)


def _ended(running: dict[int, Running]) -> Iterator[tuple[int, int]]:
    """Yield the children that ended, with their status; `SIGXCPU` for those that took too long."""
    for child, each in running.items():
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            yield child, status
        elif time.monotonic() > each.begun + ENDLESS:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            yield child, signal.SIGXCPU


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
    became_of = Counter(became for _, became in found)
    noticed = len(found) - became_of["survived"]
    share = 100 * noticed / max(len(found), 1)
    slow = f" ({became_of['slow']} because the tests took too long)" if became_of["slow"] else ""
    print(f"\nnoticed {noticed} of {len(found)}{slow}: {share:.1f} %, wanted {least} %")
    return 0 if share >= least else 1


if __name__ == "__main__":
    sys.exit(main())
